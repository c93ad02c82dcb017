// What `npm run evaluate` compares: lists of stages, from samples to one vector.
import {
  cepstrum,
  decibels,
  deltas,
  equalizeChange,
  gain,
  globalPool,
  l2Normalize,
  logMel,
  mel,
  mfcc,
  normalize,
  type PoolingLike,
  pcen,
  pool2d,
  preemphasis,
  pyramidPool,
  quantile,
  type Stage,
  softPool,
  spectrogram,
  trim,
} from 'poolwise'

/** What the short names stand on. */
export const base = '60 dB, trim, lifted MFCC, 8 means'

export interface Recipe {
  readonly name: string
  readonly stages: readonly Stage[]
}

const recipe = (name: string, ...stages: readonly Stage[]): Recipe => ({ name, stages })

/** What the others are compared with. */
export const plain: Recipe = recipe('mean of log-mel', logMel(), globalPool('mean'))

/** Loudness must not matter: 60 dB below its own loudest value is where a recording ends. */
const loud = (bands: number, range = 60): Stage[] => [spectrogram(), mel({ bands }), decibels({ range })]
const center = normalize({ variance: false })
/** Cepstra of one weight, their means taken out. */
const lifted = (coefficients = 16): Stage[] => [cepstrum({ coefficients, lifter: 22 }), center]
/** The same by the deviation of each. */
const scaled = (coefficients = 16): Stage[] => [cepstrum({ coefficients }), normalize()]
const pyramid = (pooling: PoolingLike, ...levels: number[]): Stage => pyramidPool(pooling, { levels })
const eight = pyramid('mean', 8)

/** A name that begins with - says what is other than in the recipe `base`. */
export const recipes: readonly Recipe[] = [
  plain,
  recipe('mean, std of log-mel', logMel(), globalPool('stats')),
  recipe('mean, std, max of log-mel', logMel(), globalPool(['mean', 'std', 'max'])),
  recipe('pyramid 1 2 4 of mean of log-mel', logMel(), pyramid('mean', 1, 2, 4)),
  recipe('mean of MFCC', mfcc(), globalPool('mean')),
  recipe('mean, std of MFCC', mfcc(), globalPool('stats')),
  recipe('pyramid 1 2 4 of mean, std of 20 MFCC', mfcc({ coefficients: 20 }), pyramid('stats', 1, 2, 4)),
  recipe('60 dB, pyramid 1 2 4 of max', ...loud(80), pyramid('max', 1, 2, 4)),
  recipe('60 dB, 2-D max, center, pyramid of stats', ...loud(80), pool2d('max', { size: [2, 4] }), center, pyramid('stats', 1, 2, 4)),
  recipe('60 dB, center, pyramid 1 2 4 of mean', ...loud(40), center, pyramid('mean', 1, 2, 4)),
  recipe('60 dB, center, pyramid 1 2 3 4 of mean', ...loud(40), center, pyramid('mean', 1, 2, 3, 4)),
  recipe('60 dB, center, 8 means', ...loud(40), center, eight),
  recipe('60 dB, lifted MFCC, 8 means', ...loud(40), ...lifted(), eight),
  recipe('60 dB, trim, center, 8 means', ...loud(40), trim(), center, eight),
  recipe('60 dB, trim, scaled MFCC, 8 means', ...loud(40), trim(), ...scaled(), eight),
  recipe(base, ...loud(40), trim(), ...lifted(), eight),
  recipe('- 13 coefficients', ...loud(40), trim(), ...lifted(13), eight),
  recipe('- and slopes', ...loud(40), trim(), cepstrum({ coefficients: 16, lifter: 22 }), deltas({ width: 9 }), center, eight),
  recipe('- frames of length 1', ...loud(40), trim(), ...lifted(), l2Normalize(), eight),
  recipe('- 6 means', ...loud(40), trim(), ...lifted(), pyramid('mean', 6)),
  recipe('- 12 means', ...loud(40), trim(), ...lifted(), pyramid('mean', 12)),
  recipe('- pyramid 1 2 4 of mean', ...loud(40), trim(), ...lifted(), pyramid('mean', 1, 2, 4)),
  recipe('- pyramid 1 2 4 8 of mean', ...loud(40), trim(), ...lifted(), pyramid('mean', 1, 2, 4, 8)),
  recipe('- 8 times mean, std', ...loud(40), trim(), ...lifted(), pyramid('stats', 8)),
  recipe('- 8 maxima', ...loud(40), trim(), ...lifted(), pyramid('max', 8)),
  recipe('- 8 medians', ...loud(40), trim(), ...lifted(), pyramid(quantile({ q: 0.5 }), 8)),
  recipe('- 8 softPools', ...loud(40), trim(), ...lifted(), pyramid(softPool(), 8)),
  recipe('- trace, 8 means', ...loud(40), trim(), ...lifted(), equalizeChange(), eight),
  recipe('- trace, 8 times mean, std', ...loud(40), trim(), ...lifted(), equalizeChange(), pyramid('stats', 8)),
  recipe('- trace, 8 means, scaled', ...loud(40), trim(), ...scaled(), equalizeChange(), eight),
  recipe('- trace, 8 means, no trim', ...loud(40), ...lifted(), equalizeChange(), eight),
  recipe('- 80 bands', ...loud(80), trim(), ...lifted(), eight),
  recipe('- 40 bands below 4 kHz', spectrogram(), mel({ bands: 40, high: 4000 }), decibels({ range: 60 }), trim(), ...lifted(), eight),
  recipe('- 80 dB', ...loud(40, 80), trim(), ...lifted(), eight),
  recipe('- gain and an offset, no range', gain(), logMel({ bands: 40, offset: 1e-3 }), trim(), ...lifted(), eight),
  recipe('- pre-emphasis', preemphasis(), ...loud(40), trim(), ...lifted(), eight),
  recipe('- PCEN, no logarithm', gain(), spectrogram(), mel({ bands: 40 }), pcen(), trim(), ...lifted(), eight),
]
