import { DataError } from '../../core/check.ts'
import type { Frames } from '../../core/frames.ts'
import { boolean, type Given, integer, oneOf, type Read, read } from '../../core/options.ts'
import { type ByteStream, chunksOf } from '../../files/bytes.ts'
import { highestRate } from '../../stages/spectra/resample.ts'
import { encodingNames, type Samples, unpacked, widthOf } from './encoding.ts'
import { type Pulled, pulled, resampled } from './resampled.ts'

/** As many as a WAV header can say. */
const mostChannels = 65535

/** How the bytes are to be read. */
export const rawOptions = {
  /** Samples per second of each channel. */
  rate: integer(1, highestRate).unit('Hz'),
  /** How many, interleaved. */
  channels: integer(1, mostChannels).default(1),
  /** How each is written, by ffmpeg's names: integers (u for unsigned) and floats of so many bits, low byte first or last; G.711's mu-law and A-law. */
  format: oneOf(...encodingNames).default('s16le'),
}

const pcmOptions = {
  ...rawOptions,
  /** Set for a source without an end (a microphone), so that what needs the end is refused when planned. */
  live: boolean().default(false),
}

export type PcmOptions = Given<typeof pcmOptions>

export type RawOptions = Given<typeof rawOptions>

/**
 * Raw PCM bytes as frames: a pipe, a socket, a fetch, standard input.
 *
 * Shape: bytes, cut anywhere → Frames of 1 bin × `channels`, −1 … 1 for integers, in blocks of at most 16384; the first block has no frames and tells the layout.
 * The source is read on demand, and can be read once. No bytes give no frames. NaN and infinities of a live source are frames of weight 0.
 *
 * @throws RangeError or TypeError for bad options; a DataError in the stream where bytes are left over at the end, after all whole frames were emitted, and for a sample
 * that is NaN or infinite.
 * @example
 * pcm(process.stdin, { rate: 16000, format: 's16le', live: true })
 */
export function pcm(source: ByteStream, options: PcmOptions): Pulled {
  const raw = read('pcm', pcmOptions, options)
  const open = chunksOf('pcm', source)
  return pulled(() => {
    const chunks = open()
    return { frames: rawFrames('pcm', chunks, raw), release: chunks.release }
  })
}

/** @param size bytes in all, where known */
export function rawFrames(
  who: string,
  chunks: AsyncIterable<Uint8Array>,
  { rate, channels, format: encoding, live }: Read<typeof rawOptions> & { readonly live?: boolean },
  size?: number,
): AsyncGenerator<Frames, void, undefined> {
  const width = channels * widthOf(encoding)
  const whole = wholeFrames(who, unpacked(chunks, { rate, channels, encoding }), { rate, channels, width, size })
  return resampled(who, whole, { rate, channels: 'keep', ...(live && { live }) })
}

async function* wholeFrames(
  who: string,
  recording: AsyncGenerator<Samples, number, undefined>,
  { rate, channels, width, size }: { rate: number; channels: number; width: number; size: number | undefined },
): AsyncGenerator<Samples, void, undefined> {
  const length = size === undefined ? {} : { length: Math.floor(size / width) }
  yield { rate, channels: Array.from({ length: channels }, () => new Float32Array(0)), ...length }
  const left = yield* recording
  if (left > 0)
    throw new DataError(
      `${who}: expected whole frames of ${width} bytes, got ${left === 1 ? 'an odd byte' : `${left} bytes`} left over at the end`,
    )
}
