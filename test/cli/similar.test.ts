import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import pipeline from '../../pipelines/speech.ts'
import { openVectors } from '../../src/sources/collections/openVectors.ts'
import { outside } from './outside.ts'

let folder: string
/** The pipeline as JSON, which loads at once; where it is not for the file. */
let speech: string
const at = (name: string) => join(folder, name)
const words = resolve('samples/audio/words')
/** Those of one voice, where it is not for the words. */
const few = join(words, '*-v1.wav')

interface Line {
  readonly query: string
  readonly near: readonly { readonly id: string; readonly cosine: number }[]
}

async function well(...args: string[]): Promise<string> {
  const { code, out, err } = await outside(args)
  expect({ code, errors: err.match(/error:.*/g) }).toEqual({ code: 0, errors: null })
  return out
}

const asked = async (...args: string[]) =>
  (await well('similar', ...args, '--json'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'poolwise-similar-'))
  await well('run', 'pipelines/speech.ts', words, '--out', at('words.parquet'))
  speech = at('speech.json')
  writeFileSync(speech, JSON.stringify(pipeline))
  await well('run', speech, few, '--out', at('few.parquet'))
  await well('text', 'samples/text', '--by', 'sentence', '--out', at('sentences.parquet'))
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true }))

describe('poolwise similar', () => {
  test('finds the same word by another voice as often as the guide says', async () => {
    const collection = await openVectors(at('words.parquet'))
    const nameOf = (id: string) => /(\w+)-(v\d)\.wav$/.exec(id)!.slice(1) as [word: string, voice: string]
    const vectors = collection.rows.map((_, i) => collection.vector(i))
    const others = collection.nearestTo(vectors, 1, ({ id }, _, query) => nameOf(id)[1] !== nameOf(collection.rows[query]!.id)[1])
    const right = others.filter(([near], i) => nameOf(near!.row.id)[0] === nameOf(collection.rows[i]!.id)[0]).length
    const said = /pipelines\/speech\.ts finds (\d+) of 288/.exec(readFileSync('guide/tasks.md', 'utf8'))
    console.log(`the same word by another voice: ${right} of ${collection.rows.length}`)
    expect(collection.rows.length).toBe(288)
    expect(right).toBeGreaterThan(0.85 * 288)
    expect(right).toBe(Number(said?.[1]))
  })

  test('a recording goes through the very pipeline: it finds itself, to the bit', async () => {
    const file = join(words, 'bat-v1.wav')
    const [line, ...more] = await asked(at('words.parquet'), file, '-k', '3')
    expect(more).toEqual([])
    expect(line!.query).toBe(file)
    expect(line!.near.length).toBe(3)
    expect(line!.near[0]).toMatchObject({ id: file, cosine: 1 })
    const [without] = await asked(at('words.parquet'), file, '-k', '2', '--others')
    expect(without!.near).toEqual(line!.near.slice(1))
  })

  test.each(['parquet', 'npy', 'jsonl'])('a folder of parts (%s) is as the one file, wherever one stands', async (form) => {
    const spoken = join(words, 'bat-v1.wav')
    await well('run', speech, few, '--out', at(`${form}/`), '--format', form, '--shard', '10')
    const near = async (path: string) => (await asked(path, spoken, '-k', '5'))[0]!.near.map(({ id, cosine }) => [id, cosine])
    expect(await near(at(`${form}/`))).toEqual(await near(at('few.parquet')))
    const [folder, file] = [await openVectors(at(form)), await openVectors(at('few.parquet'))]
    expect(folder.rows.map(({ id }) => id)).toEqual(file.rows.map(({ id }) => id))
    expect(Array.from(folder.matrix)).toEqual(Array.from(file.matrix))
    expect(folder.version).toBe(file.version)
    expect(folder.pipeline).toMatchObject({ stages: (file.pipeline as { stages: unknown[] }).stages })
  })

  test('a sentence by itself, and files of them', async () => {
    const { rows } = await openVectors(at('sentences.parquet'))
    writeFileSync(at('asked.txt'), 'The sea rises.\nBread rises in the oven.')
    const lines = await asked(at('sentences.parquet'), 'Is the sea far away?', at('asked.txt'), '-k', '4')
    expect(lines.map(({ query }) => query)).toEqual(['Is the sea far away?:1.1', `${at('asked.txt')}:1.1`, `${at('asked.txt')}:2.1`])
    for (const { near } of lines) {
      expect(near.map(({ id }) => rows.some((row) => row.id === id))).toEqual([true, true, true, true])
      expect(near.map(({ cosine }) => cosine)).toEqual(near.map(({ cosine }) => cosine).sort((a, b) => b - a))
    }
  })

  test('a text that looks like a file, and one of nothing, are told', async () => {
    const typo = await outside(['similar', at('sentences.parquet'), 'notes/askd.txt', '-k', '1'])
    expect([typo.code, typo.err]).toEqual([0, expect.stringContaining('notes/askd.txt: there is no such file, so it is taken for a text')])
    const nothing = await outside(['similar', at('sentences.parquet'), ''])
    expect([nothing.code, nothing.err]).toEqual([2, expect.stringContaining('similar: expected files or texts to ask for, got ""')])
  })

  test('lists within 80 columns', async () => {
    const out = await well('similar', at('words.parquet'), join(words, 'bat-v1.wav'), join(words, 'pat-v1.wav'), '-k', '5')
    expect(out.split('\n').filter((line) => [...line].length > 80)).toEqual([])
    expect(out.match(/^ +\d +\d\.\d{3} {2}/gm)?.length).toBe(10)
  })

  test('a collection that does not say its pipeline takes one, and says so where none is given', async () => {
    await well('run', speech, few, '--out', at('few.npy'))
    const file = join(words, 'bat-v1.wav')
    const { code, err } = await outside(['similar', at('few.npy'), file])
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/similar: expected a collection that says by which pipeline it was made.*; give it as --pipeline FILE/),
    ])
    const [line] = await asked(at('few.npy'), file, '--pipeline', 'pipelines/speech.ts', '-k', '7')
    expect(line).toEqual((await asked(at('few.parquet'), file, '-k', '7'))[0])
  })

  test('queries that fail are named, the others answered', async () => {
    const { code, out, err } = await outside(['similar', at('words.parquet'), at('none.wav'), join(words, 'bat-v1.wav'), '-k', '1'])
    expect([code, out.trim().split('\n').length]).toEqual([1, 2])
    expect(err).toContain('none.wav')
    expect((await outside(['similar', at('words.parquet'), at('none.wav')])).code).toBe(3)
  })

  test('files that the pipeline names are found from the collection on', async () => {
    mkdirSync(at('moved'))
    writeFileSync(at('moved/half.ts'), `import { max } from ${JSON.stringify(resolve('src/poolings/max.ts'))}\nexport const half = max\n`)
    const own = { pooling: 'half', module: './half.ts' }
    writeFileSync(
      at('moved/own.json'),
      JSON.stringify({ source: { source: 'audioFiles' }, stages: [{ stage: 'logMel' }, { stage: 'globalPool', pooling: own }] }),
    )
    await well('run', at('moved/own.json'), join(words, 'bat-v1.wav'), '--out', at('own.parquet'))
    expect((await openVectors(at('own.parquet'))).base).toBe('moved')
    const [line] = await asked(at('own.parquet'), join(words, 'bat-v1.wav'))
    expect(line!.near[0]!.cosine).toBe(1)
  })
})

describe('poolwise inspect', () => {
  test('says what is there, within 80 columns', async () => {
    for (const name of ['words.parquet', 'sentences.parquet']) {
      const out = await well('inspect', at(name))
      const { rows, size, version } = await openVectors(at(name))
      expect(out.split('\n').filter((line) => [...line].length > 80)).toEqual([])
      expect(out).toContain(`${rows.length} vectors`.replace(/(\d+) vectors/, 'vectors    $1 of'))
      expect(out).toContain(`of ${size} values`)
      expect(out).toContain(`poolwise ${version}`)
    }
  })

  test('--json has all of it', async () => {
    const found = JSON.parse(await well('inspect', at('words.parquet'), '--json')) as { [fact: string]: unknown }
    const { rows, size, names, pipeline } = await openVectors(at('words.parquet'))
    expect(found).toMatchObject({
      vectors: rows.length,
      values: size,
      inputs: 288,
      names,
      pipeline,
      zeros: 0,
      notFinite: 0,
      labels: {},
      fields: {},
    })
    expect((found.first as unknown[]).length).toBe(5)
  })
})
