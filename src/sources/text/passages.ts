import type { Line } from '../../files/lines.ts'
import type { Gathering, Paragraph } from './paragraphs.ts'

// As of paragraphs: memory is bounded, and the first tokens do not wait for the end of a file.
const longest = 2 ** 20

/**
 * Gathers lines to passages, which together are the text as it is: one ends before a blank line, and the next begins with what divides them. One longer than 2²⁰ characters is divided
 * before the end of a line, or inside such a line before a space, or anywhere.
 */
export class Passages implements Gathering {
  #held = ''
  /** How much of what is held ends with a line that is not blank. */
  #solid = 0
  /** The line in which it begins. */
  #line = 1
  #begun = false;

  /** The passages that the line ends, if any. */
  *add({ text }: Line): Generator<Paragraph, void, undefined> {
    const blank = text.trim() === ''
    const full = this.#held.length + text.length > longest
    if (this.#solid > 0 && (full || (!blank && this.#held.length > this.#solid))) yield this.#take(this.#solid)
    this.#held += this.#begun ? `\n${text}` : text
    this.#begun = true
    if (!blank) this.#solid = this.#held.length
    while (this.#held.length > longest) yield this.#take(cutOf(this.#held))
  }

  /** What has been gathered, if anything. */
  *end(): Generator<Paragraph, void, undefined> {
    if (this.#held !== '') yield this.#take(this.#held.length)
  }

  #take(length: number): Paragraph {
    const passage = { line: this.#line, text: this.#held.slice(0, length) }
    this.#line += lineEnds(passage.text)
    this.#held = this.#held.slice(length)
    this.#solid = Math.max(0, this.#solid - length)
    return passage
  }
}

function cutOf(text: string): number {
  const space = text.lastIndexOf(' ', longest)
  if (space > 0) return space
  const code = text.charCodeAt(longest - 1)
  return code >= 0xd800 && code < 0xdc00 ? longest - 1 : longest
}

/** Line ends in a text, up to a place in it. */
export function lineEnds(text: string, end: number = text.length): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) count++
  return count
}
