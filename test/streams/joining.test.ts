// Streams of frames that are joined late or that begin anew.
import {
  apply,
  blocks,
  DataError,
  eachSequence,
  type Failure,
  type Frames,
  frames,
  fromHere,
  globalPool,
  logMel,
  type Pooled,
  type PoolingName,
  pool1d,
  restart,
  type Sequence,
  signal,
  slice,
  spanOf,
  toVectors,
  type Vector,
} from 'poolwise'
import { concat, from, lastValueFrom, map, mergeMap, Observable, of, Subject, skip, take, throwError, toArray } from 'rxjs'
import { describe, expect, it, test } from 'vitest'
import { join, type Values } from '../../src/core/frames.ts'

/** Numbers below 1, the same every time, that no sum of few has exactly. */
const noise = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * i))

function all<Item>(source: Observable<Item>): Promise<Item[]> {
  return lastValueFrom(source.pipe(toArray()))
}

async function through(given: readonly Frames[], options?: { every?: number | '1s' | '100ms' }): Promise<Frames[]> {
  return all(from(given).pipe(fromHere(options)))
}

describe('fromHere', () => {
  const ten = frames([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], {
    hop: 0.5,
    weights: [1, 2, 1, 2, 1, 2, 1, 2, 1, 2],
    boundaries: [0, 0, 0, 0, 1, 0, 0, 0, 0, 0],
  })
  const cut = [...blocks(ten, 2)]

  it('makes the first block frame 0, and keeps times, weights, marks and what is left of the length', async () => {
    const out = await through(cut.slice(2))
    expect(out.map(({ start, length }) => [start, length])).toEqual([
      [0, 2],
      [2, 2],
      [4, 2],
    ])
    expect(new Set(out.map(({ layout }) => layout)).size).toBe(1)
    const { layout, ...rest } = join(out)!
    expect(layout).toEqual({ ...ten.layout, clock: { ...ten.layout.clock, start: 2 }, length: 6 })
    const { layout: _, ...left } = slice(ten, 4, 10)
    expect(rest).toEqual({ ...left, start: 0 })
    for (const block of out)
      for (let f = block.start; f < block.start + block.length; f++) expect(spanOf(block, f)).toEqual(spanOf(ten, f + 4))
  })

  it('changes nothing where it is there from the start', async () => {
    const out = await through(cut)
    expect(join(out)).toEqual(ten)
  })

  it('begins at a multiple of so many frames, and tells the layout before it', async () => {
    const out = await through(cut.slice(1), { every: 5 })
    expect(out.map(({ start, data }) => [start, ...data])).toEqual([[0], [0, 5], [1, 6, 7], [3, 8, 9]])
    expect(out.map(({ layout }) => layout.clock.start)).toEqual([2.5, 2.5, 2.5, 2.5])
    expect(join(await through(cut.slice(1), { every: '1s' }))!.data).toEqual(Float32Array.of(2, 3, 4, 5, 6, 7, 8, 9))
    expect((await through(cut.slice(1), { every: 100 })).map(({ start, length, layout }) => [start, length, layout.length])).toEqual(
      cut.slice(1).map(() => [0, 0, 0]),
    )
  })

  it('fills gaps with frames of weight 0, where it begins in one too', async () => {
    const holes = join(await through([cut[0]!, cut[2]!, cut[4]!]))!
    expect([...holes.weights!]).toEqual([1, 2, 0, 0, 1, 2, 0, 0, 1, 2])
    expect([...holes.data]).toEqual([0, 1, 0, 0, 4, 5, 0, 0, 8, 9])
    expect([...holes.boundaries!]).toEqual([...ten.boundaries!])
    // Frame 5 is missing: it is there, and unseen.
    const late = join(await through([slice(ten, 1, 3), slice(ten, 7, 9)], { every: 5 }))!
    expect([late.layout.clock.start, ...late.data]).toEqual([2.5, 0, 0, 7, 8])
    expect([...late.weights!]).toEqual([0, 0, 2, 1])
  })

  it('fills a gap of hours in blocks of 2¹⁴ values, and stops when nobody listens', async () => {
    const shape = { bins: 3, hop: 0.01 }
    const block = frames(noise(30), shape)
    const hours = 10 * 3600 * 100
    const far = { ...block, start: hours }
    let [seen, longest, end] = [0, 0, 0]
    await lastValueFrom(
      of(block, far).pipe(
        fromHere(),
        map(({ start, length, data, weights }) => {
          expect(start).toBe(end)
          end = start + length
          longest = Math.max(longest, data.length)
          seen += weights ? weights.reduce((sum, weight) => sum + weight, 0) : length
        }),
      ),
    )
    expect([seen, longest, end]).toEqual([20, 3 * Math.floor(2 ** 14 / 3), hours + 10])
    const first = await all(of(block, far).pipe(fromHere(), take(3)))
    expect(first.map(({ start }) => start)).toEqual([0, 10, 10 + Math.floor(2 ** 14 / 3)])
  })

  it('numbers on over gaps of an irregular clock, whose spans stay', async () => {
    const { hop: _, ...clock } = ten.layout.clock
    const irregular: Frames = { ...ten, layout: { ...ten.layout, clock }, spans: Float64Array.from({ length: 20 }, (_, i) => i * i) }
    const [, second, , fourth] = blocks(irregular, 2)
    const out = join(await through([second!, fourth!]))!
    expect([...out.data]).toEqual([2, 3, 6, 7])
    expect([...out.spans!]).toEqual([4, 5, 6, 7, 12, 13, 14, 15].map((i) => i * i))
    expect([out.start, out.layout.length, out.layout.clock]).toEqual([0, undefined, clock])
    const [last] = await through([{ ...second!, watermark: 30 }])
    expect(last!.watermark).toBe(30)
  })

  it('takes float64, and fills its gaps so', async () => {
    const wide = frames(Float64Array.from({ length: 6 }, (_, i) => 1 + i * 2 ** -40))
    const out: Frames<Values>[] = await all(of(slice(wide, 1, 2), slice(wide, 4, 6)).pipe(fromHere<Float64Array>()))
    expect(join(out)!.data).toEqual(Float64Array.of(wide.data[1]!, 0, 0, wide.data[4]!, wide.data[5]!))
  })

  it('gives none for none', async () => {
    expect(await through([])).toEqual([])
  })

  const other = frames([1, 2], { bins: 2, hop: 0.5 })
  test.each<[string, readonly Frames[]]>([
    ['fromHere: expected a block that starts at frame 4 or later, got 0; see restart()', [cut[1]!, cut[0]!]],
    ['fromHere: expected a block that starts at frame 2 or later, got 1; see restart()', [cut[0]!, slice(ten, 1, 4)]],
    ['fromHere: expected frames of one layout, got another; see restart()', [cut[0]!, { ...other, start: 2 }]],
    ['fromHere: expected a gap of at most 2³¹ frames, got 2147483649', [cut[0]!, { ...cut[0]!, start: 2 ** 31 + 3 }]],
    ['fromHere: expected a block that starts at frame 0 or later, got NaN; see restart()', [{ ...cut[0]!, start: Number.NaN }]],
    ['fromHere: expected a block that starts at frame 2 or later, got 2.5; see restart()', [cut[0]!, { ...cut[0]!, start: 2.5 }]],
    ['fromHere: expected Frames, as frames() and toFrames() give, got 1', [1 as never]],
  ])('%s', async (message, given) => {
    const error = await through(given).catch((cause) => cause)
    expect(error).toBeInstanceOf(DataError)
    expect(error.message).toBe(message)
  })

  it('refuses what is no duration at once, and what the clock does not have in the stream', async () => {
    expect(() => fromHere({ every: 0 })).toThrow(RangeError)
    expect(() => fromHere({ every: '1 s' as '1s' })).toThrow('fromHere: every must be a number of frames or a duration')
    await expect(through([frames([1])], { every: '1s' })).rejects.toThrow(
      'fromHere: every must be a number of frames where the input has tokens',
    )
  })

  it('is what a stage that is late asks for', async () => {
    const late$ = from(cut).pipe(skip(2))
    await expect(all(late$.pipe(globalPool('max')))).rejects.toThrow(
      'globalPool: expected a block that starts at frame 0, got 4; see fromHere()',
    )
    await expect(all(of(cut[0]!, cut[2]!).pipe(globalPool('max')))).rejects.toThrow('starts at frame 2, got 4; see fromHere()')
    await expect(all(of(ten, ten).pipe(globalPool('max')))).rejects.toThrow('starts at frame 10, got 0; see restart()')
    expect(join(await all(late$.pipe(fromHere(), globalPool('mean'))))!.data[0]).toBeCloseTo((4 + 10 + 6 + 14 + 8 + 18) / 9, 6)
  })
})

