// What the browser test runs in a page, and some of it in Node beside it. Bundled for the page, these exports are its global `inPage`.
import {
  apply,
  chain,
  descriptors,
  type Frames,
  formants,
  frames,
  fromHere,
  globalPool,
  logMel,
  loudness,
  lufs,
  pool1d,
  pool2d,
  pyramidPool,
  signal,
  spanOf,
  spectrogram,
  toVectors,
  voice,
  wallTime,
} from 'poolwise'
import { audioNode, decodeAudio, microphone, type TapOptions } from 'poolwise/audio'
import { gem } from 'poolwise/poolings'
import { maxPool1d } from 'poolwise/tensors'
import { firstValueFrom, from, map, type Observable, share, skipWhile, take, takeWhile, tap, timer, toArray } from 'rxjs'

/** Something of every entry point that browsers load, and what a page is known by. */
export async function entries(): Promise<object> {
  const sound = decodeAudio(await fetched('/bat-v1.wav'))
  return {
    poolwise: Array.from(apply(frames([1, 5, 3]), globalPool(['max', 'mean'])).data),
    poolings: Array.from(apply(frames([1, 5, 3]), globalPool(gem({ p: 1 }))).data),
    tensors: maxPool1d({ data: Float32Array.of(1, 5, 3, 4), shape: [1, 4, 1] }, { size: 2 }).shape,
    audio: (await firstValueFrom(sound)).layout.bins,
    ofNode: ['process', 'Buffer', 'require', 'global'].filter((name) => name in globalThis),
    ofBrowsers: ['document', 'AudioWorkletNode'].filter((name) => name in globalThis),
  }
}

export async function fetched(url: string): Promise<ArrayBuffer> {
  return (await fetch(url)).arrayBuffer()
}

/** A sound's vector, as the hexadecimal digits of its float32 numbers. */
export async function vectorOf(sound: Observable<Frames>): Promise<string> {
  const stages = sound.pipe(logMel(), pool2d('max', { size: [2, 2] }), pyramidPool('stats', { levels: [1, 2, 4] }), toVectors())
  return hex((await firstValueFrom(stages)).vector)
}

