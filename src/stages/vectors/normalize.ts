import { type Frames, lanesOf } from '../../core/frames.ts'
import { boolean, number } from '../../core/options.ts'
import { defineStage } from '../defineStage.ts'
import { forSeen, whole } from '../whole.ts'

/**
 * Mean and variance normalization over the whole sequence: (x − share·mean) / max(std, 1e-10), every lane by itself.
 *
 * Shape: any frames → the same shape and names. The standard deviation has correction 0. Statistics are float64 over seen frames, weighted, values that are not finite left out; so a constant lane gives 0.
 * Of cepstra the mean is the voice and the microphone, and also what a classifier tells voices and moods by: a `share` below 1 leaves some of it there.
 * Nothing comes before the end of the sequence, and a live source is refused. Source: Kaldi's apply-cmvn with norm-vars.
 *
 * @throws RangeError or TypeError for a share that is not between 0 and 1; TypeError for a live source
 * @example
 * apply(frames([1, 3], { hop: 0.01 }), normalize()).data // [-1, 1]
 */
export const normalize = /* @__PURE__ */ defineStage(
  'normalize',
  {
    /** How much of each lane's mean is taken off: 1 for all of it, 0 for nothing. */
    share: number({ min: 0, max: 1 }).default(1),
    /** Divides by each lane's standard deviation. */
    variance: boolean().default(true),
  },
  ({ share, variance }, spec) =>
    (input) => {
      const lanes = lanesOf(input)
      return whole(spec, input, (all) => {
        const mean = averages(all, lanes, (x) => x)
        const spread = averages(all, lanes, (x, lane) => (x - mean[lane]!) ** 2)
        return all.data.map((x, i) => {
          const lane = i % lanes
          const centered = x - share * mean[lane]!
          return variance ? centered / Math.max(Math.sqrt(spread[lane]!), 1e-10) : centered
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
