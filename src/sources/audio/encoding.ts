import { joined } from '../../files/bytes.ts'
import { widen } from '../../kernels/samples.ts'

/** A block of samples, one array for each channel, as decoders give them. */
export interface Samples {
  readonly rate: number
  readonly channels: readonly Float32Array[]
  /** Samples of each channel in the whole recording, where that is certain. */
  readonly length?: number
}

/** Samples in a block of frames, at most. More in one array would be memory of its own each time, which must be mapped page by page. */
export const blockLength: number = 2 ** 14

/** How one sample is written; all are little-endian. */
export type Encoding = 'u8' | 's16le' | 's24le' | 's32le' | 'f32le' | 'f64le'

/** The numbers of bytes that begin where such numbers may; what runs JavaScript is little-endian. */
interface Coding {
  readonly width: number
  /** What stands for 0, and for 1 above it. */
  readonly zero: number
  readonly full: number
  numbers(buffer: ArrayBufferLike, offset: number, length: number): ArrayLike<number>
}

/**
 * Integers are divided by 2^(bits − 1), so that they keep their ratios: full scale is −1 … 1 − 2^(1 − bits).
 */
const encodings: Record<Encoding, Coding> = {
  u8: { width: 1, zero: 2 ** 7, full: 2 ** 7, numbers: (...at) => new Uint8Array(...at) },
  s16le: { width: 2, zero: 0, full: 2 ** 15, numbers: (...at) => new Int16Array(...at) },
  s24le: { width: 3, zero: 0, full: 2 ** 23, numbers: (...at) => threes(new Uint8Array(at[0], at[1], 3 * at[2])) },
  s32le: { width: 4, zero: 0, full: 2 ** 31, numbers: (...at) => new Int32Array(...at) },
  f32le: { width: 4, zero: 0, full: 1, numbers: (...at) => new Float32Array(...at) },
  f64le: { width: 8, zero: 0, full: 1, numbers: (...at) => new Float64Array(...at) },
}

function threes(bytes: Uint8Array): Int32Array {
  return Int32Array.from(
    { length: bytes.length / 3 },
    (_, i) => ((bytes[3 * i + 2]! << 24) | (bytes[3 * i + 1]! << 16) | (bytes[3 * i]! << 8)) >> 8,
  )
}

/** Bytes of one sample. */
export function widthOf(encoding: Encoding): number {
  return encodings[encoding].width
}

/**
 * Interleaved bytes → samples. Chunks may be cut anywhere.
 * @returns how many bytes were left over after the last whole frame.
 */
export async function* unpacked(
  chunks: AsyncIterable<Uint8Array>,
  { encoding, channels, rate }: { encoding: Encoding; channels: number; rate: number },
): AsyncGenerator<Samples, number, undefined> {
  const frame = channels * widthOf(encoding)
  const most = Math.max(1, Math.floor(blockLength / channels))
  let left: Uint8Array = new Uint8Array(0)
  for await (const chunk of chunks) {
    const bytes = left.length === 0 ? chunk : joined(left, chunk)
    const whole = bytes.length - (bytes.length % frame)
    // A copy: the source may use its chunk again.
    left = bytes.slice(whole)
    for (let from = 0; from < whole; from += most * frame)
      yield { rate, channels: planar(bytes.subarray(from, Math.min(whole, from + most * frame)), encoding, channels) }
  }
  return left.length
}

function planar(bytes: Uint8Array, encoding: Encoding, channels: number): Float32Array[] {
  const { width, zero, full, numbers } = encodings[encoding]
  const { buffer, byteOffset } = bytes.byteOffset % (width === 3 ? 1 : width) === 0 ? bytes : bytes.slice()
  const all = numbers(buffer, byteOffset, bytes.length / width)
  return Array.from({ length: channels }, (_, channel) => everyOf(all, channel, channels, zero, 1 / full))
}

function everyOf(all: ArrayLike<number>, first: number, step: number, zero: number, factor: number): Float32Array {
  const samples = new Float32Array(all.length / step)
  if (step === 1 && all instanceof Int16Array && widen(all, factor, samples)) return samples
  for (let i = 0, at = first; i < samples.length; i++, at += step) samples[i] = (all[at]! - zero) * factor
  return samples
}
