import { definePooling, type Pooling, type Rows } from '../core/pooling.ts'
import { rowBeyond } from './argmax.ts'

/**
 * Where the minimum is: frames from the region's first (in 2-D row by row, frames × bins), the first of ties, the last NaN if one was seen; −1 if nothing was.
 * Positions travel as float32, exact up to 2²⁴ within one region.
 */
export const argmin: Pooling<Rows<'low' | 'at'>, 'argmin'> = definePooling({
  name: 'argmin',
  slots: { low: Infinity, at: Number.NaN },
  outputs: ['argmin'],
  exact: true,
  positional: true,
  about: {
    formula: 'argmin x',
    source: 'torch.argmin, the first of ties; openSMILE minPos',
    use: 'when it was quietest: pauses, closures',
    example: { input: [4, 1, 2, 1], output: [1] },
    empty: -1,
  },
  add({ low, at }, row, _, index, bins) {
    for (let i = 0; i < row.length; i++) if (beats(row[i]!, low[i]!, at[i]!)) [low[i], at[i]] = [row[i]!, bins ? index + bins[i]! : index]
  },
  addRun({ low, at }, run) {
    const { data, offset, lanes, rows, index } = run
    for (let i = 0; i < lanes; i++) {
      let x = low[i]!
      let place = at[i]!
      if (Number.isNaN(place)) {
        x = data[offset + i]!
        place = index
      }
      for (let k = rowBeyond(run, i, 0, -x, -1); k < rows; k = rowBeyond(run, i, k + 1, -x, -1)) {
        const y = data[offset + k * lanes + i]!
        if (!beats(y, x, place)) continue
        x = y
        place = index + k
      }
      low[i] = x
      at[i] = place
    }
  },
  merge({ low, at }, { low: other, at: place }) {
    for (let i = 0; i < low.length; i++) {
      if (!Number.isNaN(place[i]) && beats(other[i]!, low[i]!, at[i]!)) [low[i], at[i]] = [other[i]!, place[i]!]
    }
  },
  result({ at }, out, origin) {
    for (let i = 0; i < at.length; i++) out.argmin[i] = Number.isNaN(at[i]) ? -1 : at[i]! - origin
  },
})

/** Whether a later value takes the place: as the first of all, as a NaN, or smaller than what is no NaN. */
function beats(x: number, low: number, at: number): boolean {
  return x < low || Number.isNaN(x) || Number.isNaN(at)
}
