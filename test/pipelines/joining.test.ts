// The recipes of pipelines/joining.ts, each against the same samples pooled at once.
import { readFileSync } from 'node:fs'
import { apply, blocks, type Failure, type Frames, globalPool, type Stage, signal, slice, toVectors, type Vector } from 'poolwise'
import { decodeAudio } from 'poolwise/audio'
import { concat, defer, from, lastValueFrom, type Observable, of, Subject, share, throwError, toArray } from 'rxjs'
import { beforeAll, describe, expect, it } from 'vitest'
import * as recipes from '../../pipelines/joining.ts'
import { whole } from '../sources/recordings.ts'

const { mel, seconds } = recipes
const rate = 16000
// A block is 100 ms, as a microphone might give it.
const block = rate / 10

let minute: Frames

beforeAll(async () => {
  minute = await whole(decodeAudio(new Uint8Array(readFileSync('samples/audio/minute.wav'))))
})

/** So many seconds of the minute as a recording of its own. */
const part = (from: number, to: number) => signal(minute.data.slice(from * rate, to * rate), { rate })
/** As a source gives it: a block without frames, which tells the layout, and then the others. */
const source = (recording: Frames) => from([slice(recording, 0, 0), ...blocks(recording, block)])

/** What the same samples have when they are there at once, and begin at `start`. */
async function offline(recording: Frames, start = 0, id = '', stages: Stage[] = [mel, seconds]): Promise<Vector[]> {
  const { clock } = recording.layout
  const moved = { ...recording, layout: { ...recording.layout, clock: { ...clock, start } } }
  const vectors = (await lastValueFrom(of(apply(moved, ...stages)).pipe(toVectors(), toArray()))) as Vector[]
  return vectors.map((vector) => ({ ...vector, id }))
}

async function all<Item>(items$: Observable<Item>): Promise<Item[]> {
  return lastValueFrom(items$.pipe(toArray()), { defaultValue: [] })
}

/** The same vectors to the bit, at the same times but for rounding. */
function expectSame(given: readonly (Vector | Failure)[], expected: readonly Vector[]): void {
  const times = ({ start, end }: Vector) => [start, end].map((time) => Math.round(time * 1e9) / 1e9)
  const plain = (vector: Vector) => ({ ...vector, times: times(vector), start: 0, end: 0 })
  expect(expected.length).toBeGreaterThan(0)
  expect((given as Vector[]).map((vector) => ('error' in vector ? vector : plain(vector)))).toEqual(expected.map(plain))
}

