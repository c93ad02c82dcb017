import type { Observable } from 'rxjs'
import { DataError } from '../../core/check.ts'
import type { Frames } from '../../core/frames.ts'
import { boolean, type Given, integer, oneOf, read } from '../../core/options.ts'
import { type ByteStream, chunksOf } from '../../files/bytes.ts'
import { highestRate } from '../../stages/spectra/resample.ts'
import { type Samples, unpacked, widthOf } from './encoding.ts'
import { pulled, resampled } from './resampled.ts'

/** As many as a WAV header can say. */
const mostChannels = 65535

/** How the bytes are to be read. */
export const rawOptions = {
  /** Samples per second of each channel. */
  rate: integer(1, highestRate).unit('Hz'),
  /** How many, interleaved. */
  channels: integer(1, mostChannels).default(1),
  /** Signed 16-bit integers or 32-bit floats, little-endian. */
  format: oneOf('s16le', 'f32le').default('s16le'),
}

const pcmOptions = {
  ...rawOptions,
  /** Set for a source without an end (a microphone), so that what needs the end is refused when planned. */
  live: boolean().default(false),
}

export type PcmOptions = Given<typeof pcmOptions>

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
  const { rate, channels, format: encoding, live } = read('pcm', pcmOptions, options)
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
