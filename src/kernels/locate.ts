import type { Taps } from '../core/window.ts'
import type { Place, Rows, Shape } from './windows.ts'

/**
 * Replaces the largest, or the smallest, value of each window by where it is: rows from the window's first on, times the columns, and its column. The first of ties, the last NaN if
 * there is one; −1 where nothing was seen. Plain code: most windows are found in a few steps, since what is looked for is known.
 *
 * @param measure which of the results are replaced
 */
export function locate(shape: Shape, rows: Rows, tall: Taps, wide: Taps, out: Place, measure: number): void {
  const { images, apart, pitch, columns, channels } = shape
  const { data, offset, weights } = rows
  const [down, across] = [tall.step * pitch, wide.step * channels]
  for (let image = 0; image < images; image++) {
    for (let y = 0; y < tall.firsts.length; y++) {
      const row = tall.firsts[y]!
      const count = tall.counts[y]!
      let to = out.offset + image * out.image + y * out.row + measure * out.measure
      for (let x = 0; x < wide.firsts.length; x++) {
        const column = wide.firsts[x]!
        const reach = wide.counts[x]! * across
        const from = offset + image * apart + row * pitch + column * channels
        for (let channel = 0; channel < channels; channel++, to++) {
          const at = from + channel
          const end = out.data[to]!
          const found = weights
            ? seen(data, at, end, count, down, reach, across, weights, row, tall.step)
            : Number.isNaN(end)
              ? seen(data, at, end, count, down, reach, across)
              : first(data, at, end, count, down, reach, across)
          if (found < 0) out.data[to] = -1
          else {
            const k = Math.floor((found - at) / down)
            out.data[to] = k * tall.step * columns + column + (found - at - k * down) / channels
          }
        }
      }
    }
  }
}

/** Where `end` is first among `rows` rows of what is `across` apart up to `reach`; −1 for nowhere. */
function first(data: Float32Array, from: number, end: number, rows: number, down: number, reach: number, across: number): number {
  for (let k = 0, at = from; k < rows; k++, at += down) for (let j = at; j < at + reach; j += across) if (data[j] === end) return j
  return -1
}

/** The same of rows that are seen, or of a NaN the last. */
function seen(
  data: Float32Array,
  from: number,
  end: number,
  rows: number,
  down: number,
  reach: number,
  across: number,
  weights?: Float32Array,
  row = 0,
  step = 1,
): number {
  const odd = Number.isNaN(end)
  let found = -1
  for (let k = 0, at = from; k < rows; k++, at += down) {
    if (weights && weights[row + k * step] === 0) continue
    for (let j = at; j < at + reach; j += across) {
      if (odd ? !Number.isNaN(data[j]!) : data[j] !== end) continue
      if (!odd) return j
      found = j
    }
  }
  return found
}