describe('recipes', () => {
  it.each<[string, (samples$: Observable<Frames>) => Observable<Vector>]>([
    ['spectra', (spectra$) => recipes.listening(spectra$)],
    ['samples', (samples$) => recipes.listeningToSamples(samples$)],
  ])('share of %s: who comes 2.5 s late has the vectors of who was there, from the next second on', async (what, listen) => {
    const recording = part(0, 8)
    const live$ = new Subject<Frames>()
    const shared$ = what === 'spectra' ? live$.pipe(mel, share()) : live$
    const [first, second]: [Vector[], Vector[]] = [[], []]
    listen(shared$).subscribe((vector) => first.push(vector))
    for (const block of [slice(recording, 0, 0), ...blocks(recording, 1000)]) {
      if (block.start === 2.5 * rate) listen(shared$).subscribe((vector) => second.push(vector))
      live$.next(block)
    }
    live$.complete()
    expectSame(first, await offline(recording))
    expectSame(second, first.slice(3))
    expect(second.length).toBe(4)
  })

  it('skip: what is left, at its time', async () => {
    expectSame(await all(recipes.withoutTheFirst(source(part(0, 8)), 16)), await offline(part(1.5, 8), 1.5))
  })

  it('filter: what is left out is unseen', async () => {
    const recording = part(0, 12)
    const wanted = ({ start, length }: Frames) => start < 300 || start + length > 540
    const given = (await all(recipes.where(source(recording), wanted))) as Vector[]
    const spectra = apply(recording, mel)
    // The same blocks that come live, those that are not wanted of weight 0.
    const live = await all(source(recording).pipe(mel))
    const weights = live.flatMap((block) => Array.from({ length: block.length }, () => Number(wanted(block))))
    expect(weights.filter((weight) => weight === 0).length).toBeGreaterThan(200)
    expectSame(
      given,
      await offline(
        { ...spectra, weights: Float32Array.from({ length: spectra.length }, (_, i) => weights[i] ?? 1) },
        spectra.layout.clock.start,
        '',
        [seconds],
      ),
    )
    expect(given.map(({ weight }) => weight).some((weight) => weight === 0)).toBe(true)
  })

  it('window: a vector from click to click', async () => {
    const recording = part(0, 6)
    const [samples$, clicks$] = [new Subject<Frames>(), new Subject<void>()]
    const given = all(recipes.betweenClicks(samples$, clicks$))
    for (const block of blocks(recording, 1600)) {
      if (block.start === 1.5 * rate || block.start === 4 * rate) clicks$.next()
      samples$.next(block)
    }
    // Nothing comes after this one.
    clicks$.next()
    samples$.complete()
    const stages = [mel, globalPool('stats')]
    const parts = [
      [0, 1.5],
      [1.5, 4],
      [4, 6],
    ] as const
    expectSame(await given, (await Promise.all(parts.map(([start, end]) => offline(part(start, end), start, '', stages)))).flat())
  })

  it('concat, repeat: each recording from a fresh start', async () => {
    const [a, b] = [part(0, 3.3), part(20, 24.1)]
    const expected = [...(await offline(a, 0, '0')), ...(await offline(b, 0, '1')), ...(await offline(a, 0, '2'))]
    expectSame(await all(recipes.oneAfterTheOther(source(a), source(b), source(a))), expected)
  })

  it('retry: what was unplugged goes on as another sequence', async () => {
    const parts = [part(0, 2.4), part(10, 13.2), part(30, 32)]
    let opened = 0
    const microphone$ = defer(() => {
      const recording = parts[opened++]!
      return opened < parts.length
        ? concat(
            source(recording),
            throwError(() => new Error('unplugged')),
          )
        : source(recording)
    })
    const expected = await Promise.all(parts.map((recording, i) => offline(recording, 0, String(i))))
    expectSame(await all(recipes.triedAgain(microphone$)), expected.flat())
    expect(expected.map(({ length }) => length)).toEqual([2, 3, 1])
  })

  it('switchMap: each pick until the next', async () => {
    const [a, b] = [part(0, 4), part(20, 24)]
    const [live$, picks$] = [new Subject<Frames>(), new Subject<Observable<Frames>>()]
    const given = all(recipes.picked(picks$))
    picks$.next(live$)
    for (const block of blocks(slice(a, 0, 2.3 * rate), 1600)) live$.next(block)
    picks$.next(source(b))
    picks$.complete()
    // The second of the first one that was cut short gives nothing.
    expectSame(await given, [...(await offline(part(0, 2.3), 0, '0')), ...(await offline(b, 0, '1'))])
  })

  it('groupBy: each sender has a machine of its own', async () => {
    const recordings = new Map([
      ['left', part(0, 4)],
      ['right', part(20, 23)],
    ])
    const sent = [...recordings].flatMap(([sender, recording]) => [...blocks(recording, 1600)].map((block) => ({ sender, block })))
    sent.sort((one, other) => one.block.start - other.block.start)
    const given = (await all(recipes.bySender(from(sent)))) as Vector[]
    for (const [sender, recording] of recordings)
      expectSame(
        given.filter(({ id }) => id === sender),
        await offline(recording, 0, sender),
      )
    expect(new Set(given.map(({ id }) => id).slice(0, 2)).size).toBe(2)
  })

  it('merge: two microphones side by side, each on its clock', async () => {
    const [left, right] = [part(0, 5), part(20, 24)]
    const [left$, right$] = [new Subject<Frames>(), new Subject<Frames>()]
    const given = all(recipes.sideBySide({ id: 'left', frames: left$ }, { id: 'right', frames: right$ }))
    // One that began half a second later, and whose blocks are others.
    const moved = { ...right.layout, clock: { ...right.layout.clock, start: 0.5 } }
    const sent = [
      ...[...blocks(left, 1600)].map((block) => ({ at: block.start / rate, send: () => left$.next(block) })),
      ...[...blocks(right, 1000)].map((block) => ({ at: 0.5 + block.start / rate, send: () => right$.next({ ...block, layout: moved }) })),
    ]
    for (const { send } of sent.sort((one, other) => one.at - other.at)) send()
    left$.complete()
    right$.complete()
    const vectors = (await given) as Vector[]
    expectSame(
      vectors.filter(({ id }) => id === 'left'),
      await offline(left, 0, 'left'),
    )
    expectSame(
      vectors.filter(({ id }) => id === 'right'),
      await offline(right, 0.5, 'right'),
    )
    // As they come, which is in order of their ends, to a block.
    expect(vectors.map(({ id }) => id)).toEqual(['left', 'right', 'left', 'right', 'left', 'right', 'left'])
  })

  it('all of them are here', () => {
    const source = readFileSync('pipelines/joining.ts', 'utf8')
    const named = [...source.matchAll(/^export const (\w+) = /gm)].map(([, name]) => name!)
    const test = readFileSync('test/pipelines/joining.test.ts', 'utf8')
    expect(named.length).toBe(10)
    expect(named.filter((name) => !test.includes(`recipes.${name}(`))).toEqual([])
  })
})
