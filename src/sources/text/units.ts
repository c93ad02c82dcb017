import { defer, lastValueFrom } from 'rxjs'
import { DataError } from '../../core/check.ts'
import { blocks, type Frames } from '../../core/frames.ts'
import { oneOf } from '../../core/options.ts'
import { nothing } from '../../core/stage.ts'
import { type Line, linesOf } from '../../files/lines.ts'
import type { Sequence } from '../../streams/eachSequence.ts'
import { failed } from '../failure.ts'
import type { Text } from './eachText.ts'
import { engines } from './engine.ts'
import { Looked } from './looked.ts'
import { Gatherer, type Paragraph, paragraphs } from './paragraphs.ts'
import { plainText } from './plain.ts'
import { breakable, framesOf, type Tokenizer, type Tokens, type WholeReader } from './tokens.ts'

/** What one sequence is. */
export type Unit = 'document' | 'line' | 'sentence'

/** {@link Unit}: a document, a line or a sentence. */
export const unitOption = oneOf<Unit>('document', 'line', 'sentence').default('document')

/** What reads texts: token by token, or as a whole. */
export type Reading = Tokenizer | WholeReader

/** Lines in batches, as they arrive or at hand. */
export type Batches = AsyncIterable<readonly Line[]> | Iterable<readonly Line[]>

// Frames in one block, at most: a stage's output for a block is a hundred times as large as the block.
const size = 4096

/** A text with all that its sequences are to carry. */
export interface Document extends Text, Pick<Sequence, 'fields'> {}

/** One text at hand as one sequence, of known length. */
export function textSequence({ id, text, label, fields }: Document, tokenizer: Reading): Sequence {
  const own = { ...(label !== undefined && { label }), ...(fields !== undefined && { fields }) }
  if ('whole' in tokenizer) return { id, frames: tokenizer.whole(text), ...own }
  const looked = new Looked()
  return {
    id,
    frames: defer(() => cut(wholeOf(text, tokenizer, looked), tokenizer)),
    coverage: looked.share,
    ...own,
  }
}

/** Tokens as a sequence of their own. */
function tokenSequence(id: string, tokens: Tokens, tokenizer: Tokenizer): Sequence {
  const looked = new Looked()
  looked.put(0, tokens.looked)
  const ids = framesOf(tokens, tokenizer.sized(tokens.ids.length), 0)
  return { id, frames: defer(() => cut(ids, tokenizer)), coverage: looked.share }
}

/** One text at hand as the sequences of its units. */
export function unitSequences(who: string, unit: Unit, whole: Document, tokenizer: Reading): Iterable<Sequence> | AsyncIterable<Sequence> {
  return unit === 'document' ? [textSequence(whole, tokenizer)] : partsOf(who, unit, whole, tokenizer)
}

async function* partsOf(
  who: string,
  unit: 'line' | 'sentence',
  { id, text, label, fields }: Document,
  tokenizer: Reading,
): AsyncGenerator<Sequence, void, undefined> {
  for await (const sequence of cutSequences(who, unit, id, [linesOf(text)], tokenizer)) {
    yield { ...sequence, ...(label !== undefined && { label }), ...(fields !== undefined && { fields }) }
  }
}

/** Lines as the sequences of their units. */
export function cutSequences(
  who: string,
  unit: 'line' | 'sentence',
  id: string,
  batches: Batches,
  tokenizer: Reading,
): AsyncGenerator<Sequence, void, undefined> {
  return unit === 'line' ? lineSequences(who, id, batches, tokenizer) : sentenceSequences(who, id, batches, tokenizer)
}

function* cut(ids: Frames, tokenizer: Tokenizer): Iterable<Frames> {
  for (const block of ids.length <= size ? [ids] : blocks(ids, size)) yield tokenizer.given(block)
}

function wholeOf(text: string, tokenizer: Tokenizer, looked: Looked): Frames {
  const parts = Array.from(tokenizer.passages(text), (passage) => tokenizer.tokens(passage.text))
  const length = parts.reduce((sum, part) => sum + part.ids.length, 0)
  const ids = new Float32Array(length)
  const weights = new Float32Array(length)
  const sentences: { at: number; line: number }[] = []
  let filled = 0
  for (const part of parts) {
    ids.set(part.ids, filled)
    weights.set(part.weights, filled)
    looked.put(filled, part.looked)
    for (const { at, line } of part.sentences) sentences.push({ at: filled + at, line })
    filled += part.ids.length
  }
  return framesOf({ ids, weights, sentences }, tokenizer.sized(length), 0)
}

