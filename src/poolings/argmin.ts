import type { Rows } from '../core/accumulators.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'
import { rowBeyond } from './argmax.ts'

/**
 * Where the minimum is: frames from the region's first (in 2-D row by row, frames × bins), the first of ties, the last NaN if one was seen; −1 if nothing was.
 * Positions travel as float32, exact up to 2²⁴ within one region.
 */
export const argmin: Pooling<Rows<'low' | 'at'>, 'argmin'> = definePooling({
  name: 'argmin',
  slots: { low: Infinity, at: Number.NaN },
  outputs: ['argmin'],
  measures: ['argmin'],
  exact: true,
  positional: 'region',
  about: {
    formula: 'argmin x',
    source: 'torch.argmin, the first of ties; openSMILE minPos',
    use: 'when it was quietest: pauses, closures',
    example: { input: [4, 1, 2, 1], output: [1] },
    empty: -1,
  },
  add({ low, at }, run) {
    const { data, offset, lanes, rows, index, step, places } = run
    for (let i = 0; i < lanes; i++) {
      const start = index + (places?.[i] ?? 0)
      let x = low[i]!
      let place = at[i]!
      for (let k = 0, j = offset + i; k < rows; k++, j += lanes) {
        // Of many rows nearly all are passed over, four at a time.
        if (rows > 7 && !Number.isNaN(place)) {
          k = rowBeyond(run, i, k, -x, -1)
          if (k === rows) break
          j = offset + i + k * lanes
        }
        const y = data[j]!
        if (y < x || Number.isNaN(y) || Number.isNaN(place)) {
          x = y
          place = start + k * step
        }
      }
      low[i] = x
      at[i] = place
    }
  },
  merge({ low, at }, { low: other, at: place }) {
    for (let i = 0; i < low.length; i++) {
      if (Number.isNaN(place[i])) continue
      const [x, y] = [other[i]!, low[i]!]
      // Bins are merged one after the other, so that what comes later may stand before.
      const wins = Number.isNaN(x) ? !Number.isNaN(y) || place[i]! > at[i]! : x < y || (x === y && place[i]! < at[i]!)
      if (Number.isNaN(at[i]) || wins) [low[i], at[i]] = [x, place[i]!]
    }
  },
  result({ at }, out, origin) {
    for (let i = 0; i < at.length; i++) out.argmin[i] = Number.isNaN(at[i]) ? -1 : at[i]! - origin
  },
})
