import { basename, extname } from 'node:path'
import { defer, from, type Observable } from 'rxjs'
import { DataError } from '../../core/check.ts'
import { lines } from '../../files/lines.ts'
import type { Sequence } from '../../streams/eachSequence.ts'
import { failed } from '../failure.ts'
import { bytesOf, endings, patternsOf, sequencesOf } from '../paths.ts'
import type { Piece } from '../piece.ts'
import { csvEntries } from '../tables/csvEntries.ts'
import { jsonEntries } from '../tables/jsonEntries.ts'
import { parquetEntries, rowGroups } from '../tables/parquetEntries.ts'
import { lineRanges } from './lineRanges.ts'
import { Looked } from './looked.ts'
import { type Fields, type RecordOptions, recordOptions, recordSequences, wantedOf } from './records.ts'
import { tokenized } from './texts.ts'
import { readTokens } from './tokens.ts'
import { cutSequences, documentFrames, type Reading, type Unit } from './units.ts'

type Form = 'jsonl' | 'csv' | 'parquet' | 'json' | 'prose'

const forms: readonly (readonly [Form, readonly string[]])[] = [
  ['jsonl', endings.jsonl],
  ['csv', endings.csv],
  ['parquet', ['.parquet']],
  ['json', ['.json']],
]

function formOf(path: string): Form {
  const ending = extname(path).toLowerCase()
  return forms.find(([, all]) => all.includes(ending))?.[0] ?? 'prose'
}

/** Whether a path or a pattern may mean files of records, by its ending. */
export function mayHoldRecords(pattern: string): boolean {
  return formOf(pattern) !== 'prose' || /[*?[\](){}!]/.test(extname(pattern) || basename(pattern))
}

const who = 'textFiles'

/**
 * Text files, UTF-8, as sequences of token frames: prose, and records where the name ends in .jsonl, .ndjson, .csv, .tsv or .parquet.
 *
 * Shape: paths, glob patterns and folders → of prose a Sequence a file, its id the path, or one a line or sentence; of records one each, as from {@link jsonl} and {@link csv}, and of Parquet alike, where rows are counted in place of lines. Patterns are
 * resolved in alphabetical order, no file twice, and folders with those below them: files ending in .txt, .text and .md that are not hidden.
 *
 * @throws TypeError at once for unknown options; in the frames of one sequence, and there alone, a DataError for a file that cannot be read or is called .json, for a line that is
 * not UTF-8, for a record that is none, and for a pattern or a folder without files, which is then the id
 * @example
 * textFiles('letters/*.txt', { unit: 'sentence' })
 */
export function textFiles(paths: string | readonly string[], options: RecordOptions = {}): Observable<Sequence> {
  const { idField, textField, labelField, unit, ...tokens } = readTokens(who, recordOptions, options)
  const patterns = patternsOf(who, paths)
  const fields = { idField, textField, labelField }
  return tokenized(who, tokens, (tokenizer) =>
    sequencesOf(who, patterns, 'text', (path) => fileSequences({ who, unit, fields, tokenizer }, { file: path })),
  )
}

/** How the text of a file is read; by its ending, where no form is given. */
interface Manner {
  readonly who: string
  readonly form?: Form
  readonly unit: Unit
  readonly fields: Fields
  readonly tokenizer: Reading
}

/** What sources of text are called, and the form of all that they read. */
const formsOf = { textFiles: undefined, jsonl: 'jsonl', csv: 'csv' } as const

type TextSource = keyof typeof formsOf

/** The pieces of which files of text are made: long ones are cut where what follows does not depend on what came before. */
export async function textPieces(who: TextSource, files: readonly string[], { unit, model }: RecordOptions): Promise<readonly Piece[]> {
  const pieces: Piece[] = []
  for (const file of files) {
    const form = formsOf[who] ?? formOf(file)
    const groups = form === 'parquet' ? await rowGroups(file) : 0
    const lines = form === 'jsonl' || (form === 'prose' && unit === 'line')
    // Passages of a model begin with what divides them from the last one.
    const paragraphs = form === 'prose' && unit === 'sentence' && model === undefined
    const ranges = lines || paragraphs ? await lineRanges(file, lines ? 'lines' : 'blankLines') : []
    for (let group = 0; group < groups; group++) pieces.push({ file, group })
    if (ranges.length + groups === 0) pieces.push({ file })
    for (const range of ranges) pieces.push({ file, lines: range })
  }
  return pieces
}

/** The sequences of pieces; together those of their files. */
export function openTexts(who: TextSource, pieces: readonly Piece[], options: RecordOptions): Observable<Sequence> {
  const { idField, textField, labelField, unit, ...tokens } = readTokens(who, recordOptions, options)
  const form = formsOf[who]
  const manner = { who, ...(form && { form }), unit, fields: { idField, textField, labelField } }
  return tokenized(who, tokens, async function* (tokenizer) {
    for (const piece of pieces) yield* sequencesOf(who, [piece.file], form ?? 'text', () => fileSequences({ ...manner, tokenizer }, piece))
  })
}

async function* fileSequences(
  { who, form, unit, fields, tokenizer }: Manner,
  { file: path, lines: range, group }: Piece,
): AsyncGenerator<Sequence, void, undefined> {
  const bytes = () => bytesOf(who, path, range)
  const first = range?.first
  try {
    switch (form ?? formOf(path)) {
      case 'jsonl':
        return yield* recordSequences(who, path, jsonEntries(bytes(), first), unit, fields, tokenizer)
      case 'csv':
        return yield* recordSequences(who, path, csvEntries(who, path, bytes(), wantedOf(fields)), unit, fields, tokenizer)
      case 'parquet':
        return yield* recordSequences(who, path, parquetEntries(who, path, wantedOf(fields), group), unit, fields, tokenizer)
      case 'json':
        throw new DataError(`${who}: expected prose, CSV, Parquet or JSON Lines, got ${path}; jsonl reads one object a line`)
    }
    if (unit !== 'document') return yield* cutSequences(who, unit, path, lines(bytes(), first), tokenizer)
    const looked = new Looked()
    yield { id: path, frames: defer(() => from(documentFrames(who, path, lines(bytes()), tokenizer, looked))), coverage: looked.share }
  } catch (error) {
    if (!(error instanceof DataError)) throw error
    yield failed(path, error)
  }
}
