import { MessageChannel as Channel } from 'node:worker_threads'
import { apply, blocks, DataError, eventClock, type Frames, frames, globalPool, layoutOf, pool1d, signal } from 'poolwise'
import { messagePort, type SendStats, toMessagePort } from 'poolwise/workers'
import { concat, from, lastValueFrom, NEVER, type Observable, of, take, tap, throwError, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { join } from '../../src/core/frames.ts'

const all = <Item>(items: Observable<Item>): Promise<Item[]> => lastValueFrom(items.pipe(toArray()))

/** What arrives at the other end, and how sending ended. */
async function sent(given: Observable<Frames>, options = {}, at: (frames: Observable<Frames>) => Observable<Frames> = (all) => all) {
  const { port1, port2 } = new MessageChannel()
  const stream = given.pipe(toMessagePort(port1, options))
  const [here, there] = await Promise.allSettled([all(stream), all(at(messagePort(port2)))])
  return { here, there }
}

const marked: Frames = {
  layout: { ...layoutOf({ bins: 2 }), clock: eventClock() },
  start: 0,
  length: 3,
  data: Float32Array.of(1, 2, 3, 4, 5, 6),
  weights: Float32Array.of(1, 0, 2),
  boundaries: Uint8Array.of(1, 0, 1),
  spans: Float64Array.of(0, 1, 1, 3, 3, 3.5),
  watermark: 4,
}

describe('frames over a port', () => {
  test.each<readonly [string, readonly Frames[]]>([
    ['sound in blocks', [...blocks(signal(Float32Array.from({ length: 1000 }, Math.sin), { rate: 16000 }), 300)]],
    ['all that a block may have', [marked]],
    ['parts of a larger array', [...blocks(marked, 1)]],
    ['float64', [frames(Float64Array.of(1, 1e-300)) as never]],
    ['no frames, which tell the layout', [frames([], { bins: 3 })]],
    ['nothing', []],
  ])('%s: the same', async (_, given) => {
    const before = structuredClone(given)
    const { here, there } = await sent(from(given))
    expect(there).toEqual({ status: 'fulfilled', value: given })
    expect(here).toEqual({ status: 'fulfilled', value: [] })
    // Who sends them has them still.
    expect(structuredClone(given)).toEqual(before)
  })

  test('a copy has no more of a large array than it needs', async () => {
    const [, part] = [...blocks(frames(new Float32Array(1000)), 10)]
    const { there } = await sent(of({ ...part!, start: 0 }))
    expect((there as PromiseFulfilledResult<Frames[]>).value[0]!.data.buffer.byteLength).toBe(40)
  })

  test('they are one layout at the other end, so that plans are made once', async () => {
    const given = [0, 1, 2].map((start) => ({ ...frames([start]), start, layout: { ...frames([0]).layout } }))
    const { there } = await sent(from(given))
    const layouts = (there as PromiseFulfilledResult<Frames[]>).value.map(({ layout }) => layout)
    expect(new Set(layouts).size).toBe(1)
  })

  test.each([
    [new DataError('decoding: expected samples, got none', { frame: 7, sequence: 'a.wav', cause: new TypeError('no') }), DataError],
    [new RangeError('pool1d: no'), RangeError],
    [Object.assign(new Error('open: no such file'), { code: 'ENOENT', path: 'a.wav' }), Error],
    [Object.assign(new Error('stop'), { name: 'AbortError' }), Error],
    ['a text', Error],
  ])('an error of the source is told there: %s', async (cause, Kind) => {
    const { here, there } = await sent(
      concat(
        of(frames([1])),
        throwError(() => cause),
      ),
    )
    // Here it is the same.
    expect((here as PromiseRejectedResult).reason).toBe(cause)
    const { reason } = there as PromiseRejectedResult
    expect(reason.constructor).toBe(Kind)
    if (!(cause instanceof Error)) return expect(reason.message).toBe(cause)
    expect({ ...reason, name: reason.name, message: reason.message, stack: reason.stack }).toEqual({
      ...cause,
      name: cause.name,
      message: cause.message,
      stack: cause.stack,
    })
    expect(reason.cause).toEqual(cause.cause)
  })

  test('who leaves tells the other', async () => {
    const leaving = await sent(concat(from(blocks(frames([1, 2, 3]), 1)), NEVER), {}, (heard) => heard.pipe(take(2)))
    expect(leaving.here.status).toBe('fulfilled')
    const { port1, port2 } = new MessageChannel()
    const heard = all(messagePort(port2))
    const sending = concat(of(frames([1])), NEVER)
      .pipe(toMessagePort(port1))
      .subscribe()
    setTimeout(() => sending.unsubscribe(), 10)
    await expect(heard).rejects.toThrow('toMessagePort: unsubscribed before the end')
  })

  test('what nobody reads waits, up to the queue, and is counted', async () => {
    const { port1, port2 } = new MessageChannel()
    const told: SendStats[] = []
    const layout = layoutOf({ hop: 1, live: true })
    const given = from(Array.from({ length: 100 }, (_, start): Frames => ({ layout, start, length: 1, data: Float32Array.of(start) })))
    const options = { queue: 3, overload: 'drop-oldest', stats: (one: SendStats) => told.push(one) } as const
    const sending = all(given.pipe(toMessagePort(port1, options)))
    const heard = join(await all(messagePort(port2)))!
    await sending
    expect(heard.length).toBe(100)
    expect(Array.from(heard.weights!).flatMap((weight, i) => (weight > 0 ? [i] : []))).toEqual([...Array(16).keys(), 97, 98, 99])
    expect(told.at(-1)).toEqual({ in: 100, out: 19, dropped: 81, queued: 0 })
    expect(told.every(({ in: came, out, dropped, queued }) => came === out + dropped + queued && queued <= 19)).toBe(true)
  })

  test('what is lost of an irregular clock leaves no frames, and windows go on', async () => {
    const layout = { ...layoutOf({ live: true }), clock: { unit: 'second', start: 0 } as const }
    const one = (start: number): Frames => ({
      layout,
      start,
      length: 1,
      data: Float32Array.of(start),
      spans: Float64Array.of(start, start + 1),
    })
    const { there } = await sent(from([...Array(30).keys()].map(one)), { queue: 1, overload: 'drop-oldest' })
    const heard = (there as PromiseFulfilledResult<Frames[]>).value
    expect(heard.map(({ start, spans }) => [start, spans![0]])).toEqual([...Array.from({ length: 16 }, (_, i) => [i, i]), [16, 29]])
    expect(apply(join(heard)!, pool1d('max', { size: 17 })).data).toEqual(Float32Array.of(29))
  })

  test('a reader that is slow leaves timers their turn', async () => {
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const { port1, port2 } = new Channel() as unknown as MessageChannel
    const busy = () => {
      for (const end = performance.now() + 2; performance.now() < end; );
    }
    const given = from(blocks(frames(new Float32Array(200)), 1))
    void all(given.pipe(toMessagePort(port1)))
    await all(messagePort(port2).pipe(tap(busy)))
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(10)
  })

  test.each<unknown>([
    'hello',
    null,
    { kind: 'block' },
    { kind: 'lost', count: 3 },
    { kind: 'block', layout: {}, block: {} },
    { kind: 'error' },
    [3],
  ])('messages of others are refused: %j', async (message) => {
    const { port1, port2 } = new MessageChannel()
    port1.postMessage(message)
    const error = await lastValueFrom(messagePort(port2).pipe(globalPool('mean'))).catch((cause: Error) => cause)
    port1.close()
    expect(error).toBeInstanceOf(DataError)
    expect((error as Error).message).toBe(`messagePort: expected what toMessagePort sends, got ${JSON.stringify(message)}`)
  })

  test.each([
    [() => messagePort({} as never), 'messagePort: expected a MessagePort, got {}'],
    [() => toMessagePort(undefined as never), 'toMessagePort: expected a MessagePort, got undefined'],
    [() => toMessagePort(new MessageChannel().port1, { queue: 1.5 }), 'toMessagePort: queue must be an integer ≥ 1, got 1.5'],
  ])('bad arguments are refused at once: %s', (make, message) => {
    expect(make).toThrow(message)
  })
})
