// What the browser test runs in a page, and in part in Node: bundled for the page, these exports are its global `inPage`.
import { apply, type Frames, frames, globalPool, logMel, pool1d, pool2d, pyramidPool, toVectors } from 'poolwise'
import { audioNode, decodeAudio, microphone, type TapOptions } from 'poolwise/audio'
import { gem } from 'poolwise/poolings'
import { maxPool1d } from 'poolwise/tensors'
import { firstValueFrom, from, map, type Observable, tap, timer, toArray } from 'rxjs'

/** Something of every entry point that browsers load, and what a page is known by. */
export async function entries(): Promise<object> {
  const word = await firstValueFrom(decodeAudio(await bytesOf('/bat-v1.wav')).pipe(logMel(), globalPool('stats'), toVectors()))
  return {
    poolwise: Array.from(apply(frames([1, 5, 3]), globalPool(['max', 'mean'])).data),
    poolings: Array.from(apply(frames([1, 5, 3]), globalPool(gem({ p: 1 }))).data),
    tensors: maxPool1d({ data: Float32Array.of(1, 5, 3, 4), shape: [1, 4, 1] }, { size: 2 }),
    audio: word.names.length,
    ofNode: ['process', 'Buffer', 'require', 'global'].filter((name) => name in globalThis),
    ofBrowsers: ['document', 'AudioWorkletNode'].filter((name) => name in globalThis),
    secure: globalThis.isSecureContext,
  }
}

export async function bytesOf(url: string): Promise<ArrayBuffer> {
  return (await fetch(url)).arrayBuffer()
}

/** A recording's vector, as the hexadecimal digits of its float32 numbers. */
export async function decoded(bytes: ArrayBuffer): Promise<string> {
  return vectorOf(decodeAudio(bytes))
}

export async function fetched(url: string): Promise<string> {
  return decoded(await bytesOf(url))
}

export async function vectorOf(source: Observable<Frames>): Promise<string> {
  const stages = source.pipe(logMel(), pool2d('max', { size: [2, 2] }), pyramidPool('stats', { levels: [1, 2, 4] }), toVectors())
  return hex((await firstValueFrom(stages)).vector)
}

export function hex({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Array.from(new Uint8Array(buffer, byteOffset, byteLength), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Noise of 24 bits, the same everywhere: a linear congruential generator (Numerical Recipes §7.1). Its length fills neither a quantum nor a batch. */
export function noise(): Float32Array<ArrayBuffer> {
  let state = 1
  return Float32Array.from({ length: 30_011 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >> 8) / 2 ** 23
  })
}

/** Plays the noise in an offline context of that rate, and gives what the tap heard and its vector. */
export async function played(contextRate: number, options: TapOptions): Promise<{ heard: string; vector: string }> {
  const samples = noise()
  const context = new OfflineAudioContext(1, samples.length, contextRate)
  const buffer = context.createBuffer(1, samples.length, contextRate)
  buffer.copyToChannel(samples, 0)
  const source = new AudioBufferSourceNode(context, { buffer })
  source.start()
  let rendering: Promise<unknown> | undefined
  const start = () => {
    rendering ??= context.startRendering()
  }
  const blocks = await firstValueFrom(audioNode(source, options).pipe(tap(start), toArray()))
  await rendering
  return { heard: blocks.map(({ data }) => hex(data)).join(''), vector: await vectorOf(from(blocks)) }
}

/** The error that a tap ends in, and those behind it. */
export async function refused(options: TapOptions): Promise<string[]> {
  const error = await played(16000, options).then(
    () => new Error('none'),
    (error: Error) => error,
  )
  return [error, error.cause].filter((error) => error instanceof Error || error instanceof DOMException).map(String)
}

export interface Heard {
  /** Seconds of the sound, and seconds of the clock on the wall when it came. */
  readonly start: number
  readonly end: number
  readonly came: number
  readonly loudness: number
}

/** Listens for some seconds; then looks for some time whether anything is still open. */
export async function listened(seconds: number): Promise<{ heard: Heard[]; late: number; tracks: string[]; contexts: string[] }> {
  const streams: MediaStream[] = []
  const contexts: AudioContext[] = []
  const { mediaDevices } = navigator
  const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices)
  mediaDevices.getUserMedia = async (constraints) => {
    const stream = await getUserMedia(constraints)
    streams.push(stream)
    return stream
  }
  globalThis.AudioContext = class extends AudioContext {
    constructor() {
      super()
      contexts.push(this)
    }
  }
  const heard: Heard[] = []
  const live = microphone().pipe(
    logMel({ bands: 40 }),
    pool1d('mean', { size: '400ms', stride: '50ms' }),
    toVectors(),
    map(({ start, end, vector }) => ({ start, end, came: performance.now() / 1000, loudness: Math.max(...vector) })),
  )
  const subscription = live.subscribe({
    next: (one) => {
      heard.push(one)
      if (one.end >= seconds) subscription.unsubscribe()
    },
    error: (error) => {
      throw error
    },
  })
  await new Promise<void>((resolve) => subscription.add(resolve))
  const open = heard.length
  await firstValueFrom(timer(500))
  return {
    heard,
    late: heard.length - open,
    tracks: streams.flatMap((stream) => stream.getTracks().map((track) => track.readyState)),
    contexts: contexts.map((context) => context.state),
  }
}
