// Texts through Transformers.js itself, with a model made here: nothing is fetched.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eachSequence, type Failure, type Frames, globalPool, type Sequence, toVectors, type Vector } from 'poolwise'
import { pipelineFrom } from 'poolwise/node'
import { jsonl, type ModelOptions, modelTokens, textFiles, transformerModel } from 'poolwise/text'
import { lastValueFrom, type Observable, take, toArray } from 'rxjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inside } from '../cli/inside.ts'
import { special, writeModel } from './encoder.ts'
import { loadPeers } from './peers.ts'

const peers = await loadPeers()
const folder = mkdtempSync(join(tmpdir(), 'poolwise-model-'))
const model = join(folder, 'tiny')

// 'boom' is a word of the tokenizer's for which the model has no row.
const words = ['query', ':', 'the', 'sea', 'rises', '.', 'rye', 'boom']
const rowOf = (id: number) => [id + 0.5, -id, id * id]
const table = Array.from({ length: special.length + words.length - 1 }, (_, id) => rowOf(id))
const id = (word: string) => [...special, ...words].indexOf(word)
const rowsOf = (tokens: readonly string[]) => tokens.flatMap((token) => rowOf(id(token)))

beforeAll(() => {
  writeModel(model, { words, table })
  writeModel(join(folder, 'short'), { words, table, maxLength: 4 })
  writeModel(join(folder, 'token-embeddings'), { words, table, output: 'token_embeddings' })
  writeModel(join(folder, 'other'), { words, table, output: 'logits' })
})
afterAll(() => rmSync(folder, { recursive: true }))

const all = <Item>(source: Observable<Item>): Promise<Item[]> => lastValueFrom(source.pipe(toArray()))
type Texts = Parameters<typeof modelTokens>[0]
const framesOf = async (texts: Texts, options: Partial<ModelOptions> = {}): Promise<[id: string, frames: Frames][]> => {
  const sequences = await all(modelTokens(texts, { model, ...options }))
  return Promise.all(sequences.map(async ({ id, frames }): Promise<[string, Frames]> => [id, await lastValueFrom(frames)]))
}
const data = async (text: string, options: Partial<ModelOptions> = {}) => [...(await framesOf([text], options))[0]![1].data]

