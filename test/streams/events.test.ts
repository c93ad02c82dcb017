// Events that come when they come, as frames.
import { DataError, type Frames, pool1d, segmentPool, toFrames, toVectors } from 'poolwise'
import {
  concat,
  delay,
  from,
  groupBy,
  map,
  mergeMap,
  NEVER,
  type Observable,
  of,
  Subject,
  takeUntil,
  throwError,
  timer,
  VirtualTimeScheduler,
} from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { afterEach, expect, expectTypeOf, test } from 'vitest'
import { hearNotes } from '../../src/core/notes.ts'
import { Soonest } from '../../src/streams/soonest.ts'
import { numbers } from '../windows/events.ts'

interface Reading {
  readonly at: number
  readonly t: number
}
const reading = (at: number, t = at): Reading => ({ at, t })
const time = ({ at }: Reading) => at
const value = ({ t }: Reading) => t

function all<Item>(stream: Observable<Item>): { items: Item[]; error?: unknown } {
  const got: { items: Item[]; error?: unknown } = { items: [] }
  stream.subscribe({
    next: (item) => got.items.push(item),
    error: (error) => {
      got.error = error
    },
  })
  return got
}

const before = hearNotes(() => undefined)
hearNotes(before)
afterEach(() => hearNotes(before))
function heard(): string[] {
  const notes: string[] = []
  hearNotes((text) => notes.push(text))
  return notes
}

test('events are frames at their times; what they count and hold is said by functions', () => {
  const options = { time, value: ({ at, t }: Reading) => [t, at], weight: ({ t }: Reading) => t / 2, bins: 2, names: { bins: ['t', 'at'] } }
  const { items } = all(from([reading(5, 1), reading(7.5, 4)]).pipe(toFrames(options), toVectors()))
  expect(items.map(({ start, end, weight, vector, names }) => ({ start, end, weight, vector: [...vector], names }))).toEqual([
    { start: 5, end: 5, weight: 0.5, vector: [1, 5], names: ['t', 'at'] },
    { start: 7.5, end: 7.5, weight: 2, vector: [4, 7.5], names: ['t', 'at'] },
  ])
  // Clicks are counted.
  const clicks = all(from([0.5, 0.7, 3, 12]).pipe(toFrames({ time: (at) => at }), pool1d('sum', { size: '10s' }), toVectors()))
  expect(clicks.items.map(({ vector }) => [...vector])).toEqual([[3]])
})

test('types: the event is inferred from the stream', () => {
  const stream = of(reading(1)).pipe(
    toFrames({ time: (event) => event.at, value: (event) => event.t, late: (event, count) => event.t + count }),
  )
  expectTypeOf(stream).toEqualTypeOf<Observable<Frames>>()
  const wrong = () => [
    // @ts-expect-error a reading has no such field
    of(reading(1)).pipe(toFrames({ time: (event) => event.when })),
    // @ts-expect-error a time is a number
    of(reading(1)).pipe(toFrames({ time: (event) => String(event.at) })),
    // @ts-expect-error an irregular clock has no hop
    of(reading(1)).pipe(toFrames({ time: (event) => event.at, hop: 1 })),
    // @ts-expect-error a duration has a unit
    of(reading(1)).pipe(toFrames({ time: (event) => event.at, lateness: 5 })),
  ]
  expect(wrong).toThrow(TypeError)
})

test('options that are none are refused at once', () => {
  const refused = (options: object) => () => toFrames({ time, ...options } as never)
  expect(refused({ time: 'at' })).toThrow(/toFrames: time must be a function, got "at"/)
  expect(refused({ value: 1 })).toThrow(/value must be a function/)
  expect(refused({ late: true })).toThrow(/late must be a function/)
  expect(refused({ lateness: 5 })).toThrow(/lateness must be a duration such as '1s' or '100ms', got 5/)
  expect(refused({ quiet: '0s' })).toThrow(/quiet must be a finite number > 0/)
  expect(refused({ scheduler: {} })).toThrow(/scheduler must be one of RxJS/)
  expect(refused({ hop: 1 })).toThrow(/unknown option "hop"/)
  expect(refused({ laten: '5s' })).toThrow(/did you mean "late"/)
  expect(refused({ bins: 0 })).toThrow(/bins must be an integer/)
})

