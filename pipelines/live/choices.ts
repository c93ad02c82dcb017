// What the controls say, as the specs of stages: the page runs them, and shows them as JSON and as TypeScript.
import type { Size, StageSpec } from 'poolwise'

import type { Axis } from './voice.ts'

export const features = {
  // The offset keeps digital silence, whose logarithm is far down, from ruling means and colors.
  'log-mel': [{ stage: 'logMel', bands: 40, offset: 1e-4 }],
  mfcc: [{ stage: 'mfcc', coefficients: 20 }],
  pcen: [{ stage: 'spectrogram' }, { stage: 'mel', bands: 40 }, { stage: 'pcen' }],
  chroma: [{ stage: 'spectrogram' }, { stage: 'chroma' }],
  spectrogram: [{ stage: 'spectrogram' }, { stage: 'decibels' }],
} as const satisfies { readonly [name: string]: readonly StageSpec[] }

/** Half the rate at which the page hears. */
const top = 8000
const onMels: Axis = (hertz) => Math.log1p(hertz / 700) / Math.log1p(top / 700)

/** Where frequencies lie in the frames of stages that have some. */
export const axes: { readonly [feature in keyof typeof features]?: Axis } = {
  'log-mel': onMels,
  pcen: onMels,
  spectrogram: (hertz) => hertz / top,
}

export const poolings = ['max', 'mean', 'min', 'std', 'stats', 'range', 'sum', 'last'] as const

/** The ways to cut time, each shown as a strip of its own. */
export const ways = ['1d', '2d', 'segments'] as const
export type Way = (typeof ways)[number]

export interface Choice {
  readonly feature: keyof typeof features
  readonly pooling: (typeof poolings)[number]
  /** Windows, in seconds. */
  readonly size: number
  readonly stride: number
  /** Whose vectors are shown in full and exported. */
  readonly way: Way
}

/** Bins of a window of the 2-D strip. */
const bins = 4

/** The stages of features and pooling that a choice says, for one way. */
export function stagesOf({ feature, pooling, size, stride }: Choice, way: Way): StageSpec[] {
  const [window, step] = [size, stride].map(lasting) as [Size, Size]
  const pooled: { readonly [way in Way]: readonly StageSpec[] } = {
    '1d': [{ stage: 'pool1d', pooling, size: window, stride: step }],
    '2d': [{ stage: 'pool2d', pooling, size: [window, bins], stride: [step, bins] }],
    // What is new within the time of a window begins a segment.
    segments: [
      { stage: 'detectNovelty', radius: window },
      { stage: 'segmentPool', pooling, max: '5s' },
    ],
  }
  return [...features[feature], ...pooled[way]]
}

/** Seconds as an option has them: '1s', '250ms'. */
export function lasting(seconds: number): Size {
  const ms = Math.round(1000 * seconds)
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`
}