describe.skipIf(!peers)('modelTokens', () => {
  test('gives one frame a token, those that the model adds included, whatever the batch', async () => {
    const texts = ['The sea rises.', { id: 'rye', text: 'rye', label: 'grain' }, '']
    const tokens = [
      ['[CLS]', 'the', 'sea', 'rises', '.', '[SEP]'],
      ['[CLS]', 'rye', '[SEP]'],
      ['[CLS]', '[SEP]'],
    ]
    for (const batchSize of [1, 2, 32]) {
      const given = await framesOf(texts, { batchSize })
      expect(given.map(([id]) => id)).toEqual(['0', 'rye', '2'])
      expect(given.map(([, frames]) => [...frames.data])).toEqual(tokens.map(rowsOf))
      expect(given.map(([, { length, start, layout }]) => [length, start, layout.length])).toEqual(
        tokens.map(({ length }) => [length, 0, length]),
      )
      expect(given[0]![1].layout).toMatchObject({ bins: 3, clock: { unit: 'token' }, names: { bins: ['dim0', 'dim1', 'dim2'] } })
    }
    expect((await all(modelTokens(texts, { model }))).map(({ label }) => label)).toEqual([undefined, 'grain', undefined])
  })

  test('pooled, gives the vectors of the feature-extraction pipeline', async () => {
    const texts = ['The sea rises.', 'rye', 'the sea the sea the sea']
    const extract = await peers!.transformers.pipeline('feature-extraction', model, { local_files_only: true, dtype: 'fp32' })
    for (const pooling of ['mean', 'cls'] as const) {
      const theirs = await extract(texts, { pooling })
      const stage = globalPool(pooling === 'cls' ? 'first' : 'mean')
      const ours = (await all(modelTokens(texts, { model }).pipe(eachSequence(stage), toVectors()))) as Vector[]
      expect(ours.flatMap(({ vector }) => [...vector])).toEqual([...theirs.data])
    }
  })

  test('is the model of any source of text, of a pipeline and of the command line', async () => {
    const texts = ['The sea rises. Rye.', 'rye']
    const file = join(folder, 'texts.jsonl')
    writeFileSync(file, texts.map((text) => JSON.stringify({ text })).join('\n'))
    const prose = join(folder, 'prose.txt')
    writeFileSync(prose, 'The sea rises.\n\nRye.\n')
    const vectors = async (sequences: Observable<Sequence>) =>
      ((await all(sequences.pipe(eachSequence(globalPool('mean')), toVectors()))) as Vector[]).map(({ id, vector }) => [id, [...vector]])
    const wanted = async (texts: readonly string[]) => (await vectors(modelTokens(texts, { model }))).map(([, vector]) => vector)
    const transformer = await transformerModel(model)
    expect((await vectors(jsonl(file, { model: transformer }))).map(([, vector]) => vector)).toEqual(await wanted(texts))
    expect(await vectors(textFiles(prose, { model: transformer }))).toEqual([[prose, (await wanted(['The sea rises. Rye.']))[0]]])
    expect(await vectors(textFiles(prose, { model: transformer, unit: 'sentence' }))).toEqual(
      (await wanted(['The sea rises.', 'Rye.'])).map((vector, i) => [`${prose}:${2 * i + 1}.1`, vector]),
    )
    const pipeline = pipelineFrom({ source: { source: 'textFiles', model }, stages: [{ stage: 'globalPool', pooling: 'mean' }] })
    expect((await pipeline.load()).files).toEqual(['tokenizer.json', 'onnx/model.onnx'].map((name) => join(model, name)))
    expect(((await all(pipeline.run([file]))) as Vector[]).map(({ vector }) => [...vector])).toEqual(await wanted(texts))
    const out = join(folder, 'out.jsonl')
    expect(await inside('text', file, '--model', model, '--out', out)).toMatchObject({ code: 0 })
    const written = readFileSync(out, 'utf8').trim().split('\n')
    expect(written.map((line) => [...(JSON.parse(line) as Vector).vector].map(Math.fround))).toEqual(await wanted(texts))
  })

  test('cuts off what is too long, and keeps what the model adds at the end', async () => {
    const cut = rowsOf(['[CLS]', 'the', 'sea', '[SEP]'])
    expect(await data('the sea rises', { maxLength: 4 })).toEqual(cut)
    expect(await data('the sea rises', { model: join(folder, 'short') })).toEqual(cut)
    expect(await data('the sea', { maxLength: 4 })).toEqual(cut)
  })

  test('leaves prompts out where they are not to be pooled', async () => {
    const prompted = rowsOf(['[CLS]', 'query', ':', 'rye', '[SEP]'])
    const [[, kept]] = (await framesOf(['rye'], { prompt: 'query: ' })) as [[string, Frames]]
    expect([[...kept.data], kept.weights]).toEqual([prompted, undefined])
    const [[, without], [, longer]] = (await framesOf(['rye', 'the sea rises'], { prompt: 'query: ', includePrompt: false })) as [
      [string, Frames],
      [string, Frames],
    ]
    expect([...without.data]).toEqual(prompted)
    expect([...without.weights!]).toEqual([0, 0, 0, 1, 1])
    expect([...longer.weights!]).toEqual([0, 0, 0, 1, 1, 1, 1])
  })

  test('one bad text does not stop the others of its batch', async () => {
    const pooled = modelTokens(['the', 'sea boom', 'rye'], { model }).pipe(eachSequence(globalPool('first')), toVectors())
    const [the, bad, rye] = (await all(pooled)) as [Vector, Failure, Vector]
    expect([the.id, rye.id, bad.id]).toEqual(['0', '2', '1'])
    expect([...rye.vector]).toEqual(rowOf(id('[CLS]')))
    expect(bad.error.message).toMatch(/^modelTokens: expected a text that the model takes, got .*indices/s)
  })

  test('cuts texts into lines and sentences, under the names that other texts have', async () => {
    const text = 'The sea rises. Rye.\n\nThe sea\nrises. Rye\n'
    const ids = async (unit: 'line' | 'sentence') =>
      (await framesOf([{ id: 'a', text }], { unit })).map(([id, { length }]) => [id, length - 2])
    expect(await ids('line')).toEqual([
      ['a:1', 6],
      ['a:3', 2],
      ['a:4', 3],
    ])
    expect(await ids('sentence')).toEqual([
      ['a:1.1', 4],
      ['a:1.2', 2],
      ['a:3.1', 4],
      ['a:4.1', 1],
    ])
  })

  test('takes token_embeddings as well, and says what else a model gives', async () => {
    expect(await data('rye', { model: join(folder, 'token-embeddings') })).toEqual(rowsOf(['[CLS]', 'rye', '[SEP]']))
    await expect(data('rye', { model: join(folder, 'other') })).rejects.toThrow('last_hidden_state or token_embeddings, got ["logits"]')
  })

  test('says which model is not here, without looking for it elsewhere', async () => {
    const missing = all(modelTokens(['a'], { model: join(folder, 'none') }))
    await expect(missing).rejects.toThrow(/modelTokens: expected a model with its tokenizer in ".*none", got/)
    await expect(all(modelTokens(['a'], { model: 'poolwise/no-such-model' }))).rejects.toThrow('local_files_only')
  })

  test('reads no further than it is asked to', async () => {
    let read = 0
    const endless = async function* () {
      for (;;) {
        read++
        yield 'rye'
      }
    }
    expect(await all(modelTokens(endless(), { model, batchSize: 4 }).pipe(take(6)))).toHaveLength(6)
    expect(read).toBe(8)
  })
})