test('what is no event is a DataError that names it, after what came before', () => {
  for (const [event, message] of [
    [reading(Number.NaN), /expected a time in seconds, a finite number, got NaN of event 1, {"at":null,"t":null}/],
    [reading(Infinity), /finite number, got Infinity of event 1/],
    [{ at: '3' }, /finite number, got "3" of event 1/],
    [undefined, /expected an event that time, value and weight take, got .* of event 1, undefined/],
    [{ at: 3, t: 'warm' }, /expected a number, got "warm" of event 1/],
    [{ at: 3, t: [1, 2] }, /expected a number, or bins: 2, got \[1,2\] of event 1/],
    [{ at: 3, t: -1 }, /expected a weight, a finite number ≥ 0, got -1 of event 1/],
  ] as const) {
    const options = { time, value, weight: ({ t }: Reading) => t, lateness: '5s' } as const
    const { items, error } = all(from([reading(2), event as Reading]).pipe(toFrames(options)))
    expect(error).toBeInstanceOf(DataError)
    expect(String(error)).toMatch(message)
    expect((error as DataError).frame).toBe(1)
    // Held for lateness, and not lost.
    expect(items.reduce((sum, { length }) => sum + length, 0)).toBe(1)
  }
  const gone = new Error('gone')
  const after = all(concat(of(reading(1), reading(2)), throwError(() => gone)).pipe(toFrames({ time, lateness: '9s' }))) // biome-ignore format: one line
  expect([after.error, after.items.at(-1)?.length]).toEqual([gone, 2])
})

test('what falls back within lateness is put in order, equal times as they came, what is later is told', () => {
  const events = [
    reading(10, 0),
    reading(12, 1),
    reading(10, 2),
    reading(9, 3),
    reading(12, 4),
    reading(11, 5),
    reading(7.5, 6),
    reading(14, 7),
  ]
  const notes = heard()
  const late: [number, number][] = []
  const given = { time, value, lateness: '2s' } as const
  const told = all(from(events).pipe(toFrames({ ...given, late: ({ t }, count) => late.push([t, count]) }), toVectors()))
  expect(told.items.map(({ start, vector }) => [start, vector[0]])).toEqual([[10, 0], [10, 2], [11, 5], [12, 1], [12, 4], [14, 7]]) // biome-ignore format: pairs
  expect(late).toEqual([[3, 1], [6, 2]]) // biome-ignore format: pairs
  expect(notes).toEqual([])
  all(from(events).pipe(toFrames(given)))
  expect(notes).toEqual([
    'toFrames: events that come later than lateness allows are left out; give late to be told of each',
    'toFrames: 2 of 8 events came later than lateness allows, and were left out',
  ])
  // On the edge, as on paper: 1.1 − 0.2 is more than 0.9 in floating point.
  for (const base of [0, 1_700_000_000])
    for (let i = 2; i < 200; i++) {
      const { items } = all(from([base + i / 10, base + (i - 2) / 10]).pipe(toFrames({ time: (at) => at, lateness: '200ms' }), toVectors()))
      expect(items.length, `${i}`).toBe(2)
    }
})

test('a window is given when the watermark passes its end, not later', () => {
  const source = new Subject<Reading>()
  const got: [number, number][] = []
  source
    .pipe(toFrames({ time, lateness: '2s' }), pool1d('sum', { size: '10s' }), toVectors())
    .subscribe(({ start, weight }) => got.push([start, weight]))
  for (const [at, windows] of [
    [1, 0],
    [11.9, 0],
    [9.95, 0],
    [12, 1],
    [19, 1],
    [22, 2],
  ] as const) {
    // biome-ignore format: pairs
    source.next(reading(at))
    expect(got.length, `${at}`).toBe(windows)
  }
  source.complete()
  expect(got).toEqual([[0, 1], [10, 1]]) // biome-ignore format: pairs
})

