import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { lastValueFrom, type Observable, toArray } from 'rxjs'
import { afterAll, expect, test } from 'vitest'
import {
  apply,
  chain,
  eachSequence,
  type Frames,
  globalPool,
  l2Normalize,
  segmentPool,
  spanPool,
  toVectors,
  type Vector,
} from '../../../src/index.ts'
import { csv, jsonl, loadVectors, staticModel, textFile, textFiles, textStream, texts } from '../../../src/text.ts'
import { bpe, dimensions, modelOf, unigram, wordPiece, writeModel } from '../models/tiny.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-model-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const all = <Item>(items: Observable<Item>) => lastValueFrom(items.pipe(toArray()))
const vectorsOf = async (sequences: Parameters<ReturnType<typeof eachSequence>>[0]) =>
  (await all(sequences.pipe(eachSequence(globalPool('mean'), l2Normalize()), toVectors()))) as Vector[]
const model = await staticModel(writeModel(join(folder, 'words'), modelOf(wordPiece(), { layout: 'model2vec', normalize: true })))
const bytewise = await staticModel(modelOf(bpe(), { layout: 'sentence-transformers' }).files)
const own = (text: string, of = model) => [...apply(of.frames(text), globalPool('mean'), l2Normalize()).data]

const prose = ['The sea rises. The moon!', '', 'Не море', 'луна. 日本', '', '', 'bread zzz🙃 bread']

test('a text has the vector of its model, and the share of its tokens that are known', async () => {
  const given = await vectorsOf(texts(['The sea rises.', '', { id: 'x', text: 'bread 🙃', label: 'b' }], { model }))
  expect(given.map(({ id, vector }) => [id, [...vector]])).toEqual([
    ['0', own('The sea rises.')],
    ['1', own('')],
    ['x', own('bread 🙃')],
  ])
  expect(given.map(({ coverage, weight, label }) => [coverage, weight, label])).toEqual([
    [1, model.tokens('The sea rises.').length, undefined],
    [1, 0, undefined],
    [0.5, 1, 'b'],
  ])
  expect(given[1]!.vector).toEqual(new Float32Array(dimensions))
})

test('lines and sentences are texts of their own, in any language and without wink', async () => {
  const text = `${prose.join('\n')}\n`
  const path = join(folder, 'prose.txt')
  writeFileSync(path, text)
  const stream = () => new Response(text).body!
  const lines = [
    ['1', prose[0]],
    ['3', prose[2]],
    ['4', prose[3]],
    ['7', prose[6]],
  ]
  const sentences = [
    ['1.1', 'The sea rises.'],
    ['1.2', 'The moon!'],
    ['3.1', 'Не море\nлуна.'],
    ['4.1', '日本'],
    ['7.1', prose[6]],
  ]
  for (const [unit, parts] of [
    ['line', lines],
    ['sentence', sentences],
  ] as const) {
    const wanted = (id: string) => parts.map(([place, part]) => [`${id}:${place}`, own(part!)])
    const shape = (given: Vector[]) => given.map(({ id, vector }) => [id, [...vector]])
    expect(shape(await vectorsOf(texts([{ id: 'p', text }], { model, unit })))).toEqual(wanted('p'))
    expect(shape(await vectorsOf(textFiles(path, { model, unit })))).toEqual(wanted(path))
    expect(shape(await vectorsOf(textStream(stream(), { model, unit })))).toEqual(wanted('stdin'))
  }
})

test('records give what texts do', async () => {
  const rows = prose.filter(Boolean)
  const [lines, table] = [join(folder, 'rows.jsonl'), join(folder, 'rows.csv')]
  writeFileSync(lines, rows.map((text) => JSON.stringify({ text })).join('\n'))
  writeFileSync(table, ['text', ...rows.map((text) => `"${text}"`)].join('\n'))
  for (const source of [jsonl(lines, { model }), csv(table, { model }), textFiles([lines], { model })])
    expect((await vectorsOf(source)).map(({ vector }) => [...vector])).toEqual(rows.map((text) => own(text)))
})

