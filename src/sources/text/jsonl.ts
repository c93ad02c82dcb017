import type { Observable } from 'rxjs'
import { DataError, refusal, show } from '../../core/check.ts'
import { type Given, type Read, read, text } from '../../core/options.ts'
import { type ByteStream, chunksOf } from '../../files/bytes.ts'
import { type Line, lines } from '../../files/lines.ts'
import type { Sequence } from '../../streams/eachSequence.ts'
import { failed } from '../failure.ts'
import { bytesOf } from '../paths.ts'
import { reading, tokenized } from './texts.ts'
import { type Tokenizer, tokenOptions } from './tokens.ts'
import { type Batches, textSequence } from './units.ts'

const field = () => text('the name of a field')

/** The fields of a record. */
export const fieldOptions = {
  /** The field that holds the id, a string or a number; a record without it goes by its line, 'path:12'. */
  idField: field().default('id'),
  /** The field that holds the text. */
  textField: field().default('text'),
  /** The field that holds a label, a string or a number. */
  labelField: field().optional('there are no labels'),
}

const jsonlOptions = { ...tokenOptions, ...fieldOptions }

export type JsonlOptions = Given<typeof jsonlOptions>

/**
 * JSON Lines, one object a line, as sequences of token frames.
 *
 * Shape: one line → one Sequence as from {@link texts}, its length known; blank lines are passed over. Lines are read on demand, up to 64 MiB each.
 *
 * @param source a path, or a stream of bytes such as `process.stdin`
 * @throws TypeError at once for unknown options; a DataError in the stream for a file that cannot be read; in the frames of one sequence, and there alone, a DataError that
 * names the line for one that is not UTF-8, not JSON or has no such text
 * @example
 * jsonl('documents.jsonl', { textField: 'text' }).pipe(eachSequence(embed(await loadVectors()), globalPool('mean')), toVectors())
 */
export function jsonl(source: string | ByteStream, options: JsonlOptions = {}): Observable<Sequence> {
  const { idField, textField, labelField, ...tokens } = read('jsonl', jsonlOptions, options)
  const fields = { idField, textField, labelField }
  if (source === '') throw refusal('jsonl', 'source must be a path or a stream of bytes', source)
  const records = (name: string, open: () => AsyncIterable<Uint8Array>) =>
    tokenized('jsonl', tokens, (tokenizer) => sequencesOf(name, lines(open()), fields, tokenizer))
  if (typeof source === 'string') return records(source, () => bytesOf('jsonl', source))
  return reading(chunksOf('jsonl', source), (chunks) => records('stdin', () => chunks))
}

async function* sequencesOf(
  name: string,
  batches: Batches,
  fields: Read<typeof fieldOptions>,
  tokenizer: Tokenizer,
): AsyncGenerator<Sequence, void, undefined> {
  for await (const batch of batches) {
    for (const line of batch) {
      if (line.fault === undefined && line.text.trim() === '') continue
      yield sequenceOf(`${name}:${line.number}`, line, fields, tokenizer)
    }
  }
}

function sequenceOf(
  place: string,
  line: Line,
  { idField, textField, labelField }: Read<typeof fieldOptions>,
  tokenizer: Tokenizer,
): Sequence {
  const broken = (expected: string, got: string, id = place, cause?: unknown) =>
    failed(id, new DataError(`jsonl: expected ${expected} in line ${line.number}, got ${got}`, { sequence: id, cause }))
  if (line.fault !== undefined) return broken('UTF-8 text', line.fault)
  let record: unknown
  try {
    record = JSON.parse(line.text)
  } catch (cause) {
    return broken('JSON', show(line.text), place, cause)
  }
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return broken('an object', show(record))
  const id = own(record, idField) ?? place
  if (!named(id)) return broken(`a string or a number as ${show(idField)}`, show(id))
  const found = own(record, textField)
  if (typeof found !== 'string') return broken(`a text as ${show(textField)}`, show(found), String(id))
  const label = labelField === undefined ? undefined : (own(record, labelField) ?? undefined)
  if (label !== undefined && !named(label)) return broken(`a string or a number as ${show(labelField)}`, show(label), String(id))
  return textSequence(String(id), found, tokenizer, label === undefined ? undefined : String(label))
}

/** A field of the record's own: `constructor` is on every object. */
function own(record: object, name: string): unknown {
  return Object.hasOwn(record, name) ? (record as Record<string, unknown>)[name] : undefined
}

function named(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}