/** One document that streams, paragraph by paragraph; its length is not known before its end. The first block is empty and tells the layout. */
export async function* documentFrames(
  who: string,
  id: string,
  batches: Batches,
  tokenizer: Reading,
  looked = new Looked(),
): AsyncGenerator<Frames, void, undefined> {
  if ('whole' in tokenizer) {
    yield await lastValueFrom(tokenizer.whole(await textIn(who, id, batches)))
    return
  }
  const words = tokenizer
  yield words.given(nothing(words.layout))
  const gatherer = words.gathering()
  let start = 0
  const framed = function* (paragraphs: Iterable<Paragraph>) {
    for (const { text } of paragraphs) {
      const tokens = words.tokens(text)
      const frames = framesOf(tokens, words.layout, start)
      looked.put(start, tokens.looked)
      start += frames.length
      yield* cut(frames, words)
    }
  }
  for await (const batch of batches) {
    for (const line of batch) {
      if (line.fault !== undefined) throw faulty(who, id, line)
      yield* framed(gatherer.add(line))
    }
  }
  yield* framed(gatherer.end())
}

/** The text of lines, for what needs all of it. */
async function textIn(who: string, id: string, batches: Batches): Promise<string> {
  const all: string[] = []
  for await (const batch of batches) {
    for (const line of batch) {
      if (line.fault !== undefined) throw faulty(who, id, line)
      all.push(line.text)
    }
  }
  return all.join('\n')
}

/** Every line that is not blank as a sequence 'id:12'. */
async function* lineSequences(who: string, id: string, batches: Batches, tokenizer: Reading): AsyncGenerator<Sequence, void, undefined> {
  for await (const batch of batches) {
    for (const line of batch) {
      const name = `${id}:${line.number}`
      if (line.fault !== undefined) yield failed(name, faulty(who, name, line))
      else if (plainText(line.text).trim() !== '') yield textSequence({ id: name, text: line.text.replace(/\r$/, '') }, tokenizer)
    }
  }
}

/** Every sentence as a sequence 'id:12.3', the third that begins in line 12. A line that is no text ends a paragraph. */
async function* sentenceSequences(
  who: string,
  id: string,
  batches: Batches,
  tokenizer: Reading,
): AsyncGenerator<Sequence, void, undefined> {
  const gatherer = tokenizer.gathering()
  let [line, count] = [0, 0]
  const cutUp = function* (paragraphs: Iterable<Paragraph>): Generator<Sequence, void, undefined> {
    for (const { line: first, text } of paragraphs) {
      for (const sentence of tokenizer.sentences(text)) {
        count = first + sentence.line === line ? count + 1 : 1
        line = first + sentence.line
        const name = `${id}:${line}.${count}`
        yield 'text' in sentence
          ? textSequence({ id: name, text: sentence.text }, tokenizer)
          : tokenSequence(name, sentence.tokens, tokenizer as Tokenizer)
      }
    }
  }
  for await (const batch of batches) {
    for (const read of batch) {
      // Not `yield*`, which costs some promises for each.
      for (const sequence of cutUp(read.fault === undefined ? gatherer.add(read) : gatherer.end())) yield sequence
      const name = `${id}:${read.number}`
      if (read.fault !== undefined) yield failed(name, faulty(who, name, read))
    }
  }
  for (const sequence of cutUp(gatherer.end())) yield sequence
}

/** Texts cut into units, as texts; ids as those of {@link lineSequences} and {@link sentenceSequences}. */
export async function* cutTexts(who: string, unit: Unit, texts: AsyncIterable<Text>): AsyncGenerator<Text, void, undefined> {
  const engine = unit === 'sentence' ? await engines(who) : undefined
  for await (const whole of texts) {
    if (unit === 'document') yield whole
    else {
      const parts = engine ? sentencesOf(whole.text, (text) => engine().nlp.readDoc(text).sentences().out()) : linePartsOf(whole.text)
      for (const { place, text } of parts) yield { ...whole, id: `${whole.id}:${place}`, text }
    }
  }
}

interface Part {
  /** '12', the line, or '12.3', the third sentence that begins there. */
  readonly place: string
  readonly text: string
}

function* linePartsOf(whole: string): Generator<Part, void, undefined> {
  for (const { number, text } of linesOf(whole)) if (text.trim() !== '') yield { place: String(number), text }
}

function* sentencesOf(whole: string, cutUp: (text: string) => string[]): Generator<Part, void, undefined> {
  let [line, count] = [0, 0]
  for (const { line: first, text } of paragraphs(linesOf(whole), new Gatherer())) {
    const paragraph = breakable(text)
    let at = 0
    let breaks = 0
    for (const sentence of cutUp(paragraph).map((one) => one.trim())) {
      if (sentence === '') continue
      const begin = paragraph.indexOf(sentence, at)
      breaks += paragraph.slice(at, begin).split('\n').length - 1
      count = first + breaks === line ? count + 1 : 1
      line = first + breaks
      yield { place: `${line}.${count}`, text: sentence }
      breaks += sentence.split('\n').length - 1
      at = begin + sentence.length
    }
  }
}

function faulty(who: string, sequence: string, { number, fault }: Line): DataError {
  return new DataError(`${who}: expected UTF-8 text in line ${number}, got ${fault}`, { sequence })
}
