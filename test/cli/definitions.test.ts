// What options make of a recipe: each changes its own part.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipelineFrom, type RecipeOptions, recipe } from 'poolwise/node'
import { afterAll, describe, expect, test } from 'vitest'
import { type AudioOptions, audioDefinition, type TextCommandOptions, textDefinition } from '../../src/cli/definitions.ts'
import { fileText } from '../../src/cli/pipelineFile.ts'
import type { StageSpec } from '../../src/core/stage.ts'
import { inside } from './inside.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-recipes-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

type Task = NonNullable<RecipeOptions['task']>
const tasks: readonly Task[] = ['similarity', 'classification']
const kinds = ['audio', 'text'] as const
const cases = kinds.flatMap((kind) => tasks.map((task) => [kind, task] as const))

const pools = (stages: readonly StageSpec[]) => stages.findIndex(({ pooling }) => pooling !== undefined)
const audio = (options: AudioOptions) => audioDefinition(options).stages as readonly StageSpec[]
const text = (options: TextCommandOptions) => {
  const { source, stages } = textDefinition(options, ['a.txt'])
  return { source, stages: stages as readonly StageSpec[] }
}

test.each(cases)('poolwise %s --task %s is the recipe, and a file of it gives the same bytes', async (kind, task) => {
  const inputs = kind === 'audio' ? ['samples/audio/words/bat-v1.wav', 'samples/audio/words/zip-v8.wav'] : ['samples/text/letters.txt']
  const own = kind === 'audio' ? audioDefinition({ task }) : textDefinition({ task }, inputs)
  const { source, stages } = pipelineFrom(own).toJSON()
  // The name of the vectors is said, as options may name others.
  expect({ source: { ...recipe(kind, { task }).source, ...source }, stages }).toEqual({ source, stages: recipe(kind, { task }).stages })
  const path = at(`${kind}-${task}.json`)
  writeFileSync(path, fileText(pipelineFrom(own)))
  const [direct, saved] = [at('direct.npy'), at('saved.npy')]
  expect(await inside(kind, ...inputs, '--task', task, '--out', direct)).toEqual({ code: 0, err: '' })
  expect(await inside('run', path, ...inputs, '--out', saved)).toEqual({ code: 0, err: '' })
  expect(readFileSync(saved)).toEqual(readFileSync(direct))
  // And no line of the file is longer than a terminal.
  expect(
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.length > 80),
  ).toEqual([])
})

describe.each(tasks)('an option changes its own part of %s', (task) => {
  const { stages } = recipe('audio', { task })
  const p = pools(stages)

  test('--pool the pooling', () => {
    expect(audio({ task, pool: 'max' })).toEqual(stages.with(p, { ...stages[p]!, pooling: 'max' }))
  })

  test('--pyramid the levels', () => {
    const { pooling } = stages[p]!
    expect(audio({ task, pyramid: '1,3' })).toEqual(stages.with(p, { stage: 'pyramidPool', pooling: pooling!, levels: [1, 3] }))
  })

  test('--features all before the pooling, --preset and --bands of them', () => {
    expect(audio({ task, features: 'mfcc,deltas' })).toEqual([{ stage: 'mfcc' }, { stage: 'deltas' }, ...stages.slice(p)])
    expect(audio({ task, preset: 'kaldi', bands: '23' })).toEqual([{ stage: 'logMel', preset: 'kaldi', bands: 23 }, ...stages.slice(p)])
    expect(audio({ task, bands: '23' })).toEqual(stages.map((spec) => (spec.stage === 'mel' ? { ...spec, bands: 23 } : spec)))
    expect(() => audio({ task, features: 'rms,deltas', bands: '3' })).toThrow(
      '--bands: expected a stage that takes bands among --features, got rms, deltas',
    )
  })

  test('--window the pooling, and what must know the whole recording', async () => {
    const specs = audio({ task, window: '1s', stride: '500ms' })
    expect(specs.at(-1)).toEqual({ stage: 'pool1d', pooling: stages[p]!.pooling!, size: '1s', stride: '500ms' })
    const left = new Set(specs.map(({ stage }) => stage))
    expect(stages.slice(0, p).flatMap(({ stage }) => (left.has(stage) ? [] : [stage]))).toSatisfy((gone: string[]) => gone.includes('trim'))
    const loaded = await pipelineFrom(audioDefinition({ task, window: '1s' })).load()
    let { layout } = loaded.source
    for (const stage of loaded.stages) {
      const plan = stage.plan(layout)
      expect([stage.spec.stage, plan.needs]).toEqual([stage.spec.stage, undefined])
      layout = plan.layout
    }
    // What the user asks for is not touched.
    expect(audio({ task, window: '1s', features: 'logMel,normalize' }).slice(0, -1)).toEqual([{ stage: 'logMel' }, { stage: 'normalize' }])
  })

  test('--then comes last', () => {
    // biome-ignore lint/suspicious/noThenProperty: it is the option's name
    expect(audio({ task, then: 'l2Normalize' })).toEqual([...stages, { stage: 'l2Normalize' }])
  })

  test('of text: weights, stop words and punctuation of the source alone', () => {
    const own = text({ task })
    for (const [option, value, read] of [
      ['weights', 'sif', 'sif'],
      ['stopWords', 'mask', 'mask'],
      ['stopWords', '0.25', 0.25],
      ['punctuation', 'mask', 'mask'],
      ['by', 'line', 'line'],
    ] as const) {
      const changed = text({ task, [option]: value })
      expect(changed).toEqual({ source: { ...(own.source as object), [option === 'by' ? 'unit' : option]: read }, stages: own.stages })
    }
    expect(text({ task, weights: 'none' }).source).not.toHaveProperty('weights')
  })

  test('of text: the pooling, and components with it, which are those of its means', () => {
    const own = text({ task }).stages
    expect(text({ task, pool: 'max' }).stages).toEqual([own[0], { stage: 'globalPool', pooling: 'max' }])
    expect(text({ task, vectors: 'mine.txt' }).stages).toEqual([{ stage: 'embed', vectors: 'mine.txt' }, own[1]])
    expect(text({ task, window: '8' }).stages).toEqual([own[0], { stage: 'pool1d', pooling: own[1]!.pooling, size: 8 }, ...own.slice(2)])
  })
})

test('recipe refuses what it does not know, and gives a new one each time', () => {
  expect(() => recipe('video' as 'audio')).toThrow('recipe: of must be one of audio, text, got "video"')
  expect(() => recipe('audio', { task: 'translation' as Task })).toThrow(
    'recipe: task must be one of similarity, classification, paralinguistics, got "translation"',
  )
  ;(recipe('audio').stages as StageSpec[]).length = 0
  expect(recipe('audio').stages.length).toBeGreaterThan(0)
})

test('the task of paralinguistics is of sound, and a whole of its own', () => {
  const task = 'paralinguistics'
  const { stages } = recipe('audio', { task })
  expect(audioDefinition({ task, resample: '8000' })).toEqual({ source: { source: 'audioFiles', rate: 8000 }, stages })
  for (const own of [{ pool: 'mean' }, { features: 'mfcc' }, { window: '1s' }, { pyramid: '1,2' }, { bands: '20' }])
    expect(() => audioDefinition({ task, ...own })).toThrow('--task paralinguistics has features and poolings of its own')
  expect(() => textDefinition({ task }, [])).toThrow('--task: the task must be one of similarity, classification, got "paralinguistics"')
})
