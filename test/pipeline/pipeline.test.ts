import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { lastValueFrom, toArray } from 'rxjs'
import { afterAll, describe, expect, test } from 'vitest'
import { type Failure, globalPool, logMel, mixed, pool1d, power, type Vector } from '../../src/index.ts'
import { definePipeline, type Pipeline, type PipelineDefinition, pipelineFrom } from '../../src/node.ts'
import { property } from '../property.ts'
import { range, scaledRange } from './range.ts'

const words = ['samples/audio/words/bat-v1.wav', 'samples/audio/words/zip-v8.wav']
const folder = mkdtempSync(join(tmpdir(), 'poolwise-pipeline-'))
afterAll(() => rmSync(folder, { recursive: true }))
const tiny = join(folder, 'tiny.txt')
writeFileSync(tiny, 'the 1 0\nsea 0 2\nrises 0 4\n')

function all(pipeline: Pipeline, inputs?: readonly string[]): Promise<(Vector | Failure)[]> {
  return lastValueFrom(pipeline.run(inputs).pipe(toArray()))
}

const again = (pipeline: Pipeline, base = import.meta.url) => pipelineFrom(JSON.parse(JSON.stringify(pipeline)), base)

const audio = { source: 'audioFiles' } as const
const maximum = { stage: 'globalPool', pooling: 'max' } as const

