import { oneOf } from '../../core/options.ts'
import { defineStage } from '../defineStage.ts'
import { atPitch } from './atPitch.ts'
import { periodsOf, shimmerOf } from './glottalPeriods.ts'
import { pitchOptions } from './pitchTrack.ts'

/**
 * Shimmer (local): by how much the amplitudes of a voice's periods differ from the next ones, as a share of an amplitude; high where a voice is rough. Of the periods that lie in a frame, found by
 * cross-correlation, the mean of |Aᵢ − Aᵢ₊₁| over the mean of A, or in decibels that of |20·log₁₀(Aᵢ₊₁ / Aᵢ)|. An amplitude is the effective value of a fifth of a period to either side of a mark. Of a pair where one is more than 1.6 times the other nothing is taken.
 *
 * Shape: samples of one channel → frames of 1 × 1 × 1, name 'shimmer'. Units: a share, 0.1 for a tenth, or decibels. Frames are found, weighed, silent, unseen and NaN as those of {@link pitch}: unvoiced ones, and those
 * of fewer than three periods, are 0, of weight 0. A signal shorter than a frame gives none. Source: Praat, Get shimmer (local) and (local, dB), of each frame and not of a recording.
 *
 * @throws as {@link pitch} does.
 * @example
 * apply(signal(samples, { rate: 16000 }), shimmer(), globalPool('mean')).layout.names.bins // ['shimmer']
 */
export const shimmer = /* @__PURE__ */ defineStage(
  'shimmer',
  {
    ...pitchOptions,
    /** What differences of amplitudes are counted in: shares of their mean, or levels. */
    unit: oneOf('share', 'decibels').default('share'),
  },
  ({ unit, ...options }, spec) =>
    atPitch(spec, options, ['shimmer'], (rate) => (samples, hertz) => [shimmerOf(periodsOf(samples, rate / hertz), samples, unit)]),
)
