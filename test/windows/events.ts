// Random streams of events, and what windows over them come to when each is pooled anew from all of its events: the definition.
import { eventClock, layoutOf, pool1d, segmentPool, toFrames, toVectors, type Vector } from 'poolwise'
import { from, toArray } from 'rxjs'
import { expect } from 'vitest'
import { type PoolingLike, poolingOf } from '../../src/poolings/named.ts'
import { close, pooled } from '../laws/laws.ts'
import { countingMerges } from './countingMerges.ts'

export interface Event {
  readonly at: number
  readonly x: number
  readonly w: number
}

/** A stream as it arrives, and the windows over it, in thousandths of a second. */
export interface Run {
  readonly events: readonly Event[]
  readonly lateness: number
  readonly size: number
  readonly stride: number
  readonly gap: number
  readonly partial: 'drop' | 'keep'
}

/** Numbers from 0 to 1 that follow from a seed. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    let x = Math.imul(state ^ (state >>> 12), 0x297a2d39)
    x ^= x >>> 15
    return (x >>> 0) / 2 ** 32
  }
}

/** A stream of up to `most` events: bursts, silences, equal times, times on edges, some out of order, some far behind, some not to be seen. */
export function randomRun(seed: number, most = 30): Run {
  const next = numbers(seed)
  const whole = (n: number) => Math.floor(next() * n)
  const one = <Item>(...items: Item[]): Item => items[whole(items.length)]!
  const [size, stride] = [one(100, 300, 1000, 2500, 7000), one(100, 300, 700, 1000, 2500)]
  const lateness = one(0, 0, 200, 1500)
  let now = one(-5000, 0, 1_700_000_000_000)
  const events = Array.from({ length: whole(most + 1) }, (): Event => {
    now += one(0, 0, 1, 50, 100, 100, 700, one(100, 20_000))
    const at = (now - one(0, 0, 0, whole(300), 100, lateness, 3 * lateness + 10)) / 1000
    return { at, x: one(0, 1, -2, whole(1000) / 8, 1000 + next()), w: one(1, 1, 1, 0, 0.5, 2) }
  })
  return { events, lateness, size, stride, gap: one(100, 700, 2500), partial: one('drop', 'keep') }
}

/** What is not late, in order of time. */
export function inOrder({ events, lateness }: Pick<Run, 'events' | 'lateness'>): { kept: Event[]; late: Event[] } {
  let latest = -Infinity
  const [kept, late]: [Event[], Event[]] = [[], []]
  for (const event of events) {
    // As on paper: in thousandths, as the events are.
    if (Math.round(event.at * 1000) < latest - lateness) late.push(event)
    else {
      kept.push(event)
      latest = Math.max(latest, Math.round(event.at * 1000))
    }
  }
  return { kept: kept.sort((a, b) => a.at - b.at), late }
}

/** First and last + 1 of the events in each window, and its start and end. */
export interface Region {
  readonly from: number
  readonly to: number
  readonly start: number
  readonly end: number
}

export function windowsOf(kept: readonly Event[], { size, stride, partial }: Pick<Run, 'size' | 'stride' | 'partial'>): Region[] {
  const last = kept.at(-1)
  if (!last) return []
  const times = kept.map(({ at }) => Math.round(at * 1000))
  const [first, latest] = [times[0]!, times.at(-1)!]
  const regions: Region[] = []
  for (let n = Math.floor((first - size) / stride); n * stride <= latest; n++) {
    const [start, end] = [n * stride, n * stride + size]
    // Of those that are not full at the end, the first, if what is full does not reach the last event that was seen.
    const full = end <= latest
    const seen = kept.findLastIndex(({ w }) => w > 0)
    if (!full && (partial === 'drop' || end - stride > latest || (times[seen] ?? -Infinity) < end - stride)) continue
    const from = times.findIndex((at) => at >= start)
    const after = times.findIndex((at) => at >= end)
    regions.push({ from: from < 0 ? times.length : from, to: after < 0 ? times.length : after, start: start / 1000, end: end / 1000 })
  }
  return regions.filter(({ from, to }) => kept.slice(from, to).some(({ w }) => w > 0))
}

