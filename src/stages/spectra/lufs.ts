import { refusal } from '../../core/check.ts'
import { duration } from '../../core/duration.ts'
import type { Layout } from '../../core/frames.ts'
import { list, number } from '../../core/options.ts'
import { chain, planTogether, pointwise, type Stage } from '../../core/stage.ts'
import { power } from '../../poolings/power.ts'
import { defineStage } from '../defineStage.ts'
import { pool1d } from '../pooling/pool1d.ts'
import { kWeighting } from './kWeighting.ts'

/** The weights of channels by their number, in the order of WAV: L R, L R C, L R Ls Rs, L R C Ls Rs, L R C LFE Ls Rs. */
const usual: { readonly [channels: number]: readonly number[] } = {
  4: [1, 1, 1.41, 1.41],
  5: [1, 1, 1, 1.41, 1.41],
  6: [1, 1, 1, 0, 1.41, 1.41],
}

/**
 * Loudness of ITU-R BS.1770 in LUFS, window by window: −0.691 + 10·log₁₀ Σ Gᶜ·zᶜ, zᶜ being the mean square of channel c after {@link kWeighting}.
 *
 * Shape: samples (1 × 1 × channels) → frames of 1 × 1 × 1, name 'lufs'. By default momentary loudness of EBU Tech 3341, of 400 ms, which are the blocks that `gatedLoudness` pools to that of a
 * whole recording; short-term is `size: '3s'`, of which `gatedLoudness({ of: 'range' })` makes the loudness range of EBU Tech 3342. It runs live. Silence gives `floor`. Unseen samples
 * are left out of the mean; a sample that is not finite makes its windows NaN. A signal shorter than a window gives nothing.
 * Sources: ITU-R BS.1770-4, Annex 1; EBU Tech 3341.
 *
 * @throws RangeError or TypeError for sizes that are none, weights that are not one a channel, and as {@link kWeighting}.
 * @example
 * apply(signal(samples, { rate: 16000 }), lufs(), globalPool('gatedLoudness')).data // integrated loudness
 */
export const lufs = /* @__PURE__ */ defineStage(
  'lufs',
  {
    /** How long a window is. */
    size: duration().unit('samples or time').default('400ms'),
    /** From one window to the next. */
    hop: duration().unit('samples or time').default('100ms'),
    /** What each channel counts. */
    weights: list(number({ min: 0 }), { like: '[1, 1, 1.41, 1.41]' }).optional(
      '1; 1.41 for the surrounds of 4, 5 and 6 channels, 0 for the LFE of 6',
    ),
    /** What is softer counts as it. */
    floor: number().default(-120).unit('LUFS'),
  },
  ({ size, hop, weights, floor }, spec) => {
    const squares = chain(kWeighting(), pool1d(power({ p: 2 }), { size, stride: hop }))
    return (input) => {
      const gains = weights ?? usual[input.channels] ?? Array.from({ length: input.channels }, () => 1)
      if (gains.length !== input.channels)
        throw refusal('lufs', `weights must be one for each of the ${input.channels} channels`, gains.length)
      const inner = chain(squares, { spec, plan: (roots) => sumUp(spec, roots, gains, floor) }).plan(input)
      return planTogether({ spec, input, layout: inner.layout, reach: inner.reach }, [inner], ([machine]) => machine!)
    }
  },
)

/** Loudness from the root mean squares of the channels. */
function sumUp(spec: Stage['spec'], input: Layout, gains: readonly number[], floor: number) {
  const layout: Layout = { ...input, planes: 1, channels: 1, names: { planes: [''], bins: ['lufs'], channels: [''] } }
  return pointwise(spec, input, layout, ({ data, length }) =>
    Float32Array.from({ length }, (_, i) => {
      let sum = 0
      for (let c = 0; c < gains.length; c++) if (gains[c]! > 0) sum += gains[c]! * data[i * gains.length + c]! ** 2
      const level = -0.691 + 10 * Math.log10(sum)
      return level < floor ? floor : level
    }),
  )
}
