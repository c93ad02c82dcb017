import type { Observable } from 'rxjs'
import { DataError, didYouMean, refusal, show } from '../../core/check.ts'
import { type Given, type Read, text } from '../../core/options.ts'
import { type ByteStream, chunksOf } from '../../files/bytes.ts'
import type { Sequence } from '../../streams/eachSequence.ts'
import { failed } from '../failure.ts'
import { bytesOf } from '../paths.ts'
import { type Entry, Fault, type Wanted, wordIn } from '../tables/entry.ts'
import { reading, textOptions, tokenized } from './texts.ts'
import { readTokens } from './tokens.ts'
import { type Document, type Reading, type Unit, unitSequences } from './units.ts'

const field = () => text('the name of a field')

/** The fields of a record. */
export const fieldOptions = {
  /** The field that holds the id, a string or a number, whose digits are kept; a record without it goes by its line, 'path:12'. */
  idField: field().default('id'),
  /** The field that holds the text. */
  textField: field().default('text'),
  /** The field that holds a label, a string or a number. */
  labelField: field().optional('there are no labels'),
}

export type Fields = Read<typeof fieldOptions>

/** What a table of texts must have. */
export function wantedOf({ idField, textField, labelField }: Fields): Wanted {
  const ids = idField === fieldOptions.idField.missing ? [] : [[idField, 'of ids'] as const]
  return { needed: [[textField, 'of texts'], ...ids], blank: [idField, ...(labelField === undefined ? [] : [labelField])] }
}

export const recordOptions = { ...textOptions, ...fieldOptions }

export type RecordOptions = Given<typeof recordOptions>

/** The records of a form of file, by its path or as its bytes come, as sequences. */
export function recordsFrom(
  who: string,
  source: string | ByteStream,
  options: RecordOptions,
  entriesOf: (name: string, chunks: AsyncIterable<Uint8Array>, fields: Fields) => AsyncIterable<Iterable<Entry>>,
): Observable<Sequence> {
  const { idField, textField, labelField, unit, ...tokens } = readTokens(who, recordOptions, options)
  const fields = { idField, textField, labelField }
  if (source === '') throw refusal(who, 'source must be a path or a stream of bytes', source)
  const sequences = (name: string, chunks: () => AsyncIterable<Uint8Array>) =>
    tokenized(who, tokens, (tokenizer) => recordSequences(who, name, entriesOf(name, chunks(), fields), unit, fields, tokenizer))
  if (typeof source === 'string') return sequences(source, () => bytesOf(who, source))
  return reading(chunksOf(who, source), (chunks) => sequences('stdin', () => chunks))
}

/** Records as sequences; what is wrong with one of them is told in its frames, and there alone. */
export async function* recordSequences(
  who: string,
  name: string,
  batches: AsyncIterable<Iterable<Entry>>,
  unit: Unit,
  fields: Fields,
  tokenizer: Reading,
): AsyncGenerator<Sequence, void, undefined> {
  for await (const batch of batches) {
    for (const entry of batch) {
      let document: Document
      try {
        document = documentOf(who, name, entry, fields)
      } catch (error) {
        if (!(error instanceof DataError)) throw error
        yield failed(error.sequence!, error)
        continue
      }
      yield* unitSequences(who, unit, document, tokenizer)
    }
  }
}

function documentOf(who: string, name: string, { line, fields: given }: Entry, { idField, textField, labelField }: Fields): Document {
  const place = `${name}:${line}`
  let id = place
  const broken = (expected: string, got: string, cause?: unknown) =>
    new DataError(`${who}: ${place}: expected ${expected}, got ${got}`, { sequence: id, cause })
  if (given instanceof Fault) throw broken(given.expected, given.got, given.cause)
  const fields = new Map(given)
  const taken = (field: string): string | undefined => {
    fields.delete(field)
    const word = wordIn(given, field)
    if (word instanceof Fault) throw broken(word.expected, word.got)
    return word
  }
  id = taken(idField) ?? id
  const found = given.get(textField)
  fields.delete(textField)
  if (!found?.startsWith('"')) {
    const others = [...given.keys()]
    throw broken(
      `a text as ${show(textField)}`,
      found === undefined ? `the fields ${show(others)}${didYouMean(textField, others)}` : shown(found),
    )
  }
  const label = labelField === undefined ? undefined : taken(labelField)
  return { id, text: JSON.parse(found) as string, ...(label !== undefined && { label }), ...(fields.size > 0 && { fields }) }
}

function shown(json: string): string {
  return show(JSON.parse(json))
}
