import { dirname, extname, resolve } from 'node:path'
import { concatMap, defer, from, type Observable } from 'rxjs'
import { DataError, refusal, show } from '../../core/check.ts'
import { type Read, read } from '../../core/options.ts'
import type { Sequence } from '../../streams/eachSequence.ts'
import { failed } from '../failure.ts'
import { bytesOf, endings } from '../paths.ts'
import type { BadRow, Row } from '../piece.ts'
import { csvEntries } from '../tables/csvEntries.ts'
import { type Entry, Fault, type Wanted, wordIn } from '../tables/entry.ts'
import { jsonEntries } from '../tables/jsonEntries.ts'
import { parquetEntries } from '../tables/parquetEntries.ts'
import { type FileOptions, fileOptions, framesOf, recording } from './audioFiles.ts'
import type { Samples } from './encoding.ts'

const wanted: Wanted = {
  needed: [
    ['id', 'of ids'],
    ['path', 'of paths'],
  ],
  blank: ['id', 'path', 'start', 'end', 'label'],
}

/**
 * A table of recordings, or of pieces of recordings, as sequences: JSON Lines where its name ends in .jsonl or .ndjson, Parquet in .parquet, else CSV or tab-separated. Node only.
 *
 * Columns: `id` and `path` (relative to the manifest), and where wanted `start` and `end` in seconds (none: the whole file) and `label`; others go along as fields. Shape: one row →
 * one Sequence as from {@link audioFiles}; a piece is cut before it is resampled, and its frames count from its own start. A file is read up to the piece's end. The table is held in memory.
 *
 * @throws RangeError or TypeError for bad options; a DataError that names the row, in the stream for a table that cannot be read or lacks a column, in a sequence's frames for what is
 * wrong with its row (no id of its own, no path, times that are none) or its file, also if that ends before the piece does (after all its samples).
 * @example
 * manifest('samples/audio/manifest.csv').pipe(eachSequence(logMel(), globalPool('stats')))
 */
export function manifest(path: string, options: FileOptions = {}): Observable<Sequence> {
  const given = read('manifest', fileOptions, options)
  if (typeof path !== 'string' || path === '') throw refusal('manifest', 'path must be the path of a table', path)
  return defer(() => from(rowsOf(path))).pipe(concatMap((rows) => rows.map((row) => rowSequence(row, fileOf(path, row), given))))
}

/** The rows of a manifest and the files of sound that they name; none where it cannot be read, which its sequences tell. */
export async function recordingsIn(path: string): Promise<readonly { readonly file: string; readonly row: Row | BadRow }[]> {
  const rows = await rowsOf(path).catch(() => [])
  return rows.map((row) => ({ file: fileOf(path, row), row }))
}

/** The file that a row is about: its recording, or the table where it names none. */
function fileOf(list: string, row: Row | BadRow): string {
  return 'fault' in row ? list : resolve(dirname(list), row.path)
}

/** The sequence of one row. */
export function rowSequence(row: Row | BadRow, file: string, options: Read<typeof fileOptions>): Sequence {
  const { id } = row
  if ('fault' in row) return failed(id, new DataError(row.fault, { sequence: id }))
  const { label, who, path, fields } = row
  const { damaged } = options
  const frames = framesOf(who, options, (stop) => piece(row, recording(`${who}: ${path}`, file, options, stop)))
  return { id, damaged, frames, ...(label !== '' && { label }), ...(fields.length > 0 && { fields: new Map(fields) }) }
}

async function rowsOf(path: string): Promise<(Row | BadRow)[]> {
  const rows: (Row | BadRow)[] = []
  const seen = new Map<string, number>()
  for await (const batch of entriesOf('manifest', path)) {
    for (const { line, fields } of batch) {
      const who = `manifest: ${path}:${line}`
      try {
        if (fields instanceof Fault) throw refused(who, fields)
        const row = rowOf(who, fields)
        const before = seen.get(row.id)
        if (before !== undefined) throw refused(who, new Fault('an id of its own', `${show(row.id)}, which is that of line ${before}`))
        seen.set(row.id, line)
        rows.push(row)
      } catch (error) {
        if (!(error instanceof DataError)) throw error
        rows.push({ id: `${path}:${line}`, fault: error.message })
      }
    }
  }
  return rows
}

function entriesOf(who: string, path: string): AsyncIterable<Iterable<Entry>> {
  const ending = extname(path).toLowerCase()
  if (ending === '.parquet') return parquetEntries(who, path, wanted)
  const lines: readonly string[] = endings.jsonl
  return lines.includes(ending) ? jsonEntries(bytesOf(who, path)) : csvEntries(who, path, bytesOf(who, path), wanted)
}

function refused(who: string, { expected, got, cause }: Fault): DataError {
  return new DataError(`${who}: expected ${expected}, got ${got}`, { cause })
}

function rowOf(who: string, given: Exclude<Entry['fields'], Fault>): Row {
  const word = (column: string) => {
    const found = wordIn(given, column)
    if (found instanceof Fault) throw refused(who, found)
    return found
  }
  const [id, path] = [word('id'), word('path')]
  if (id === undefined) throw refused(who, new Fault('an id', 'none'))
  if (path === undefined) throw refused(who, new Fault('a path', 'none'))
  const seconds = (column: string, none: number) => {
    const text = word(column)?.trim() ?? ''
    if (text === '') return none
    const time = /^\d/.test(text) ? Number(text) : NaN
    if (!Number.isFinite(time)) throw refused(who, new Fault(`${column} in seconds`, show(word(column))))
    return time
  }
  const [start, end] = [seconds('start', 0), seconds('end', Infinity)]
  if (end <= start) throw refused(who, new Fault(`an end after the start at ${start} s`, `${end} s`))
  const fields = [...given].filter(([name]) => !wanted.blank.includes(name))
  return { id, path, start, ...(end < Infinity && { end }), label: word('label') ?? '', fields, who }
}

/** The samples from `start` to `end`; reads no further. */
async function* piece({ who, path, start, end = Infinity }: Row, whole: AsyncIterable<Samples>): AsyncGenerator<Samples, void, undefined> {
  let heard = 0
  let rate = 1
  for await (const block of whole) {
    rate = block.rate
    const [first, last] = [Math.round(start * rate), Math.round(end * rate)]
    const count = block.channels[0]!.length
    const from = Math.min(count, Math.max(0, first - heard))
    const to = Math.max(from, Math.min(count, last - heard))
    const length = block.length === undefined ? {} : { length: Math.max(0, Math.min(block.length, last) - first) }
    yield { rate, channels: block.channels.map((channel) => channel.subarray(from, to)), ...length }
    heard += count
    if (heard >= last) return
  }
  const wanted = end === Infinity ? start : end
  if (wanted > 0) {
    const enough = end === Infinity && heard > Math.round(start * rate)
    if (!enough) throw new DataError(`${who}: expected ${path} to last longer than ${wanted} s, got ${heard / rate} s`)
  }
}
