import { lanesOf } from '../../core/frames.ts'
import { number } from '../../core/options.ts'
import { planOf } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'

/**
 * Pre-emphasis: y[t] = x[t] − c·x[t − 1] and y[0] = x[0], in float32, every lane by itself. What follows an unseen frame starts anew.
 *
 * Shape: any frames → the same shape and names. Source: torchaudio.functional.preemphasis.
 *
 * @throws RangeError or TypeError for a coefficient that is not between 0 and 1.
 * @example
 * apply(frames([1, 1, 2], { hop: 1 / 16000 }), preemphasis({ coefficient: 0.5 })).data // [1, 0.5, 1.5]
 */
export const preemphasis = /* @__PURE__ */ defineStage(
  'preemphasis',
  {
    /** How much of the sample before is taken off. */
    coefficient: number({ min: 0, max: 1 }).default(0.97),
  },
  ({ coefficient: share }, spec) => {
    const coefficient = Math.fround(share)
    return (input) => {
      const lanes = lanesOf(input)
      return planOf({
        spec,
        input,
        layout: input,
        reach: { size: 2, stride: 1, latency: 0, local: true },
        // Zeros before the signal, and after what was not seen, leave x as it is.
        start: () => ({ before: new Float32Array(lanes) }),
        run: ({ before }) => ({
          push(frames) {
            const { data, weights, length } = frames
            const out = new Float32Array(data.length)
            for (let t = 0; t < length; t++) {
              const seen = weights?.[t] !== 0
              for (let lane = 0, i = t * lanes; lane < lanes; lane++, i++) {
                out[i] = data[i]! - Math.fround(coefficient * before[lane]!)
                before[lane] = seen ? data[i]! : 0
              }
            }
            return { ...frames, layout: input, data: out }
          },
          close: () => undefined,
        }),
      })
    }
  },
)
