import {
  apply,
  blocks,
  chain,
  DataError,
  eachSequence,
  embed,
  type Frames,
  frames,
  globalPool,
  type Operator,
  operator,
  pool1d,
  pyramidPool,
  quantile,
  type Sequence,
  type Stage,
  stageFrom,
  toFrames,
  toVectors,
  vectorsOf,
} from 'poolwise'
import { concat, EMPTY, firstValueFrom, from, lastValueFrom, NEVER, Observable, of, Subject, share, take, throwError, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import * as stages from '../../src/stages/index.ts'
import { said } from '../laws/laws.ts'

const input = frames(
  Float32Array.from({ length: 30 }, (_, i) => Math.sin(i)),
  { bins: 3, hop: 0.01 },
)
const operators: [string, Operator][] = [
  ['pool1d', pool1d('max', { size: 2 })],
  ['pool1d sliding', pool1d('mean', { size: 8, stride: 1 })],
  ['globalPool', globalPool('stats')],
  ['pyramidPool', pyramidPool('max')],
]

describe.each(operators)('%s as an operator', (_, stage) => {
  const run = (source: Observable<Frames>) => lastValueFrom(source.pipe(stage, toArray()), { defaultValue: [] })

  test('never: nothing comes, and unsubscribing reaches the source', () => {
    let left = false
    let came = 0
    const source = new Observable<Frames>(() => () => {
      left = true
    })
    const subscription = source.pipe(stage).subscribe(() => came++)
    expect([came, left]).toEqual([0, false])
    subscription.unsubscribe()
    expect(left).toBe(true)
    NEVER.pipe(stage)
      .subscribe(() => came++)
      .unsubscribe()
    expect(came).toBe(0)
  })

  test('empty: completes with nothing, for no layout is known', async () => {
    expect(await run(EMPTY)).toEqual([])
  })

  test('one block, many blocks: what apply gives', async () => {
    const whole = apply(input, stage)
    for (const size of [10, 1, 3]) {
      const parts = await run(from([...blocks(input, size)]))
      const data = parts.flatMap((part) => [...part.data])
      expect(data).toEqual([...whole.data])
      expect(parts.reduce((sum, part) => sum + part.length, 0)).toBe(whole.length)
    }
  })

  test('error: passes through after what came before it', async () => {
    const error = new Error('gone')
    await expect(
      run(
        concat(
          of(input),
          throwError(() => error),
        ),
      ),
    ).rejects.toBe(error)
  })

  test('nothing runs before the subscription; two subscriptions have a machine each', async () => {
    let subscribed = 0
    const source = new Observable<Frames>((subscriber) => {
      subscribed++
      subscriber.next(input)
      subscriber.complete()
    })
    const piped = source.pipe(stage)
    expect(subscribed).toBe(0)
    const [first, second] = [await lastValueFrom(piped.pipe(toArray())), await lastValueFrom(piped.pipe(toArray()))]
    expect(subscribed).toBe(2)
    expect(first.map(said)).toEqual(second.map(said))
    expect(first.length).toBeGreaterThan(0)
  })

  test('early unsubscription stops a synchronous source', async () => {
    let pulled = 0
    function* endless(): Generator<Frames> {
      for (let start = 0; ; start += 10) {
        pulled++
        yield { ...input, start, layout: { ...input.layout, length: 1e9 } }
      }
    }
    const bounded = from(endless()).pipe(pool1d('max', { size: 2 }), take(3))
    expect((await lastValueFrom(bounded.pipe(toArray()))).length).toBe(3)
    expect(pulled).toBe(3)
  })

  test('two readers of a shared source', async () => {
    const source = new Subject<Frames>()
    const shared = source.pipe(share())
    const both = Promise.all([firstValueFrom(shared.pipe(stage, toArray())), firstValueFrom(shared.pipe(stage, toArray()))])
    for (const block of blocks(input, 4)) source.next(block)
    source.complete()
    const [first, second] = await both
    expect(first.map(said)).toEqual(second.map(said))
  })
})

test('a block that leaves a gap, one of another shape and a weight that is none are errors of the stream', async () => {
  const gap = from([...blocks(input, 3)].filter((_, i) => i !== 1))
  await expect(lastValueFrom(gap.pipe(globalPool('mean')))).rejects.toThrow(
    'globalPool: expected a block that starts at frame 3, got 6; see fromHere()',
  )
  const other = { ...frames([1, 2], { bins: 2 }), start: 10 }
  await expect(lastValueFrom(of(input, other).pipe(globalPool('mean')))).rejects.toThrow(
    'globalPool: expected frames of 1 × 3 × 1, got 1 × 2 × 1',
  )
  for (const bad of [-1, Number.NaN, Infinity]) {
    const weighted = { ...input, weights: Float32Array.of(1, 1, bad, 1, 1, 1, 1, 1, 1, 1) }
    const error = await lastValueFrom(of(weighted).pipe(globalPool('mean'))).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(DataError)
    expect(error).toMatchObject({ message: `globalPool: weights must be finite numbers ≥ 0, got ${bad} at frame 2`, frame: 2 })
  }
})

test('eachSequence: one bad sequence does not end the stream, and says which it was', async () => {
  const good = (id: string): Sequence => ({ id, frames: of(input), label: 'x' })
  const bad: Sequence = { id: '__proto__', frames: concat(of(input), of(input)) }
  const short: Sequence = {
    id: 'short',
    frames: of({ ...input, length: 0, data: new Float32Array(0), layout: { ...input.layout, length: 0 } }),
  }
  const none: Sequence = { id: 'none', frames: EMPTY }
  const out = await lastValueFrom(
    of(good('a'), bad, short, none, good('b')).pipe(eachSequence(pool1d('max', { size: 5 })), toVectors(), toArray()),
  )
  expect(out.map((item) => [item.id, 'error' in item ? item.error.message : item.vector.length])).toEqual([
    ['a', 3],
    ['a', 3],
    ['__proto__', 3],
    ['__proto__', 3],
    ['__proto__', 'chain: expected a block that starts at frame 10, got 0; see restart()'],
    ['none', 'eachSequence: a sequence must give at least one block of frames, got none'],
    ['b', 3],
    ['b', 3],
  ])
  expect(out[4]).toMatchObject({ error: { sequence: '__proto__', frame: 0 } })
  expect(out[0]).toMatchObject({ label: 'x', start: 0, weight: 5, names: ['bin0.max', 'bin1.max', 'bin2.max'] })
  expect((out[0] as { end: number }).end).toBeCloseTo(0.05, 12)
  const pooled = await lastValueFrom(of(short).pipe(eachSequence(pool1d('max', { size: 5 })), toArray()))
  expect(pooled).toMatchObject([{ id: 'short', frames: { length: 0 } }])
})

describe('sequences of one layout, which take turns with one machine', () => {
  const { layout } = frames([0, 1, 2], {})
  const ids = (start: number, ...weights: number[]): Frames => ({
    ...frames([start, 3 - start, 9], {}),
    layout,
    weights: Float32Array.from(weights),
    boundaries: Uint8Array.of(start, 0, 0),
    spans: Float64Array.of(start, 5, 5, 6, 6, 7 + start),
  })
  const all = [ids(0, 1, 1, 1), ids(1, 0.5, 0, 2), ids(0, 0, 0, 0), ids(1, 1, 2, 3)]
  const table = vectorsOf('tiny', ['a', 'b', 'c', 'd'], Float32Array.of(1, -2, 4, 8, 0.5, 3, 7, 5))
  const stages: [string, Stage][] = [
    ['embed → globalPool', chain(embed(table), globalPool(['mean', 'std', 'max']))],
    ['embed → quantiles', chain(embed(table), globalPool(quantile({ q: 0.5 })))],
    ['embed → pool1d', chain(embed(table), pool1d('max', { size: 2 }))],
    ['embed', embed(table)],
  ]
  test.each(stages)('%s: what each gives alone, kept or not', async (_, stage) => {
    const sequences = from(all.map((block, i): Sequence => ({ id: String(i), frames: of(block) })))
    const pooled = await lastValueFrom(sequences.pipe(eachSequence(stage), toArray()))
    expect(pooled.map((item) => 'frames' in item && said(item.frames))).toEqual(all.map((block) => said(apply(block, stage))))
  })

  test('one that fails in its midst leaves nothing behind', async () => {
    const broken: Sequence = {
      id: 'broken',
      frames: concat(
        of(all[1]!),
        throwError(() => new Error('gone')),
      ),
    }
    const again: Sequence = { id: 'again', frames: of(all[0]!) }
    const stage = chain(embed(table), globalPool('sum'))
    const pooled = await lastValueFrom(of(again, broken, again).pipe(eachSequence(stage), toArray()))
    const alone = said(apply(all[0]!, stage))
    expect(pooled.map((item) => ('frames' in item ? said(item.frames) : item.error.message))).toEqual([alone, 'gone', alone])
  })

  test('two readers at once have machines of their own', async () => {
    const source = new Subject<Sequence>()
    const blocks = new Subject<Frames>()
    const read = source.pipe(eachSequence(globalPool('sum')), toVectors(), toArray())
    const both = Promise.all([firstValueFrom(read), firstValueFrom(read)])
    source.next({ id: 'a', frames: blocks })
    blocks.next(all[0]!)
    blocks.complete()
    source.next({ id: 'b', frames: of(all[3]!) })
    source.complete()
    const [first, second] = await both
    const alone = [all[0]!, all[3]!].map((block) => [...apply(block, globalPool('sum')).data])
    expect(first.map((item) => 'vector' in item && [...item.vector])).toEqual(alone)
    expect(second).toEqual(first)
  })

  test('early unsubscription stops a synchronous sequence', async () => {
    let pulled = 0
    function* endless(): Generator<Frames> {
      for (let start = 0; ; start += 10) {
        pulled++
        yield { ...input, start, layout: { ...input.layout, length: 1e9 } }
      }
    }
    const out = of({ id: 'endless', frames: from(endless()) }).pipe(eachSequence(pool1d('max', { size: 2 })), toVectors(), take(6))
    // Five vectors a block.
    expect((await lastValueFrom(out.pipe(toArray()))).length).toBe(6)
    expect(pulled).toBe(2)
  })
})

test('toFrames: numbers, rows and whole blocks; a ragged row is an error that names its frame', async () => {
  const all = (source: Observable<number | ArrayLike<number>>, bins: number) =>
    lastValueFrom(source.pipe(toFrames({ bins, hop: 0.5 }), globalPool(['sum', 'last'])))
  expect([...(await all(of(1, 2, 4), 1)).data]).toEqual([7, 4])
  expect([...(await all(of([1, 2], Float32Array.of(3, 4, 5, 6)), 2)).data]).toEqual([9, 12, 5, 6])
  await expect(all(of([1, 2], [3]), 2)).rejects.toThrow('toFrames: expected whole frames of 2 values, got 1')
  expect(() => toFrames({ bins: 0 })).toThrow('toFrames: bins must be an integer ≥ 1, got 0')
})

test('what is no Frames is said to be none, before anything is planned for it', async () => {
  const wrong = of(1 as unknown as Frames).pipe(globalPool('max'))
  await expect(lastValueFrom(wrong)).rejects.toThrow('globalPool: expected Frames, as frames() and toFrames() give, got 1')
  const sequences = of({ id: 'a.wav', frames: of(input) } as unknown as Frames).pipe(globalPool('max'))
  await expect(lastValueFrom(sequences)).rejects.toThrow(
    'globalPool: expected Frames, as frames() and toFrames() give, got a Sequence: use eachSequence',
  )
  const given = of({ id: 'a.wav', frames: of(input) } as unknown as Frames).pipe(toVectors())
  await expect(lastValueFrom(given)).rejects.toThrow(
    'toVectors: expected Frames, as frames() and toFrames() give, got a Sequence: use eachSequence',
  )
  const huge = { ...input, layout: { ...input.layout, bins: 1e9 } }
  await expect(lastValueFrom(of(huge).pipe(globalPool('max')))).rejects.toThrow(
    'globalPool: data must be a Float32Array of 10000000000 values, got 30',
  )
  await expect(lastValueFrom(of(null as unknown as number).pipe(toFrames()))).rejects.toThrow(
    'toFrames: expected a number or an array of numbers, got null',
  )
})

test('float64 frames and chains go through pipe', async () => {
  const source = of(frames(Float64Array.of(1e6 + 0.1, 1e6 + 0.3), { hop: 1 }))
  const spread = await lastValueFrom(source.pipe(chain(globalPool('std'))))
  expect(spread.data[0]).toBeCloseTo(0.1, 8)
})

test('a sender may reuse its array', async () => {
  const row = [1]
  const source = new Observable<number[]>((subscriber) => {
    for (row[0] = 1; row[0] <= 3; row[0]++) subscriber.next(row)
    subscriber.complete()
  })
  const parts = await lastValueFrom(source.pipe(toFrames(), toArray()))
  expect(parts.map(({ data }) => data[0])).toEqual([1, 2, 3])
})

describe('specs', () => {
  test.each(operators)('%s from its JSON gives the same bits', (_, stage) => {
    const again = stageFrom(JSON.parse(JSON.stringify(stage.spec)))
    expect(again.spec).toEqual(stage.spec)
    expect(said(apply(input, again))).toEqual(said(apply(input, stage)))
  })
  test('unknown stages and poolings are refused with the nearest name', () => {
    expect(() => stageFrom({ stage: 'pool1' })).toThrow('stageFrom: unknown stage "pool1"; did you mean "pool1d"?')
    expect(() => stageFrom({ stage: 'constructor' })).toThrow('stageFrom: unknown stage "constructor"; the stages are')
    expect(() => stageFrom({ stage: 'globalPool', pooling: 'maxx' })).toThrow('globalPool: unknown pooling "maxx"; did you mean "max"?')
    expect(() => stageFrom({ stage: 'globalPool', pooling: '__proto__' })).toThrow(
      'globalPool: unknown pooling "__proto__"; the poolings are',
    )
  })
  test('every stage is a function', () => {
    for (const make of Object.values(stages)) expect(make).toBeTypeOf('function')
  })
  test('a stage of one’s own runs like ours', () => {
    const mine: Stage = globalPool('max')
    expect(operator({ spec: { stage: 'mine' }, plan: mine.plan }).spec).toEqual({ stage: 'mine' })
  })
})
