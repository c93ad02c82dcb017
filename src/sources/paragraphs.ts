import type { Line } from './lines.ts'

/** Lines that belong together. */
export interface Paragraph {
  /** Number of its first line. */
  readonly line: number
  readonly text: string
}

// A text without blank lines is read in pieces, so that memory is bounded and a piece's first tokens do not wait for the end of the file.
const longest = 2 ** 20

/** Gathers lines to paragraphs: up to a blank line, or to the end of the line that exceeds 2²⁰ characters. White space around lines is dropped. */
export class Gatherer {
  #lines: string[] = []
  #first = 0
  #length = 0

  /** The paragraph that the line ends, if it ends one. */
  add({ number, text }: Line): Paragraph | undefined {
    const trimmed = text.trim()
    if (trimmed === '') return this.end()
    if (this.#lines.length === 0) this.#first = number
    this.#lines.push(trimmed)
    this.#length += trimmed.length
    return this.#length > longest ? this.end() : undefined
  }

  /** What has been gathered, if anything. */
  end(): Paragraph | undefined {
    if (this.#lines.length === 0) return undefined
    const paragraph = { line: this.#first, text: this.#lines.join('\n') }
    this.#lines = []
    this.#length = 0
    return paragraph
  }
}
