// When frames of an audio graph are, on its own clock and on the wall's: real contexts, whose output goes nowhere.
import { type Frames, fromHere, globalPool, logMel, pool1d, spanOf, toVectors, wallTime } from 'poolwise'
import { audioNode, type TapOptions } from 'poolwise/audio'
import { filter, firstValueFrom, lastValueFrom, map, share, skipWhile, take, takeWhile, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { AudioContext, AudioWorkletNode, OfflineAudioContext } from 'web-audio-api'
import { join } from '../../../src/core/frames.ts'

const worklet = AudioWorkletNode as never

/** A live context that runs, as fast as it can or never faster than the wall's clock, and is silent but for a click of one sample at `click`, on its clock. */
async function clicking(sampleRate: number, click: number, pace: 'fast' | 'real' = 'fast') {
  const quantum = (1000 * 128) / sampleRate
  const sink = {
    fast: { write: () => true },
    real: { write: () => false, once: (_: 'drain', next: () => void) => setTimeout(next, Math.ceil(quantum) + 1) },
  }[pace]
  const context = new AudioContext({ sampleRate, sinkId: sink as never })
  // A context renders for what is connected to its destination.
  const running = context.createConstantSource()
  running.connect(context.destination)
  running.start()
  const buffer = context.createBuffer(1, sampleRate, sampleRate)
  buffer.getChannelData(0)[0] = 1
  const source = context.createBufferSource()
  source.buffer = buffer
  source.start(click)
  await context.resume()
  return { context, source }
}

async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise((resolve) => setTimeout(resolve, 1))
}

/** What is heard from when the context's clock shows `since` to when so much was heard that a click at `click` is in it. */
async function heard(sampleRate: number, since: number, click: number, options: TapOptions): Promise<Frames[]> {
  const { context, source } = await clicking(sampleRate, click)
  await until(() => context.currentTime >= since)
  const samples = (click - since + 0.5) * (options.rate ?? 16000)
  try {
    return await lastValueFrom(
      audioNode(source, { worklet, ...options }).pipe(
        takeWhile(({ start, length }) => start + length < samples, true),
        toArray(),
      ),
    )
  } finally {
    await context.close()
  }
}

/** When the loudest sample is. */
function peak(blocks: readonly Frames[]): number {
  const all = join(blocks)!
  return spanOf(all, all.data.indexOf(Math.max(...all.data)))[0]
}

describe('the clock of an audio graph', () => {
  it.each([8000, 16000, 44100, 48000])('at %i Hz: a click is when it was scheduled, to a sample of what comes out', async (rate) => {
    const blocks = await heard(rate, 0.3, 2, { clock: 'context', rate: 8000 })
    const { start, hop } = blocks[0]!.layout.clock
    expect(start).toBeGreaterThanOrEqual(0.3)
    expect(Math.abs(peak(blocks) - 2)).toBeLessThan(hop! / 2 + 1e-9)
    expect(blocks[0]!.length).toBe(0)
    expect(new Set(blocks.map(({ layout }) => layout)).size).toBe(1)
  })

  it('counts from the first sample that is heard, where nothing is said', async () => {
    const blocks = await heard(8000, 0.3, 2, { rate: 8000 })
    expect(blocks[0]!.layout.clock.start).toBe(0)
    // The tap came after the context's 0.3 s.
    expect(peak(blocks)).toBeLessThan(1.7 + 1e-9)
  })

  it('is kept by vectors, those of a late listener too', async () => {
    const { context, source } = await clicking(16000, 2.25)
    await until(() => context.currentTime >= 0.3)
    try {
      const live$ = audioNode(source, { worklet, clock: 'context' }).pipe(share())
      const loud = () =>
        firstValueFrom(
          live$.pipe(
            fromHere({ every: '10ms' }),
            logMel({ bands: 8 }),
            pool1d('max', { size: '100ms', stride: '10ms' }),
            toVectors(),
            filter(({ vector }) => Math.max(...vector) > -10),
          ),
        )
      const early = loud()
      await firstValueFrom(live$.pipe(skipWhile(({ start }) => start < 8000)))
      for (const { start, end } of await Promise.all([early, loud()])) {
        expect(start).toBeLessThan(2.25)
        expect(end).toBeGreaterThan(2.25)
      }
    } finally {
      await context.close()
    }
  })

  it('is the time of day on a wall clock: no sample is before it was asked for, and none is heard before it was', async () => {
    const { context, source } = await clicking(8000, 10, 'real')
    const asked = wallTime()
    try {
      const vectors = await lastValueFrom(
        audioNode(source, { worklet, rate: 8000, clock: 'wall' }).pipe(
          pool1d('mean', { size: '100ms' }),
          toVectors(),
          map(({ start, end }) => ({ start, end, late: wallTime() - end })),
          take(8),
          toArray(),
        ),
      )
      for (const [i, { start, late }] of vectors.entries()) {
        expect(start).toBeGreaterThanOrEqual(asked)
        expect(start).toBeCloseTo(vectors[0]!.start + i / 10, 5)
        expect(late).toBeGreaterThanOrEqual(0)
      }
      console.log(`latency, ms: ${vectors.map(({ late }) => Math.round(1000 * late)).join(', ')}`)
    } finally {
      await context.close()
    }
  })

  it('of an offline context is its own, which stands still until it is rendered', async () => {
    const context = new OfflineAudioContext(1, 8000, 8000)
    const source = context.createBufferSource()
    const buffer = context.createBuffer(1, 8000, 8000)
    buffer.getChannelData(0)[0] = 1
    source.buffer = buffer
    source.start(0.5)
    const blocks: Frames[] = []
    // Tapped when a quarter of it is rendered.
    const tapped = context.suspend(0.256).then(
      () =>
        new Promise<void>((resolve, reject) => {
          audioNode(source, { rate: 8000, clock: 'context', worklet }).subscribe({
            next: (block) => blocks.push(block) === 1 && void context.resume(),
            error: reject,
            complete: resolve,
          })
        }),
    )
    await Promise.all([context.startRendering(), tapped])
    expect(blocks[0]!.layout.clock.start).toBe(0.256)
    expect(peak(blocks)).toBeCloseTo(0.5, 9)
    expect(() => audioNode(source, { clock: 'wall', worklet })).toThrow(
      "audioNode: clock must be 'sound' or 'context' where the context is an OfflineAudioContext, which keeps no time, got \"wall\"",
    )
  })

  it('ends without a word where the context is closed before it makes a sound', async () => {
    const context = new AudioContext({ sampleRate: 8000, sinkId: { write: () => true } as never })
    const source = context.createConstantSource()
    const blocks = lastValueFrom(audioNode(source, { worklet, clock: 'wall' }).pipe(globalPool('max'), toArray()))
    // Suspended, as a browser has it before the page is touched.
    await new Promise((resolve) => setTimeout(resolve, 50))
    await context.close()
    expect(await blocks).toEqual([])
  })

  it('tells an error of the resampler in the stream', async () => {
    const { context, source } = await clicking(8000, 1)
    const error = await lastValueFrom(audioNode(source, { worklet, rate: 383_999, channels: 32, clock: 'context' })).catch((cause) => cause)
    await context.close()
    expect(error).toBeInstanceOf(RangeError)
  })
})
