import { DataError } from '../../core/check.ts'
import { type Cursor, viewOf } from '../../files/bytes.ts'
import { type Codec, codecs, run } from './codec.ts'
import type { Samples } from './encoding.ts'
import { measured } from './flac.ts'
import { ascii, skipTags } from './tags.ts'

// Our own pages, since the decoders' own parser neither looks at checksums nor tells that pages are missing, and begins no new stream within a file.

/** One page (RFC 3533 §6). */
interface Page {
  readonly bytes: Uint8Array
  /** What the header says before its packets. */
  readonly first: boolean
  readonly last: boolean
  readonly serial: number
  readonly number: number
  readonly body: Uint8Array
}

/** What a stream's first packet begins with, and what it then is. */
const streams: readonly (readonly [magic: string, name: string, codec?: Codec])[] = [
  ['\x01vorbis', 'Vorbis', codecs.vorbis],
  ['OpusHead', 'Opus', codecs.opus],
  ['\x7fFLAC', 'FLAC', codecs.flac],
  ['Speex   ', 'Speex'],
  ['\x80theora', 'Theora'],
  ['fishead\0', 'Skeleton'],
  ['\x80kate', 'Kate'],
  ['CELT    ', 'CELT'],
  ['PCM     ', 'PCM'],
  ['BBCD\0', 'Dirac'],
]

/** What streams begin here, where none of them can be decoded: "Ogg Speex". Undefined where one can. */
export function foreignOgg(head: Uint8Array): string | undefined {
  const names: string[] = []
  for (let page = pageIn(head); page?.first; page = pageIn(head.subarray(page.bytes.byteOffset - head.byteOffset + page.bytes.length))) {
    const [, name = 'of an unknown codec', codec] = streamOf(page)
    if (codec) return undefined
    names.push(name)
  }
  return names.length > 0 ? `Ogg ${names.join(' and ')}` : undefined
}

function streamOf({ body }: Page): (typeof streams)[number] | readonly [] {
  return streams.find(([magic]) => ascii(body, 0, magic.length) === magic) ?? []
}

/**
 * Ogg: of each link of a chain the first stream of Vorbis, Opus or FLAC, one link after the other. What stands beside it (Theora, Skeleton) is passed over.
 *
 * @throws DataError, after the samples before it, where a page's checksum is wrong, a page is missing, or a stream has no end
 */
export async function* ogg(who: string, bytes: Cursor): AsyncGenerator<Samples, void, undefined> {
  const pages = checkedPages(who, bytes)
  for (let page = await pages(); page; ) {
    const beginning: Page[] = []
    for (; page?.first; page = await pages()) {
      const { serial } = page
      if (beginning.some((one) => one.serial === serial)) throw new DataError(`${who}: expected one first page of each Ogg stream, got two`)
      beginning.push(page)
    }
    const found = beginning.find((one) => streamOf(one)[2])
    const [, name, codec] = found ? streamOf(found) : []
    if (!found || !codec) throw new DataError(`${who}: expected the first page of a Vorbis, Opus or FLAC stream in Ogg, got another`)
    const link = linkOf(who, found, page, pages)
    const recording = run(who, { ...codec, name: `Ogg ${name}` }, link.pages)
    // Of FLAC, STREAMINFO follows the mapping's 9 bytes, `fLaC` and the block's header (RFC 9639 §10.1).
    yield* codec === codecs.flac ? measured(who, found.body.subarray(17), recording) : recording
    page = link.next()
  }
}

/** The pages of one stream to its end, and the page that follows on them, once they have been read. */
function linkOf(who: string, begin: Page, second: Page | undefined, pages: () => Promise<Page | undefined>) {
  let page = second
  async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
    yield begin.bytes
    for (let number = begin.number, ended = begin.last; !ended; page = await pages()) {
      if (!page || page.first)
        throw new DataError(`${who}: expected a page that ends the Ogg stream, got ${page ? 'another stream' : 'none'}`)
      if (page.serial !== begin.serial) continue
      number = (number + 1) >>> 0
      if (page.number !== number) throw new DataError(`${who}: expected Ogg page ${number}, got ${page.number}`)
      yield page.bytes
      ended = page.last
    }
    // The others may end later.
    for (; page && !page.first; page = await pages()) {
      if (page.serial === begin.serial)
        throw new DataError(`${who}: expected nothing after the page that ends the Ogg stream, got page ${page.number}`)
    }
  }
  return { pages: read(), next: () => page }
}

/** The next page each time, its checksum looked at. */
function checkedPages(who: string, bytes: Cursor): () => Promise<Page | undefined> {
  return async () => {
    let head = await bytes.peek(largest)
    if (ascii(head, 0, 4) !== 'OggS') {
      await skipTags(bytes)
      head = await bytes.peek(largest)
      if (head.length === 0) return undefined
    }
    const page = pageIn(head)
    const at = `at byte ${bytes.position}`
    if (!page)
      throw new DataError(
        `${who}: expected a whole Ogg page ${at}, got ${ascii(head, 0, 4) === 'OggS' ? 'the end of the file' : 'other bytes'}`,
      )
    if (checksum(page.bytes) !== viewOf(page.bytes).getUint32(22, true))
      throw new DataError(`${who}: expected an Ogg page ${at} that is as its checksum says, got damaged bytes`)
    await bytes.skip(page.bytes.length)
    return page
  }
}

/** A header, 255 lengths, and as many segments of 255 bytes. */
const largest = 27 + 255 + 255 * 255

/** The page that bytes begin with; undefined where they do not, or lack some of it. */
function pageIn(bytes: Uint8Array): Page | undefined {
  if (bytes.length < 27 || ascii(bytes, 0, 4) !== 'OggS' || bytes[4] !== 0) return undefined
  const start = 27 + bytes[26]!
  const end = bytes.subarray(27, start).reduce((sum, size) => sum + size, start)
  if (bytes.length < end) return undefined
  const view = viewOf(bytes)
  const flags = bytes[5]!
  return {
    bytes: bytes.subarray(0, end),
    first: (flags & 2) !== 0,
    last: (flags & 4) !== 0,
    serial: view.getUint32(14, true),
    number: view.getUint32(18, true),
    body: bytes.subarray(start, end),
  }
}

// CRC-32 of the generator 0x04c11db7, the highest bit first, beginning at 0 (RFC 3533 §6).
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte << 24
  for (let bit = 0; bit < 8; bit++) rest = (rest << 1) ^ (rest < 0 ? 0x04c11db7 : 0)
  return rest
})

/** Of a page whose own checksum counts as zeros. */
function checksum(page: Uint8Array): number {
  let rest = 0
  for (let i = 0; i < page.length; i++) {
    const byte = i >= 22 && i < 26 ? 0 : page[i]!
    rest = (rest << 8) ^ table[(rest >>> 24) ^ byte]!
  }
  return rest >>> 0
}
