import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer'
import { DataError, show } from '../core/check.ts'
import { boolean, type Given, read } from '../core/options.ts'
import type { OutputFile } from '../files/output.ts'
import { packageVersion } from '../files/packageVersion.ts'
import type { Vector } from '../streams/toVectors.ts'
import type { Sink } from './sink.ts'
import { type Origin, type Table, type TableColumn, type TableWriter, tableNames, tableSink } from './tableSink.ts'

export const parquetOptions = {
  /** A column a value, by name, in place of one column `vector` of lists. */
  columns: boolean().default(false),
}

export type ParquetOptions = Given<typeof parquetOptions>

/**
 * Writes a Parquet file: `id`, `label`, `start`, `end`, `weight`, where there are such `coverage` and the fields of the records, and `vector`, a list of floats, as many in every
 * row; or a column a value, by name ('mel12.mean'). In the file's metadata stand the values' names, poolwise's version and the pipeline, so that `poolwise similar` can ask for more.
 *
 * Numbers of fields are DOUBLE (INT64 where they are whole and past 2⁵³), true and false BOOLEAN, texts as they are; what is mixed, a list or an object is JSON text. Fields and
 * their types are those of the first rows, some million values of vectors; what does not fit them later, and vectors of another length than the first, are failures: see {@link Sink}.
 *
 * Memory is that of one row group, of at most 2²⁰ values. The same vectors give the same bytes.
 *
 * @param path a file, which appears whole when the source completes; '-' writes row groups to standard output as they come
 * @throws TypeError at once for unknown options, and for a pipeline that is no JSON; (as an error of the stream) Error where the path cannot be written
 * @source https://parquet.apache.org/docs/file-format/, written by hyparquet-writer
 * @example
 * const speech = definePipeline({ source: { source: 'audioFiles' }, stages: [logMel(), globalPool('stats')] })
 * await lastValueFrom(speech.run(['words/*.wav']).pipe(toParquet('words.parquet', {}, { pipeline: speech })))
 */
export function toParquet(path: string, options: ParquetOptions = {}, origin: Origin = {}): Sink {
  const { columns } = read('toParquet', parquetOptions, options)
  return tableSink('toParquet', path, origin, {
    ...(columns && { check: checkNames }),
    open: (file, table) => new ParquetTable(file, table, columns),
  })
}

/** A column a value needs names that differ, also from ours. */
function checkNames({ id, names }: Vector): void {
  const met = new Set(tableNames)
  const twice = names.find((name) => met.size === met.add(name).size)
  if (twice === undefined) return
  throw new DataError(`toParquet: with columns, values must have names of their own, got ${show(twice)} twice for ${show(id)}`, {
    sequence: id,
  })
}

/** One column: what stands in the schema, and its values of a row group. */
interface Column {
  readonly schema: readonly SchemaElement[]
  readonly numbers?: true
  of(vectors: readonly Vector[]): unknown[]
}

const types = {
  UTF8: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  DOUBLE: { type: 'DOUBLE' },
  INT64: { type: 'INT64' },
  BOOLEAN: { type: 'BOOLEAN' },
} as const

class ParquetTable implements TableWriter {
  readonly #columns: readonly Column[]
  readonly #bytes = new ByteWriter()
  readonly #writer: ParquetWriter
  readonly #file: OutputFile

  constructor(file: OutputFile, { names, about, columnsBeside }: Table, apart: boolean) {
    this.#file = file
    this.#columns = [...columnsBeside(apart ? names : ['vector']).map(flat), ...(apart ? apartColumns(names) : [listColumn])]
    const root: SchemaElement = { name: 'schema', num_children: this.#columns.length }
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: [root, ...this.#columns.flatMap(({ schema }) => schema)],
      kvMetadata: about.map(([key, value]) => ({ key, value })),
      createdBy: `poolwise version ${packageVersion()}`,
    })
  }

  /** One row group. */
  write(vectors: readonly Vector[]): void {
    const columnData = this.#columns.map(({ schema, numbers, of }) => ({
      name: schema[0]!.name,
      data: of(vectors) as number[],
      offsetIndex: false,
      // What neither repeats nor has an order that is asked for.
      ...(numbers && ({ encoding: 'PLAIN', codec: 'UNCOMPRESSED', statistics: false } as const)),
    }))
    void this.#writer.write({ columnData, rowGroupSize: vectors.length })
    this.#flush()
  }

  end(): void {
    void this.#writer.finish()
    this.#flush()
  }

  #flush(): void {
    this.#file.write(this.#bytes.getBytes())
    this.#bytes.index = 0
  }
}

function flat({ name, type, nullable, value }: TableColumn): Column {
  const repetition_type = nullable ? 'OPTIONAL' : 'REQUIRED'
  return { schema: [{ name, repetition_type, ...types[type] }], of: (vectors) => vectors.map(value) }
}

const listColumn: Column = {
  schema: [
    { name: 'vector', num_children: 1, repetition_type: 'REQUIRED', converted_type: 'LIST', logical_type: { type: 'LIST' } },
    { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
    { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
  ],
  numbers: true,
  of: (vectors) => vectors.map(({ vector }) => Array.from(vector)),
}

function apartColumns(names: readonly string[]): Column[] {
  return names.map((name, i) => ({
    schema: [{ name, type: 'FLOAT', repetition_type: 'REQUIRED' }],
    numbers: true,
    of: (vectors) => vectors.map(({ vector }) => vector[i]!),
  }))
}
