import { joined } from '../../files/bytes.ts'
import { widen } from '../../kernels/samples.ts'

/** A block of samples, one array for each channel, as decoders give them. */
export interface Samples {
  readonly rate: number
  readonly channels: readonly Float32Array[]
  /** Samples of each channel in the whole recording, where that is certain. */
  readonly length?: number
  /** Set for what was integers, which need not be looked through for NaN. */
  readonly finite?: boolean
}

/** Samples in a block of frames, at most. More in one array would be memory of its own each time, which must be mapped page by page. */
export const blockLength: number = 2 ** 14

/** How one sample is written, by the names that ffmpeg has for it. */
export type Encoding = keyof typeof encodings

interface Coding {
  readonly width: number
  /** What stands for 0, and for 1 above it. */
  readonly zero: number
  readonly full: number
  /** Whole samples at an offset that is a multiple of their width; what runs JavaScript is little-endian. */
  numbers(bytes: Uint8Array<ArrayBuffer>): ArrayLike<number>
}

type NumberArray<Numbers> = new (buffer: ArrayBuffer, offset: number, length: number) => Numbers

const plain =
  <Numbers>(Type: NumberArray<Numbers> & { readonly BYTES_PER_ELEMENT: number }) =>
  ({ buffer, byteOffset, length }: Uint8Array<ArrayBuffer>) =>
    new Type(buffer, byteOffset, length / Type.BYTES_PER_ELEMENT)

// Integers are divided by 2^(bits − 1), so that they keep their ratios: full scale is −1 … 1 − 2^(1 − bits).
const little = {
  s16le: { width: 2, zero: 0, full: 2 ** 15, numbers: plain(Int16Array) },
  s24le: { width: 3, zero: 0, full: 2 ** 23, numbers: threes },
  s32le: { width: 4, zero: 0, full: 2 ** 31, numbers: plain(Int32Array) },
  s64le: { width: 8, zero: 0, full: 2 ** 63, numbers: (bytes) => Float64Array.from(plain(BigInt64Array)(bytes), Number) },
  f32le: { width: 4, zero: 0, full: 1, numbers: plain(Float32Array) },
  f64le: { width: 8, zero: 0, full: 1, numbers: plain(Float64Array) },
} satisfies Record<string, Coding>

const encodings = {
  u8: { width: 1, zero: 2 ** 7, full: 2 ** 7, numbers: plain(Uint8Array) },
  s8: { width: 1, zero: 0, full: 2 ** 7, numbers: plain(Int8Array) },
  ...little,
  s16be: big(little.s16le),
  s24be: big(little.s24le),
  s32be: big(little.s32le),
  s64be: big(little.s64le),
  f32be: big(little.f32le),
  f64be: big(little.f64le),
  mulaw: { width: 1, zero: 0, full: 2 ** 15, numbers: law(muLaw) },
  alaw: { width: 1, zero: 0, full: 2 ** 15, numbers: law(aLaw) },
} satisfies Record<string, Coding>

export const encodingNames = Object.keys(encodings) as readonly Encoding[]

function big({ width, numbers, ...coding }: Coding): Coding {
  const reversed = (bytes: Uint8Array) => {
    const out = new Uint8Array(bytes.length)
    for (let at = 0; at < out.length; at += width) for (let i = 0; i < width; i++) out[at + i] = bytes[at + width - 1 - i]!
    return out
  }
  return { ...coding, width, numbers: (bytes) => numbers(reversed(bytes)) }
}

function threes(bytes: Uint8Array): Int32Array {
  return Int32Array.from(
    { length: bytes.length / 3 },
    (_, i) => ((bytes[3 * i + 2]! << 24) | (bytes[3 * i + 1]! << 16) | (bytes[3 * i]! << 8)) >> 8,
  )
}

/** A byte of a telephone's logarithmic code → 16 bits, by a table. */
function law(decode: (code: number) => number): Coding['numbers'] {
  let table: Int16Array | undefined
  return (bytes) => {
    table ??= Int16Array.from({ length: 256 }, (_, code) => decode(code))
    const numbers = new Int16Array(bytes.length)
    for (let i = 0; i < bytes.length; i++) numbers[i] = table[bytes[i]!]!
    return numbers
  }
}

/** ITU-T G.711 table 2: all bits are inverted; sign, three bits of exponent, four of mantissa, about steps that begin at −33. To 16 bits, as ITU-T G.191 has it. */
function muLaw(code: number): number {
  const [exponent, mantissa] = [(~code >> 4) & 7, ~code & 15]
  const size = (((mantissa << 3) + 132) << exponent) - 132
  return code & 0x80 ? size : -size
}

/** ITU-T G.711 table 1: every other bit is inverted; the middle of each step. */
function aLaw(code: number): number {
  const even = code ^ 0x55
  const [exponent, mantissa] = [(even >> 4) & 7, (even << 4) & 0xf0]
  const size = exponent === 0 ? mantissa + 8 : (mantissa + 0x108) << (exponent - 1)
  return code & 0x80 ? size : -size
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
  const finite = encodings[encoding].full > 1
  let left: Uint8Array = new Uint8Array(0)
  for await (const chunk of chunks) {
    const bytes = left.length === 0 ? chunk : joined(left, chunk)
    const whole = bytes.length - (bytes.length % frame)
    // A copy, which a Buffer's own slice is not: the source may use its chunk again.
    left = new Uint8Array(bytes.subarray(whole))
    for (let from = 0; from < whole; from += most * frame)
      yield { rate, channels: planar(bytes.subarray(from, Math.min(whole, from + most * frame)), encoding, channels), finite }
  }
  return left.length
}

/** Interleaved bytes of whole frames → an array a channel. */
export function planar(bytes: Uint8Array, encoding: Encoding, channels: number): Float32Array[] {
  const { width, zero, full, numbers } = encodings[encoding]
  const aligned = bytes.buffer instanceof ArrayBuffer && bytes.byteOffset % width === 0
  const all = numbers(aligned ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes))
  return Array.from({ length: channels }, (_, channel) => everyOf(all, channel, channels, zero, 1 / full))
}

function everyOf(all: ArrayLike<number>, first: number, step: number, zero: number, factor: number): Float32Array {
  const samples = new Float32Array(all.length / step)
  if (step === 1 && all instanceof Int16Array && widen(all, factor, samples)) return samples
  for (let i = 0, at = first; i < samples.length; i++, at += step) samples[i] = (all[at]! - zero) * factor
  return samples
}
