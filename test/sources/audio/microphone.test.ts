import { audioNode, microphone, type WorkletConstructor } from 'poolwise/audio'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Frames } from '../../../src/core/frames.ts'
import { join } from '../../../src/core/frames.ts'
import { LiveContext, LiveWorklet, settled } from './liveContext.ts'

afterEach(() => {
  for (const worklet of LiveContext.last?.worklets ?? []) worklet.inner.close()
  vi.unstubAllGlobals()
})

/** A microphone whose permission is given, and a browser's audio globals. */
function browser() {
  const track = Object.assign(new EventTarget(), { stop: vi.fn() })
  const getUserMedia = vi.fn(async (_: MediaStreamConstraints) => ({ getTracks: () => [track] }))
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia } })
  vi.stubGlobal('AudioContext', LiveContext)
  vi.stubGlobal('AudioWorkletNode', LiveWorklet)
  return { track, getUserMedia }
}

describe('a live audioNode', () => {
  function tapped(options: object) {
    const context = new LiveContext()
    const blocks: Frames[] = []
    const ended = vi.fn()
    const subscription = audioNode(context.source as never, {
      worklet: LiveWorklet as unknown as WorkletConstructor,
      ...options,
    }).subscribe({
      next: (block) => blocks.push(block),
      complete: ended,
    })
    return { context, blocks, ended, subscription }
  }

  it('bounds what waits for a busy reader: what is lost comes as frames of weight 0 in its place', async () => {
    const { context, blocks, subscription } = tapped({ queue: 0.1 })
    await settled()
    context.render(80)
    await settled()
    context.render(8)
    await settled()
    const { data, weights, length } = join(blocks)!
    // 0.1 s holds one batch of 1024 samples; nine are lost, and the reader is back for the eleventh.
    expect(length).toBe(88 * 128)
    const seen = (i: number) => i < 1024 || i >= 10240
    expect([...weights!]).toEqual(Array.from({ length }, (_, i) => (seen(i) ? 1 : 0)))
    expect([...data]).toEqual(Array.from({ length }, (_, i) => (seen(i) ? i : 0)))
    expect(blocks.every((block) => block.layout.live)).toBe(true)
    subscription.unsubscribe()
  })

  it('loses nothing to a reader that keeps up, however long it listens', async () => {
    const { context, blocks, subscription } = tapped({ queue: 0.1 })
    await settled()
    for (let i = 0; i < 5; i++) {
      context.render(8)
      await settled()
    }
    expect(join(blocks)!.length).toBe(5 * 1024)
    expect(blocks.some((block) => block.weights)).toBe(false)
    subscription.unsubscribe()
  })

  it('stops the processor and closes the port when it is unsubscribed', async () => {
    const { context, subscription } = tapped({})
    await settled()
    expect(context.render(1)).toEqual([true])
    const worklet = context.worklets[0]!
    const closed = new Promise((resolve) => worklet.inner.addEventListener('close', resolve))
    subscription.unsubscribe()
    await closed
    expect(context.render(1)).toEqual([false])
    expect(context.source.disconnect.mock.calls[0]?.[0] === worklet).toBe(true)
    expect(worklet.disconnect).toHaveBeenCalled()
  })

  it('completes when the context is closed', async () => {
    const { context, ended } = tapped({})
    await settled()
    expect(ended).not.toHaveBeenCalled()
    await context.close()
    expect(ended).toHaveBeenCalledOnce()
  })

  it('connects nothing where it is unsubscribed before the worklet is loaded', async () => {
    const { context, subscription } = tapped({})
    subscription.unsubscribe()
    await settled()
    expect(context.worklets).toHaveLength(0)
  })
})

describe('microphone', () => {
  it('listens without processing, unless that is asked for, and gives live frames', async () => {
    const { getUserMedia } = browser()
    const blocks: Frames[] = []
    const subscription = microphone({ constraints: { deviceId: 'desk', noiseSuppression: true } }).subscribe((block) => blocks.push(block))
    await settled()
    expect(getUserMedia).toHaveBeenCalledWith({
      audio: { echoCancellation: false, autoGainControl: false, noiseSuppression: true, deviceId: 'desk' },
    })
    LiveContext.last.render(8)
    await settled()
    expect(blocks.map(({ start, length }) => [start, length])).toEqual([
      [0, 0],
      [0, 1024],
    ])
    expect(blocks[0]!.layout).toMatchObject({ live: true, channels: 1, clock: { hop: 1 / 16000 } })
    subscription.unsubscribe()
  })

  it('closes the microphone when it is unsubscribed, at whatever moment', async () => {
    const { track } = browser()
    microphone().subscribe().unsubscribe()
    await settled()
    expect(track.stop).toHaveBeenCalledTimes(1)
    expect(LiveContext.last.audioWorklet.addModule).not.toHaveBeenCalled()
    const subscription = microphone().subscribe()
    await settled()
    expect(track.stop).toHaveBeenCalledTimes(1)
    subscription.unsubscribe()
    expect(track.stop).toHaveBeenCalledTimes(2)
    expect(LiveContext.last.state).toBe('closed')
  })

  it("listens in a context of the page's own, by its clock, and leaves it open", async () => {
    const { track } = browser()
    const context = new LiveContext()
    const blocks: Frames[] = []
    const subscription = microphone({ context: context as never, clock: 'context' }).subscribe((block) => blocks.push(block))
    await settled()
    expect(LiveContext.last).toBe(context)
    expect(blocks).toEqual([])
    context.frame = 48000
    context.render(8)
    await settled()
    expect(blocks.map(({ start, length }) => [start, length])).toEqual([
      [0, 0],
      [0, 1024],
    ])
    expect(blocks[1]!.layout.clock.start).toBe(3)
    subscription.unsubscribe()
    expect(track.stop).toHaveBeenCalledTimes(1)
    expect(context.state).toBe('running')
  })

  it('completes when the microphone is unplugged', async () => {
    const { track } = browser()
    const ended = vi.fn()
    microphone().subscribe({ complete: ended })
    await settled()
    track.dispatchEvent(new Event('ended'))
    expect(ended).toHaveBeenCalledOnce()
    expect(track.stop).toHaveBeenCalled()
  })

  it('passes on that permission was refused', async () => {
    browser().getUserMedia.mockRejectedValue(new DOMException('Permission denied', 'NotAllowedError'))
    const error = await new Promise<Error>((resolve) => microphone().subscribe({ error: resolve }))
    expect(error.name).toBe('NotAllowedError')
  })

  it('says what to do where there is no microphone interface', async () => {
    vi.stubGlobal('navigator', {})
    const error = await new Promise<Error>((resolve) => microphone().subscribe({ error: resolve }))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toBe(
      'microphone: expected navigator.mediaDevices, which browsers have on pages from https or localhost, got undefined; in Node, pipe a recorder into pcm(process.stdin, { rate })',
    )
  })

  it.each([
    [{ rate: 0 }, 'microphone: rate must be an integer ≥ 1, got 0'],
    [{ context: 1 }, 'microphone: context must be an AudioContext, got 1'],
    [{ clock: 'watch' }, 'microphone: clock must be one of sound, context, wall, got "watch"'],
    [
      { gain: 2 },
      'microphone: unknown option "gain"; the options are rate, channels, clock, queue, overload, stats, module, constraints, context',
    ],
  ])('refuses %j', (options, message) => {
    expect(() => microphone(options as object)).toThrow(message)
  })
})
