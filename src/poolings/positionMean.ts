import { mergeAccumulators, type Rows } from '../core/accumulators.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'

type Sums = 'weight' | 'sum' | 'base' | 'moment' | 'placed'

// The weights of a run times their positions.
let moments = new Float64Array(0)

/**
 * The mean of each lane under weights that grow with the position: what is read last counts most; 0 if nothing was seen.
 *
 * Positions are frames from the region's first, seen or not, so that left padding shifts them (in 2-D row by row, frames × bins).
 */
export const positionMean: Pooling<Rows<Sums>, 'positionMean'> = /* @__PURE__ */ definePooling({
  name: 'positionMean',
  // Σw, Σwx, the position b before the first seen value, from which all are apart, since 0 · ∞ is no number, Σ(t − b)w and Σ(t − b)wx: far into a stream t itself would leave few digits for their differences.
  slots: { weight: 0, sum: 0, base: 0, moment: 0, placed: 0 },
  outputs: ['positionMean'],
  positional: 'region',
  about: {
    formula: 'Σ(t + 1)wx / max(Σ(t + 1)w, 1e-9)',
    source: 'sentence-transformers weightedmean (Muennighoff 2022)',
    use: 'models that read from left to right, whose later tokens have seen more',
    example: { input: [1, 2, 3], output: [14 / 6] },
    empty: 0,
  },
  add({ weight, sum, base, moment, placed }, { data, offset, lanes, rows, weights, index, step, places }) {
    // All lanes of a state see the same frames, so they have the same weights, and positions that are equally far from their first.
    if (weight[0] === 0) for (let i = 0; i < lanes; i++) base[i] = index + (places?.[i] ?? 0) - 1
    const start = index + (places?.[0] ?? 0) - base[0]!
    if (moments.length < rows) moments = new Float64Array(rows)
    let n = weight[0]!
    let p = moment[0]!
    for (let k = 0; k < rows; k++) {
      const d = weights[k]! * (start + k * step)
      moments[k] = d
      n += weights[k]!
      p += d
    }
    weight.fill(n)
    moment.fill(p)
    let [k, j] = [0, offset]
    // By four rows, which read and write each sum once.
    for (; k + 3 < rows; k += 4, j += 4 * lanes) {
      const [v0, v1, v2, v3] = [weights[k]!, weights[k + 1]!, weights[k + 2]!, weights[k + 3]!]
      const [d0, d1, d2, d3] = [moments[k]!, moments[k + 1]!, moments[k + 2]!, moments[k + 3]!]
      for (let i = 0, l = j; i < lanes; i++, l++) {
        const a = data[l]!
        const b = data[l + lanes]!
        const c = data[l + 2 * lanes]!
        const d = data[l + 3 * lanes]!
        sum[i] = sum[i]! + v0 * a + v1 * b + v2 * c + v3 * d
        placed[i] = placed[i]! + d0 * a + d1 * b + d2 * c + d3 * d
      }
    }
    for (; k < rows; k++, j += lanes) {
      for (let i = 0; i < lanes; i++) {
        sum[i]! += weights[k]! * data[j + i]!
        placed[i]! += moments[k]! * data[j + i]!
      }
    }
  },
  merge(into, from) {
    for (let i = 0; i < into.sum.length; i++) {
      if (from.weight[i] === 0) continue
      if (into.weight[i] === 0) into.base[i] = from.base[i]!
      const d = from.base[i]! - into.base[i]!
      into.moment[i]! += from.moment[i]! + d * from.weight[i]!
      into.placed[i]! += d === 0 ? from.placed[i]! : from.placed[i]! + d * from.sum[i]!
    }
    mergeAccumulators({ weight: into.weight, sum: into.sum }, { weight: from.weight, sum: from.sum })
  },
  result({ weight, sum, base, moment, placed }, out, origin) {
    for (let i = 0; i < sum.length; i++) {
      const d = base[i]! - origin + 1
      out.positionMean[i] =
        weight[i]! > 0 ? (d === 0 ? placed[i]! : placed[i]! + d * sum[i]!) / Math.max(moment[i]! + d * weight[i]!, 1e-9) : 0
    }
  },
})
