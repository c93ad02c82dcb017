import { refusal } from '../../core/check.ts'
import { copyFrom, type Frames, join, lanesOf, slice } from '../../core/frames.ts'
import { integer } from '../../core/options.ts'
import { planOf } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'

/**
 * Smoothing: each frame becomes the mean of the seen frames around it, itself in the middle, every lane by itself, in float64. An unseen frame stays so, and does not count: what is masked,
 * as unvoiced speech is, does not leak into what is not.
 *
 * Shape: any frames → the same shape, names, weights and marks, half of `size` later. At the ends there are fewer frames to take the mean of. An empty sequence gives none.
 * Source: Eyben et al. 2016 (a symmetric moving average of 3 frames, for pitch within voiced speech alone).
 *
 * @throws RangeError for a size that is not an odd number.
 * @example
 * apply(frames([1, 4, 4]), smooth()).data // [2.5, 3, 4]
 */
export const smooth = /* @__PURE__ */ defineStage(
  'smooth',
  {
    /** Over how many frames, an odd number. */
    size: integer(1, 65535).default(3),
  },
  ({ size }, spec) => {
    const reach = size >> 1
    // The next odd number keeps the frame itself in the middle.
    if (size % 2 === 0) throw refusal('smooth', 'size must be an odd number', size)
    return (input) => {
      const lanes = lanesOf(input)
      /** Frames `from` to `to` of what is held. */
      const between = (held: Frames, from: number, to: number): Frames | undefined => {
        if (to <= from) return undefined
        const out = slice(held, from, to)
        const data = new Float32Array((to - from) * lanes)
        for (let t = from; t < to; t++) {
          const [first, end] = [Math.max(0, t - reach), Math.min(held.length, t + reach + 1)]
          const seen = Array.from({ length: end - first }, (_, k) => first + k).filter((k) => held.weights?.[k] !== 0)
          for (let lane = 0; lane < lanes; lane++) {
            let sum = 0
            for (const k of seen) sum += held.data[k * lanes + lane]!
            data[(t - from) * lanes + lane] = held.weights?.[t] === 0 ? 0 : sum / seen.length
          }
        }
        return { ...out, layout: input, data }
      }
      return planOf({
        spec,
        input,
        layout: input,
        reach: { size, stride: 1, latency: reach, local: true },
        start: (): { held: Frames | undefined; done: number } => ({ held: undefined, done: 0 }),
        run: (live) => ({
          push(frames) {
            const held = join([live.held, frames])!
            const out = between(held, live.done, held.length - reach)
            const done = Math.max(live.done, held.length - reach)
            const keep = Math.max(0, done - reach)
            live.held = copyFrom(held, keep)
            live.done = done - keep
            return out
          },
          close: () => live.held && between(live.held, live.done, live.held.length),
        }),
      })
    }
  },
)
