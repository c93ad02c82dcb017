import { DataError } from '../../core/check.ts'
import type { Cursor } from '../../files/bytes.ts'
import { codecs, run } from './codec.ts'
import type { Samples } from './encoding.ts'
import { ascii, isTag, skipTags } from './tags.ts'

// Our own frames, since @audio/decode-flac 1.3 passes over damaged ones without a word, and loses what follows a frame header that lies in two chunks.

/**
 * FLAC, frame by frame, each one's checksums and number looked at; files one after the other are read as one.
 *
 * @throws DataError, after the samples before it, where a frame is damaged or missing, or STREAMINFO promises another number of samples
 * @see RFC 9639
 */
export async function* flac(who: string, bytes: Cursor): AsyncGenerator<Samples, void, undefined> {
  do {
    const info = await streamInfo(who, bytes)
    yield* measured(who, info.subarray(8), run(who, codecs.flac, frames(who, info, bytes)))
    await skipTags(bytes)
  } while (ascii(await bytes.peek(4), 0, 4) === 'fLaC')
}

/** `fLaC` and STREAMINFO as the only block of metadata; the others are passed over. */
async function streamInfo(who: string, bytes: Cursor): Promise<Uint8Array> {
  const info = (await bytes.peek(42)).slice()
  if (info.length < 42 || (info[4]! & 127) !== 0 || block(info.subarray(4)) !== 34)
    throw new DataError(`${who}: expected FLAC that begins with STREAMINFO, got other metadata`)
  const alone = info[4]! >= 128
  info[4] = 128
  await bytes.skip(42)
  for (let last = alone; !last; ) {
    const head = await bytes.peek(4)
    const size = head.length < 4 ? 4 : 4 + block(head)
    last = head[0]! >= 128
    if ((await bytes.skip(size)) < size) throw new DataError(`${who}: expected FLAC frames, got the end of the file within its metadata`)
  }
  return info
}

/** Bytes in a block of metadata. */
function block(head: Uint8Array): number {
  return (head[1]! << 16) | (head[2]! << 8) | head[3]!
}

/**
 * What STREAMINFO (RFC 9639 §8.2) says is held against what is decoded: bits of a sample, and the number of samples, 0 where that is not known.
 * The decoder divides integers by 2^(bits − 1) − 1; they are put back, so that FLAC gives the samples of the WAV it was made of.
 */
export async function* measured(
  who: string,
  info: Uint8Array,
  recording: AsyncIterable<Samples>,
): AsyncGenerator<Samples, void, undefined> {
  const bits = bitsIn(info)
  const total = info.subarray(14, 18).reduce((high, byte) => high * 256 + byte, info[13]! & 15)
  const full = 2 ** (bits - 1)
  let found = 0
  for await (const { rate, channels } of recording) {
    found += channels[0]!.length
    for (const channel of channels) for (let i = 0; i < channel.length; i++) channel[i] = Math.round(channel[i]! * (full - 1)) / full
    yield { rate, channels }
  }
  if (total > 0 && found !== total)
    throw new DataError(`${who}: expected ${total} samples, as its header promises, got ${found}`, { frame: found })
}

/** Bits of a sample, in STREAMINFO without its head. */
function bitsIn(info: Uint8Array): number {
  return (((info[12]! & 1) << 4) | (info[13]! >> 4)) + 1
}

/** Where a frame begins, told by its header alone. */
interface Header {
  /** Of the frame, or of its first sample where the sizes of blocks vary. */
  readonly number: number
  /** The number of the one after it. */
  readonly next: number
  /** Rate, channels and bits, where it says them by a code of its own. */
  readonly shape: readonly (number | undefined)[]
}

// By their codes (§9.1.2, §9.1.4); the others are told elsewhere.
const rates = [undefined, 88200, 176400, 192000, 8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000]
const depths = [undefined, 8, 12, undefined, 16, 20, 24, 32]

/** No frame of 8 channels × 65535 samples of 32 bits is larger. */
const largest = 2 ** 21 + 2 ** 12

/** As many bytes as tell what begins there. */
const ahead = 32

