import type { Line } from '../../files/lines.ts'

/** Lines that belong together. */
export interface Paragraph {
  /** Number of its first line. */
  readonly line: number
  readonly text: string
}

/** What gathers lines to what is read at once. */
export interface Gathering {
  add(line: Line): Iterable<Paragraph>
  end(): Iterable<Paragraph>
}

// A text without blank lines is read in pieces, so that memory is bounded and the first tokens do not wait for the end of the file.
const longest = 2 ** 20

/**
 * Gathers lines to paragraphs, which blank lines divide. One longer than 2²⁰ characters is divided at the end of a line, or inside such a line
 * after a full stop, a space, or anywhere. White space around lines is dropped.
 */
export class Gatherer implements Gathering {
  #first = 0
  #length = 0
  #lines: string[] = []

  /** What is made of each line: by itself and whole, so that accents and joiners are never apart from what they belong to. */
  constructor(readonly plain: (text: string) => string = (text) => text) {}

  /** The paragraphs that the line ends, if any. */
  *add({ number, text }: Line): Generator<Paragraph, void, undefined> {
    let rest = this.plain(text).trim()
    if (rest === '') yield* this.end()
    while (rest !== '') {
      const piece = rest.slice(0, cutOf(rest))
      rest = rest.slice(piece.length).trimStart()
      if (this.#length + piece.length > longest) yield* this.end()
      if (this.#lines.length === 0) this.#first = number
      this.#lines.push(piece)
      this.#length += piece.length
    }
  }

  /** What has been gathered, if anything. */
  *end(): Generator<Paragraph, void, undefined> {
    if (this.#lines.length === 0) return
    const paragraph = { line: this.#first, text: this.#lines.join('\n') }
    this.#lines = []
    this.#length = 0
    yield paragraph
  }
}

function cutOf(text: string): number {
  if (text.length <= longest) return text.length
  const stop = text.lastIndexOf('. ', longest - 1)
  return stop > 0 ? stop + 1 : Math.max(text.lastIndexOf(' ', longest), 0) || longest
}

/** Lines at hand, gathered. */
export function* paragraphs(lines: Iterable<Line>, gatherer: Gathering): Generator<Paragraph, void, undefined> {
  for (const line of lines) yield* gatherer.add(line)
  yield* gatherer.end()
}