describe('a pipeline', () => {
  test('gives the same bits when it has been JSON', async () => {
    const pipeline = definePipeline({
      source: { ...audio, rate: 8000 },
      stages: [
        logMel({ bands: 12, preset: 'kaldi' }),
        pool1d(
          mixed([
            ['max', 0.5],
            [power({ p: Infinity }), 0.25],
          ]),
          { size: '100ms', stride: 3 },
        ),
        { stage: 'globalPool', pooling: ['mean', 'std'] },
      ],
      sink: { sink: 'npy', path: 'words.npy' },
    })
    const vectors = await all(pipeline, words)
    expect(vectors).toHaveLength(2)
    expect((vectors[0] as Vector).vector).toHaveLength(24)
    expect(await all(again(pipeline), words)).toEqual(vectors)
    expect(JSON.stringify(again(again(pipeline)))).toBe(JSON.stringify(pipeline))
  })

  test('what has no options goes by its name alone', async () => {
    const short = { source: 'audioFiles', stages: ['logMel', { stage: 'chain', stages: ['deltas'] }, maximum] }
    const long = { source: audio, stages: [{ stage: 'logMel' }, { stage: 'chain', stages: [{ stage: 'deltas' }] }, maximum] }
    expect(JSON.stringify(pipelineFrom(short))).toBe(JSON.stringify(pipelineFrom(long)))
    expect(await all(pipelineFrom(short), words)).toEqual(await all(pipelineFrom(long), words))
    expect(JSON.stringify(definePipeline({ source: 'audioFiles', stages: ['logMel'] }))).toBe(
      JSON.stringify(definePipeline({ source: audio, stages: [logMel()] })),
    )
  })

  test('reads a model’s pooling beside the definition, and is the same from its JSON', async () => {
    mkdirSync(join(folder, '1_Pooling'))
    writeFileSync(join(folder, '1_Pooling/config.json'), '{"embedding_dimension":2,"pooling_mode":["max","cls"]}')
    const base = pathToFileURL(join(folder, 'pipeline.json')).href
    const text = join(folder, 'text.txt')
    writeFileSync(text, 'The sea rises.')
    const definition = (pooling: unknown) => ({
      source: { source: 'textFiles', vectors: tiny },
      stages: [
        { stage: 'embed', vectors: tiny },
        { stage: 'globalPool', pooling },
      ],
    })
    const pipeline = pipelineFrom(definition('1_Pooling/config.json'), base)
    const vectors = await all(pipeline, [text])
    expect(vectors).toMatchObject([{ vector: Float32Array.of(1, 4, 1, 0) }])
    expect(await all(again(pipeline, base), [text])).toEqual(vectors)
    expect(await all(pipelineFrom(definition(['max', 'first']), base), [text])).toEqual(vectors)
    await expect(all(again(pipeline, pathToFileURL(join(folder, 'elsewhere/')).href), [text])).rejects.toThrow(
      'expected the file "1_Pooling/config.json", got none at ',
    )
    writeFileSync(join(folder, 'bad.json'), '{"pooling_mode":"median"}')
    await expect(all(pipelineFrom(definition(['mean', './bad.json']), base), [text])).rejects.toThrow(
      './bad.json: sentencePooling: pooling_mode must be one of',
    )
    writeFileSync(join(folder, 'broken.json'), '{')
    await expect(all(pipelineFrom(definition('broken.json'), base), [text])).rejects.toThrow(/broken\.json: .*JSON/)
  })

  test('takes its own inputs unless others are given', async () => {
    const pipeline = definePipeline({ source: { ...audio, inputs: words }, stages: [maximum] })
    expect((await all(pipeline)).map(({ id }) => id)).toEqual(words)
    expect((await all(pipeline, words.slice(1))).map(({ id }) => id)).toEqual(words.slice(1))
    expect(() => definePipeline({ source: audio, stages: [maximum] }).run()).toThrow('source: inputs must be a list of paths')
  })

  test('goes on after an input that fails', async () => {
    const items = await all(definePipeline({ source: audio, stages: [maximum] }), [words[0]!, 'missing.wav', words[1]!])
    expect(items.map((item) => ('error' in item ? 'failed' : item.id))).toEqual([words[0], 'failed', words[1]])
  })

  test.each(['jsonl', 'manifest'] as const)('%s: a list that cannot be read fails by itself', async (source) => {
    const good = join(folder, source)
    writeFileSync(good, source === 'jsonl' ? '{"id":"a","text":"the sea"}\n' : `id,path\na,${join(process.cwd(), words[0]!)}\n`)
    const definition: PipelineDefinition =
      source === 'jsonl'
        ? { source: { source, vectors: tiny }, stages: [{ stage: 'embed', vectors: tiny }, maximum] }
        : { source: { source }, stages: [maximum] }
    const items = await all(definePipeline(definition), ['missing', good])
    expect(items).toMatchObject([{ id: 'missing', error: { name: 'DataError' } }, { id: 'a' }])
  })

  test('loads the word vectors it names', async () => {
    const path = join(folder, 'text.txt')
    writeFileSync(path, 'The sea rises.\n\nThe sea.\n')
    const pipeline = definePipeline({
      source: { source: 'textFiles', vectors: tiny, unit: 'line' },
      stages: [{ stage: 'embed', vectors: tiny }, globalPool('mean')],
    })
    const expected = [
      { id: `${path}:1`, weight: 3, vector: Float32Array.of(1 / 3, 2) },
      { id: `${path}:3`, weight: 2, vector: Float32Array.of(0.5, 1) },
    ]
    expect(await all(pipeline, [path])).toMatchObject(expected)
    expect(await all(again(pipeline), [path])).toMatchObject(expected)
  })

  test('loads what branches name, to the bits of each alone', async () => {
    const path = join(folder, 'branches.txt')
    writeFileSync(path, 'The sea rises.\n\nThe sea.\n')
    const pooled = (pooling: object | string) => ({
      stage: 'chain',
      stages: [
        { stage: 'embed', vectors: tiny },
        { stage: 'globalPool', pooling },
      ],
    })
    const branches = [pooled({ pooling: 'scaledRange', module: './range.ts', factor: 2 }), pooled('mean')]
    const of = (stage: object) =>
      pipelineFrom({ source: { source: 'textFiles', vectors: tiny, unit: 'line' }, stages: [stage] }, import.meta.url)
    const vectorsOf = async (pipeline: Pipeline) => (await all(pipeline, [path])).map((item) => [...(item as Vector).vector])
    const [ranges, means] = await Promise.all(branches.map((branch) => vectorsOf(of(branch))))
    const both = of({ stage: 'beside', stages: branches, weights: [1, 0.5] })
    const vectors = await vectorsOf(both)
    expect(vectors).toHaveLength(2)
    expect(vectors).toEqual(ranges!.map((vector, i) => [...vector, ...means![i]!.map((x) => Math.fround(0.5 * x))]))
    expect(await vectorsOf(again(both))).toEqual(vectors)
    expect(JSON.stringify(again(both))).toBe(JSON.stringify(both))
  })

  test('refuses stages that do not fit the source before it reads anything', async () => {
    const pipeline = definePipeline({
      source: { source: 'textFiles', vectors: tiny },
      stages: [{ stage: 'embed', vectors: tiny }, pool1d('max', { size: '1s' })],
    })
    await expect(all(pipeline, ['missing.txt'])).rejects.toThrow(/^stages\[1\]: pool1d: size must be a number of frames/)
  })
})