async function* frames(who: string, info: Uint8Array, bytes: Cursor): AsyncGenerator<Uint8Array, void, undefined> {
  yield info
  const shape = [(info[18]! << 12) | (info[19]! << 4) | (info[20]! >> 4), ((info[20]! >> 1) & 7) + 1, bitsIn(info.subarray(8))]
  let expected: number | undefined
  for (;;) {
    let seen = await bytes.peek(2 ** 16)
    if (seen.length === 0 || isTag(seen) || ascii(seen, 0, 4) === 'fLaC') return
    const header = headerAt(seen, 0)
    const wrong = (got: string) => new DataError(`${who}: expected a FLAC frame at byte ${bytes.position}, got ${got}`)
    if (!header) {
      await skipTags(bytes)
      if ((await bytes.peek(1)).length === 0) return
      throw wrong('other bytes')
    }
    if (expected !== undefined && header.number !== expected) throw wrong(`number ${header.number} where ${expected} follows`)
    expected = header.next
    if (header.shape.some((own, i) => own !== undefined && own !== shape[i]))
      throw wrong(`one of another shape than STREAMINFO says: ${header.shape.join(', ')}, not ${shape.join(', ')} (Hz, channels, bits)`)
    let [at, rest, whole] = [0, 0, 0]
    // A frame with its checksum has the rest 0; so has, one time in 65536, a part of it, but then nothing that could follow.
    for (;;) {
      if (at + ahead > seen.length) {
        const before = seen.length
        seen = await bytes.peek(Math.min(2 * before, largest))
        if (seen.length === before && (at === before || before === largest)) break
      }
      rest = ((rest << 8) & 0xff00) ^ remainders[(rest >> 8) ^ seen[at++]!]!
      if (rest === 0) {
        if (mayFollow(seen, at)) break
        if (isDamagedHeader(seen, at)) whole = at
      }
      if (seen[at] === 0xff && headerAt(seen, at)?.number === expected) break
    }
    if (rest !== 0 && whole > 0) {
      yield seen.slice(0, whole)
      await bytes.skip(whole)
      throw wrong('other bytes')
    }
    if (rest !== 0)
      throw wrong(at === seen.length && at < largest ? 'the end of the file within one' : 'one that is not as its checksum says')
    // A copy, since the decoder keeps what waits for more.
    yield seen.slice(0, at)
    await bytes.skip(at)
  }
}

/** Whether a header's sync code is there, but for one bit, one byte, or one byte too many. */
function isDamagedHeader(seen: Uint8Array, at: number): boolean {
  const [first, second] = [seen[at]! ^ seen[0]!, seen[at + 1]! ^ seen[1]!]
  const oneBit = (wrong: number) => (wrong & (wrong - 1)) === 0
  return oneBit(first) || oneBit(second) || seen[at + 1] === seen[0]
}

/** Whether after a whole frame comes another, another file, a tag, or nothing. Zeros leave the rest at 0, and so belong to the frame. */
function mayFollow(seen: Uint8Array, at: number): boolean {
  return (
    at === seen.length || headerAt(seen, at) !== undefined || isTag(seen.subarray(at, at + ahead)) || ascii(seen, at, at + 4) === 'fLaC'
  )
}

/** A frame header (§9.1), if it is one as its own checksum says. */
function headerAt(seen: Uint8Array, at: number): Header | undefined {
  const [first = 0, second = 0, sizes = 0, kind = 0, lead = 0] = seen.subarray(at, at + 5)
  if (first !== 0xff || (second & 0xfe) !== 0xf8 || (kind & 1) !== 0 || sizes >> 4 === 0 || (sizes & 15) === 15 || kind >> 4 > 10)
    return undefined
  // A number written as UTF-8 is, of up to 36 bits.
  const more = lead < 0x80 ? 0 : Math.clz32(~(lead << 24)) - 1
  if (more < 0 || (more === 0 && lead >= 0x80) || more > 6) return undefined
  let number = more === 0 ? lead : lead & (0x3f >> more)
  for (let i = 1; i <= more; i++) number = number * 64 + (seen[at + 4 + i]! & 0x3f)
  const size = sizes >> 4
  const tail = at + 5 + more
  const sized = size === 6 ? 1 : size === 7 ? 2 : 0
  const rated = (sizes & 15) === 12 ? 1 : (sizes & 15) > 12 ? 2 : 0
  const end = tail + sized + rated
  if (end >= seen.length) return undefined
  let rest = 0
  for (let i = at; i <= end; i++) rest = shortRemainders[rest ^ seen[i]!]!
  if (rest !== 0) return undefined
  const shape = [rates[sizes & 15], kind >> 4 < 8 ? (kind >> 4) + 1 : 2, depths[(kind >> 1) & 7]]
  if ((second & 1) === 0) return { number, next: number + 1, shape }
  const length =
    size === 1
      ? 192
      : size < 6
        ? 144 << size
        : size === 6
          ? seen[tail]! + 1
          : size === 7
            ? seen[tail]! * 256 + seen[tail + 1]! + 1
            : 1 << size
  return { number, next: number + length, shape }
}

/** The remainders of all bytes by a generator of so many bits, the highest bit first. */
function crcTable(bits: number, generator: number): Uint16Array {
  const top = 2 ** (bits - 1)
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let rest = byte << (bits - 8)
    for (let bit = 0; bit < 8; bit++) rest = (rest << 1) ^ (rest & top ? generator : 0)
    return rest & (2 * top - 1)
  })
}

// Of a frame and of its header (§9.3, §9.1.8).
const remainders = crcTable(16, 0x8005)
const shortRemainders = crcTable(8, 0x07)
