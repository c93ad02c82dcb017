// What `npm run evaluate` compares: lists of stages, from samples to one vector.
import {
  cepstrum,
  decibels,
  deltas,
  equalizeChange,
  globalPool,
  logMel,
  mel,
  mfcc,
  normalize,
  type PoolingLike,
  pyramidPool,
  type Stage,
  spectrogram,
  trim,
} from 'poolwise'

export interface Recipe {
  readonly name: string
  readonly stages: readonly Stage[]
}

const recipe = (name: string, ...stages: readonly Stage[]): Recipe => ({ name, stages })

/** What the others are compared with. */
export const plain: Recipe = recipe('mean of log-mel', logMel(), globalPool('mean'))

const functionals: PoolingLike = [
  { pooling: 'moments', excess: false },
  'min',
  'max',
  'regression',
  { pooling: 'quantile', q: 0.25 },
  { pooling: 'quantile', q: 0.75 },
]

/** What the field makes of sound without training: statistics of a spectrum's frames (those of 20 MFCC as before x-vectors, functionals as openSMILE's). */
export const field: readonly Recipe[] = [
  plain,
  recipe('mean, std of log-mel', logMel(), globalPool('stats')),
  recipe('pyramid 1 2 4 of log-mel', logMel(), pyramidPool('mean', { levels: [1, 2, 4] })),
  recipe('mean, std of MFCC', mfcc(), globalPool('stats')),
  recipe('mean, std of 20 MFCC', mfcc({ coefficients: 20 }), globalPool('stats')),
  recipe('mean, std of MFCC, deltas', mfcc(), deltas(), globalPool('stats')),
  recipe('functionals of MFCC, deltas', mfcc(), deltas(), globalPool(functionals)),
]

/** What the short names stand on. */
export const base = '60 dB of 40 mel bands, trim, 16 lifted cepstra'

/** What was said alone, within 60 dB of the loudest. */
export const cepstra: readonly Stage[] = [
  spectrogram(),
  mel({ bands: 40 }),
  decibels({ range: 60 }),
  trim(),
  cepstrum({ coefficients: 16, lifter: 22 }),
]
/** So much of the mean taken off. */
const less = (share: number): Stage[] => (share === 0 ? [] : [normalize({ variance: false, ...(share < 1 && { share }) })])

/** What stands between cepstra and windows, with so much of the mean taken off. */
const between: readonly (readonly [name: string, stages: (share: number) => readonly Stage[]])[] = [
  ['', less],
  [', deltas', (share) => [deltas(), ...less(share)]],
  [', trace', (share) => [...less(share), equalizeChange()]],
]

const cepstral = (share: number, [name, stages]: (typeof between)[number], levels: readonly number[]): Recipe =>
  recipe(`- share ${share}${name}, ${levels.join(' ')}`, ...cepstra, ...stages(share), pyramidPool('stats', { levels }))

export const recipes: readonly Recipe[] = [
  ...field,
  ...between.flatMap((one) => [0, 0.8, 1].flatMap((share) => [[1, 2, 4], [8]].map((levels) => cepstral(share, one, levels)))),
]
