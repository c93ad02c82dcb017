import { oneOf } from '../core/check.ts'
import type { StageSpec } from '../core/stage.ts'
import type { Operator } from '../streams/operator.ts'
import { stageFrom } from './stageFrom.ts'

const sets = ['gemaps', 'egemaps'] as const

/** A pooling, what its output is named, and what the sets call that of a lane. */
interface Functional {
  readonly pooling: string | { readonly pooling: string; readonly [option: string]: string | number }
  readonly output: string
  readonly published: (lane: string) => string
}

/** Some lanes of the frames that are seen, by what the sets call them; smoothed, and pooled. */
interface Part {
  readonly seen: readonly StageSpec[]
  readonly lanes: readonly (readonly [lane: string, published: string])[]
  readonly functionals: readonly Functional[]
}

const of = (pooling: Functional['pooling'], output: string, name: string): Functional => ({
  pooling,
  output,
  published: (lane) => `${lane}_${name}`,
})
const quantile = (q: number, name: string) => of({ pooling: 'quantile', q }, `quantile${q}`, name)
const contour = (output: string, name: string) => of({ pooling: 'contour', of: output, per: 'second' }, output, name)
/** What has a name of its own. */
const timed = (pooling: string, output: string, name: string): Functional => ({
  pooling: { pooling, of: output, per: 'second' },
  output,
  published: () => name,
})

const mean = of('mean', 'mean', 'amean')
const moments = [mean, of('variation', 'variation', 'stddevNorm')]
const course = [
  ...moments,
  quantile(0.2, 'percentile20.0'),
  quantile(0.5, 'percentile50.0'),
  quantile(0.8, 'percentile80.0'),
  of({ pooling: 'quantile', q: 0.8, minus: 0.2 }, 'quantile0.8-0.2', 'pctlrange0-2'),
  contour('rise', 'meanRisingSlope'),
  contour('riseDeviation', 'stddevRisingSlope'),
  contour('fall', 'meanFallingSlope'),
  contour('fallDeviation', 'stddevFallingSlope'),
]
const segments = [
  timed('runs', 'rate', 'VoicedSegmentsPerSec'),
  timed('runs', 'seen', 'MeanVoicedSegmentLengthSec'),
  timed('runs', 'seenDeviation', 'StddevVoicedSegmentLengthSec'),
  timed('runs', 'unseen', 'MeanUnvoicedSegmentLength'),
  timed('runs', 'unseenDeviation', 'StddevUnvoicedSegmentLength'),
]

const chain = (...stages: readonly StageSpec[]): StageSpec => ({ stage: 'chain', stages })
const beside = (...stages: readonly StageSpec[]): StageSpec => ({ stage: 'beside', stages })
/** Of rates whose samples end at other times, one branch may have a frame more. */
const shortest = (...stages: readonly StageSpec[]): StageSpec => ({ ...beside(...stages), strict: false })

// Frames lie around the same moments, short ones for spectra and long ones, of three periods, for what repeats.
const centered = { center: true }
const short: StageSpec = { stage: 'spectrogram', length: '20ms', window: 'hamming', ...centered, padding: 'zeros' }
const long: StageSpec = { ...short, length: '60ms', window: 'gaussian' }
/** Of all frames, 0 where there is no voice. */
const heard = ['semitones', 'harmonicity', 'jitter', 'shimmerDecibels']
const voice = chain({ stage: 'voice', of: ['pitch', ...heard], ...centered }, { stage: 'reveal' })

/** Everything that is measured of a frame. */
const described = (extended: boolean): StageSpec =>
  shortest(
    chain(
      shortest(voice, chain({ stage: 'resample', to: 11_000 }, { stage: 'formants', length: '20ms', ...centered }), long),
      beside(
        { stage: 'pick', of: [...heard, ...[1, 2, 3].flatMap((n) => [`F${n}.frequency`, `F${n}.bandwidth`])] },
        { stage: 'harmonics' },
      ),
    ),
    chain(short, beside({ stage: 'loudness' }, { stage: 'spectralBalance' }, ...(extended ? [cepstra] : []))),
    ...(extended ? [chain({ ...short, exponent: 1 }, { stage: 'descriptors', of: ['flux'] })] : []),
  )
const cepstra = chain(
  { stage: 'mel', bands: 26, scale: 'kaldi', low: 20, high: 8000 },
  { stage: 'log' },
  { stage: 'cepstrum', coefficients: 5, lifter: 22 },
)

const where = (by: string): StageSpec => ({ stage: 'mask', by })
const voiced = where('semitones')
const unvoiced: StageSpec = { ...voiced, keep: 'others' }

/** What is measured of spectra, of voiced or unvoiced frames, or of all. */
const balance = (which: 'V' | 'UV'): Part['lanes'] => [
  ['alphaRatio', `alphaRatio${which}_sma3nz`],
  ['hammarbergIndex', `hammarbergIndex${which}_sma3nz`],
  ['slope0-500', `slope${which}0-500_sma3nz`],
  ['slope500-1500', `slope${which}500-1500_sma3nz`],
]
const flux = (which: string): Part['lanes'] => [['flux', `spectralFlux${which}`]]
const coefficients = (which: string): Part['lanes'] => [1, 2, 3, 4].map((k) => [`mfcc${k}`, `mfcc${k}${which}`])

