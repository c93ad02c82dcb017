import { type FileHandle, open, stat } from 'node:fs/promises'
import type { Frames, Layout } from '../../core/frames.ts'
import type { Read } from '../../core/options.ts'
import { cursor } from '../../files/bytes.ts'
import { bytesOf } from '../paths.ts'
import { type Encoding, unpacked, widthOf } from './encoding.ts'
import { resampled, resampler, type signalOptions } from './resampled.ts'
import { wavHead } from './wav.ts'

/** How the samples of a recording lie in its file, as they are wanted, so that reading may begin at any of them; as plain data. */
export interface PlainSamples {
  readonly signal: Read<typeof signalOptions>
  readonly encoding: Encoding
  readonly channels: number
  /** The byte where they begin. */
  readonly start: number
  /** How many there are of each channel. */
  readonly length: number
}

/** Bytes below which a file is short: some minutes of sound, which are not worth looking into beforehand. */
const short = 2 ** 22

/** Of a WAV of the rate that is wanted; undefined where a file is short, or something else, or not whole. */
export async function plainWav(path: string, signal: Read<typeof signalOptions>): Promise<PlainSamples | undefined> {
  return ofLong(path, async (file, size) => {
    const { bytesRead, buffer } = await file.read(new Uint8Array(short), 0, short, 0)
    const head = await wavHead(path, cursor(once(buffer.subarray(0, bytesRead))), size)
    const { encoding, channels, start, declared, width, rate, length } = head
    if (length === undefined || declared !== length * width || rate !== signal.rate) return undefined
    return { signal, encoding, channels, start, length }
  })
}

/** Of a file without a header. */
export async function plainRaw(path: string, raw: { rate: number; channels: number; format: Encoding }): Promise<PlainSamples | undefined> {
  const { rate, channels, format: encoding } = raw
  return ofLong(path, async (_, size) => {
    const length = size / (channels * widthOf(encoding))
    return Number.isInteger(length) ? { signal: { rate, channels: 'keep' }, encoding, channels, start: 0, length } : undefined
  })
}

/** What is found in a long file; what cannot be read, or is none of what is looked for, is for whoever reads all of it to tell. */
async function ofLong<Found>(
  path: string,
  look: (file: FileHandle, size: number) => Promise<Found | undefined>,
): Promise<Found | undefined> {
  let file: FileHandle | undefined
  try {
    const found = await stat(path)
    if (!found.isFile() || found.size < short) return undefined
    file = await open(path)
    return await look(file, found.size)
  } catch {
    return undefined
  } finally {
    await file?.close()
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes
}

/** The layout of their frames, with how many there are. */
export function plainLayout({ signal: { rate, channels: kept }, channels, length }: PlainSamples): Layout {
  const { layout } = resampler('stretch', { from: rate, to: rate, channels: kept === 'mix' ? 1 : channels })
  return { ...layout, length }
}

/** The frames from a sample on, counted from there. */
export function framesFrom(
  path: string,
  { signal, encoding, channels, start, length }: PlainSamples,
  sample: number,
): AsyncGenerator<Frames, void, undefined> {
  const width = channels * widthOf(encoding)
  const bytes = bytesOf('stretch', path, { from: start + sample * width, to: start + length * width })
  return resampled('stretch', unpacked(bytes, { rate: signal.rate, channels, encoding }), signal)
}
