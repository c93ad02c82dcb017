import type { Observable } from 'rxjs'
import { boolean, DataError, integer, known, oneOf } from '../../core/check.ts'
import type { Frames } from '../../core/frames.ts'
import { type ByteStream, chunksOf } from '../../files/bytes.ts'
import { highestRate } from '../../stages/spectra/resample.ts'
import { type Samples, unpacked, widthOf } from './encoding.ts'
import { pulled, resampled } from './resampled.ts'

/** As many as a WAV header can say. */
const mostChannels = 65535

export interface PcmOptions {
  /** Samples per second of each channel. */
  rate: number
  /** Interleaved. Default 1. */
  channels?: number
  /** Signed 16-bit integers or 32-bit floats, little-endian. Default 's16le'. */
  format?: 's16le' | 'f32le'
  /** Set for a source without an end (a microphone), so that what needs the end is refused when planned. */
  live?: boolean
}

/**
 * Raw PCM bytes as frames: a pipe, a socket, a fetch, standard input.
 *
 * Shape: bytes, cut anywhere → Frames of 1 bin × `channels`, −1 … 1 for integers, in blocks of at most 16384; the first block has no frames and tells the layout.
 * The source is read on demand, and can be read once. No bytes give no frames.
 *
 * @throws RangeError or TypeError for bad options; a DataError in the stream where bytes are left over at the end, after all whole frames were emitted.
 * @example
 * pcm(process.stdin, { rate: 16000, format: 's16le', live: true })
 */
export function pcm(source: ByteStream, options: PcmOptions): Observable<Frames> {
  known('pcm', options, ['rate', 'channels', 'format', 'live'])
  const rate = integer('pcm', 'rate', options.rate, 1, highestRate)
  const channels = integer('pcm', 'channels', options.channels ?? 1, 1, mostChannels)
  const encoding = oneOf('pcm', 'format', options.format ?? 's16le', ['s16le', 'f32le'])
  const live = boolean('pcm', 'live', options.live ?? false)
  const open = chunksOf('pcm', source)
  return pulled(() => {
    const chunks = open()
    const whole = wholeFrames(unpacked(chunks, { rate, channels, encoding }), { rate, channels, width: channels * widthOf(encoding) })
    return { frames: resampled('pcm', whole, { rate, channels: 'keep', live }), release: chunks.release }
  })
}

async function* wholeFrames(
  recording: AsyncGenerator<Samples, number, undefined>,
  { rate, channels, width }: { rate: number; channels: number; width: number },
): AsyncGenerator<Samples, void, undefined> {
  yield { rate, channels: Array.from({ length: channels }, () => new Float32Array(0)) }
  const left = yield* recording
  if (left > 0)
    throw new DataError(
      `pcm: expected whole frames of ${width} bytes, got ${left === 1 ? 'an odd byte' : `${left} bytes`} left over at the end`,
    )
}