describe('a pooling of one’s own', () => {
  const own = (more: object) => ({
    source: audio,
    stages: [
      { stage: 'logMel', bands: 4 },
      { stage: 'globalPool', pooling: more },
    ],
  })

  test('is imported from its module, relative to the definition', async () => {
    const json = own(['max', { pooling: 'range', module: './range.ts' }, { pooling: 'scaledRange', module: './range.ts', factor: 2 }])
    const values = definePipeline({ source: audio, stages: [logMel({ bands: 4 }), globalPool(['max', range, scaledRange({ factor: 2 })])] })
    const pipeline = pipelineFrom(json, import.meta.url)
    expect(await all(pipeline, words)).toEqual(await all(values, words))
    expect(JSON.stringify(pipeline)).toBe(JSON.stringify(json))
  })

  test('may be part of a mixture', async () => {
    const mixture = own({
      pooling: 'mixed',
      parts: [
        [{ pooling: 'range', module: './range.ts' }, 0.5],
        ['max', 1],
      ],
    })
    const values = definePipeline({
      source: audio,
      stages: [
        logMel({ bands: 4 }),
        globalPool(
          mixed([
            [range, 0.5],
            ['max', 1],
          ]),
        ),
      ],
    })
    expect(await all(pipelineFrom(mixture, import.meta.url), words)).toEqual(await all(values, words))
  })

  test.each([
    [
      { pooling: 'rang', module: './range.ts' },
      'stages[1].pooling: expected "./range.ts" to export "rang", got no such export; did you mean "range"?',
    ],
    [{ pooling: '__proto__', module: './range.ts' }, 'stages[1].pooling: expected "./range.ts" to export "__proto__", got no such export'],
    [{ pooling: 'notAPooling', module: './range.ts' }, 'stages[1].pooling: "notAPooling" of "./range.ts" must be a pooling, got "range"'],
    [{ pooling: 'range', module: './range.ts', p: 3 }, 'stages[1].pooling: "range" takes no options, got {"p":3}'],
    [{ pooling: 'range', module: './missing.ts' }, 'module "./missing.ts": '],
    [{ pooling: 'range', module: 'data:text/javascript,export const range = 1' }, 'expected a path such as "./range.ts"'],
    [{ pooling: 'range', module: 'node:fs' }, 'expected a path such as "./range.ts"'],
    [{ pooling: 'range', module: 'https://example.org/range.js' }, 'expected a path such as "./range.ts"'],
  ])('%j is refused', async (pooling, message) => {
    await expect(pipelineFrom(own(pooling), import.meta.url).load()).rejects.toThrow(message)
  })
})

