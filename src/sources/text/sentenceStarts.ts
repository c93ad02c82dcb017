import { lineEnds } from './passages.ts'

// Made when first needed; it is of all languages.
let segmenter: Intl.Segmenter | undefined

const gaps = /\s*[\n\r\u0085\u2028]\s*/g

// Engines take time for each sentence that grows with all of the text, so it is looked at through a window. Whether a sentence ends is told by the next letter, which is not further than this.
const window = 512
const ahead = 128

/**
 * Where the sentences of a text begin, at their first letter: by the rules of Unicode for all languages, but for lines, whose ends are spaces where no blank line follows.
 * @source Unicode Standard Annex 29, Sentence Boundaries, as Intl.Segmenter has them
 */
export function sentenceStarts(text: string): number[] {
  segmenter ??= new Intl.Segmenter('und', { granularity: 'sentence' })
  const flowing = text.replace(gaps, (gap) => (divides(gap) ? gap : ' '.repeat(gap.length)))
  const starts: number[] = []
  let size = window
  for (let from = 0; from < flowing.length; ) {
    const part = flowing.slice(from, from + size)
    const last = from + size >= flowing.length
    let end = from
    for (const { segment, index } of segmenter.segment(part)) {
      if (!last && index + segment.length > size - ahead) break
      const within = segment.search(/\S/)
      if (within >= 0) starts.push(from + index + within)
      end = from + index + segment.length
    }
    // A sentence longer than the window needs a wider one.
    size = end === from ? 2 * size : window
    from = end
  }
  return starts
}

/** The sentences of a text, each a text of its own, and the line it begins in, from 0. */
export function* sentencesOf(text: string): Generator<{ readonly line: number; readonly text: string }, void, undefined> {
  const starts = sentenceStarts(text)
  let [line, counted] = [0, 0]
  for (const [i, start] of starts.entries()) {
    line += lineEnds(text.slice(counted, start))
    counted = start
    yield { line, text: text.slice(start, starts[i + 1]).trimEnd() }
  }
}

function divides(gap: string): boolean {
  return gap.includes('\u2029') || gap.indexOf('\n') !== gap.lastIndexOf('\n')
}
