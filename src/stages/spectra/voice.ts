import { refusal } from '../../core/check.ts'
import { list, oneOf } from '../../core/options.ts'
import { defineStage } from '../defineStage.ts'
import { atPitch } from './atPitch.ts'
import { jitterOf, type Periods, periodsOf, shimmerOf } from './glottalPeriods.ts'
import { harmonicityOf } from './harmonicity.ts'
import { pitchOptions, semitonesOf } from './pitchTrack.ts'

/** A voiced frame, and what several measures take of it. */
interface Voiced {
  readonly samples: Float32Array
  readonly hertz: number
  readonly periods: Periods | undefined
  readonly harmonicity: (samples: Float32Array, hertz: number) => number
}

const measures: { readonly [measure in (typeof all)[number]]: (frame: Voiced) => number | undefined } = {
  pitch: ({ hertz }) => hertz,
  semitones: ({ hertz }) => semitonesOf(hertz),
  harmonicity: ({ harmonicity, samples, hertz }) => harmonicity(samples, hertz),
  jitter: ({ periods }) => jitterOf(periods!),
  shimmer: ({ periods, samples }) => shimmerOf(periods!, samples, 'share'),
  shimmerDecibels: ({ periods, samples }) => shimmerOf(periods!, samples, 'decibels'),
}
const usual = ['pitch', 'harmonicity', 'jitter', 'shimmer'] as const
const all = [...usual, 'semitones', 'shimmerDecibels'] as const
const ofPeriods: readonly string[] = ['jitter', 'shimmer', 'shimmerDecibels']

/**
 * What {@link pitch}, {@link harmonicity}, {@link jitter} and {@link shimmer} find of a voice, side by side and to the same bits, of one pitch track: each of them alone finds its own.
 *
 * Shape: samples of one channel → frames of 1 × a bin for each measure × 1, named by them. Units: pitch in hertz, semitones above 27.5 Hz, harmonicity in decibels, jitter and shimmer shares, shimmerDecibels decibels. Frames are found,
 * weighed, silent, unseen and NaN as those of {@link pitch}: unvoiced ones are 0, of weight 0. A measure that a voiced frame has not, for its periods are too few, is 0 beside the others, and `mask({ by: 'jitter' })` sees
 * the frames that have it; where a frame has none of them it is of weight 0. A signal shorter than a frame gives none.
 *
 * @throws as {@link pitch} does, and RangeError for measures that are none or twice there.
 * @example
 * apply(signal(samples, { rate: 16000 }), voice({ of: ['pitch', 'jitter'] }), globalPool('mean')).layout.names.bins // ['pitch', 'jitter']
 */
export const voice = /* @__PURE__ */ defineStage(
  'voice',
  {
    ...pitchOptions,
    /** Which measures, in the order of the bins they become. */
    of: list(oneOf(...all), { like: "['pitch', 'jitter']" }).default(usual),
  },
  ({ of, ...options }, spec) => {
    if (new Set(of).size < of.length) throw refusal('voice', 'of must name each measure once', of)
    const periodic = of.some((measure) => ofPeriods.includes(measure))
    return atPitch(spec, options, of, (rate, length) => {
      const harmonicity = harmonicityOf(rate, length)
      return (samples, hertz) => {
        const periods = periodic ? periodsOf(samples, rate / hertz) : undefined
        return of.map((measure) => measures[measure]({ samples, hertz, periods, harmonicity }))
      }
    })
  },
)
