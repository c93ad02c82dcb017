// A live session, recorded and replayed: the same frames and vectors, to the bit.
import { eventClock, logMel, pool1d, segmentPool, toFrames, toVectors } from 'poolwise'
import { audioNode, type ReplayOptions, record, replay, type WorkletConstructor } from 'poolwise/audio'
import { concat, from, lastValueFrom, NEVER, type Observable, of, Subject, take, throwError, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { blocks, type Frames, frames, layoutOf } from '../../src/core/frames.ts'
import { LiveContext, LiveWorklet, settled } from './audio/liveContext.ts'

/** All bytes, cut into pieces of a size that divides nothing. */
async function* pieces(bytes: Uint8Array, size = 997): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function taped(source: Observable<Frames>, options = {}): Promise<{ bytes: Uint8Array; passed: Frames[] }> {
  const parts: Uint8Array[] = []
  const passed: Frames[] = []
  await new Promise<void>((resolve) => {
    source.pipe(record((bytes) => parts.push(bytes), options)).subscribe({
      next: (block) => passed.push(block),
      error: () => resolve(),
      complete: resolve,
    })
  })
  return { bytes: Buffer.concat(parts), passed }
}

const replayed = (bytes: Uint8Array, options?: ReplayOptions) => lastValueFrom(replay(pieces(bytes), options).pipe(toArray()))

describe('record and replay', () => {
  it('of a live source that was overloaded gives the same blocks and vectors', async () => {
    const context = new LiveContext()
    const parts: Uint8Array[] = []
    const heard: Frames[] = []
    const worklet = LiveWorklet as unknown as WorkletConstructor
    const source = audioNode(context.source as never, { worklet, rate: 8000, queue: 0.3, clock: 'context', overload: 'drop-oldest' })
    context.render(5)
    const subscription = source.pipe(record((bytes) => parts.push(bytes))).subscribe((block) => heard.push(block))
    await settled()
    for (let i = 0; i < 4; i++) {
      context.render(123)
      await settled()
    }
    subscription.unsubscribe()
    for (const { inner } of context.worklets) inner.close()
    expect(heard.some(({ weights }) => weights?.includes(0))).toBe(true)
    expect(heard[0]!.layout.clock.start).toBe((5 * 128) / 16000)
    const again = await replayed(Buffer.concat(parts))
    expect(again).toEqual(heard)
    const vectors = (blocks: readonly Frames[]) =>
      lastValueFrom(from(blocks).pipe(logMel({ bands: 8 }), pool1d('stats', { size: '400ms', stride: '100ms' }), toVectors(), toArray()))
    const [one, other] = [await vectors(heard), await vectors(again)]
    expect(one.length).toBeGreaterThan(10)
    expect(other).toEqual(one)
  })

  it('keeps all that frames hold', async () => {
    const irregular = {
      layout: { ...layoutOf({ bins: 2, names: { bins: ['ä', 'b\n'] } }), clock: eventClock(0.1 + 0.2) },
      start: 7,
      length: 2,
      data: Float32Array.of(1, Number.NaN, -0, Infinity),
      weights: Float32Array.of(0.5, 0),
      boundaries: Uint8Array.of(0, 1),
      spans: Float64Array.of(0, 0.1, 0.1, 0.3),
      watermark: 0.1 + 0.2,
    }
    const source = [...blocks(frames([1, 2, 3], { hop: 0.1 }), 2), frames(Float64Array.of(0.1)) as unknown as Frames, irregular]
    const { bytes, passed } = await taped(from(source))
    expect(passed).toEqual(source)
    const again = await replayed(bytes)
    expect(again).toEqual(source)
    expect(Object.is(again.at(-1)!.data[2], -0)).toBe(true)
    expect(again[0]!.layout).toBe(again[1]!.layout)
  })

  it('of events that came when they came gives the same windows, those too that a quiet time ended', async () => {
    const events = [1, 2, 4.5, 3.5, 31, 30.2, 29.5]
    const framed = lastValueFrom(from(events).pipe(toFrames({ time: (at) => at, lateness: '1s', late: () => undefined }), toArray()))
    const { layout, start, length } = (await framed).at(-1)!
    const quiet: Frames = { layout, start: start + length, length: 0, data: new Float32Array(0), spans: new Float64Array(0), watermark: 60 }
    const source = [...(await framed), quiet]
    const again = await replayed((await taped(from(source))).bytes)
    expect(again).toEqual(source)
    for (const stage of [pool1d('mean', { size: '10s', stride: '5s' }), segmentPool('sum', { gap: '5s' })]) {
      const vectors = (all: readonly Frames[]) => lastValueFrom(from(all).pipe(stage, toVectors(), toArray()))
      expect(await vectors(again)).toEqual(await vectors(source))
      // The silence after the last event is told, so that windows end that would be left out at the end.
      expect((await vectors(source)).at(-1)!.end).toBeGreaterThan(30)
    }
  })

  it('keeps events in their places', async () => {
    const events = new Subject<string | { n: number }>()
    const blocks = new Subject<Frames>()
    const tape = taped(blocks, { events })
    const [one, two] = [frames([1], { hop: 1 }), { ...frames([2], { hop: 1 }), start: 1 }]
    events.next('before')
    blocks.next(one)
    events.next({ n: 3 })
    blocks.next(two)
    blocks.complete()
    expect(events.observed).toBe(false)
    const order: unknown[] = []
    const source = replay(pieces((await tape).bytes), { event: (event) => order.push(event) })
    await new Promise<void>((complete, error) => source.subscribe({ next: ({ start }) => order.push(start), error, complete }))
    expect(order).toEqual(['before', 0, { n: 3 }, 1])
  })

  it('is whole however the stream ends', async () => {
    const input = frames([1, 2], { hop: 1 })
    for (const source of [
      of(input),
      concat(
        of(input),
        throwError(() => new Error('gone')),
      ),
      concat(of(input), NEVER).pipe(take(1)),
    ])
      expect(await replayed((await taped(source)).bytes)).toEqual([input])
    expect(await replayed((await taped(from([]))).bytes)).toEqual([])
  })

  it('gives what a cut recording has whole, and then says so', async () => {
    const input = [...blocks(frames([1, 2, 3, 4], { hop: 1 }), 2)]
    const { bytes } = await taped(from(input))
    const starts = [0, 0, 0]
    for (let end = 0; end < bytes.length; end++) {
      let [came, message] = [0, '']
      await new Promise<void>((resolve) => {
        replay(pieces(bytes.subarray(0, end))).subscribe({
          next: () => came++,
          error: (error: Error) => {
            message = error.message
            resolve()
          },
          complete: resolve,
        })
      })
      expect(message).toBe('replay: expected a recording up to its end, got one that was cut short')
      starts[came]!++
    }
    expect(starts.every((count) => count > 0)).toBe(true)
  })

  const recording = (...lines: unknown[]) => Buffer.from([{ poolwise: 'frames', version: 1 }, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('')) // biome-ignore format: one call
  const layout = layoutOf({})
  it.each<[Uint8Array, string]>([
    [Buffer.from('RIFF....\n'), 'replay: expected a line of JSON, got "RIFF...."'],
    [
      Buffer.from('{"poolwise":"frames","version":2}\n'),
      'replay: expected a recording, which begins with {"poolwise":"frames","version":1}, got ',
    ],
    [recording({ layout: 3 }), 'replay: expected a layout, got 3'],
    [recording({ start: 0, length: 1, data: 'float32' }), 'replay: expected a layout, a block that follows one, an event or the end, got '],
    [recording({ layout }, { start: 0, length: 2 ** 40, data: 'float32' }), 'replay: expected a block of frames, got '],
    [recording({ layout }, { start: 0, length: 1, data: 'int8' }), 'replay: expected a block of frames, got '],
    [Buffer.alloc(2 ** 25, 32), 'replay: expected a line of at most 16777216 bytes, got "a longer one"'],
  ])('refuses %#', async (bytes, message) => {
    await expect(lastValueFrom(replay(pieces(bytes, 2 ** 20)), { defaultValue: undefined })).rejects.toThrow(message)
  })

  it('refuses what it cannot write to or read', () => {
    expect(() => record(3 as never)).toThrow('record: expected a function that takes bytes, got 3')
    expect(() => record(() => {}, { events: [] as never })).toThrow('record: events must be an Observable, got []')
    expect(() => replay(3 as never)).toThrow('replay: source must be a ReadableStream or an async iterable of bytes, got 3')
    expect(() => replay(pieces(Buffer.from('')), { event: 1 as never })).toThrow('replay: event must be a function, got 1')
  })
})
