import { DataError, refusal, tried } from '../../core/check.ts'
import { checked, type Given, read } from '../../core/options.ts'
import { type Chunks, chunksOf, type WebStream } from '../../files/bytes.ts'
import type { Samples } from './encoding.ts'
import { decoded } from './formats.ts'
import { type Pulled, pulled, resampled, signalOptions } from './resampled.ts'

/** What `decodeAudio` needs of a BaseAudioContext: a browser's, or web-audio-api's. */
export interface DecodingContext {
  decodeAudioData(data: ArrayBuffer): Promise<DecodedBuffer>
}

export interface DecodedBuffer {
  readonly sampleRate: number
  readonly numberOfChannels: number
  getChannelData(channel: number): Float32Array
}

/** A Blob or a File, by the little of it that is used. */
export interface BlobLike {
  readonly size: number
  stream(): WebStream
}

/** Bytes at hand, or as they arrive. */
export type AudioInput = ArrayBuffer | Uint8Array | BlobLike | WebStream

export const decodeOptions = {
  ...signalOptions,
  /**
   * Decodes with the context's own `decodeAudioData`, which reads more formats but needs the whole file in memory, and in a browser resamples to the context's rate.
   * By default WAV, MP3, FLAC, Ogg Vorbis and Ogg Opus are decoded as they arrive, the same in a browser and in Node.
   */
  context: checked<DecodingContext>({ type: 'object' }, (who, name, value) => {
    if (tried(value as DecodingContext, ({ decodeAudioData }) => typeof decodeAudioData === 'function')) return value as DecodingContext
    throw refusal(who, `${name} must be an audio context`, value)
  }).optional('decoded here, as it arrives'),
}

export type DecodeOptions = Given<typeof decodeOptions>

/**
 * An encoded recording at hand as frames; works in browsers.
 *
 * Shape: the bytes of a WAV, MP3, FLAC, Ogg Vorbis or Ogg Opus file → Frames of 1 bin × 1 channel (or all, with `channels: 'keep'`) at `rate`; the first block has no frames
 * and tells the layout. MP3, FLAC and Ogg need @audio/decode's packages. A ReadableStream can be read once.
 *
 * @throws RangeError or TypeError for bad options and inputs; a DataError in the stream for what cannot be decoded.
 * @example
 * decodeAudio(await (await fetch('word.mp3')).arrayBuffer()).pipe(logMel())
 */
export function decodeAudio(input: AudioInput, options: DecodeOptions = {}): Pulled {
  const { context, ...signal } = read('decodeAudio', decodeOptions, options)
  const open = opener(input)
  return pulled(() => {
    const chunks = open()
    const recording = context ? inContext(context, chunks) : decoded('decodeAudio', chunks, sizeOf(input))
    return { frames: resampled('decodeAudio', recording, signal), release: chunks.release }
  })
}

function opener(given: AudioInput): () => Chunks {
  // Of a proxy not even the class can be asked.
  const input = tried(given, (one) => [ArrayBuffer, Uint8Array, Blob, ReadableStream].some((kind) => one instanceof kind) && one)
  const bytes = tried(input, (buffer) => buffer instanceof ArrayBuffer && new Uint8Array(buffer))
  if (bytes) return () => pieces(bytes)
  if (input instanceof Uint8Array) return () => pieces(input)
  if (input instanceof Blob) return () => chunksOf('decodeAudio', input.stream())()
  if (input instanceof ReadableStream) return chunksOf('decodeAudio', input)
  throw refusal('decodeAudio', 'input must be an ArrayBuffer, a Uint8Array, a Blob or a ReadableStream', given)
}

function sizeOf(input: AudioInput): number | undefined {
  if ('byteLength' in input) return input.byteLength
  return 'size' in input ? input.size : undefined
}

/** Small enough that a decoder's output for one piece stays small. */
function pieces(bytes: Uint8Array): Chunks {
  const size = 2 ** 16
  return {
    async *[Symbol.asyncIterator]() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
    },
    release: () => {},
  }
}

async function* inContext(context: DecodingContext, source: AsyncIterable<Uint8Array>): AsyncGenerator<Samples, void, undefined> {
  const chunks: BlobPart[] = []
  for await (const chunk of source) chunks.push(chunk.slice())
  const data = await new Blob(chunks).arrayBuffer()
  if (data.byteLength === 0) throw new DataError('decodeAudio: expected audio, got an empty file')
  const buffer = await context.decodeAudioData(data).catch((cause: unknown) => {
    throw new DataError(`decodeAudio: expected audio that the context can decode, got ${String(cause)}`, { cause })
  })
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, channel) => buffer.getChannelData(channel))
  const size = 2 ** 15
  const length = channels[0]!.length
  for (let at = 0; at === 0 || at < length; at += size) {
    yield { rate: buffer.sampleRate, length, channels: channels.map((channel) => channel.subarray(at, at + size)) }
  }
}
