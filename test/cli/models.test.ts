import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { lastValueFrom, toArray } from 'rxjs'
import { afterAll, describe, expect, test } from 'vitest'
import { apply, globalPool, l2Normalize } from '../../src/index.ts'
import { pipelineFrom } from '../../src/node.ts'
import { staticModel } from '../../src/text.ts'
import { dimensions, modelOf, unigram, wordPiece, writeModel } from '../sources/models/tiny.ts'
import { inside } from './inside.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-models-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string) => join(folder, name)
const normal = writeModel(at('normal'), modelOf(wordPiece(), { layout: 'model2vec', normalize: true }))
const pooling = { word_embedding_dimension: dimensions, pooling_mode_max_tokens: true, pooling_mode_mean_tokens: false }
const pooled = writeModel(at('pooled'), modelOf(unigram(true), { layout: 'sentence-transformers', pooling }))
const text = 'The sea rises. Луна, 日本!'
writeFileSync(at('a.txt'), `${text}\n`)
writeFileSync(at('odd.txt'), '🙃 🙃 🙃 sea\n')

const vectorsIn = (path: string) =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { vector: number[] }).vector.map(Math.fround))

describe('poolwise text --model', () => {
  test.each([
    ['the mean, normalized', normal, [], 'mean', true],
    ['its own pooling, as its files say', pooled, [], 'max', false],
    ['another pooling, and the rest as it was', normal, ['--pool', 'mean,max'], ['mean', 'max'], true],
  ] as const)('%s', async (_, model, options, like, normalized) => {
    const out = at('out.jsonl')
    expect(await inside('text', at('a.txt'), '--model', model, '--out', out, ...options)).toMatchObject({ code: 0 })
    const { frames } = await staticModel(model)
    expect(vectorsIn(out)).toEqual([[...apply(frames(text), globalPool(like as 'mean'), ...(normalized ? [l2Normalize()] : [])).data]])
  })

  test('tells of texts that the model does not know', async () => {
    const { err } = await inside('text', at('odd.txt'), '--model', normal, '--out', at('out.jsonl'))
    expect(err).toContain("25 % of its words are in the model's vocabulary")
  })

  test.each([
    [['--vectors', 'x'], '--model has words and a recipe of its own'],
    [['--task', 'classification'], '--model has words and a recipe of its own'],
  ])('does not go with %s', async (more, message) => {
    expect(await inside('text', at('a.txt'), '--model', normal, ...more)).toMatchObject({ code: 2, err: expect.stringContaining(message) })
  })

  test('says how a model is had that is not there', async () => {
    const { err } = await inside('text', at('a.txt'), '--model', 'minishlab/potion-base-8M')
    expect(err).toContain('hf download minishlab/potion-base-8M --local-dir potion-base-8M')
  })
})

describe('a pipeline with a model', () => {
  const stages = [{ stage: 'globalPool', pooling: 'mean' }]

  test('finds it from where the definition stands, and tells its files', async () => {
    const pipeline = pipelineFrom({ source: { source: 'textFiles', model: './normal' }, stages }, pathToFileURL(at('p.json')).href)
    const { source, files } = await pipeline.load()
    expect(source.layout.bins).toBe(dimensions)
    expect(files).toEqual(['tokenizer.json', 'model.safetensors'].map((name) => join(normal, name)))
    const [vector] = await lastValueFrom(pipeline.run([at('a.txt')]).pipe(toArray()))
    expect(vector).toMatchObject({ coverage: 1, names: Array.from({ length: dimensions }, (_, i) => `dim${i}.mean`) })
    expect(pipeline.toJSON().source).toEqual({ source: 'textFiles', model: './normal' })
  })

  test.each(['vectors', 'weights', 'stopWords', 'punctuation'])('is refused with %s before anything is loaded', (option) => {
    const value = { vectors: 'x', weights: 'sif', stopWords: 'mask', punctuation: 'keep' }[option]
    expect(() => pipelineFrom({ source: { source: 'jsonl', model: './none', [option]: value }, stages })).toThrow(
      `jsonl: expected a model or options of word vectors, got model and ${option}`,
    )
  })
})
