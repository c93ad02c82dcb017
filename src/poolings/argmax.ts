import { definePooling, type Pooling, type Rows, type Run } from '../core/pooling.ts'

/**
 * Where the maximum is: frames from the region's first (in 2-D row by row, frames × bins), the first of ties, the last NaN if one was seen; −1 if nothing was.
 * Positions travel as float32, exact up to 2²⁴ within one region.
 */
export const argmax: Pooling<Rows<'high' | 'at'>, 'argmax'> = definePooling({
  name: 'argmax',
  slots: { high: -Infinity, at: Number.NaN },
  outputs: ['argmax'],
  exact: true,
  positional: true,
  about: {
    formula: 'argmax x',
    source: 'PyTorch MaxPool with return_indices',
    use: 'where it was: attention maps, unpooling, the time of a peak',
    example: { input: [1, 5, 2, 5], output: [1] },
    empty: -1,
  },
  add({ high, at }, row, _, index, bins) {
    for (let i = 0; i < row.length; i++) if (beats(row[i]!, high[i]!, at[i]!)) [high[i], at[i]] = [row[i]!, bins ? index + bins[i]! : index]
  },
  addRun({ high, at }, run) {
    const { data, offset, lanes, rows, index } = run
    for (let i = 0; i < lanes; i++) {
      let x = high[i]!
      let place = at[i]!
      if (Number.isNaN(place)) {
        x = data[offset + i]!
        place = index
      }
      for (let k = rowBeyond(run, i, 0, x, 1); k < rows; k = rowBeyond(run, i, k + 1, x, 1)) {
        const y = data[offset + k * lanes + i]!
        if (!beats(y, x, place)) continue
        x = y
        place = index + k
      }
      high[i] = x
      at[i] = place
    }
  },
  merge({ high, at }, { high: other, at: place }) {
    for (let i = 0; i < high.length; i++) {
      if (!Number.isNaN(place[i]) && beats(other[i]!, high[i]!, at[i]!)) [high[i], at[i]] = [other[i]!, place[i]!]
    }
  },
  result({ at }, out, origin) {
    for (let i = 0; i < at.length; i++) out.argmax[i] = Number.isNaN(at[i]) ? -1 : at[i]! - origin
  },
})

/** Whether a later value takes the place: as the first of all, as a NaN, or larger than what is no NaN. */
function beats(x: number, high: number, at: number): boolean {
  return x > high || Number.isNaN(x) || Number.isNaN(at)
}

/** The first row from `k` on whose value in lane `i`, times `sign`, is not at most `x`, NaN among them; the number of rows where there is none. */
export function rowBeyond({ data, offset, lanes, rows }: Run, i: number, k: number, x: number, sign: 1 | -1): number {
  let row = k
  let j = offset + i + k * lanes
  // By fours, since nearly all are at most that.
  while (
    row + 3 < rows &&
    sign * data[j]! <= x &&
    sign * data[j + lanes]! <= x &&
    sign * data[j + 2 * lanes]! <= x &&
    sign * data[j + 3 * lanes]! <= x
  ) {
    row += 4
    j += 4 * lanes
  }
  for (; row < rows && sign * data[j]! <= x; row++) j += lanes
  return row
}
