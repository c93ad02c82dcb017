import { boolean, type Given, read } from '../core/options.ts'
import { checkFinite, decimal, type Sink, sameLength, sink, time } from './sink.ts'

export const csvOptions = {
  /** One column `vector` in pgvector's form "[1,2,3]", for PostgreSQL's COPY. */
  pgvector: boolean().default(false),
}

export type CsvOptions = Given<typeof csvOptions>

/**
 * Writes a table: `id,label,start,end,weight` and a column a value, by name ('mel12.mean'); or, for PostgreSQL's COPY, one column `vector` in pgvector's form "[1,2,3]".
 * Quoted as in RFC 4180, lines end in \n. Values parse back to the same float32, times are rounded to nanoseconds; NaN and ±Infinity are written as such.
 *
 * A missing label is an empty field, an empty id is `""`. Ids stand as they are, also those that begin with = + - or @: a mark against spreadsheets would make another id of them.
 *
 * @param path a file, which appears whole when the source completes; '-' writes each line to standard output as it comes
 * Vectors of another length than the first, and with `pgvector`, which refuses them, those with values that are not finite, are failures: see {@link Sink}.
 *
 * @example
 * await lastValueFrom(vectors$.pipe(toCsv('words.csv', { pgvector: true }))) // COPY words FROM 'words.csv' (FORMAT csv, HEADER)
 */
export function toCsv(path: string, options: CsvOptions = {}): Sink {
  const { pgvector } = read('toCsv', csvOptions, options)
  return sink('toCsv', [path], (file) => {
    const check = sameLength('toCsv')
    let begun = false
    const header = (names: readonly string[]) => {
      begun = true
      file.write(row(['id', 'label', 'start', 'end', 'weight', ...names.map(quoted)]))
    }
    return {
      add(vector) {
        const { id, label, start, end, weight, names } = vector
        if (pgvector) checkFinite('toCsv: pgvector', vector)
        check(vector)
        if (!begun) header(pgvector ? ['vector'] : names)
        const values = Array.from(vector.vector, decimal)
        file.write(
          row([
            quoted(id),
            label === undefined ? '' : quoted(label),
            String(time(start)),
            String(time(end)),
            String(weight),
            ...(pgvector ? [`"[${values.join(',')}]"`] : values),
          ]),
        )
      },
      end() {
        if (!begun) header(pgvector ? ['vector'] : [])
      },
    }
  })
}

function row(fields: readonly string[]): string {
  return `${fields.join(',')}\n`
}

function quoted(text: string): string {
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
