import { defineStage } from '../defineStage.ts'
import { atPitch } from './atPitch.ts'
import { jitterOf, periodsOf } from './glottalPeriods.ts'
import { pitchOptions } from './pitchTrack.ts'

/**
 * Jitter (local): by how much the periods of a voice differ from the next ones, as a share of a period; high where a voice is rough. Of the periods that lie in a frame, found by cross-correlation, the mean of
 * |Tᵢ − Tᵢ₊₁| over the mean of T. Of a pair where one is more than 1.3 times the other nothing is taken.
 *
 * Shape: samples of one channel → frames of 1 × 1 × 1, name 'jitter'. Units: a share, 0.01 for a hundredth of a period. Frames are found, weighed, silent, unseen and NaN as those of {@link pitch}:
 * unvoiced ones, and those of fewer than two periods, are 0, of weight 0. A signal shorter than a frame gives none. Source: Praat, Get jitter (local), of each frame and not of a recording.
 *
 * @throws as {@link pitch} does.
 * @example
 * apply(signal(samples, { rate: 16000 }), jitter(), globalPool('mean')).layout.names.bins // ['jitter']
 */
export const jitter = /* @__PURE__ */ defineStage('jitter', pitchOptions, (options, spec) =>
  atPitch(spec, options, ['jitter'], (rate) => (samples, hertz) => [jitterOf(periodsOf(samples, rate / hertz))]),
)
