import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Failure, type Frames, frames, globalPool, removeComponents, type TensorFile, type Vector } from 'poolwise'
import { definePipeline, loadTensors, mergeFits, pipelineFrom, saveTensors, toCounts, toFit } from 'poolwise/node'
import { sif } from 'poolwise/text'
import { concat, filter, from, lastValueFrom, mergeMap, of, throwError, toArray } from 'rxjs'
import { afterAll, describe, expect, test } from 'vitest'
import { fittedBy } from '../../src/pipeline/fitting.ts'
import { angle, fitOf, framesOf, random, rowsIn, rowsOf } from '../stages/corpus.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-fit-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

describe('toFit', () => {
  test('counts every seen frame once, whatever it weighs', async () => {
    const rows = rowsOf(30, 3)
    const weighed = await fitOf(framesOf([...rows, [1e9, 1e9, 1e9]], [...rows.map((_, i) => 1 + i), 0]))
    expect(weighed).toEqual(await fitOf(framesOf(rows)))
    expect(weighed.tensors.get('state')!.data[0]).toBe(30)
  })

  test('sees frames as the stages give them, and says which these were', async () => {
    const [a, b] = [rowsOf(5, 3, { seed: 1 }), rowsOf(9, 3, { seed: 2 })]
    const means = [a, b].map((rows) => [0, 1, 2].map((i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length))
    const fitted = (await lastValueFrom(from([framesOf(a), framesOf(b)]).pipe(toFit(globalPool('mean'))))) as TensorFile
    const mean = fitted.tensors.get('mean')!.data
    for (const i of [0, 1, 2]) expect(mean[i]).toBeCloseTo((means[0]![i]! + means[1]![i]!) / 2, 6)
    expect(JSON.parse(fitted.metadata.get('stages')!)).toEqual([{ stage: 'globalPool', pooling: 'mean' }])
    expect([...fitted.metadata.keys()]).toEqual(['kind', 'version', 'stages', 'lanes'])
  })

  test('leaves out a sequence that fails, whole, and says why', async () => {
    const good = rowsOf(20, 2)
    const bad = frames([1, 2, 3, Number.NaN], { bins: 2 })
    const items = await lastValueFrom(
      of(
        { id: 'nan.wav', frames: of(bad) },
        framesOf(good.slice(0, 10)),
        { id: 'wide', frames: of(frames([1, 2, 3], { bins: 3 })) },
        {
          id: 'broken',
          frames: concat(
            of(frames([9, 9], { bins: 2 })),
            throwError(() => new Error('cut off')),
          ),
        },
        framesOf(good.slice(10)),
      ).pipe(toFit(), toArray()),
    )
    expect(items.slice(0, -1)).toMatchObject([
      {
        id: 'nan.wav',
        error: { name: 'DataError', message: 'fit: expected finite numbers, got NaN in frame 1', sequence: 'nan.wav', frame: 1 },
      },
      { id: 'wide', error: { name: 'DataError', message: 'fit: expected frames of 2 lanes, as those before, got 3', sequence: 'wide' } },
      { id: 'broken', error: { message: 'cut off' } },
    ])
    expect(items.at(-1)).toEqual(await fitOf(framesOf(good.slice(0, 10)), framesOf(good.slice(10))))
  })

  test.each<[string, Frames<Float64Array>[], string]>([
    ['no sequence', [], 'fit: expected frames that are seen, got none'],
    ['no seen frame', [framesOf([[1, 2]], [0])], 'fit: expected frames that are seen, got none'],
    [
      'numbers without squares',
      [
        framesOf([
          [1e200, 1],
          [-1e200, 2],
        ]),
      ],
      'fit: expected numbers whose squares can be summed',
    ],
  ])('refuses %s', async (_, sequences, message) => {
    await expect(fitOf(...sequences)).rejects.toThrow(message)
  })

  test('refuses more lanes than it could find components of', async () => {
    const [failure] = await lastValueFrom(of(frames(new Float32Array(5000), { bins: 5000 }), framesOf([[1]])).pipe(toFit(), toArray()))
    expect(failure).toMatchObject({ error: { message: 'fit: lanes must be an integer from 1 to 4096, got 5000' } })
  })
})

describe('mergeFits', () => {
  test.each([
    ['at 0', 0],
    ['at 1000', 1000],
  ])('of two halves gives the components of one run, %s', async (_, offset) => {
    const rows = rowsOf(3000, 12, { seed: 5, offset })
    const sequences = Array.from({ length: 30 }, (_, i) => framesOf(rows.slice(100 * i, 100 * (i + 1))))
    const one = await fitOf(...sequences)
    const two = await mergeFits(await fitOf(...sequences.slice(0, 11)), await fitOf(...sequences.slice(11)))
    for (const kind of ['moment', 'covariance']) {
      const [a, b] = [rowsIn(one, `${kind}.components`), rowsIn(two, `${kind}.components`)]
      expect([a.length > 3, b.length]).toEqual([true, a.length])
      const angles = a.map((vector, k) => angle(vector, b[k]!))
      console.log(`offset ${offset}, ${kind}: ${a.length} components, the largest angle is ${Math.max(...angles).toExponential(1)} rad`)
      expect(Math.max(...angles)).toBeLessThan(1e-6)
      for (const [k, vector] of a.entries()) expect(vector.every((x, i) => Math.abs(x - b[k]![i]!) < 1e-6)).toBe(true)
    }
    for (const name of ['mean', 'std']) {
      const [x, y] = [one.tensors.get(name)!.data, two.tensors.get(name)!.data]
      for (const [i, value] of x.entries()) expect(Math.abs(y[i]! / value - 1)).toBeLessThan(1e-9)
    }
    expect(two.metadata).toEqual(one.metadata)
  })

  test('refuses fits that do not go together, by their names', async () => {
    const part = async (name: string, lanes: number, ...stages: Parameters<typeof toFit>) => ({
      ...((await lastValueFrom(from([framesOf(rowsOf(5, lanes))]).pipe(toFit(...stages)))) as TensorFile),
      name,
    })
    const [a, wide, pooled] = [await part('a', 2), await part('wide', 3), await part('pooled', 2, globalPool('max'))]
    await expect(mergeFits(a, wide)).rejects.toThrow('mergeFits: wide: expected a fit of 2 lanes, got 3')
    await expect(mergeFits(a, pooled)).rejects.toThrow('mergeFits: pooled: expected a fit after [], got "[{')
    await expect(mergeFits()).rejects.toThrow('mergeFits: expected fits, got []')
    for (const data of [Float64Array.of(1, 1, 0, 0, 0, 0), Float64Array.of(-1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)]) {
      const shape = [data.length / 2, 2]
      const bad = { ...a, name: 'bad', tensors: new Map([...a.tensors, ['state', { shape, data }]]) }
      await expect(mergeFits(a, bad)).rejects.toThrow('mergeFits: bad: expected the state of a covariance pooling')
    }
  })
})

const counts = async (...sequences: readonly Frames<Float64Array>[]) =>
  (await lastValueFrom(from(sequences).pipe(toCounts()))) as TensorFile
const ids = (values: readonly number[], weights?: readonly number[]) => frames(Float64Array.from(values), weights ? { weights } : {})

describe('toCounts', () => {
  test('counts every seen row once, whatever it weighs', async () => {
    const { tensors, metadata } = await counts(ids([10, 2, -1, 10, 2.5, Number.NaN]), ids([2, 7, 9], [0.1, 3, 0]))
    expect([...tensors.get('rows')!.data]).toEqual([2, 7, 10])
    expect([...tensors.get('counts')!.data]).toEqual([2, 1, 2])
    expect([...metadata.keys()]).toEqual(['kind', 'version', 'vocabulary'])
  })

  test('of two halves merged are those of the whole', async () => {
    const [a, b] = [ids([5, 1, 1, 300, 2 ** 24 - 1]), ids([1, 0, 300])]
    expect(await mergeFits(await counts(a), await counts(b))).toEqual(await counts(a, b))
  })

  test('leaves out a sequence that fails, whole, and says why', async () => {
    const named = (name: string) => frames(Float64Array.of(1, 2), { names: { bins: [name] } })
    const items = await lastValueFrom(
      of(
        named('a'),
        { id: 'wide', frames: of(frames([1, 2], { bins: 2 })) },
        { id: 'other', frames: of(frames([1, 1], { names: { bins: ['b'] } })) },
        {
          id: 'broken',
          frames: concat(
            of(frames([1], { names: { bins: ['a'] } })),
            throwError(() => new Error('cut off')),
          ),
        },
      ).pipe(toCounts(), toArray()),
    )
    expect(items.slice(0, -1)).toMatchObject([
      { id: 'wide', error: { message: 'counts: expected frames of one value, the id of a token, got 2' } },
      { id: 'other', error: { message: 'counts: expected ids of the vocabulary "a", got of "b"' } },
      { id: 'broken', error: { message: 'cut off' } },
    ])
    expect(items.at(-1)).toEqual(await counts(named('a')))
  })

  test('refuses a corpus without words, and counts that are none', async () => {
    await expect(counts(ids([-1]))).rejects.toThrow('counts: expected words of the vocabulary, got none')
    const good = await counts(ids([1, 2]))
    const fitted = await fitOf(framesOf([[1]]))
    await expect(mergeFits(good, fitted)).rejects.toThrow('mergeFits: expected counts of words, as poolwise fit makes them, got "fit"')
    await expect(mergeFits(fitted, good)).rejects.toThrow('expected a fit, of kind poolwise-fit, got "poolwise-counts"')
    const bad = (name: string, data: Float64Array) => ({
      ...good,
      tensors: new Map([...good.tensors, [name, { shape: [data.length], data }]]),
    })
    expect(() => sif(bad('rows', Float64Array.of(1, 1)))).toThrow('expected rows, each of them once')
    expect(() => sif(bad('rows', Float64Array.of(1, -1)))).toThrow('a row must be an integer ≥ 0, got -1')
    expect(() => sif(bad('counts', Float64Array.of(1, 0)))).toThrow('a count must be an integer ≥ 1, got 0')
    expect(() => sif(bad('counts', Float64Array.of(1)))).toThrow('tensor "counts" must have shape [2]')
    expect(() => sif({ ...good, metadata: new Map([...good.metadata, ['version', '2']]) })).toThrow('expected counts of version 1, got "2"')
  })

  test('weigh words as counts by word do', async () => {
    const [byRow, byWord] = [
      sif(await counts(ids([4, 0, 0, 4, 0, 9]))),
      sif(
        new Map([
          ['a', 3],
          ['e', 2],
          ['j', 1],
        ]),
      ),
    ]
    for (const [row, word] of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].entries()) expect(byRow('', row)).toBe(byWord(word, -1))
    expect(byRow('', 9)).toBeCloseTo(1e-3 / (1e-3 + 1 / 6), 15)
  })
})

