import { oneOf as choice } from '../core/check.ts'
import { type Given, oneOf, read } from '../core/options.ts'
import type { StageSpec } from '../core/stage.ts'
import { defaultVectors } from '../sources/vectors/loadVectors.ts'
import { functionals } from '../stages/functionals.ts'
import type { PipelineDefinition } from './pipeline.ts'
import type { SourceSpec } from './sources.ts'

export const recipeOptions = {
  /** What the vectors are for: 'similarity' the nearest by cosine, without training; 'classification' a classifier that is trained on them; of sound, 'paralinguistics' how somebody speaks, by the 88 {@link functionals} of eGeMAPS. */
  task: oneOf('similarity', 'classification', 'paralinguistics').default('similarity'),
}

/** What the vectors of each task are for. */
export const purposes = {
  similarity: 'the nearest by cosine, without training',
  classification: 'a classifier that is trained on them',
  paralinguistics: 'how somebody speaks, the 88 named features of eGeMAPS',
} as const satisfies { readonly [task in NonNullable<RecipeOptions['task']>]: string }

export type RecipeOptions = Given<typeof recipeOptions>

/** A definition that is JSON throughout. */
export interface Recipe extends PipelineDefinition {
  readonly source: SourceSpec
  readonly stages: readonly StageSpec[]
}

/** Decibels of 40 mel bands, within 60 dB of the loudest, of what was said alone, and 16 cepstra of them. */
const cepstra: readonly StageSpec[] = [
  { stage: 'spectrogram' },
  { stage: 'mel', bands: 40 },
  { stage: 'decibels', range: 60 },
  { stage: 'trim' },
  { stage: 'cepstrum', coefficients: 16, lifter: 22 },
]

const recipes = {
  audio: {
    similarity: {
      source: { source: 'audioFiles' },
      stages: [
        ...cepstra,
        { stage: 'normalize', share: 0.8, variance: false },
        { stage: 'equalizeChange' },
        { stage: 'pyramidPool', pooling: 'stats', levels: [8] },
      ],
    },
    classification: {
      source: { source: 'audioFiles' },
      stages: [...cepstra, { stage: 'deltas' }, { stage: 'pyramidPool', pooling: 'stats', levels: [1, 2, 4] }],
    },
    paralinguistics: {
      source: { source: 'audioFiles' },
      get stages() {
        return functionals('egemaps').spec.stages as readonly StageSpec[]
      },
    },
  },
  text: {
    similarity: {
      source: { source: 'textFiles', stopWords: 0.5, weights: 'usif' },
      stages: [
        { stage: 'embed', vectors: defaultVectors },
        { stage: 'globalPool', pooling: 'mean' },
        { stage: 'removeComponents', fit: defaultVectors, count: 20, piecewise: true },
      ],
    },
    classification: {
      source: { source: 'textFiles', punctuation: 'keep' },
      stages: [
        { stage: 'embed', vectors: defaultVectors },
        { stage: 'globalPool', pooling: ['mean', 'std', 'first'] },
      ],
    },
  },
} as const satisfies { readonly [of: string]: { readonly [task in keyof typeof purposes]?: Recipe } }

/**
 * What serves a task, the first two as `npm run evaluate` found best: the pipeline of `poolwise audio` and `poolwise text`, to print, change and save.
 *
 * Shape: a name and a task → a definition that is plain JSON, new with each call. It names no inputs; `definePipeline(…).run(files)` takes them.
 *
 * @throws TypeError for another name, or a task that is none of it
 * @example
 * recipe('audio', { task: 'classification' }).stages.map(({ stage }) => stage)
 */
export function recipe(of: 'audio' | 'text', options: RecipeOptions = {}): Recipe {
  const kind: { readonly [task in keyof typeof purposes]?: Recipe } = recipes[choice('recipe', 'of', of, ['audio', 'text'])]
  const { task } = read('recipe', recipeOptions, options)
  return structuredClone(kind[choice('recipe', 'task', task, tasksOf(of))]!)
}

/** The tasks that sound or text has recipes for. */
export function tasksOf(of: 'audio' | 'text'): (keyof typeof purposes)[] {
  return Object.keys(recipes[of]) as (keyof typeof purposes)[]
}
