import { type Layout, lanesOf, rateOf } from '../../core/frames.ts'
import { chain, memoryless, type Plan, type StageSpec } from '../../core/stage.ts'
import { beside } from '../nested/beside.ts'
import { framedLayout, planFramed } from './framing.ts'
import { framingOf } from './measured.ts'
import { checkPitch, type PitchOptions, pitchTrack } from './pitchTrack.ts'

/** The values of a voiced frame of samples, of a pitch of so many hertz; nothing in place of one that it has not. */
export type AtPitch = (samples: Float32Array, hertz: number) => readonly (number | undefined)[]

/**
 * A plan that finds the pitch and measures each voiced frame, which weighs what its pitch does. Frames that are unvoiced, or have none of the values, are 0, of weight 0; a value that is missing beside others is 0.
 *
 * @param bins what the values are called
 * @param measureOf what measures frames of so many samples, at a rate
 */
export function atPitch(
  spec: StageSpec,
  options: PitchOptions,
  bins: readonly string[],
  measureOf: (rate: number, length: number) => AtPitch,
): (input: Layout) => Plan {
  const who = spec.stage
  checkPitch(who, options)
  return (input) => {
    const rate = rateOf(input.clock, who)
    const framing = framingOf(who, options, input.clock)
    const { length } = framing
    const planCut = (samples: Layout) => {
      const layout = framedLayout(who, samples, framing, [''], new Array<string>(length).fill(who))
      return planFramed(spec, samples, layout, framing, (held, at, out, to) => out.set(held.subarray(at, at + length), to))
    }
    const measure = measureOf(rate, length)
    const planMeasured = (both: Layout) => {
      const lanes = lanesOf(both)
      const layout = { ...both, planes: 1, bins: bins.length, channels: 1, names: { planes: [''], bins, channels: input.names.channels } }
      return memoryless(spec, both, layout, (frames) => {
        const data = new Float32Array(frames.length * bins.length)
        const weights = new Float32Array(frames.length)
        for (let t = 0; t < frames.length; t++) {
          const weight = frames.weights?.[t] ?? 1
          const hertz = frames.data[t * lanes]!
          if (weight === 0) continue
          const values = Number.isNaN(hertz) ? bins.map(() => NaN) : measure(frames.data.subarray(t * lanes + 1, (t + 1) * lanes), hertz)
          if (values.every((value) => value === undefined)) continue
          data.set(
            values.map((value) => value ?? 0),
            t * bins.length,
          )
          weights[t] = weight
        }
        return { ...frames, layout, data, weights }
      })
    }
    return chain(beside([pitchTrack(spec, options), { spec, plan: planCut }]), { spec, plan: planMeasured }).plan(input)
  }
}
