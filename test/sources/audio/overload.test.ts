// What a tap does with sound that nobody reads in time, and what it says of it.
import { audioNode, type TapStats, type WorkletConstructor } from 'poolwise/audio'
import { afterEach, describe, expect, it } from 'vitest'
import { type Frames, join } from '../../../src/core/frames.ts'
import { LiveContext, LiveWorklet, settled } from './liveContext.ts'

afterEach(() => {
  for (const worklet of LiveContext.last.worklets) worklet.inner.close()
})

const batch = 1024

function tapped(options: object) {
  const context = new LiveContext()
  const blocks: Frames[] = []
  const told: TapStats[] = []
  const worklet = LiveWorklet as unknown as WorkletConstructor
  const stats = (each: TapStats) => told.push(each)
  const subscription = audioNode(context.source as never, { worklet, stats, ...options }).subscribe((block) => blocks.push(block))
  return { context, blocks, told, subscription }
}

/** Until all that came is read, as far as the reports say. */
async function read(told: readonly TapStats[], batches: number): Promise<void> {
  for (;;) {
    const last = told.at(-1)
    if (last?.in === batches * batch && last.queued === 0) return
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** What is heard of 40 batches that come while nobody reads, and of one that comes after, in batches; and the last report. */
async function blocked(options: object) {
  const { context, blocks, told, subscription } = tapped(options)
  await settled()
  context.render(40 * 8)
  await read(told, 40)
  context.render(8)
  await read(told, 41)
  subscription.unsubscribe()
  const { data, weights, length } = join(blocks)!
  expect(length).toBe(41 * batch)
  // Whatever is lost, sample i is at frame i.
  expect([...data]).toEqual(Array.from({ length }, (_, i) => (weights![i] ? i : 0)))
  const seen = Array.from({ length: 41 }, (_, i) => i).filter((i) => weights![i * batch])
  expect(weights!.filter((weight) => weight === 1)).toHaveLength(seen.length * batch)
  return { seen, told }
}

describe('overload', () => {
  // 0.64 s hold ten batches, and three are on their way when the thread is blocked: as many as a quarter of a second holds.
  it("'drop-newest' keeps what came first", async () => {
    const { seen, told } = await blocked({ queue: 0.64, overload: 'drop-newest' })
    expect(seen).toEqual([...Array(10).keys(), 40])
    expect(told.at(-1)).toEqual({ rate: 16000, in: 41 * batch, out: 11 * batch, dropped: 30 * batch, queued: 0, lag: 0 })
  })

  it("'drop-oldest' keeps what came last, and what was on its way", async () => {
    const { seen, told } = await blocked({ queue: 0.64, overload: 'drop-oldest' })
    expect(seen).toEqual([0, 1, 2, 33, 34, 35, 36, 37, 38, 39, 40])
    expect(told.at(-1)).toEqual({ rate: 16000, in: 41 * batch, out: 11 * batch, dropped: 30 * batch, queued: 0, lag: 0 })
  })

  it('loses the newest where nothing is said', async () => {
    expect((await blocked({ queue: 0.64 })).seen).toEqual([...Array(10).keys(), 40])
  })

  it.each(['drop-newest', 'drop-oldest'])('%s: a thread that was blocked for 15 s hears of it', async (overload) => {
    const { context, told, subscription } = tapped({ overload })
    await settled()
    context.render(15 * 125)
    await read(told, Math.floor((15 * 16000) / batch))
    subscription.unsubscribe()
    expect(told[0]!.lag).toBe(15 - batch / 16000)
    const most = Math.max(...told.map(({ queued }) => queued))
    expect(most).toBeGreaterThan(9 * 16000)
    expect(most).toBeLessThanOrEqual(10 * 16000)
    const last = told.at(-1)!
    expect(last.queued).toBe(0)
    expect(last.in).toBe(Math.floor((15 * 16000) / batch) * batch)
    expect(last.in).toBe(last.out + last.dropped)
    expect(last.dropped).toBeGreaterThan(4.9 * 16000)
  })

  it('says what is queued while it goes on', async () => {
    const { context, told, subscription } = tapped({})
    await settled()
    context.render(40 * 8)
    await read(told, 40)
    subscription.unsubscribe()
    for (const { in: all, out, dropped, queued } of told) expect(all).toBe(out + dropped + queued)
    // What was on its way could not know of what came after it; all that follows does.
    expect(told.slice(3).map(({ queued }) => queued)).toEqual(Array.from({ length: 37 }, (_, i) => (36 - i) * batch))
  })

  it.each<[object, string]>([
    [{ overload: 'block' }, 'audioNode: overload must be one of drop-newest, drop-oldest, got "block"'],
    [{ stats: 1 }, 'audioNode: stats must be a function, got 1'],
  ])('refuses %j', (options, message) => {
    expect(() => tapped(options)).toThrow(message)
  })
})