export async function decoded(file: ArrayBuffer): Promise<string> {
  return vectorOf(decodeAudio(file))
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

/** Plays the noise in an offline context of that rate: what the tap heard, and its vector. */
export async function played(rate: number, options: TapOptions = {}): Promise<{ heard: string; vector: string }> {
  const samples = noise()
  const context = new OfflineAudioContext(1, samples.length, rate)
  const buffer = context.createBuffer(1, samples.length, rate)
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

/** The errors that a tap and a microphone end in where the page forbids them. */
export async function refusals(): Promise<{ tap: string; microphone: string }> {
  const node = new ConstantSourceNode(new OfflineAudioContext(1, 128, 16000))
  return { tap: await ending(audioNode(node)), microphone: await ending(microphone()) }
}

function ending(source: Observable<Frames>): Promise<string> {
  return new Promise((resolve) => source.subscribe({ error: (error) => resolve(String(error)), complete: () => resolve('none') }))
}

export interface Heard {
  /** Seconds of the sound that was pooled. */
  readonly start: number
  readonly end: number
  /** Seconds on the wall when the vector came. */
  readonly came: number
  /** The loudest band, in natural logarithm of power. */
  readonly level: number
}

/** Listens to some seconds of the microphone, unsubscribes, and sees after a while what is still open. */
export async function listened(
  seconds: number,
  options: TapOptions = {},
): Promise<{ heard: Heard[]; late: number; tracks: string[]; contexts: string[] }> {
  const { tracks, contexts } = watched()
  const heard: Heard[] = []
  const vectors = microphone(options).pipe(
    logMel({ bands: 40 }),
    pool1d('mean', { size: '400ms', stride: '50ms' }),
    toVectors(),
    map(({ start, end, vector }) => ({ start, end, came: performance.now() / 1000, level: Math.max(...vector) })),
  )
  await new Promise<void>((resolve, reject) => {
    const subscription = vectors.subscribe({
      next: (one) => {
        heard.push(one)
        if (one.end < seconds) return
        subscription.unsubscribe()
        resolve()
      },
      error: reject,
      complete: () => reject(new Error('the microphone ended')),
    })
  })
  const count = heard.length
  await firstValueFrom(timer(500))
  return {
    heard,
    late: heard.length - count,
    tracks: tracks.map(({ readyState }) => readyState),
    contexts: contexts.map(({ state }) => state),
  }
}

export interface Shared {
  readonly start: number
  readonly end: number
  readonly vector: string
  /** What the context's clock showed when it came. */
  readonly came: number
}

/** Two that listen to one microphone in a context of the page's own, by its clock, up to its `until`; the second comes when `late` was heard. */
export async function together(late: number, until: number): Promise<{ first: Shared[]; second: Shared[]; state: string }> {
  const context = new AudioContext()
  const live$ = microphone({ context, clock: 'context' }).pipe(share())
  const vectors = () =>
    firstValueFrom(
      live$.pipe(
        fromHere({ every: '500ms' }),
        logMel({ bands: 40 }),
        pool1d(['mean', 'std', 'max'], { size: '500ms', stride: '250ms' }),
        toVectors(),
        takeWhile(({ end }) => end < until),
        map(({ start, end, vector }) => ({ start, end, vector: hex(vector), came: context.currentTime })),
        toArray(),
      ),
    )
  const first = vectors()
  await firstValueFrom(live$.pipe(skipWhile((block) => spanOf(block, block.start)[0] < late)))
  const second = await vectors()
  const result = { first: await first, second, state: context.state }
  await context.close()
  return result
}

/** What features of the voice give of the microphone, block by block as it comes, and of all that was heard at once. */
export async function voiced(seconds: number): Promise<{ name: string; frames: number; live: string; whole: string }[]> {
  const heard$ = microphone().pipe(
    takeWhile((block) => spanOf(block, block.start)[0] < seconds),
    share(),
  )
  const stages: { readonly [name: string]: ReturnType<typeof voice> } = {
    voice: voice({ of: ['pitch', 'semitones', 'harmonicity', 'jitter', 'shimmer', 'shimmerDecibels'] }),
    formants: formants(),
    loudness: chain(spectrogram(), loudness()),
    lufs: lufs(),
    descriptors: chain(spectrogram(), descriptors()),
  }
  const all = firstValueFrom(heard$.pipe(toArray()))
  const live = await Promise.all(
    Object.entries(stages).map(async ([name, stage]) => [name, stage, await firstValueFrom(heard$.pipe(stage, toArray()))] as const),
  )
  const blocks = await all
  const rate = Math.round(1 / blocks[0]!.layout.clock.hop!)
  const sound = signal(joined(blocks), { rate })
  return live.map(([name, stage, given]) => ({
    name,
    frames: given.reduce((sum, { length }) => sum + length, 0),
    live: hex(joined(given)),
    whole: hex(apply(sound, stage).data),
  }))
}

function joined(blocks: readonly Frames[]): Float32Array {
  return Float32Array.from(blocks.flatMap(({ data }) => [...data]))
}

/** So many vectors of the microphone by the time of day, when it was asked for, and how late each came. */
export async function timed(count: number): Promise<{ asked: number; starts: number[]; late: number[] }> {
  const asked = wallTime()
  const vectors = await firstValueFrom(
    microphone({ clock: 'wall' }).pipe(
      pool1d('mean', { size: '100ms' }),
      toVectors(),
      map(({ start, end }) => ({ start, late: wallTime() - end })),
      take(count),
      toArray(),
    ),
  )
  return { asked, starts: vectors.map(({ start }) => start), late: vectors.map(({ late }) => late) }
}

/** What `microphone` opens from now on. */
export function watched(): { tracks: MediaStreamTrack[]; contexts: AudioContext[] } {
  const tracks: MediaStreamTrack[] = []
  const contexts: AudioContext[] = []
  const { mediaDevices } = navigator
  const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices)
  mediaDevices.getUserMedia = async (constraints) => {
    const stream = await getUserMedia(constraints)
    tracks.push(...stream.getTracks())
    return stream
  }
  globalThis.AudioContext = class extends AudioContext {
    constructor() {
      super()
      contexts.push(this)
    }
  }
  return { tracks, contexts }
}