/** In the order in which the sets are published. */
function parts(extended: boolean): readonly Part[] {
  const more = (lanes: Part['lanes']) => (extended ? lanes : [])
  const all: readonly Part[] = [
    { seen: [voiced], lanes: [['semitones', 'F0semitoneFrom27.5Hz_sma3nz']], functionals: course },
    { seen: [], lanes: [['loudness', 'loudness_sma3']], functionals: course },
    { seen: [], lanes: more([...flux('_sma3'), ...coefficients('_sma3')]), functionals: moments },
    { seen: [where('jitter')], lanes: [['jitter', 'jitterLocal_sma3nz']], functionals: moments },
    { seen: [where('shimmerDecibels')], lanes: [['shimmerDecibels', 'shimmerLocaldB_sma3nz']], functionals: moments },
    { seen: [voiced], lanes: [['harmonicity', 'HNRdBACF_sma3nz'], ['H1-H2', 'logRelF0-H1-H2_sma3nz']], functionals: moments },
    { seen: [voiced, where('F3.frequency')], lanes: [['H1-A3', 'logRelF0-H1-A3_sma3nz']], functionals: moments },
    ...[1, 2, 3].map((n) => ({
      seen: [voiced, where(`F${n}.frequency`)],
      lanes: [
        [`F${n}.frequency`, `F${n}frequency_sma3nz`] as const,
        ...(n === 1 || extended ? [[`F${n}.bandwidth`, `F${n}bandwidth_sma3nz`] as const] : []),
        [`A${n}-H1`, `F${n}amplitudeLogRelF0_sma3nz`] as const,
      ],
      functionals: moments,
    })),
    { seen: [voiced], lanes: [...balance('V'), ...more([...flux('V_sma3nz'), ...coefficients('V_sma3nz')])], functionals: moments },
    { seen: [unvoiced], lanes: [...balance('UV'), ...more(flux('UV_sma3nz'))], functionals: [mean] },
    { seen: [], lanes: [['loudness', 'loudness_sma3']], functionals: [timed('contour', 'peaks', 'loudnessPeaksPerSec')] },
    { seen: [voiced], lanes: [['semitones', 'voiced']], functionals: segments },
  ] // biome-ignore format: a table
  return all.filter(({ lanes }) => lanes.length > 0)
}

const pooled = ({ seen, lanes, functionals }: Part): StageSpec =>
  chain(
    ...seen,
    { stage: 'pick', of: lanes.map(([lane]) => lane), as: lanes.map(([, published]) => published) },
    { stage: 'smooth' },
    { stage: 'globalPool', pooling: functionals.map(({ pooling }) => pooling) },
  )

/** Of all samples: 0 is the level of a constant 1; levels below −100 dB count as it. */
const level = chain({ stage: 'globalPool', pooling: [{ pooling: 'power', p: 2 }] }, { stage: 'decibels', of: 'amplitude', floor: 1e-5 })

/**
 * The Geneva minimalistic acoustic parameter sets, by which studies of emotion and health summarize how somebody speaks: 'gemaps' of 62 values, 'egemaps' of 88, each under the name that openSMILE (eGeMAPSv02)
 * gives it, in its order. They are stages made of stages: `functionals('egemaps').spec` prints them as JSON, to be changed and saved, and `stageFrom` makes them again.
 *
 * Shape: samples at any rate → one frame of 1 × 62 or 88 × 1, of weight 1. Channels are pooled into one, at 16 kHz. Frames of 60 ms (pitch, harmonicity, jitter, shimmer, harmonics) and 20 ms (spectra, formants) lie
 * every 10 ms around the same moments, the first around the first sample, with zeros beyond the ends, so that a recording of any length has some. Lanes are smoothed over 3 frames; what is of a voice is of voiced
 * frames alone, and formants, jitter and shimmer of those that have any.
 *
 * What has no voice has defined values: whatever is of voiced frames, or of unvoiced ones where there are none, is 0, and so are all of silence but the length of its pause, and its level, −100 dB, the least there is;
 * an empty recording gives those of silence of no length. Samples that are not finite make frames unvoiced, and what is of all frames NaN. It keeps its frames' values, so a recording must end, however it comes; before that a machine's `peek` gives the values so far.
 *
 * Units: semitones above 27.5 Hz, hertz, decibels, seconds; slopes a second; jitter a share; stddevNorm the deviation by the mean. Source: Eyben et al. 2016. Values are those of these definitions as `pitch`,
 * `loudness`, `harmonics` and the others have them, flux of magnitudes; the test of all 88 against these definitions in float64 takes the pitch track from `pitch` itself. They have not been compared with openSMILE's own, which finds pitch another way (subharmonic summation)
 * and whose scales and first frames may be others: models that were trained on its values need not serve for these.
 *
 * @param set 'gemaps' or 'egemaps'
 * @throws TypeError for another set, and, when planned, where the input is not samples, and for a live source
 * @example
 * apply(signal(samples, { rate: 16000 }), functionals('egemaps')).layout.names.bins[0] // 'F0semitoneFrom27.5Hz_sma3nz_amean'
 */
export function functionals(set: (typeof sets)[number]): Operator {
  const extended = oneOf('functionals', 'the set', set, sets) === 'egemaps'
  const all = parts(extended)
  const names = all.flatMap(({ lanes, functionals }) =>
    lanes.flatMap(([, lane]) => functionals.map(({ output, published }) => [`${lane}.${output}`, published(lane)] as const)),
  )
  const frames = chain(described(extended), beside(...all.map(pooled)))
  return stageFrom(
    chain(
      { stage: 'channelPool', pooling: 'mean' },
      { stage: 'resample', to: 16_000 },
      extended ? beside(frames, level) : frames,
      { stage: 'reveal', as: 'itself' },
      {
        stage: 'pick',
        of: [...names.map(([name]) => name), ...(extended ? ['mean.power2'] : [])],
        as: [...names.map(([, published]) => published), ...(extended ? ['equivalentSoundLevel_dBp'] : [])],
      },
    ),
  )
}
