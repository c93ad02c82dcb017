/** How pieces of a text are spelt: by its letters, its bytes, or with a sign for a space. */
export interface Spelling {
  /** The sign that stands for a space, where there is one. */
  readonly space?: string
  /** Whether each letter of a piece is a byte of UTF-8. */
  readonly bytes: boolean
}

/** A piece in a text: units `from` to `to` of the piece are the text's from `at` on. */
export interface Found {
  readonly at: number
  /** The text's length that the first `units` of the piece take; `up` to the end of a letter that is cut. */
  length(units: number, up: boolean): number
  readonly end: number
}

// How far from where it should be a piece is looked for.
const reach = 64

/** The text as pieces of it are spelt, unit by unit. */
export function surfaceOf(text: string, { space, bytes }: Spelling): string {
  if (bytes) return wellFormed(text)
  return space === undefined ? text : text.replaceAll(' ', space)
}

/** Finds pieces one after the other: each is where the last ended, or after white space, and may begin with a space that is not there. */
export function finder(surface: string, spelling: Spelling): (piece: string) => Found {
  let cursor = 0
  return (spelt) => {
    const piece = spelling.bytes ? ofBytes(spelt) : spelt
    const sign = spelling.space ?? ' '
    const [at, put] = place(surface, piece, piece.startsWith(sign) ? sign.length : 0, cursor)
    const end = Math.min(surface.length, at + piece.length - put)
    cursor = end
    const width = spelling.bytes && piece.length !== spelt.length ? widths(piece) : undefined
    return {
      at,
      end,
      length: (units, up) => Math.min(end - at, Math.max(0, (width ? lettersOf(width, units, up) : units) - put)),
    }
  }
}

/** Where a piece is, and how much of its beginning was put in. */
function place(surface: string, piece: string, sign: number, cursor: number): readonly [at: number, put: number] {
  if (surface.startsWith(piece, cursor)) return [cursor, 0]
  if (sign > 0 && surface.startsWith(piece.slice(sign), cursor)) return [cursor, sign]
  let next = cursor
  while (next < surface.length && surface.charAt(next).trim() === '') next++
  const near = surface.slice(next, next + reach + piece.length)
  for (const put of sign > 0 ? [0, sign] : [0]) {
    const found = near.indexOf(piece.slice(put))
    if (found >= 0) return [next + found, put]
  }
  return [cursor, piece.length]
}

/** Bytes up to the end of each code unit; the second unit of a pair ends where its first does. */
function widths(text: string): number[] {
  const all: number[] = []
  let bytes = 0
  for (const letter of text) {
    bytes += byteLength(letter.codePointAt(0)!)
    for (let k = 0; k < letter.length; k++) all.push(bytes)
  }
  return all
}

function lettersOf(width: readonly number[], bytes: number, up: boolean): number {
  if (bytes <= 0) return 0
  let units = 0
  while (units < width.length && width[units]! <= bytes) units++
  const within = (width[units - 1] ?? 0) < bytes
  if (up && within && units < width.length) for (const end = width[units]; width[units] === end; ) units++
  return units
}

function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
}

// GPT-2's letters for bytes: those that print stand for themselves, the others for 256 and on.
const printed = (byte: number) => (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte < 0xad) || byte > 0xad
const hidden = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !printed(byte))
const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { ignoreBOM: true })

function ofBytes(spelt: string): string {
  const bytes = Uint8Array.from({ length: spelt.length }, (_, i) => {
    const code = spelt.charCodeAt(i)
    return code < 256 ? code : (hidden[code - 256] ?? 0)
  })
  return decoder.decode(bytes)
}

/** How a model writes its tokens. */
export interface Writing {
  /** What begins a token that goes on with a word. */
  readonly prefix: string
  /** What ends the last token of a word. */
  readonly suffix: string
  readonly unknown: string | undefined
  /** What an unknown token stands for: the piece, a letter, or all letters up to the next known token. */
  readonly stands: 'piece' | 'letter' | 'run'
}

const byteToken = /^<0x([0-9A-F]{2})>$/

/** Where each token of a piece is, in units of the piece. */
export function spansOf(piece: string, tokens: readonly string[], writing: Writing): (readonly [from: number, to: number])[] {
  const bare = (token: string, i: number) => {
    const { prefix, suffix } = writing
    const text = i > 0 && prefix !== '' && token.startsWith(prefix) ? token.slice(prefix.length) : token
    return suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text
  }
  const spans: (readonly [number, number])[] = []
  let at = 0
  // Bytes that are still to come of the letter at hand; each has its place.
  let owed = 0
  tokens.forEach((token, i) => {
    const from = at
    const text = bare(token, i)
    const letter = piece.codePointAt(at) ?? 0
    const one = at < piece.length ? (letter > 0xffff ? 2 : 1) : 0
    if (token !== writing.unknown && piece.startsWith(text, at)) at += text.length
    else if (byteToken.test(token)) {
      owed = owed > 0 ? owed - 1 : byteLength(letter) - 1
      spans.push([from, at + one])
      if (owed === 0) at += one
      return
    } else if (writing.stands === 'piece') at = piece.length
    else if (writing.stands === 'letter') at += one
    else {
      const next = tokens.findIndex((other, k) => k > i && other !== writing.unknown)
      const found = next < 0 ? -1 : piece.indexOf(bare(tokens[next]!, next), at + one)
      at = found < 0 ? piece.length : found
    }
    spans.push([from, at])
  })
  return spans
}

/** Bytes of a letter in UTF-8. */
function byteLength(code: number): number {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
}
