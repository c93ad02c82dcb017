import { joined } from './bytes.ts'

/** A block of samples, one array for each channel, as decoders give them. */
export interface Samples {
  readonly rate: number
  readonly channels: readonly Float32Array[]
  /** Samples of each channel in the whole recording, where that is certain. */
  readonly length?: number
}

/** How one sample is written; all are little-endian. */
export type Encoding = 'u8' | 's16le' | 's24le' | 's32le' | 'f32le' | 'f64le'

/**
 * Integers are divided by 2^(bits − 1), so that they keep their ratios: full scale is −1 … 1 − 2^(1 − bits).
 */
const encodings: Record<Encoding, { readonly width: number; read(view: DataView, at: number): number }> = {
  u8: { width: 1, read: (view, at) => (view.getUint8(at) - 128) / 2 ** 7 },
  s16le: { width: 2, read: (view, at) => view.getInt16(at, true) / 2 ** 15 },
  s24le: { width: 3, read: (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 2 ** 23 },
  s32le: { width: 4, read: (view, at) => view.getInt32(at, true) / 2 ** 31 },
  f32le: { width: 4, read: (view, at) => view.getFloat32(at, true) },
  f64le: { width: 8, read: (view, at) => view.getFloat64(at, true) },
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
  let left: Uint8Array = new Uint8Array(0)
  for await (const chunk of chunks) {
    const bytes = left.length === 0 ? chunk : joined(left, chunk)
    const whole = bytes.length - (bytes.length % frame)
    // A copy: the source may use its chunk again.
    left = bytes.slice(whole)
    if (whole > 0) yield { rate, channels: planar(bytes.subarray(0, whole), encoding, channels) }
  }
  return left.length
}

function planar(bytes: Uint8Array, encoding: Encoding, channels: number): Float32Array[] {
  const { width, read } = encodings[encoding]
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const step = channels * width
  const length = bytes.length / step
  return Array.from({ length: channels }, (_, channel) => {
    const samples = new Float32Array(length)
    for (let i = 0, at = channel * width; i < length; i++, at += step) samples[i] = read(view, at)
    return samples
  })
}
