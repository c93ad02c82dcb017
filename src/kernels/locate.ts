import type { Place, Rows, Shape } from '../core/grid.ts'
import type { Taps } from '../core/window.ts'

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
  // What a position grows by from one tap to the next, down and across.
  const [rowStep, columnStep] = [tall.step * columns, wide.step]
  for (let image = 0; image < images; image++) {
    for (let y = 0; y < tall.firsts.length; y++) {
      const row = tall.firsts[y]!
      const count = tall.counts[y]!
      let to = out.offset + image * out.image + y * out.row + measure * out.measure
      for (let x = 0; x < wide.firsts.length; x++) {
        const column = wide.firsts[x]!
        const taps = wide.counts[x]!
        const from = offset + image * apart + row * pitch + column * channels
        for (let channel = 0; channel < channels; channel++, to++) {
          const end = out.data[to]!
          const odd = Number.isNaN(end)
          let found = -1
          for (let k = 0, at = from + channel; k < count && (found < 0 || odd); k++, at += down) {
            if (weights && weights[row + k * tall.step] === 0) continue
            for (let q = 0, j = at; q < taps; q++, j += across) {
              if (odd ? !Number.isNaN(data[j]!) : data[j] !== end) continue
              found = k * rowStep + q * columnStep + column
              if (!odd) break
            }
          }
          out.data[to] = found
        }
      }
    }
  }
}