describe('a definition from a stranger', () => {
  const stages = (...all: unknown[]) => ({ source: audio, stages: all })
  const nested = JSON.parse(`${'['.repeat(5000)}"max"${']'.repeat(5000)}`)

  const chained = JSON.parse(`${'{"stage":"chain","stages":['.repeat(5000)}${']}'.repeat(5000)}`)

  test.each<[unknown, string]>([
    [null, 'pipeline: expected a definition such as'],
    [[], 'pipeline: expected a definition such as'],
    [{}, 'pipeline: expected stages as a list, got undefined'],
    [{ source: audio, stages: [], stage: [] }, 'pipeline: unknown option "stage"; did you mean "stages"?'],
    [{ source: 3, stages: [] }, 'source: expected a source such as'],
    [{ source: { source: 'constructor' }, stages: [] }, 'source: source must be one of audioFiles, manifest, pcm, textFiles, jsonl'],
    [{ source: { source: 'audioFile' }, stages: [] }, 'did you mean "audioFiles"?'],
    [{ source: 'audioFile', stages: [] }, 'did you mean "audioFiles"?'],
    [stages('logMell'), 'stages[0]: stageFrom: unknown stage "logMell"; did you mean "logMel"?'],
    [stages('pool1d'), 'stages[0]: '],
    [{ source: 'pcm', stages: [] }, 'source: pcm: rate must be given'],
    [{ source: { ...audio, rat: 1 }, stages: [] }, 'source: audioFiles: unknown option "rat"; did you mean "rate"?'],
    [{ source: { ...audio, inputs: [3] }, stages: [] }, 'source: inputs must be a list of paths'],
    [{ source: { source: 'pcm', rate: 8000, live: true }, stages: [] }, 'source: pcm: unknown option "live"'],
    [{ source: { source: 'textFiles', vectors: 3 }, stages: [] }, 'source: textFiles: vectors must be the name'],
    [{ source: { source: 'textFiles', weights: 'tfidf' }, stages: [] }, 'source: textFiles: weights must be one of sif'],
    [{ source: { source: 'pcm' }, stages: [] }, 'source: pcm: rate must be given'],
    [stages(null), 'stages[0]: expected a stage such as'],
    [stages({}), 'stages[0]: '],
    [stages({ stage: '__proto__' }), 'unknown stage "__proto__"'],
    [stages(maximum, { stage: 'pool1d', pooling: 'max', size: 0 }), 'stages[1].size: pool1d: size must be an integer ≥ 1, got 0'],
    [stages({ stage: 'chain', stages: [maximum, { stage: 'embed' }] }), 'stages[0].stages[1]: vectors must be the name'],
    [stages({ stage: 'chain', stages: 'max' }), 'stages[0].stages: expected a list of stages, got "max"'],
    [stages({ stage: 'chain', stages: [], stride: 2 }), 'stages[0].stride: chain: unknown option "stride"'],
    [stages({ stage: 'beside', stages: [] }), 'stages[0].stages: beside: stages must be a list of 1 to 256, got []'],
    [
      stages({ stage: 'beside', stages: [maximum], weights: [1, 2] }),
      'stages[0]: beside: weights must be one for each of the 1 stages, got 2',
    ],
    [
      stages({ stage: 'beside', stages: [maximum, { stage: 'pool1d', pooling: 'max', size: 0 }] }),
      'stages[0].stages[1].size: pool1d: size must',
    ],
    [stages({ stage: 'globalPool', pooling: { bind: 1, identity: [] } }), 'stages[0].pooling: expected a pooling such as'],
    [stages({ stage: 'globalPool', pooling: { pooling: 'mixed', parts: [null] } }), 'stages[0].pooling.parts[0]: expected a pair'],
    [stages({ stage: 'globalPool', pooling: nested }), 'expected at most 8 lists in lists'],
    [stages(chained), 'expected at most 8 stages in stages'],
    [
      { source: audio, stages: [], sink: { sink: 'feather', path: 'x' } },
      'sink: sink must be one of jsonl, csv, npy, parquet, arrows, ark',
    ],
    [{ source: audio, stages: [], sink: { sink: 'npy', path: 'x.csv' } }, 'sink: toNpy: path must end in .npy'],
    [{ source: audio, stages: [], sink: { sink: 'npy', path: 'x.npy', pgvector: true } }, 'sink: npy: unknown option "pgvector"'],
  ])('%# is refused at once, by the part that is wrong', (json, message) => {
    expect(() => pipelineFrom(json)).toThrow(message)
  })

  property([fc.jsonValue({ maxDepth: 4 })])('any JSON as a definition, a source or a stage is refused with its place', (json) => {
    const wrong = (definition: unknown, place: RegExp) => {
      try {
        pipelineFrom(definition)
      } catch (error) {
        expect(error).toSatisfy((thrown) => thrown instanceof TypeError || thrown instanceof RangeError)
        expect((error as Error).message).toMatch(place)
        return
      }
      expect.unreachable(`${JSON.stringify(definition)} was taken`)
    }
    wrong(json, /^(pipeline|source): /)
    wrong({ source: json, stages: [] }, /^source: /)
    wrong({ source: audio, stages: [json] }, /^stages\[0\]: /)
    wrong({ source: audio, stages: [{ stage: 'pool1d', pooling: json, size: 2 }] }, /^stages\[0\]/)
  })
})