test('frames of a text at hand know their length, and say where sentences begin', async () => {
  const [{ frames }] = (await all(texts(['The sea rises. 日本 moon'], { model }))) as unknown as [{ frames: Observable<Frames> }]
  const [block] = (await all(frames)) as [Frames]
  const tokens = model.tokens('The sea rises. 日本 moon')
  expect(block.layout).toEqual({ ...model.layout, length: tokens.length })
  expect(block.layout.names.bins).toEqual(Array.from({ length: dimensions }, (_, i) => `dim${i}`))
  const begins = tokens.map(({ from }) => Number(from === 0 || from === 15))
  expect([...block.boundaries!]).toEqual(begins)
  // Segments pool sentence by sentence; spans by the tokens' places.
  const bySegment = apply(block, segmentPool('mean'))
  const cut = begins.lastIndexOf(1)
  const bySpan = apply(
    block,
    spanPool('mean', {
      spans: [
        [0, cut],
        [cut, tokens.length],
      ],
    }),
  )
  expect([...bySegment.data]).toEqual([...bySpan.data])
  expect([...bySpan.data.subarray(dimensions)]).toEqual([...apply(model.frames('日本 moon'), globalPool('mean')).data])
})

const pieces = fc.array(
  fc.constantFrom('the', 'sea', ' ', ' ', '\n', '\n\n', '. ', 'море', '日本', '😀', '🙃', '\r\n', '\t', '[UNK]', 'é'),
  { maxLength: 40 },
)
test.each([
  ['WordPiece', model],
  ['Unigram of words', await staticModel(modelOf(unigram(true), { layout: 'model2vec' }).files)],
])('%s: a stream, however it is cut, gives the bits of the whole', async (_, of) => {
  const stage = chain(globalPool(['mean', 'std', 'max']))
  await fc.assert(
    fc.asyncProperty(pieces, fc.integer({ min: 1, max: 9 }), async (parts, size) => {
      const text = parts.join('')
      const bytes = new TextEncoder().encode(text)
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
      const stream = new ReadableStream<Uint8Array>({
        start(to) {
          for (const chunk of chunks) to.enqueue(chunk)
          to.close()
        },
      })
      const pooled = async (source: ReturnType<typeof texts>) =>
        ((await all(source.pipe(eachSequence(stage), toVectors()))) as Vector[]).map(({ vector, weight }) => [[...vector], weight])
      expect(await pooled(textStream(stream, { model: of }))).toEqual(await pooled(texts([text], { model: of })))
    }),
    { numRuns: 100 },
  )
})

test('a long text streams in bounded blocks', async () => {
  const line = 'The sea rises and the moon. '.repeat(1000)
  const path = join(folder, 'long.txt')
  writeFileSync(path, line.repeat(60))
  let [frames, most] = [0, 0]
  await lastValueFrom(textFile(path, { model }).pipe(toArray())).then((blocks) => {
    for (const block of blocks) {
      expect(block.start).toBe(frames)
      frames += block.length
      most = Math.max(most, block.length)
    }
  })
  expect(frames).toBe(60 * 1000 * model.tokens('The sea rises and the moon.').length)
  expect(most).toBeLessThanOrEqual(4096)
})

test('a tokenizer that takes white space for tokens gets a text at hand as it is', async () => {
  const text = '  the\n\nsea \n'
  const [{ vector }] = (await vectorsOf(texts([text], { model: bytewise }))) as [Vector]
  expect([...vector]).toEqual(own(text, bytewise))
})

test('a model does not go with the options of word vectors', async () => {
  const vectors = await loadVectors().catch(() => undefined)
  for (const more of [{ weights: 'sif' }, { stopWords: 'keep' }, { punctuation: 'keep' }, ...(vectors ? [{ vectors }] : [])] as object[]) {
    for (const make of [
      () => texts([], { model, ...more }),
      () => textFiles('a', { model, ...more }),
      () => textFile('a', { model, ...more }),
      () => textStream(new Response('').body!, { model, ...more }),
      () => jsonl('a', { model, ...more }),
      () => csv('a', { model, ...more }),
    ])
      expect(make).toThrow(/expected a model or options of word vectors, got model and \w+$/)
  }
  expect(() => texts([], { model: {} as never })).toThrow('texts: model must be a static model')
})
