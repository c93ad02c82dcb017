import { readFileSync } from 'node:fs'
import { audioNode, type TapOptions } from 'poolwise/audio'
import type { Observable } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { AudioWorkletNode as NodeWorklet, OfflineAudioContext as Offline } from 'web-audio-api'
import { type Frames, join } from '../../../src/core/frames.ts'
import { decodeAudio } from '../../../src/sources/audio/decode.ts'
import { tapModule } from '../../../src/sources/audio/tapModule.ts'
import { samples, whole } from '../recordings.ts'

const word = new Uint8Array(readFileSync(`${samples}/words/bat-v1.wav`))

/** An offline context that is to play these channels. */
function playing(channels: readonly Float32Array[], rate: number, length = channels[0]!.length) {
  const context = new Offline(1, length, rate)
  const buffer = context.createBuffer(channels.length, channels[0]!.length, rate)
  for (const [i, channel] of channels.entries()) buffer.getChannelData(i).set(channel)
  const source = context.createBufferSource()
  source.buffer = buffer
  source.start()
  return { context, source }
}

/** Starts the context once the tap is connected, and takes all that comes. */
function rendered(source: Observable<Frames>, context: { startRendering(): Promise<unknown> }): Promise<Frames[]> {
  const blocks: Frames[] = []
  return new Promise((resolve, reject) => {
    source.subscribe({
      next: (block) => {
        if (blocks.push(block) === 1) context.startRendering().catch(reject)
      },
      error: reject,
      complete: () => resolve(blocks),
    })
  })
}