test('sums that no frames have give a fit or a refusal, and components of positive weight', async () => {
  const next = random(20)
  const good = await fitOf(framesOf(rowsOf(9, 6)))
  let fits = 0
  for (let round = 0; round < 300; round++) {
    const data = Float64Array.from({ length: 60 }, (_, i) => (i < 12 ? 1 : i < 24 ? 0 : next() * 10 ** (600 * next())))
    const absurd = { ...good, tensors: new Map([...good.tensors, ['state', { shape: [10, 6], data }]]) }
    const merged = await mergeFits(absurd).catch((error: Error) => error)
    if (merged instanceof Error) {
      expect(merged.message).toBe('fit: expected numbers whose squares can be summed, got larger ones')
      continue
    }
    fits++
    for (const kind of ['moment', 'covariance'])
      expect(merged.tensors.get(`${kind}.eigenvalues`)!.data.every((value) => value > 0 && value < Infinity)).toBe(true)
  }
  expect(fits).toBeGreaterThan(100)
})

describe('files', () => {
  test('hold a fit to the bit', async () => {
    const fitted = await fitOf(framesOf(rowsOf(20, 3)))
    saveTensors(at('a.safetensors'), fitted)
    const read = await loadTensors(at('a.safetensors'))
    expect(read).toEqual({ ...fitted, name: at('a.safetensors') })
    saveTensors(at('b.safetensors'), read)
    expect(readFileSync(at('b.safetensors'))).toEqual(readFileSync(at('a.safetensors')))
  })

  test('are written whole or not at all', async () => {
    mkdirSync(at('folder'))
    const fitted = await fitOf(framesOf(rowsOf(5, 2)))
    expect(() => saveTensors(at('folder'), fitted)).toThrow('saveTensors: expected a path that can be written')
    expect(() => saveTensors(at('none/x.safetensors'), fitted)).toThrow('ENOENT')
    expect(() => saveTensors('', fitted)).toThrow('saveTensors: path must be the path of a file, got ""')
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
    await expect(loadTensors(at('none.safetensors'))).rejects.toThrow('loadTensors: expected a file that can be read, got ENOENT')
    writeFileSync(at('short.safetensors'), 'abc')
    await expect(loadTensors(at('short.safetensors'))).rejects.toThrow('short.safetensors: expected a safetensors file, got "3 bytes"')
  })
})

