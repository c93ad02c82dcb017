import { pipeline } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { DataError, show } from '../../core/check.ts'
import { joined } from '../../files/bytes.ts'
import { firstInvalid } from '../../files/lines.ts'
import { type Entry, Fault, missingColumn, type Wanted } from './entry.ts'

// Bytes of a row: a quote that is not closed must not fill memory.
const longest = 64 * 2 ** 20

interface Row {
  readonly record: readonly Uint8Array[]
  readonly info: { readonly empty_lines: number }
}

/**
 * The records of a table, CSV or tab-separated, its columns named in its first line.
 * @throws DataError for one without a column that is needed, and where it cannot be read on
 */
export async function* csvEntries(
  who: string,
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  wanted: Wanted,
): AsyncGenerator<Iterable<Entry>, void, undefined> {
  const refused = (line: number, expected: string, got: string, cause?: unknown) =>
    new DataError(`${who}: ${name}:${line}: expected ${expected}, got ${got}`, { sequence: name, cause })
  const [start, rest] = await firstLine(chunks)
  const parser = parse({
    delimiter: dividerOf(start),
    encoding: null,
    info: true,
    max_record_size: longest,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    // As other readers have it, a quote within a cell that is not quoted stands for itself.
    relax_quotes: true,
    skip_empty_lines: true,
  })
  let columns: readonly string[] | undefined
  // The parser's own count takes \r\n within quotes for two lines.
  let [next, empty] = [1, 0]
  try {
    for await (const { record, info } of pipeline(rest, parser, () => {}) as AsyncIterable<Row>) {
      const line = next + info.empty_lines - empty
      empty = info.empty_lines
      next = line + 1 + record.reduce((sum, cell) => sum + lineEnds(cell), 0)
      if (columns === undefined) columns = columnsOf(record, wanted, (expected, got) => refused(line, expected, got))
      else if (columns.length === 1 || record.length > 1 || textOf(record[0]!)?.trim() !== '')
        yield [{ line, fields: cellsOf(record, columns, wanted) }]
    }
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause
    throw refused(next, 'CSV', cause.message, cause)
  }
}

function cellsOf(record: readonly Uint8Array[], columns: readonly string[], { blank }: Wanted): Entry['fields'] {
  if (record.length !== columns.length) return new Fault(`${columns.length} cells, as in the first line`, String(record.length))
  const cells = new Map<string, string>()
  for (const [i, bytes] of record.entries()) {
    const cell = textOf(bytes)
    if (cell === undefined) return new Fault('UTF-8 text', `${firstInvalid(bytes)} of ${show(columns[i])}`)
    cells.set(columns[i]!, cell === '' && blank.includes(columns[i]!) ? 'null' : JSON.stringify(cell))
  }
  return cells
}

function columnsOf(record: readonly Uint8Array[], wanted: Wanted, refused: (expected: string, got: string) => DataError): string[] {
  const columns = record.map((bytes) => textOf(bytes) ?? '\ufffd')
  const twice = columns.find((name, i) => columns.indexOf(name) < i)
  if (twice !== undefined) throw refused('every column once', `${show(twice)} twice`)
  const missing = missingColumn(wanted, columns)
  if (missing) throw refused(missing.expected, missing.got)
  return columns
}

function lineEnds(bytes: Uint8Array): number {
  let count = 0
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === 0x0a || (bytes[i] === 0x0d && bytes[i + 1] !== 0x0a)) count++
  return count
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

const mark = Uint8Array.of(0xef, 0xbb, 0xbf)

/** The first line, or what there is of it in 64 KiB, and all chunks again; without a byte order mark. */
async function firstLine(chunks: AsyncIterable<Uint8Array>): Promise<[Uint8Array, AsyncGenerator<Uint8Array, void, undefined>]> {
  const iterator = chunks[Symbol.asyncIterator]()
  let start: Uint8Array = new Uint8Array(0)
  let end = -1
  while (end < 0 && start.length < 2 ** 16) {
    const next = await iterator.next()
    if (next.done) break
    start = joined(start, next.value)
    end = start.findIndex((byte) => byte === 0x0a || byte === 0x0d)
  }
  if (mark.every((byte, i) => start[i] === byte)) {
    start = start.subarray(mark.length)
    end -= mark.length
  }
  const all = async function* () {
    try {
      if (start.length > 0) yield start
      yield* { [Symbol.asyncIterator]: () => iterator }
    } finally {
      await iterator.return?.()
    }
  }
  return [end < 0 ? start : start.subarray(0, end), all()]
}

/** What divides columns: of comma, semicolon and tab that which stands most often outside quotes. */
function dividerOf(line: Uint8Array): string {
  const bare = new TextDecoder().decode(line).replace(/"[^"]*"?/g, '')
  const count = (divider: string) => bare.split(divider).length
  return [';', '\t'].reduce((best, divider) => (count(divider) > count(best) ? divider : best), ',')
}