export function sessionsOf(kept: readonly Event[], gap: number): Region[] {
  const regions: Region[] = []
  let from = -1
  let last = 0
  const end = (to: number) => {
    if (from >= 0) regions.push({ from, to, start: kept[from]!.at, end: kept[to - 1]!.at })
    from = -1
  }
  for (const [i, { at, w }] of kept.entries()) {
    if (from >= 0 && Math.round(at * 1000) - Math.round(last * 1000) >= gap) end(i)
    if (w === 0) continue
    if (from < 0) from = i
    last = at
  }
  end(kept.length)
  return regions
}

const ms = (duration: number) => `${duration}ms` as const

/** The pooled windows and sessions of a run equal those of the definition, and what is late is told. */
export function equalsRecomputation(run: Run, name: PoolingLike): void {
  const { kept, late } = inOrder(run)
  const told: Event[] = []
  const events$ = from(run.events).pipe(
    toFrames({
      time: (event) => event.at,
      value: (event) => event.x,
      weight: (event) => event.w,
      ...(run.lateness > 0 && { lateness: ms(run.lateness) }),
      late: (event) => told.push(event),
    }),
  )
  const pooling = poolingOf(name, 'test')
  const spread = Math.max(1, ...kept.map(({ x }) => Math.abs(x)))
  const compare = (vectors: readonly Vector[], regions: readonly Region[]) => {
    // Told apart at no cost: there are many.
    if (vectors.some(({ start, end }, i) => start !== regions[i]?.start || end !== regions[i].end) || vectors.length !== regions.length)
      expect(vectors.map(({ start, end }) => [start, end])).toEqual(regions.map(({ start, end }) => [start, end]))
    for (const [i, { from, to }] of regions.entries()) {
      const rows = kept.slice(from, to).map(({ x, w }, k) => [Math.fround(x), Math.fround(w), from + k] as const)
      const first = rows.find(([, w]) => w > 0)![2]
      const expected = pooled(pooling, rows, first)
      const { vector, weight } = vectors[i]!
      if (!pooling.exact) close(vector, expected, 1e-6, spread)
      else if (vector.some((x, k) => x !== Math.fround(expected[k]!))) expect([...vector]).toEqual(expected.map(Math.fround))
      const seen = rows.reduce((sum, [, w]) => sum + w, 0)
      if (weight !== (pooling.extensive ? 1 : seen)) expect(weight).toBe(seen)
    }
  }
  const into = (stage: ReturnType<typeof pool1d>) => {
    let vectors: readonly Vector[] = []
    events$.pipe(stage, toVectors(), toArray()).subscribe((all) => {
      vectors = all
    })
    return vectors
  }
  const { size, stride, partial, gap } = run
  compare(into(pool1d(name, { size: ms(size), stride: ms(stride), partial })), windowsOf(kept, run))
  if (told.length !== late.length || told.some((event, i) => event !== late[i])) expect(told).toEqual(late)
  if (!pooling.keeps) compare(into(segmentPool(name, { gap: ms(gap) })), sessionsOf(kept, gap))
}

/** Merges of states an event in windows over so many events, one a second, and each a stride. */
export function mergesAnEvent(events: number, count: number): number {
  const { pooling, merges } = countingMerges()
  const layout = { ...layoutOf({}), clock: eventClock() }
  const machine = pool1d(pooling, { size: `${events}s`, stride: '1s' })
    .plan(layout)
    .open()
  let windows = 0
  for (let start = 0; start < count; start += 1000) {
    const spans = Float64Array.from({ length: 2000 }, (_, i) => start + (i >> 1))
    windows += machine.push({ layout, start, length: 1000, data: new Float32Array(1000), spans })?.length ?? 0
  }
  expect(windows).toBe(count - 1)
  return merges() / count
}
