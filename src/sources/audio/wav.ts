import { DataError } from '../../core/check.ts'
import type { Cursor } from '../../files/bytes.ts'
import { type Encoding, type Samples, unpacked, widthOf } from './encoding.ts'
import { checkRate } from './resampled.ts'
import { type RiffHeader, riffHeader } from './riff.ts'
import { ascii } from './tags.ts'

// Our own reader, because @audio/decode-wav 1.5 was tried and takes a truncated file for a whole one, loses what follows a chunk of odd size,
// accepts 0 Hz and 0 channels, and scales positive samples by 1/32767 but negative ones by 1/32768, unlike browsers and other readers.

interface Format {
  readonly encoding: Encoding
  readonly rate: number
  readonly channels: number
}

/** Codecs that WAV files are found with, by their format codes (RFC 2361); these are left to ffmpeg. */
const codecs: Record<number, string> = {
  2: 'MS ADPCM',
  17: 'IMA ADPCM',
  34: 'TrueSpeech',
  49: 'GSM 6.10',
  64: 'G.721 ADPCM',
  66: 'G.723.1',
  69: 'G.726 ADPCM',
  80: 'MPEG audio',
  85: 'MP3',
  100: 'G.726 ADPCM',
  146: 'AC-3',
  255: 'AAC',
  353: 'Windows Media Audio',
  8192: 'AC-3',
  61868: 'FLAC',
}
const extensible = 0xfffe

// By the bytes of a sample, and by the format code.
const integers: Record<number, Encoding> = { 1: 'u8', 2: 's16le', 3: 's24le', 4: 's32le', 8: 's64le' }
const floats: Record<number, Encoding> = { 4: 'f32le', 8: 'f64le' }
const laws: Record<number, Encoding> = { 6: 'alaw', 7: 'mulaw' }

/** From here on sizes stand for unknown ones, too: who sends a WAV through a pipe cannot go back to fill it in. sox writes 0x7ffff000, less what makes no whole frame; others take a header off. */
const leastUnknown = 0x7ffff000 - 36
/** What ffmpeg, arecord, and lame and opusdec write. */
const unknown = [0xffffffff, 0x80000000, 0x7fffffff]

/** What the head of a WAV says of the samples after it. */
interface Head extends Format {
  readonly header: RiffHeader
  /** Bytes of a sample of all channels. */
  readonly width: number
  /** The byte where samples begin, and how many bytes of them there are to be; undefined where they go on to the end. */
  readonly start: number
  readonly declared: number | undefined
  /** Samples of each channel, where that is certain. */
  readonly length?: number
}

/** Reads up to the first sample. */
export async function wavHead(who: string, bytes: Cursor, size?: number): Promise<Head> {
  const header = await riffHeader(who, bytes)
  const format = formatOf(who, header)
  const width = format.channels * widthOf(format.encoding)
  const start = bytes.position
  const declared = declaredBy(header, { start, width, size })
  const promised = declared === undefined ? undefined : Math.floor(declared / width)
  const certain = promised !== undefined && size !== undefined && size - start >= promised * width
  return { ...format, header, width, start, declared, ...(certain && { length: promised }) }
}

/**
 * WAV: RIFF, RIFX, RF64, BW64 and Wave64, of integers in 1, 2, 3, 4 or 8 bytes, floats of 32 and 64 bits, mu-law and A-law, plain or WAVE_FORMAT_EXTENSIBLE.
 *
 * The first block has no samples and tells the shape. A header that promises more than there is ends in a DataError after all samples that exist; of a WAV that was piped,
 * whose writer did not know its size, everything up to the end is read.
 *
 * @param size bytes in the whole file, where known
 * @see mmreg.h and "Multiple Channel Audio Data and WAVE Files" (Microsoft) for WAVEFORMATEXTENSIBLE; {@link riffHeader} for the rest
 */
