import { type Cursor, viewOf } from '../../files/bytes.ts'

/** Bytes as characters of one byte each. */
export function ascii(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to))
}

/** Whether a tag begins here: ID3v2, APE, Lyrics3 or ID3v1. */
export function isTag(head: Uint8Array): boolean {
  return isLyrics(head) || sizeOf(head) !== undefined
}

/** As many zeros as padding may be. */
const padding = 2 ** 20

/**
 * Leaves out tags, as many as there are, and zeros before, between and after them.
 * @returns how many tags
 */
export async function skipTags(bytes: Cursor): Promise<number> {
  for (let tags = 0, zeros = 0; ; ) {
    const head = await bytes.peek(32)
    const size = isLyrics(head) ? lyricsSize(await bytes.peek(mostLyrics)) : sizeOf(head)
    if (size !== undefined) {
      await bytes.skip(size)
      tags++
    } else {
      const count = head.findIndex((byte) => byte !== 0)
      const run = count < 0 ? head.length : count
      zeros += run
      if (run === 0 || zeros > padding) return tags
      await bytes.skip(run)
    }
  }
}

/** Bytes in the tag that begins here. */
function sizeOf(head: Uint8Array): number | undefined {
  if (head.length >= 10 && ascii(head, 0, 3) === 'ID3' && head[3]! < 255 && head[4]! < 255) {
    // Seven bits in each of bytes 6 to 9; a footer repeats the header (ID3v2.4 §3.1, §3.4). Some write eight.
    const sizes = head.subarray(6, 10)
    const base = sizes.some((byte) => byte > 127) ? 256 : 128
    return 10 + sizes.reduce((size, byte) => size * base + byte, 0) + (head[5]! & 16 ? 10 : 0)
  }
  if (head.length >= 32 && ascii(head, 0, 8) === 'APETAGEX') {
    // Items and footer, which the size counts, and a header, which it does not; a footer alone begins no tag.
    const view = viewOf(head)
    return view.getUint32(20, true) & 0x20000000 ? 32 + view.getUint32(12, true) : 32
  }
  return head.length >= 3 && ascii(head, 0, 3) === 'TAG' ? (head[3] === 0x2b ? 227 : 128) : undefined
}

/** Five digits count the bytes of a Lyrics3 tag, and its end is six digits after them. */
const mostLyrics = 2 ** 17

function isLyrics(head: Uint8Array): boolean {
  return ascii(head, 0, 11) === 'LYRICSBEGIN'
}

/** A Lyrics3 tag tells its size behind it alone, and not at all in its first version. */
function lyricsSize(bytes: Uint8Array): number {
  const end = /LYRICS200|LYRICSEND/.exec(new TextDecoder('latin1').decode(bytes))
  return end ? end.index + end[0].length : bytes.length
}
