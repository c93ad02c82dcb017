import type { Frames } from '../../core/frames.ts'
import { either, number, oneOf } from '../../core/options.ts'
import { pointwise } from '../../core/stage.ts'
import { ln } from '../../kernels/logarithm.ts'
import { defineStage } from '../defineStage.ts'
import { loudest, whole } from '../whole.ts'

/**
 * Decibels: 10·log₁₀(max(x, floor) / reference) for power, 20·log₁₀ for amplitude, in float32.
 *
 * Shape: any frames → the same shape and names. The maximum is taken over all lanes of all seen frames, NaN left out. NaN stays NaN.
 * With `range` or `reference: 'max'` nothing comes before the end of the sequence, and a live source is refused.
 * Sources: torchaudio.transforms.AmplitudeToDB (`range` is its top_db), librosa.power_to_db.
 *
 * @throws RangeError or TypeError for a floor or reference that is not above 0, a negative range, and for a live source where the end is needed.
 * @example
 * apply(frames([1, 0.001], { hop: 0.01 }), decibels()).data // 0 and −30
 */
export const decibels = /* @__PURE__ */ defineStage(
  'decibels',
  {
    /** What the values are: power gives 10·log₁₀, amplitude 20·log₁₀. */
    of: oneOf('power', 'amplitude').default('power'),
    /** What 0 dB is: a value, or 'max' for the largest of the sequence, which needs its end. */
    reference: either(oneOf('max'), number({ above: 0 }), (value) => value === 'max').default(1),
    /** Values below it count as it. */
    floor: number({ above: 0 }).default(1e-10),
    /** How far below the largest value of the sequence the result is cut; needs the end of the sequence. */
    range: number({ min: 0 }).optional('no cut').unit('dB'),
  },
  ({ of, reference, floor: least, range }, spec) => {
    const factor = Math.fround((of === 'power' ? 10 : 20) / Math.LN10)
    const floor = Math.fround(least)
    const level = (x: number) => Math.fround(ln(Math.max(x, floor)) * factor)
    const zero = (all: Frames) => level(Math.fround(reference === 'max' ? loudest(all.data, all) : reference))

    const map = (all: Frames) => {
      const offset = zero(all)
      const out = all.data.map((x) => level(x) - offset)
      if (range === undefined) return out
      const lowest = Math.fround(loudest(out, all) - range)
      return out.map((x) => Math.max(x, lowest))
    }
    return (input) => (range === undefined && reference !== 'max' ? pointwise(spec, input, input, map) : whole(spec, input, map))
  },
)
