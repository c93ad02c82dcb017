import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { CsvError, parse } from 'csv-parse/sync'
import { concatMap, defer, from, type Observable } from 'rxjs'
import { DataError, didYouMean, refusal, show } from '../../core/check.ts'
import { type Read, read } from '../../core/options.ts'
import { firstInvalid } from '../../files/lines.ts'
import type { Sequence } from '../../streams/eachSequence.ts'
import type { Row } from '../piece.ts'
import { type FileOptions, fileOptions, framesOf, recording } from './audioFiles.ts'
import type { Samples } from './encoding.ts'

const columns = ['id', 'path', 'start', 'end', 'label']

/**
 * A CSV list of recordings, or of pieces of recordings, as sequences. Node only.
 *
 * Columns: `id` and `path` (relative to the manifest), and where wanted `start` and `end` in seconds (empty: the whole file) and `label`. Shape: one row → one Sequence
 * as from {@link audioFiles}; a piece is cut before it is resampled, and its frames count from its own start. A file is read up to the piece's end.
 *
 * @throws RangeError or TypeError for bad options; a DataError that names the line, in the stream for what is wrong with the manifest, in a sequence's frames for what is
 * wrong with its file, also if that ends before the piece does (after all its samples).
 * @example
 * manifest('samples/audio/manifest.csv').pipe(eachSequence(logMel(), globalPool('stats')))
 */
export function manifest(path: string, options: FileOptions = {}): Observable<Sequence> {
  const given = read('manifest', fileOptions, options)
  if (typeof path !== 'string' || path === '') throw refusal('manifest', 'path must be the path of a CSV file', path)
  return defer(() => from(rowsOf(path))).pipe(concatMap((rows) => rows.map((row) => rowSequence(row, recordingOf(path, row), given))))
}

/** The lines of a manifest and the files of sound that they name; none where it cannot be read, which its sequences tell. */
export async function recordingsIn(path: string): Promise<readonly { readonly file: string; readonly row: Row }[]> {
  const rows = await rowsOf(path).catch((): Row[] => [])
  return rows.map((row) => ({ file: recordingOf(path, row), row }))
}

function recordingOf(list: string, { path }: Row): string {
  return resolve(dirname(list), path)
}

/** The sequence of one line. */
export function rowSequence(row: Row, file: string, options: Read<typeof fileOptions>): Sequence {
  const { id, label, who, path } = row
  const { damaged } = options
  const frames = framesOf(who, options, (stop) => piece(row, recording(`${who}: ${path}`, file, options, stop)))
  return { id, damaged, frames, ...(label !== '' && { label }) }
}

async function rowsOf(path: string): Promise<Row[]> {
  const who = `manifest: ${path}`
  const bytes = await readFile(path).catch((cause: Error) => {
    throw new DataError(`${who}: expected a file that can be read, got ${cause.message}`, { cause })
  })
  const [first, ...records] = parsed(who, textOf(who, bytes))
  if (first === undefined) throw new DataError(`${who}: expected a first line with the columns ${columns.join(',')}, got an empty file`)
  checkColumns(`${who} line ${first.info.lines}`, first.record)
  const seen = new Map<string, number>()
  return records.map(({ record, info: { lines } }) => {
    const row = rowOf(`${who} line ${lines}`, (column) => record[first.record.indexOf(column)] ?? '')
    const before = seen.get(row.id)
    if (before !== undefined)
      throw new DataError(`${row.who}: expected an id of its own, got ${show(row.id)}, which is that of line ${before}`)
    seen.set(row.id, lines)
    return row
  })
}

function textOf(who: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new DataError(`${who}: expected UTF-8 text, got ${firstInvalid(bytes)}`)
  }
}

function parsed(who: string, text: string): { record: string[]; info: { lines: number } }[] {
  try {
    // The package's types do not know that `info` changes what comes out.
    return parse(text, { info: true, skip_empty_lines: true }) as unknown as { record: string[]; info: { lines: number } }[]
  } catch (cause) {
    if (cause instanceof CsvError) throw new DataError(`${who}: expected CSV, got ${cause.message}`, { cause })
    throw cause
  }
}

function checkColumns(who: string, names: readonly string[]): void {
  for (const name of names) {
    if (!columns.includes(name))
      throw new DataError(`${who}: expected the columns ${columns.join(', ')}, got ${show(name)}${didYouMean(name, columns)}`)
  }
  if (new Set(names).size < names.length) throw new DataError(`${who}: expected every column once, got ${names.join(',')}`)
  for (const name of ['id', 'path']) {
    if (!names.includes(name)) throw new DataError(`${who}: expected a column ${name}, got ${names.join(',')}`)
  }
}

function rowOf(who: string, field: (column: string) => string): Row {
  const id = field('id')
  const path = field('path')
  if (id === '') throw new DataError(`${who}: expected an id, got none`)
  if (path === '') throw new DataError(`${who}: expected a path, got none`)
  const start = seconds(who, 'start', field('start'), 0)
  const end = seconds(who, 'end', field('end'), Infinity)
  if (end <= start) throw new DataError(`${who}: expected an end after the start at ${start} s, got ${end} s`)
  return { id, path, start, ...(end < Infinity && { end }), label: field('label'), who }
}

function seconds(who: string, column: string, text: string, empty: number): number {
  const given = text.trim()
  if (given === '') return empty
  if (!/^\d+(\.\d+)?$/.test(given)) throw new DataError(`${who}: expected ${column} in seconds, got ${show(text)}`)
  return Number(given)
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
