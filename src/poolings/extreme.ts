import type { Rows, Run } from '../core/accumulators.ts'
import { type About, definePooling, type Pooling } from '../core/pooling.ts'
import { locate } from '../kernels/locate.ts'

/** The largest of x · sign so far, and the position where it was. */
export type Extreme = Rows<'best' | 'at'>

/**
 * Where x · sign is largest: frames from the region's first (in 2-D row by row, frames × bins), the first of ties, the last NaN if one was seen; −1 if nothing was.
 * Positions travel as float32, exact up to 2²⁴ within one region.
 */
export function placeOf<Name extends 'argmax' | 'argmin'>(name: Name, sign: 1 | -1, about: Omit<About, 'empty'>): Pooling<Extreme, Name> {
  return definePooling<'best' | 'at', Name>({
    name,
    slots: { best: -Infinity, at: Number.NaN },
    outputs: [name],
    measures: [name],
    locate,
    exact: true,
    positional: 'region',
    about: { ...about, empty: -1 },
    add({ best, at }, run) {
      const { data, offset, lanes, rows, index, step, places } = run
      for (let i = 0; i < lanes; i++) {
        const start = index + (places?.[i] ?? 0)
        let x = best[i]!
        let place = at[i]!
        for (let k = 0, j = offset + i; k < rows; k++, j += lanes) {
          // Of many rows nearly all are passed over, four at a time.
          if (rows > 7 && !Number.isNaN(place)) {
            k = rowBeyond(run, i, k, x, sign)
            if (k === rows) break
            j = offset + i + k * lanes
          }
          const y = sign * data[j]!
          if (y > x || Number.isNaN(y) || Number.isNaN(place)) {
            x = y
            place = start + k * step
          }
        }
        best[i] = x
        at[i] = place
      }
    },
    merge({ best, at }, { best: other, at: place }) {
      for (let i = 0; i < best.length; i++) {
        if (Number.isNaN(place[i])) continue
        const [x, y] = [other[i]!, best[i]!]
        // Bins are merged one after the other, so that what comes later may stand before.
        const wins = Number.isNaN(x) ? !Number.isNaN(y) || place[i]! > at[i]! : x > y || (x === y && place[i]! < at[i]!)
        if (Number.isNaN(at[i]) || wins) [best[i], at[i]] = [x, place[i]!]
      }
    },
    result({ at }, out, origin) {
      const places = out[name]
      for (let i = 0; i < at.length; i++) places[i] = Number.isNaN(at[i]) ? -1 : at[i]! - origin
    },
  })
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