describe('two that listen to one stream', () => {
  const sound = signal(noise(16000 * 6), { rate: 16000 })
  // As a microphone gives it: no frames first, then blocks that fill neither a hop nor a window.
  const heard = [slice(sound, 0, 0), ...blocks(sound, 1024)]

  /** Vectors of both; the second comes after so many seconds. */
  function both(stages: (live$: Observable<Frames>) => Observable<Frames>, late: number): [first: Vector[], second: Vector[]] {
    const live$ = new Subject<Frames>()
    const [first, second]: [Vector[], Vector[]] = [[], []]
    const listen = (to: Vector[]) =>
      stages(live$)
        .pipe(toVectors())
        .subscribe((vector) => to.push(vector))
    listen(first)
    for (const block of heard) {
      if (block.start >= late * 16000 && second.length === 0 && live$.observers.length === 1) listen(second)
      live$.next(block)
    }
    live$.complete()
    return [first, second]
  }

  const poolings: (PoolingName | PoolingName[])[] = [
    'mean',
    'stats',
    'max',
    ['mean', 'std', 'max'],
    'moments',
    'argmax',
    'quantile',
    'regression',
    'softPool',
  ]
  const windows = [
    { size: '1s', stride: '1s', every: '1s' },
    { size: '1s', stride: '200ms', every: '200ms' },
    { size: '500ms', stride: '250ms', every: '250ms' },
    // These slide, and are summed by halves.
    { size: '1s', stride: '100ms', every: '500ms' },
    { size: '1s', stride: '10ms', every: '1s' },
  ] as const

  describe.each(windows)('windows of $size every $stride, joined every $every', ({ every, ...window }) => {
    test.each(poolings)('%s: the same bits from there on', (pooling) => {
      const [first, second] = both((live$) => live$.pipe(fromHere({ every }), logMel({ bands: 8 }), pool1d(pooling, window)), 2.5)
      expect(second.length).toBeGreaterThan(1)
      expect(second[0]!.start).toBeGreaterThanOrEqual(2.5)
      expect(second[0]!.start).toBeLessThan(3.6)
      const same = first.slice(-second.length)
      expect(second.map(({ vector, weight, names }) => ({ vector, weight, names }))).toEqual(
        same.map(({ vector, weight, names }) => ({ vector, weight, names })),
      )
      for (const [i, { start, end }] of second.entries()) {
        expect(start).toBeCloseTo(same[i]!.start, 9)
        expect(end).toBeCloseTo(same[i]!.end, 9)
      }
    })
  })

  it('have the same bits where spectra are shared instead', () => {
    const shared = new Subject<Frames>()
    const [first, second]: [Frames[], Frames[]] = [[], []]
    const listen = (to: Frames[]) =>
      shared.pipe(fromHere({ every: '1s' }), pool1d('stats', { size: '1s' })).subscribe((block) => to.push(block))
    listen(first)
    const spectra = [...blocks(apply(sound, logMel({ bands: 8 })), 7)]
    for (const [i, block] of spectra.entries()) {
      if (i === Math.ceil(spectra.length / 3)) listen(second)
      shared.next(block)
    }
    const late = join(second)!
    expect(late.length).toBeGreaterThan(1)
    expect(late.data).toEqual(join(first)!.data.slice(-late.data.length))
  })

  it('have the same windows to rounding wherever sliding ones are joined', () => {
    const [first, second] = both(
      (live$) => live$.pipe(fromHere({ every: '100ms' }), logMel({ bands: 8 }), pool1d('mean', { size: '1s', stride: '100ms' })),
      2.5,
    )
    const same = first.slice(-second.length)
    expect(second.length).toBeGreaterThan(20)
    for (const [i, { vector }] of second.entries())
      for (const [lane, x] of vector.entries()) expect(x).toBeCloseTo(same[i]!.vector[lane]!, 5)
  })

  it('have other windows where nothing is said', () => {
    const [first, second] = both((live$) => live$.pipe(fromHere(), logMel({ bands: 8 }), pool1d('mean', { size: '1s' })), 2.5)
    expect(second[0]!.start % 1).not.toBeCloseTo(0, 3)
    expect(second[0]!.vector).not.toEqual(first.at(-second.length)!.vector)
  })
})

