import { DataError, show } from '../core/check.ts'
import { boolean, type Given, read } from '../core/options.ts'
import type { Vector } from '../streams/toVectors.ts'
import { checkFinite, decimal, fieldNames, type Sink, sameLength, sink, time } from './sink.ts'

export const csvOptions = {
  /** One column `vector` in pgvector's form "[1,2,3]", for PostgreSQL's COPY. */
  pgvector: boolean().default(false),
}

export type CsvOptions = Given<typeof csvOptions>

/**
 * Writes a table: `id,label,start,end,weight`, where there are such `coverage` and the fields of the records, and a column a value, by name ('mel12.mean'); or, for PostgreSQL's COPY,
 * one column `vector` in pgvector's form "[1,2,3]".
 * Quoted as in RFC 4180, lines end in \n. Values parse back to the same float32, times are rounded to nanoseconds; NaN and ±Infinity are written as such.
 *
 * The columns of fields are those of the first vector's record; one whose name is taken is called 'field.start'. Texts stand as they are, null and what is missing is an empty field, all else is JSON.
 *
 * A missing label is an empty field, an empty id is `""`. Ids stand as they are, also those that begin with = + - or @: a mark against spreadsheets would make another id of them.
 *
 * @param path a file, which appears whole when the source completes; '-' writes each line to standard output as it comes
 * Vectors of another length than the first, those with fields that it has not, and with `pgvector`, which refuses them, those with values that are not finite, are failures: see {@link Sink}.
 *
 * @example
 * await lastValueFrom(vectors$.pipe(toCsv('words.csv', { pgvector: true }))) // COPY words FROM 'words.csv' (FORMAT csv, HEADER)
 */
export function toCsv(path: string, options: CsvOptions = {}): Sink {
  const { pgvector } = read('toCsv', csvOptions, options)
  return sink('toCsv', [path], (file) => {
    const check = sameLength('toCsv')
    let columns: Columns | undefined
    const header = (first: Pick<Vector, 'coverage' | 'fields'>, values: readonly string[]): Columns => {
      const covered = first.coverage !== undefined
      const fields = [...(first.fields?.keys() ?? [])]
      const own = ['id', 'label', 'start', 'end', 'weight', ...(covered ? ['coverage'] : [])]
      file.write(row([...own, ...fieldNames(fields, [...own, 'coverage', ...values]), ...values].map(quoted)))
      return { covered, fields }
    }
    return {
      add(vector) {
        const { id, label, start, end, weight, coverage, names } = vector
        if (pgvector) checkFinite('toCsv: pgvector', vector)
        check(vector)
        columns ??= header(vector, pgvector ? ['vector'] : names)
        const values = Array.from(vector.vector, decimal)
        file.write(
          row([
            quoted(id),
            label === undefined ? '' : quoted(label),
            String(time(start)),
            String(time(end)),
            String(weight),
            ...(columns.covered ? [String(coverage ?? '')] : []),
            ...cells(vector, columns.fields),
            ...(pgvector ? [`"[${values.join(',')}]"`] : values),
          ]),
        )
      },
      end() {
        columns ??= header({}, pgvector ? ['vector'] : [])
      },
    }
  })
}

interface Columns {
  readonly covered: boolean
  readonly fields: readonly string[]
}

/** The cells of a record's fields. */
function cells({ id, fields }: Vector, columns: readonly string[]): string[] {
  for (const field of fields?.keys() ?? []) {
    if (!columns.includes(field))
      throw new DataError(`toCsv: records must have the fields of the first, ${show(columns)}, got also ${show(field)} for ${show(id)}`, {
        sequence: id,
      })
  }
  return columns.map((column) => {
    const json = fields?.get(column) ?? 'null'
    if (json.startsWith('"')) return quoted(JSON.parse(json) as string)
    return json === 'null' ? '' : quoted(json)
  })
}

function row(fields: readonly string[]): string {
  return `${fields.join(',')}\n`
}

function quoted(text: string): string {
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
