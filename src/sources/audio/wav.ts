import { DataError } from '../../core/check.ts'
import type { Cursor } from '../../files/bytes.ts'
import { type Encoding, type Samples, unpacked, widthOf } from './encoding.ts'
import { checkRate } from './resampled.ts'

// Our own reader, because @audio/decode-wav 1.5 was tried and takes a truncated file for a whole one, loses what follows a chunk of odd size,
// accepts 0 Hz and 0 channels, and scales positive samples by 1/32767 but negative ones by 1/32768, unlike browsers and other readers.

interface Format {
  readonly encoding: Encoding
  readonly rate: number
  readonly channels: number
}

const integers: Record<number, Encoding> = { 8: 'u8', 16: 's16le', 24: 's24le', 32: 's32le' }
const floats: Record<number, Encoding> = { 32: 'f32le', 64: 'f64le' }
const extensible = 0xfffe

/** Written by programs that send a WAV through a pipe and cannot go back to fill in its size: by ffmpeg, sox and arecord. */
const unknownSizes = [0xffffffff, 0x7ffff000, 0x80000000]

/**
 * RIFF WAVE, of integers of 8, 16, 24 and 32 bits and floats of 32 and 64, plain or WAVE_FORMAT_EXTENSIBLE.
 *
 * The first block has no samples and tells the shape. A header that promises more than there is ends in a DataError after all samples that exist;
 * a data size of 0 or 0xFFFFFFFF is that of a piped WAV, and everything up to the end is read.
 *
 * @param size bytes in the whole file, where known
 * @see Microsoft, Multimedia Programming Interface and Data Specifications 1.0 (1991), "Waveform Audio File Format"; mmreg.h for WAVEFORMATEXTENSIBLE
 */
export async function* wav(who: string, bytes: Cursor, size?: number): AsyncGenerator<Samples, void, undefined> {
  const riff = view(await bytes.peek(12))
  if (riff.byteLength < 12 || tag(riff, 0) !== 'RIFF' || tag(riff, 8) !== 'WAVE')
    throw new DataError(`${who}: expected a RIFF WAVE header, got another`)
  await bytes.skip(12)
  const { format, declared } = await header(who, bytes, riff.getUint32(4, true))
  const { rate, channels } = format
  const width = channels * widthOf(format.encoding)
  const start = bytes.position
  const promised = declared === undefined ? undefined : Math.floor(declared / width)
  const certain = promised !== undefined && size !== undefined && size - start >= promised * width
  yield { rate, channels: Array.from({ length: channels }, () => new Float32Array(0)), ...(certain && { length: promised }) }
  const left = yield* unpacked(bytes.rest(declared), format)
  const found = Math.floor((bytes.position - start) / width)
  if (promised !== undefined && found < promised)
    throw new DataError(`${who}: expected ${promised} samples, as its header promises, got ${found}`, { frame: found })
  if (left > 0) throw new DataError(`${who}: expected whole frames of ${width} bytes, got ${left} left over at the end`, { frame: found })
}

/** Goes on to the first sample. `declared` is the number of bytes of samples, undefined for a WAV that was piped. */
async function header(who: string, bytes: Cursor, riffSize: number): Promise<{ format: Format; declared: number | undefined }> {
  let format: Format | undefined
  for (;;) {
    const chunk = view(await bytes.peek(8))
    if (chunk.byteLength < 8) throw new DataError(`${who}: expected a "data" chunk, got the end of the file after ${bytes.position} bytes`)
    const name = tag(chunk, 0)
    const size = chunk.getUint32(4, true)
    await bytes.skip(8)
    if (name === 'data') {
      if (format === undefined) throw new DataError(`${who}: expected a "fmt " chunk before the samples, got none`)
      // A size of 0 is meant only where the file goes on after it.
      const piped = unknownSizes.includes(size) || (size === 0 && (riffSize + 8 <= bytes.position || unknownSizes.includes(riffSize)))
      return { format, declared: piped ? undefined : size }
    }
    if (name === 'fmt ') format = formatOf(who, view(await bytes.peek(Math.min(size, 26))))
    await bytes.skip(size + (size % 2))
  }
}

function formatOf(who: string, chunk: DataView): Format {
  if (chunk.byteLength < 16) throw new DataError(`${who}: expected a "fmt " chunk of at least 16 bytes, got ${chunk.byteLength}`)
  const code = chunk.getUint16(0, true)
  const channels = chunk.getUint16(2, true)
  const rate = chunk.getUint32(4, true)
  const block = chunk.getUint16(12, true)
  const bits = chunk.getUint16(14, true)
  // The first two bytes of an extensible format's GUID are the code that a plain one would have.
  const kind = code === extensible && chunk.byteLength >= 26 ? chunk.getUint16(24, true) : code
  const encoding = kind === 1 ? integers[bits] : kind === 3 ? floats[bits] : undefined
  if (encoding === undefined)
    throw new DataError(`${who}: expected integers of 8, 16, 24 or 32 bits or floats of 32 or 64, got ${bits} bits of format ${kind}`)
  if (channels === 0) throw new DataError(`${who}: expected at least 1 channel, got 0`)
  checkRate(who, rate)
  if (block !== channels * widthOf(encoding))
    throw new DataError(`${who}: expected frames of ${channels * widthOf(encoding)} bytes (${channels} × ${bits} bits), got ${block}`)
  return { encoding, rate, channels }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function tag(bytes: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => bytes.getUint8(at + i)))
}