describe('restart', () => {
  const a = frames([1, 5, 2], { hop: 1 })
  const b = frames([7, 4, 6, 3], { hop: 1 })
  const pooled = (source: Observable<Frames>) => all(source.pipe(restart(), eachSequence(globalPool('max'))))
  const maxima = (items: readonly (Pooled | Failure)[]) =>
    items.map((item) => [item.id, 'error' in item ? item.error.message : item.frames.data[0]])

  it('begins a sequence where numbers fall back, and ends the one before it', async () => {
    const items = await pooled(concat(from([...blocks(a, 1)]), from([...blocks(b, 3)]), of(a)))
    expect(maxima(items)).toEqual([
      ['0', 5],
      ['1', 7],
      ['2', 5],
    ])
  })

  it('begins one where the layout is another, and none where it is only a copy', async () => {
    const wide = frames([1, 9, 8, 2], { bins: 2, hop: 1 })
    const sequences = await all(
      of(a, { ...wide, start: 3 }, structuredClone({ ...wide, start: 5 })).pipe(
        restart(),
        mergeMap(({ id, frames }) => frames.pipe(map(({ start }) => [id, start]))),
      ),
    )
    expect(sequences).toEqual([
      ['0', 0],
      ['1', 0],
      ['1', 2],
    ])
  })

  it('joins each where it is, and fills its gaps', async () => {
    const long = frames(noise(20), { hop: 1 })
    const parts = [slice(long, 5, 7), slice(long, 9, 10), slice(long, 3, 4), slice(long, 4, 6)]
    const sequences = await all(
      from(parts).pipe(
        restart(),
        mergeMap(({ frames }) => frames.pipe(toArray())),
      ),
    )
    expect(sequences.map((blocks) => [...(join(blocks)!.weights ?? [])])).toEqual([[1, 1, 0, 0, 1], []])
    expect(sequences.map((blocks) => blocks[0]!.layout.clock.start)).toEqual([5, 3])
  })

  it('leaves what is missed before somebody listens unseen', async () => {
    const source = new Subject<Frames>()
    const kept: Sequence[] = []
    source.pipe(restart()).subscribe((sequence) => kept.push(sequence))
    source.next(slice(b, 0, 2))
    const late = all(kept[0]!.frames)
    source.next(slice(b, 2, 4))
    source.complete()
    const { data, weights } = join(await late)!
    expect([[...data], [...weights!]]).toEqual([
      [0, 0, 6, 3],
      [0, 0, 1, 1],
    ])
  })

  it('gives none for none', async () => {
    expect(await all(from<Frames[]>([]).pipe(restart()))).toEqual([])
  })

  const broken = (): Observable<Frames> => throwError(() => new DataError('pulled out'))
  it('tells an error of the source once: of the sequence in which it comes, or of the stream', async () => {
    expect(maxima(await pooled(concat(of(a, b), broken())))).toEqual([
      ['0', 5],
      ['1', 'pulled out'],
    ])
    await expect(pooled(broken())).rejects.toThrow('pulled out')
    // Nobody listens to the sequence.
    await expect(all(concat(of(a), broken()).pipe(restart()))).rejects.toThrow('pulled out')
    await expect(pooled(of(1 as unknown as Frames))).rejects.toThrow('restart: expected Frames')
  })

  it('goes on after a sequence that fails', async () => {
    const bad = { ...b, weights: Float32Array.of(1, -1, 1, 1) }
    const failing = eachSequence({
      spec: { stage: 'odd' },
      plan: (layout) => (layout.length === 4 ? globalPool('max').plan({} as never) : globalPool('max').plan(layout)),
    })
    expect(maxima(await all(of(a, b, a).pipe(restart(), failing))).map(([id, is]) => [id, typeof is])).toEqual([
      ['0', 'number'],
      ['1', 'string'],
      ['2', 'number'],
    ])
    expect(maxima(await pooled(of(a, bad)))).toEqual([['0', 'restart: weights must be finite numbers ≥ 0, got -1 at frame 1']])
  })

  it('stops the source when nobody listens any more, and not while a sequence is heard', async () => {
    let stopped = 0
    const source = new Observable<Frames>((out) => {
      for (const block of blocks(a, 1)) out.next(block)
      return () => stopped++
    })
    const heard: number[] = []
    const listening = source
      .pipe(
        restart(),
        take(1),
        mergeMap(({ frames }) => frames),
      )
      .subscribe(({ start }) => heard.push(start))
    expect([heard, stopped]).toEqual([[0, 1, 2], 0])
    listening.unsubscribe()
    expect(stopped).toBe(1)
  })
})