describe('a pipeline', () => {
  const vectors = at('tiny.txt')
  writeFileSync(vectors, 'the 1 0 1\nsea 0 2 0\nrises 0 4 1\nland 3 0 0\n')
  const elsewhere = at('other.txt')
  writeFileSync(elsewhere, 'the 1\nsea 2\n')
  writeFileSync(at('text.txt'), 'The sea rises.\nThe land.\nThe sea.\nLand rises.\n')
  const before = [
    { stage: 'embed', vectors },
    { stage: 'globalPool', pooling: 'mean' },
  ] as const
  const definition = {
    source: { source: 'textFiles', vectors, unit: 'line' },
    stages: [...before, { stage: 'removeComponents', fit: 'parts/sif.safetensors', count: 1 }],
  } as const
  const base = pathToFileURL(at('pipeline.json')).href

  test('finds its fit from where it stands, and is the same when it has been JSON', async () => {
    const { source, stages } = await pipelineFrom({ ...definition, stages: before }, base).load()
    const fitted = (await lastValueFrom(source.open([at('text.txt')]).pipe(toFit(...stages)))) as TensorFile
    mkdirSync(at('parts'))
    saveTensors(at('parts/sif.safetensors'), fitted)
    const pipeline = pipelineFrom(definition, base)
    const seen = (item: Vector | Failure): item is Vector => 'vector' in item
    const all = (it: typeof pipeline) => lastValueFrom(it.run([at('text.txt')]).pipe(filter(seen), toArray()))
    const given = await all(pipeline)
    const plain = await all(pipelineFrom({ ...definition, stages: [...before, removeComponents({ fit: fitted })] }, base))
    expect(given.map(({ vector }) => vector)).toEqual(plain.map(({ vector }) => vector))
    expect(given).toHaveLength(4)
    const written = JSON.stringify(pipeline)
    expect((await pipeline.load()).stages.map(({ spec }) => spec)).toEqual(definition.stages)
    expect(JSON.stringify(pipelineFrom(JSON.parse(written), base))).toBe(written)
  })

  test('says how to make a fit that is not there', async () => {
    const missing = pipelineFrom({ ...definition, stages: [...before, { stage: 'normalizeBy', fit: 'none.safetensors' }] }, base)
    await expect(missing.load()).rejects.toThrow(
      `expected the file "none.safetensors", got none at ${at('none.safetensors')}; make it with poolwise fit PIPELINE FILES… --out none.safetensors`,
    )
  })

  test('refuses a fit of other lanes, by the stage', async () => {
    saveTensors(at('wide.safetensors'), await fitOf(framesOf(rowsOf(5, 7))))
    const wide = pipelineFrom({ ...definition, stages: [...before, { stage: 'normalizeBy', fit: 'wide.safetensors' }] }, base)
    await expect(wide.load()).rejects.toThrow('stages[2]: normalizeBy: frames must be of 7 lanes, as those of the fit, got 3')
  })

  test('weighs words by the counts that its source names', async () => {
    const source = { ...definition.source, weights: { sif: 'counts.safetensors' } }
    const pipeline = () => pipelineFrom({ source, stages: before }, base)
    await expect(pipeline().load()).rejects.toThrow('make it with poolwise fit PIPELINE FILES… --out counts.safetensors')
    const { of, before: unweighted } = fittedBy(pipeline(), base, 'any.safetensors')
    expect([of, unweighted]).toEqual(['words', { source: definition.source, stages: [] }])
    const plain = await pipelineFrom(unweighted, base).load()
    saveTensors(at('counts.safetensors'), (await lastValueFrom(plain.source.open([at('text.txt')]).pipe(toCounts()))) as TensorFile)
    const given = await lastValueFrom(
      (await pipeline().load()).source.open([at('text.txt')]).pipe(
        mergeMap((sequence) => sequence.frames),
        toArray(),
      ),
    )
    // the: 3 of 9, sea: 2, rises: 2, land: 2.
    const a = 1e-3
    const [the, other] = [Math.fround(a / (a + 3 / 9)), Math.fround(a / (a + 2 / 9))]
    expect(given.filter(({ length }) => length > 0).map(({ weights }) => [...weights!].filter((weight) => weight > 0))).toEqual([
      [the, other, other],
      [the, other],
      [the, other],
      [other, other],
    ])
    const wrong = { source: { ...source, vectors: elsewhere }, stages: [{ stage: 'embed', vectors: elsewhere }, before[1]] }
    await expect(pipelineFrom(wrong, base).load()).rejects.toThrow(
      `counts.safetensors must have counts of the vocabulary ${elsewhere}, got`,
    )
    expect(() => pipelineFrom({ source: { ...source, weights: { sif: 3 } }, stages: before }, base)).toThrow(
      'weights.sif must be the path of counts of words, got 3',
    )
    expect(() => pipelineFrom({ source: { ...source, weights: { idf: 'x' } }, stages: before }, base)).toThrow('unknown option "idf"')
  })

  test('is cut before its fitted stage, or the one that names the file', () => {
    const cut = (stages: readonly object[], out: string) =>
      fittedBy(definePipeline({ ...definition, stages: stages as typeof definition.stages }), base, out).before.stages
    expect(cut(definition.stages, 'half.safetensors')).toEqual(before)
    const one = { stage: 'normalizeBy', fit: 'one.safetensors' }
    const two = { stage: 'removeComponents', fit: 'two.safetensors' }
    const chained = [before[0], { stage: 'chain', stages: [one, { stage: 'chain', stages: [before[1], two] }] }]
    expect(cut(chained, at('one.safetensors'))).toEqual([before[0]])
    expect(cut(chained, at('two.safetensors'))).toEqual([before[0], one, before[1]])
    const branches = {
      stage: 'beside',
      stages: [one, { stage: 'chain', stages: [before[1], { stage: 'beside', stages: [before[1], two] }] }],
    }
    expect(cut([before[0]!, branches], at('one.safetensors'))).toEqual([before[0]])
    expect(cut([before[0]!, branches], at('two.safetensors'))).toEqual([before[0], before[1]])
    expect(cut([before[0]!, { stage: 'beside', stages: [before[1]] }, one], 'any')).toEqual([
      before[0],
      { stage: 'beside', stages: [before[1]] },
    ])
    expect(() => cut(chained, at('half.safetensors'))).toThrow(
      'fit: --out must be one of the files that the pipeline names, one.safetensors, two.safetensors, got',
    )
    expect(() => cut(before, 'x.safetensors')).toThrow('fit: expected a pipeline with a fitted stage')
  })
})