export async function* wav(who: string, bytes: Cursor, size?: number): AsyncGenerator<Samples, void, undefined> {
  const { header, width, start, declared, length, ...format } = await wavHead(who, bytes, size)
  const { rate, channels } = format
  yield { rate, channels: Array.from({ length: channels }, () => new Float32Array(0)), ...(length !== undefined && { length }) }
  const left = yield* unpacked(bytes.rest(declared), format)
  const read = bytes.position - start
  const found = Math.floor(read / width)
  const open = declared === undefined || (read < declared && isOpen(header, width))
  const promised = open ? 0 : Math.floor(declared / width)
  if (found < promised) throw new DataError(`${who}: expected ${promised} samples, as its header promises, got ${found}`, { frame: found })
  // What ends at an odd byte is filled up with one more, which only its size could tell from a sample.
  if (left > 0 && !(open && left === 1 && read % 2 === 0))
    throw new DataError(`${who}: expected whole frames of ${width} bytes, got ${left} left over at the end`, { frame: found })
}

/** Whether a size may stand for one that was not known. */
function isOpen({ narrow, size }: RiffHeader, width: number): boolean {
  return narrow && size > leastUnknown - width
}

/** Bytes of samples, as far as a header can be believed; undefined where they go on to the end of the input. */
function declaredBy(
  header: RiffHeader,
  { start, width, size }: { start: number; width: number; size: number | undefined },
): number | undefined {
  const { size: declared, end, narrow } = header
  // A size of 0 is meant only where the file goes on after it.
  if (declared === 0 && (end <= start || end > leastUnknown)) return undefined
  if (!narrow) return declared <= Number.MAX_SAFE_INTEGER ? declared : undefined
  if (size !== undefined) {
    const more = size - end
    // Sizes of 32 bits lose what is above them.
    if (more > 0 && more % 2 ** 32 === 0) return declared + Math.floor((size - start - declared) / 2 ** 32) * 2 ** 32
    if (start + declared <= size && (more === 0 || more === 1)) return declared
  }
  return unknown.includes(declared) || declared === leastUnknown - (leastUnknown % width) ? undefined : declared
}

/** The codec of a WAV that is not read here, by its first bytes. */
export function foreignWav(head: Uint8Array): string | undefined {
  const start = ascii(head, 0, 4) === 'RIFF' ? ascii(head, 0, head.length).indexOf('fmt ') : -1
  const code = start < 0 ? 0 : head[start + 8]! | (head[start + 9]! << 8)
  const plain = code === extensible ? head[start + 32]! | (head[start + 33]! << 8) : code
  return codecs[plain] && `WAV of ${codecs[plain]}`
}

function formatOf(who: string, { format: chunk, littleEndian }: RiffHeader): Format {
  const half = (at: number) => chunk.getUint16(at, littleEndian)
  const long = (at: number) => chunk.getUint32(at, littleEndian)
  const channels = half(2)
  const rate = long(4)
  const block = half(12)
  const bits = half(14)
  // The first four bytes of an extensible format's GUID are the code that a plain one would have; of a big-endian one sox writes two.
  const guid = half(0) === extensible && chunk.byteLength >= 28 ? long(24) : half(0)
  const code = guid & 0xffff || guid >>> 16
  if (codecs[code] !== undefined)
    throw new DataError(`${who}: expected plain samples, mu-law or A-law, got ${codecs[code]}, which can be read through ffmpeg`)
  if (channels === 0) throw new DataError(`${who}: expected at least 1 channel, got 0`)
  checkRate(who, rate)
  const least = code in laws ? 1 : Math.ceil(bits / 8)
  // Some write 24 bits to 4 bytes without WAVE_FORMAT_EXTENSIBLE; the bytes of a second must agree.
  const bytes = least === 3 && block === 4 * channels && long(8) === rate * block ? 4 : least
  const encoding = code === 1 ? integers[bytes] : code === 3 && bits % 8 === 0 ? floats[bytes] : laws[code]
  if (encoding === undefined)
    throw new DataError(
      `${who}: expected integers of 1 to 32 bits or 64, floats of 32 or 64, mu-law or A-law, got ${bits} bits of format ${code}`,
    )
  if (block !== channels * bytes)
    throw new DataError(`${who}: expected frames of ${channels * bytes} bytes (${channels} × ${bits} bits), got ${block}`)
  // Integers of fewer bits than their bytes have are left-justified: the same numbers, with zeros below.
  return { encoding: littleEndian ? encoding : (encoding.replace('le', 'be') as Encoding), rate, channels }
}