describe('audioNode', () => {
  it("gives the samples of a buffer's file as they were played", async () => {
    const heard = (await whole(decodeAudio(word))).data
    const { context, source } = playing([heard], 16000)
    const blocks = await rendered(audioNode(source, { worklet: NodeWorklet }), context)
    expect(join(blocks)!.data).toEqual(heard)
    expect(blocks[0]).toMatchObject({ start: 0, length: 0, layout: { channels: 1, clock: { unit: 'second', hop: 1 / 16000 } } })
    expect(blocks.some((block) => block.weights)).toBe(false)
    expect(Math.max(...blocks.map((block) => block.length))).toBe(1024)
  })

  it('takes types of browsers and of web-audio-api', () => {
    expectTypeOf<typeof audioNode>().toBeCallableWith({} as AudioBufferSourceNode)
    expectTypeOf<typeof audioNode>().toBeCallableWith({} as AudioBufferSourceNode, { worklet: {} as typeof AudioWorkletNode })
    expectTypeOf<typeof audioNode>().toBeCallableWith({} as ReturnType<Offline['createGain']>, { worklet: NodeWorklet })
  })

  it('keeps channels apart, or mixes them to their mean', async () => {
    const left = Float32Array.from({ length: 3000 }, (_, i) => i / 4096)
    const right = left.map((x) => -x / 2)
    const kept = playing([left, right], 8000)
    const both = join(await rendered(audioNode(kept.source, { rate: 8000, channels: 2, worklet: NodeWorklet }), kept.context))!
    expect([...both.data.subarray(4000, 4004)]).toEqual([left[2000], right[2000], left[2001], right[2001]])
    const down = playing([left, right], 8000)
    const mono = join(await rendered(audioNode(down.source, { rate: 8000, worklet: NodeWorklet }), down.context))!
    expect(mono.data).toEqual(left.map((x) => x / 4))
  })

  it('takes a source that has ended for silence, up to the end of the context', async () => {
    const { context, source } = playing([new Float32Array(500).fill(0.5)], 8000, 3001)
    const { data } = join(await rendered(audioNode(source, { rate: 8000, worklet: NodeWorklet }), context))!
    expect(data).toEqual(Float32Array.from({ length: 3001 }, (_, i) => (i < 500 ? 0.5 : 0)))
  })

  it('resamples as files are resampled', async () => {
    const bytes = new Uint8Array(readFileSync(`${samples}/formats/stereo-44k.wav`))
    const heard = (await whole(decodeAudio(bytes, { rate: 44100 }))).data
    const { context, source } = playing([heard], 44100)
    const { data } = join(await rendered(audioNode(source, { worklet: NodeWorklet }), context))!
    expect(data).toEqual((await whole(decodeAudio(bytes))).data)
  })

  it('gives frames of weight 0 for what did not fit the queue', async () => {
    const heard = Float32Array.from({ length: 8000 }, (_, i) => i + 1)
    // web-audio-api renders without a pause, so nothing is read on the way: the first 2048 samples fit 0.3 s at 8000 Hz, the next 1024 do not.
    const { context, source } = playing([heard], 8000)
    const { data, weights, length } = join(await rendered(audioNode(source, { rate: 8000, queue: 0.3, worklet: NodeWorklet }), context))!
    expect(length).toBe(8000)
    expect([...weights!]).toEqual(Array.from(heard, (_, i) => (i < 2048 ? 1 : 0)))
    expect(data.subarray(0, 2048)).toEqual(heard.subarray(0, 2048))
  })

  it('has room again when the reader goes on', async () => {
    const heard = Float32Array.from({ length: 8000 }, (_, i) => i + 1)
    const { context, source } = playing([heard], 8000)
    // 0.512 s is after 4096 samples: 2048 of them were lost, and then the reader reads.
    context.suspend(0.512).then(() => setTimeout(() => context.resume(), 20))
    const { data, weights, length } = join(await rendered(audioNode(source, { rate: 8000, queue: 0.3, worklet: NodeWorklet }), context))!
    expect(length).toBe(8000)
    const seen = (i: number) => i < 2048 || (i >= 4096 && i < 6144)
    expect([...weights!]).toEqual(Array.from(heard, (_, i) => (seen(i) ? 1 : 0)))
    expect([...data]).toEqual(Array.from(heard, (x, i) => (seen(i) ? x : 0)))
  })

  it('taps one context twice', async () => {
    const heard = Float32Array.from({ length: 2000 }, (_, i) => i)
    // The file goes on after the context's end: web-audio-api shows a source's last quantum to one of its outputs only.
    const { context, source } = playing([Float32Array.from({ length: 2200 }, (_, i) => i)], 8000, 2000)
    let open = 0
    const start = { startRendering: async () => (++open === 2 ? context.startRendering() : undefined) }
    const taps = [1, 2].map(() => rendered(audioNode(source, { rate: 8000, worklet: NodeWorklet }), start))
    for (const blocks of await Promise.all(taps)) expect(join(blocks)!.data).toEqual(heard)
  })

  it('says what is missing where there is no AudioWorkletNode', async () => {
    const { source } = playing([new Float32Array(10)], 8000)
    const error = await new Promise<Error>((resolve) => audioNode(source).subscribe({ error: resolve }))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toBe(
      'audioNode: worklet must be the class AudioWorkletNode of web-audio-api where there is no global one, got undefined',
    )
  })

  it('says what to do where the page forbids its script, and can be tried again from an address', async () => {
    const heard = Float32Array.of(1, 2, 3)
    const { context, source } = playing([heard], 8000)
    const addModule = context.audioWorklet.addModule.bind(context.audioWorklet)
    const asked: string[] = []
    context.audioWorklet.addModule = async (url) => {
      asked.push(String(url))
      if (url !== '/tap.js') throw new DOMException('Failed to load', 'AbortError')
      await addModule(`data:text/javascript,${encodeURIComponent(tapModule)}`)
    }
    const options = { rate: 8000, worklet: NodeWorklet }
    const messageOf = (options: TapOptions) =>
      rendered(audioNode(source, options), context).then(
        () => 'none',
        (error: Error) => error.message,
      )
    expect(await messageOf(options)).toBe(
      "audioNode: expected a page that may load a worklet from a data: URL, got AbortError; where its Content-Security-Policy forbids that, serve the file poolwise/tap.js and name its address: { module: '/tap.js' }",
    )
    expect(await messageOf({ ...options, module: '/tab.js' })).toBe(
      'audioNode: module must be the address of the file poolwise/tap.js, got "/tab.js", which gave AbortError',
    )
    expect(join(await rendered(audioNode(source, { ...options, module: '/tap.js' }), context))!.data).toEqual(heard)
    expect(asked.map((url) => url.slice(0, 15))).toEqual(['data:text/javas', '/tab.js', '/tap.js'])
  })

  it('says what is missing on a page that is not secure', async () => {
    const { context, source } = playing([new Float32Array(10)], 8000)
    Object.defineProperty(context, 'audioWorklet', { value: undefined })
    const error = await new Promise<Error>((resolve) => audioNode(source, { worklet: NodeWorklet }).subscribe({ error: resolve }))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toBe(
      'audioNode: expected context.audioWorklet, which browsers have on pages from https or localhost, got undefined',
    )
  })

  it.each<[object, string]>([
    [{ rate: 0 }, 'audioNode: rate must be an integer ≥ 1, got 0'],
    [{ channels: 0 }, 'audioNode: channels must be an integer from 1 to 32, got 0'],
    [{ module: 1 }, 'audioNode: module must be the address of a script, got 1'],
    [{ queue: 0 }, 'audioNode: queue must be a number > 0, got 0'],
    [{ gueue: 1 }, 'audioNode: unknown option "gueue"; did you mean "queue"?'],
  ])('refuses %j', (options: TapOptions, message) => {
    const { source } = playing([new Float32Array(10)], 8000)
    expect(() => audioNode(source, options)).toThrow(message)
  })
})
