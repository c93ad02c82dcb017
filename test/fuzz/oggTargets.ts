import { ascii, type Bytes, joined, lie, patched, written } from './bytewise.ts'
import type { Draws } from './draws.ts'
import type { Sound } from './hearing.ts'
import { type Mutation, soundTarget } from './mutants.ts'
import type { Target } from './target.ts'

interface Page {
  readonly from: number
  readonly to: number
  /** Samples up to its end; of the whole stream. */
  readonly granule: number
  readonly first: boolean
}

/** The pages of a file as it was written (RFC 3533 §6). */
function pagesOf(bytes: Bytes): Page[] {
  const view = new DataView(bytes.buffer)
  const pages: Page[] = []
  for (let from = 0; from < bytes.length; ) {
    const segments = bytes[from + 26]!
    const to = bytes.subarray(from + 27, from + 27 + segments).reduce((sum, size) => sum + size, from + 27 + segments)
    pages.push({ from, to, granule: Number(view.getBigInt64(from + 6, true)), first: (bytes[from + 5]! & 2) !== 0 })
    from = to
  }
  return pages
}

/** A page with the checksum that it should have. */
function sealed(page: Bytes): Bytes {
  const bare = patched(page, 22, [0, 0, 0, 0])
  let rest = 0
  for (const byte of bare) {
    rest ^= byte << 24
    for (let bit = 0; bit < 8; bit++) rest = rest & 0x80000000 ? (rest << 1) ^ 0x04c11db7 : rest << 1
  }
  return patched(bare, 22, written(rest >>> 0, 4, true))
}

/** A page of a stream that is no sound. */
function foreign(flags: number, number: number, body: Uint8Array): Bytes {
  const head = joined(
    ascii('OggS\0'),
    Uint8Array.of(flags),
    new Uint8Array(8),
    written(77, 4, true),
    written(number, 4, true),
    new Uint8Array(4),
  )
  return sealed(joined(head, Uint8Array.of(1, body.length), body))
}

/** What decoders hold back, and what opusenc and oggenc leave out at the beginning, in samples. */
const late = 12_000
const overlap = 8192

/** Samples that lie wholly in the pages before one. */
function before(pages: readonly Page[], i: number): number {
  const granules = pages.slice(0, i).map(({ granule }) => granule)
  return Math.max(0, Math.max(0, ...granules) - late)
}

const cutAt = ({ bytes }: Sound, pages: readonly Page[], i: number, keep: (page: Bytes) => readonly Uint8Array[]): Bytes => {
  const { from, to } = pages[i]!
  return joined(bytes.subarray(0, from), ...keep(bytes.slice(from, to)), bytes.subarray(to))
}

/** One page is changed by `keep`, and that must be noticed. */
const onePage = (what: string, keep: (page: Bytes, draws: Draws) => readonly Uint8Array[]): Mutation => {
  return (sound, draws) => {
    const pages = pagesOf(sound.bytes)
    const i = draws.below(pages.length)
    const bytes = cutAt(sound, pages, i, (page) => keep(page, draws))
    if (same(bytes, sound.bytes)) return undefined
    return { what: `page ${i} of ${pages.length} ${what}`, bytes, right: 'refused', least: before(pages, i), slack: overlap }
  }
}

const mutations: readonly Mutation[] = [
  onePage('removed', () => []),
  onePage('twice', (page) => [page, page]),
  onePage('with a bit changed', (page, draws) => {
    const at = draws.below(page.length)
    return [patched(page, at, [page[at]! ^ (1 << draws.below(8))])]
  }),
  onePage('with some bytes of zero', (page, draws) => [patched(page, draws.below(page.length), new Uint8Array(64))]),
  onePage('with a number that lies', (page, draws) => [sealed(patched(page, 18, written(lie(draws), 4, true)))]),
  onePage('cut short', (page, draws) => [page.subarray(0, draws.below(page.length))]),
  (sound, draws) => {
    const pages = pagesOf(sound.bytes)
    const i = draws.below(pages.length - 1)
    const [one, two] = [pages[i]!, pages[i + 1]!]
    const [first, second] = [sound.bytes.slice(one.from, one.to), sound.bytes.slice(two.from, two.to)]
    const bytes = joined(sound.bytes.subarray(0, one.from), second, first, sound.bytes.subarray(two.to))
    return { what: `pages ${i} and ${i + 1} of ${pages.length} swapped`, bytes, right: 'refused', least: before(pages, i), slack: overlap }
  },
  (sound, draws) => {
    const pages = pagesOf(sound.bytes)
    const at = draws.chance(0.5) ? draws.pick(pages).from : draws.below(sound.bytes.length)
    const i = pages.filter(({ to }) => to <= at).length
    return {
      what: `cut at byte ${at} of ${sound.bytes.length}`,
      bytes: sound.bytes.slice(0, at),
      right: 'refused',
      least: before(pages, i),
      slack: overlap,
    }
  },
  // A chain is its links, or is refused where they differ.
  (sound, draws, all) => {
    const links = [sound, ...draws.list(draws.between(1, 2), () => draws.pick(all))]
    const alike = links.every(({ shape }) => shape === sound.shape)
    const what = `and then ${links.slice(1).map(({ name }) => name)}`
    return { what, bytes: joined(...links.map(({ bytes }) => bytes)), right: alike ? 'same' : 'either', of: links, slack: overlap }
  },
  // Another stream beside it, as Skeleton's and Theora's are.
  (sound) => {
    const [first, ...rest] = pagesOf(sound.bytes) as [Page, ...Page[]]
    const others = [foreign(2, 0, ascii('fishead\0..........')), foreign(0, 1, ascii('fisbone\0....')), foreign(4, 2, new Uint8Array(3))]
    const pages = rest.map(({ from, to }) => sound.bytes.subarray(from, to))
    const bytes = joined(others[0]!, sound.bytes.subarray(0, first.to), others[1]!, others[2]!, ...pages)
    return { what: 'beside another stream', bytes, right: 'same' }
  },
  // Lies that are sealed reach the decoder.
  (sound, draws) => {
    const pages = pagesOf(sound.bytes)
    const i = draws.below(pages.length)
    const bytes = cutAt(sound, pages, i, (page) => {
      const at = draws.below(page.length)
      return [sealed(patched(page, at, draws.chance(0.5) ? draws.bytes(draws.between(1, 4)) : written(lie(draws), 4, true)))]
    })
    return { what: `page ${i} of ${pages.length} changed and sealed`, bytes, right: 'finite' }
  },
  (sound, draws) => ({
    what: 'with other bytes behind it',
    bytes: joined(sound.bytes, draws.bytes(draws.between(1, 100))),
    right: 'either',
    slack: overlap,
  }),
]

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

export const vorbis: Target = soundTarget('vorbis', /\.ogg$/, mutations)
export const opus: Target = soundTarget('opus', /\.opus$/, mutations)
export const oggFlac: Target = soundTarget('oggflac', /\.oga$/, mutations)
