import { type Frames, lanesOf } from '../../core/frames.ts'
import { boolean } from '../../core/options.ts'
import { defineStage } from '../defineStage.ts'
import { forSeen, whole } from '../whole.ts'

/**
 * Mean and variance normalization over the whole sequence: (x − mean) / max(std, 1e-10), every lane by itself.
 *
 * Shape: any frames → the same shape and names. The standard deviation has correction 0. Statistics are float64 over seen frames, weighted, values that are not finite left out; so a constant lane gives 0.
 * Nothing comes before the end of the sequence, and a live source is refused. Source: Kaldi's apply-cmvn with norm-vars.
 *
 * @throws TypeError for a live source.
 * @example
 * apply(frames([1, 3], { hop: 0.01 }), normalize()).data // [-1, 1]
 */
export const normalize = /* @__PURE__ */ defineStage(
  'normalize',
  {
    /** Takes each lane's mean off. */
    mean: boolean().default(true),
    /** Divides by each lane's standard deviation. */
    variance: boolean().default(true),
  },
  ({ mean: takesMean, variance: takesVariance }, spec) =>
    (input) => {
      const lanes = lanesOf(input)
      return whole(spec, input, (all) => {
        const mean = averages(all, lanes, (x) => x)
        const variance = averages(all, lanes, (x, lane) => (x - mean[lane]!) ** 2)
        return all.data.map((x, i) => {
          const lane = i % lanes
          const centered = x - (takesMean ? mean[lane]! : 0)
          return takesVariance ? centered / Math.max(Math.sqrt(variance[lane]!), 1e-10) : centered
        })
      })
    },
)

/** The weighted mean of a function of every lane's finite, seen values; 0 where there are none. */
function averages(all: Frames, lanes: number, of: (x: number, lane: number) => number): Float64Array {
  const sums = new Float64Array(lanes)
  const weights = new Float64Array(lanes)
  forSeen(all, (from, to, weight) => {
    for (let i = from; i < to; i++) {
      if (!Number.isFinite(all.data[i])) continue
      sums[i - from]! += weight * of(all.data[i]!, i - from)
      weights[i - from]! += weight
    }
  })
  return sums.map((sum, lane) => (weights[lane] === 0 ? 0 : sum / weights[lane]!))
}
