import { concatMap, defer, from, Observable } from 'rxjs'
import { refusal } from '../../core/check.ts'
import type { Frames } from '../../core/frames.ts'
import { type Given, type Read, text } from '../../core/options.ts'
import { type ByteStream, type Chunks, chunksOf } from '../../files/bytes.ts'
import { lines } from '../../files/lines.ts'
import type { Sequence } from '../../streams/eachSequence.ts'
import { bytesOf } from '../paths.ts'
import { eachText, type Text } from './eachText.ts'
import { Looked } from './looked.ts'
import { modelTokenizer } from './modelTokenizer.ts'
import { readTokens, type TokenOptions, tokenizer, tokenOptions } from './tokens.ts'
import { cutSequences, documentFrames, type Reading, unitOption, unitSequences } from './units.ts'

export const textOptions = {
  ...tokenOptions,
  /** What one sequence is: a whole text, a line that is not blank ('id:12'), or a sentence ('id:12.3', the third that begins in line 12). */
  unit: unitOption,
}

export type TextOptions = Given<typeof textOptions>

const streamOptions = {
  ...textOptions,
  /** Id of the document. */
  id: text().default('stdin'),
}

/**
 * Texts as sequences of token frames.
 *
 * Shape: one text → one Sequence of one frame a token (1 plane × 1 bin × 1 channel, the vocabulary id, the clock in tokens, the length known), weight 0 where masked, and
 * a boundary at the first token of each sentence. A blank line ends a sentence. An empty text gives no frames; one of unknown words alone, frames of weight 0.
 *
 * @param source strings, whose ids are '0', '1', …, or texts with ids of their own
 * @throws TypeError at once for unknown options; in the stream for items that are no texts, and Error where wink-nlp or the vectors are missing
 * @example
 * texts(['The sea rises.', { id: 'rye', text: 'Rye dough is sticky.' }]).pipe(eachSequence(embed(await loadVectors()), globalPool('mean')), toVectors())
 */
export function texts(source: Iterable<string | Text> | AsyncIterable<string | Text>, options: TextOptions = {}): Observable<Sequence> {
  const { unit, ...tokens } = readTokens('texts', textOptions, options)
  const all = eachText('texts', source)
  return tokenized('texts', tokens, async function* (tokenizer) {
    for await (const text of all()) yield* unitSequences('texts', unit, text, tokenizer)
  })
}

/**
 * One file of prose, UTF-8, whatever its name, as token frames. It is read paragraph by paragraph: memory stays bounded, and the length is not known beforehand.
 *
 * Shape: as one sequence of {@link texts}, after a first block without frames.
 *
 * @throws TypeError at once for unknown options; DataError in the stream for a file that cannot be read, and with the line for bytes that are not UTF-8
 * @example
 * textFile('letters.txt').pipe(embed(await loadVectors()), globalPool('mean'))
 */
export function textFile(path: string, options: TokenOptions = {}): Observable<Frames> {
  const tokens = readTokens('textFile', tokenOptions, options)
  if (typeof path !== 'string' || path === '') throw refusal('textFile', 'path must be the path of a file', path)
  return tokenized('textFile', tokens, (tokenizer) => documentFrames('textFile', path, lines(bytesOf('textFile', path)), tokenizer))
}

/**
 * A stream of UTF-8 bytes, such as `process.stdin`, as sequences of token frames, read on demand.
 *
 * Shape: as one text of {@link texts}, its length not known.
 *
 * @throws TypeError at once for a source that is no stream, and for unknown options; in the frames of one sequence, and there alone, a DataError for a line that is not UTF-8
 * @example
 * textStream(process.stdin, { unit: 'line' })
 */
export function textStream(source: ByteStream, options: Given<typeof streamOptions> = {}): Observable<Sequence> {
  const { id, unit, ...tokens } = readTokens('textStream', streamOptions, options)
  const open = chunksOf('textStream', source)
  if (unit !== 'document')
    return reading(open, (chunks) =>
      tokenized('textStream', tokens, (tokenizer) => cutSequences('textStream', unit, id, lines(chunks), tokenizer)),
    )
  return tokenized('textStream', tokens, async function* (tokenizer) {
    const looked = new Looked()
    const frames = reading(open, (chunks) => from(documentFrames('textStream', id, lines(chunks), tokenizer, looked)))
    yield { id, frames, coverage: looked.share }
  })
}

/** Opens a stream when subscribed to; unsubscribing also ends a read that is waiting for data. */
export function reading<Item>(open: () => Chunks, read: (chunks: Chunks) => Observable<Item>): Observable<Item> {
  return new Observable((subscriber) => {
    const chunks = open()
    subscriber.add(chunks.release)
    read(chunks).subscribe(subscriber)
  })
}

/** What is made with a tokenizer, item by item. The tokenizer is there before the first item, so that their frames come at once and nothing runs ahead of them. */
export function tokenized<Item>(
  who: string,
  options: Read<typeof tokenOptions>,
  make: (tokenizer: Reading) => AsyncIterable<Item>,
): Observable<Item> {
  const { model } = options
  return defer(async () => make(model ? modelTokenizer(model) : await tokenizer(who, options))).pipe(concatMap((items) => items))
}