test('on a live clock windows and sessions end after a quiet time', () => {
  const scheduler = new VirtualTimeScheduler()
  const events$ = concat(...[reading(1), reading(3)].map((event) => of(event).pipe(delay(1000, scheduler))), NEVER).pipe(
    takeUntil(timer(60_000, scheduler)),
  )
  const came: [number, number, number][] = []
  const run = (stage: ReturnType<typeof pool1d>, lateness?: '5s') =>
    events$
      .pipe(toFrames({ time, quiet: '4s', scheduler, ...(lateness && { lateness }) }), stage, toVectors())
      .subscribe(({ start, end }) => came.push([scheduler.now(), start, end]))
  run(pool1d('sum', { size: '10s' }))
  run(pool1d('sum', { size: '10s' }), '5s')
  run(segmentPool('sum', { gap: '8s' }))
  // Windows of windows hear of it, too.
  events$.pipe(toFrames({ time, quiet: '4s', scheduler }), pool1d('sum', { size: '5s' }), pool1d('sum', { size: '20s' }), toVectors()).subscribe(({ start, end }) => came.push([scheduler.now(), start, end])) // biome-ignore format: one line
  scheduler.flush()
  // The last event is of 3 s, and came after 2 s: 4 s later it is 7 s by the events' clock, then 11, 15, 19, 23.
  expect(came).toEqual([[10_000, 0, 10], [10_000, 1, 3], [14_000, 0, 10], [22_000, 0, 20]]) // biome-ignore format: triples
})

test('under a TestScheduler: no timer is left when nobody listens any more', () => {
  const test = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
  test.run(({ cold, expectObservable }) => {
    const given = cold('a-b 9s |', { a: reading(0), b: reading(0.5) })
    const windows = given.pipe(toFrames({ time, quiet: '2s', scheduler: test }), pool1d('sum', { size: '1s' }), toVectors())
    expectObservable(windows.pipe(map(({ start, end }) => [start, end]))).toBe('2002ms a 7s |', { a: [0, 1] })
  })
  const scheduler = new VirtualTimeScheduler()
  const subscription = concat(of(reading(1)), NEVER).pipe(toFrames({ time, quiet: '1s', scheduler })).subscribe() // biome-ignore format: one line
  subscription.unsubscribe()
  scheduler.flush()
  expect(scheduler.now()).toBe(0)
})

test('keyed: each key has windows of its own', () => {
  const events = from(Array.from({ length: 60 }, (_, i) => ({ key: `k${i % 3}`, at: i, t: i % 3 })))
  const framed = toFrames<{ key: string; at: number; t: number }>({ time, value })
  const window = pool1d('mean', { size: '30s' })
  const { items } = all(events.pipe(groupBy(({ key }) => key), mergeMap((group) => group.pipe(framed, window, toVectors(), mergeMap((vector) => of([group.key, vector.start, vector.weight, vector.vector[0]])))))) // biome-ignore format: one line
  expect(items).toEqual([['k0', 0, 10, 0], ['k1', 0, 10, 1], ['k2', 0, 10, 2]]) // biome-ignore format: rows
})

test('what waits comes in order of time, then as it came', () => {
  const next = numbers(3)
  for (let run = 0; run < 200; run++) {
    const soonest = new Soonest<{ time: number; order: number }>()
    const items = Array.from({ length: Math.floor(60 * next()) }, (_, order) => ({ time: Math.floor(9 * next()), order }))
    for (const item of items) soonest.push(item)
    const taken: typeof items = []
    for (let until = 0; until < 9; until++) for (let item = soonest.take(until); item; item = soonest.take(until)) taken.push(item)
    expect(taken).toEqual([...items].sort((a, b) => a.time - b.time || a.order - b.order))
    expect(soonest.length).toBe(0)
  }
})
