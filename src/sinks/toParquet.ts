import { ByteWriter, type KeyValue, ParquetWriter, type SchemaElement } from 'hyparquet-writer'
import { DataError, refusal, show, tried } from '../core/check.ts'
import { boolean, type Given, read } from '../core/options.ts'
import { collectionKeys } from '../files/collectionKeys.ts'
import type { OutputFile } from '../files/output.ts'
import { packageVersion } from '../files/packageVersion.ts'
import type { Vector } from '../streams/toVectors.ts'
import { type ColumnType, cellOf, checkFields, type FieldColumns, fieldColumns } from './fieldColumns.ts'
import { fieldNames, type Sink, sameLength, sink, time } from './sink.ts'

export const parquetOptions = {
  /** A column a value, by name, in place of one column `vector` of lists. */
  columns: boolean().default(false),
}

export type ParquetOptions = Given<typeof parquetOptions>

/** Where vectors come from, for a file that says so. */
export interface Origin {
  /** A pipeline, or its definition. */
  readonly pipeline?: unknown
  /** Where the paths in it start, from the file's folder on. */
  readonly base?: string
}

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
  const about = metadataOf(origin)
  return sink('toParquet', [path], (file) => {
    const check = sameLength('toParquet')
    let held: Vector[] = []
    let size = 0
    let table: Table | undefined
    const flush = () => {
      table ??= new Table(file, columns, about, held)
      table.write(held)
      held = []
      size = 0
    }
    return {
      add(vector) {
        if (columns) checkNames(vector)
        check(vector)
        table?.check(vector)
        held.push(vector)
        size += vector.vector.length + lettersOf(vector) / 4
        if (size >= mostValues || held.length >= mostRows) flush()
      },
      end() {
        if (held.length > 0 || !table) flush()
        table!.end()
      },
    }
  })
}

// A row group's values, of four bytes, and its rows.
const mostValues = 2 ** 20
const mostRows = 2 ** 16

function lettersOf({ id, label = '', fields }: Vector): number {
  let letters = id.length + label.length
  for (const json of fields?.values() ?? []) letters += json.length
  return letters
}

function metadataOf(origin: Origin): KeyValue[] {
  const { version, pipeline, base } = toldOrigin('toParquet', origin)
  const about: KeyValue[] = [{ key: collectionKeys.version, value: version }]
  if (pipeline === undefined) return about
  about.push({ key: collectionKeys.pipeline, value: JSON.stringify(pipeline) })
  if (base !== undefined) about.push({ key: collectionKeys.base, value: base })
  return about
}

/**
 * What a collection says of where its vectors come from, as plain JSON.
 * @throws TypeError for a pipeline that is none
 */
export function toldOrigin(who: string, { pipeline, base }: Origin): { version: string; pipeline?: unknown; base?: string } {
  const version = packageVersion()
  if (pipeline === undefined) return { version }
  const json = tried(pipeline, (given) => JSON.parse(JSON.stringify(given)) as { source?: object; stages?: unknown } | null)
  if (typeof json?.source !== 'object' || json.source === null || !Array.isArray(json.stages))
    throw refusal(who, 'pipeline must be one, with its source and stages', pipeline)
  // Of which inputs stands in the ids, and where it goes is the collection.
  const { inputs: _, ...source } = json.source as { inputs?: unknown }
  return { version, pipeline: { source, stages: json.stages }, ...(base !== undefined && { base }) }
}

const own = ['id', 'label', 'start', 'end', 'weight']

/** A column a value needs names that differ, also from ours. */
function checkNames({ id, names }: Vector): void {
  const met = new Set([...own, 'coverage'])
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

class Table {
  readonly #fields: FieldColumns
  readonly #columns: readonly Column[]
  readonly #bytes = new ByteWriter()
  readonly #writer: ParquetWriter
  readonly #file: OutputFile

  /** Of the columns that the first vectors have. */
  constructor(file: OutputFile, apart: boolean, about: readonly KeyValue[], first: readonly Vector[]) {
    const names = first[0]?.names ?? []
    this.#file = file
    this.#fields = fieldColumns(first.map(({ fields }) => fields))
    const covered = first.some(({ coverage }) => coverage !== undefined)
    this.#columns = [
      ...originColumns(covered),
      ...this.#fieldColumns(apart ? names : ['vector']),
      ...(apart ? apartColumns(names) : [listColumn]),
    ]
    const root: SchemaElement = { name: 'schema', num_children: this.#columns.length }
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: [root, ...this.#columns.flatMap(({ schema }) => schema)],
      kvMetadata: [...about, { key: collectionKeys.names, value: JSON.stringify(names) }],
      createdBy: `poolwise version ${packageVersion()}`,
    })
  }

  check({ id, fields }: Vector): void {
    checkFields('toParquet', this.#fields, id, fields)
  }

  /** One row group. */
  write(vectors: readonly Vector[]): void {
    if (vectors.length === 0) return
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

  #fieldColumns(values: readonly string[]): Column[] {
    const fields = [...this.#fields]
    const names = fieldNames([...this.#fields.keys()], [...own, 'coverage', ...values])
    return fields.map(([field, type], i) => flat(names[i]!, type, 'OPTIONAL', ({ fields }) => cellOf(type, fields?.get(field))))
  }
}

function flat(name: string, type: ColumnType, repetition_type: 'REQUIRED' | 'OPTIONAL', value: (vector: Vector) => unknown): Column {
  return { schema: [{ name, repetition_type, ...types[type] }], of: (vectors) => vectors.map(value) }
}

function originColumns(covered: boolean): Column[] {
  return [
    flat('id', 'UTF8', 'REQUIRED', ({ id }) => id),
    flat('label', 'UTF8', 'OPTIONAL', ({ label }) => label),
    flat('start', 'DOUBLE', 'REQUIRED', ({ start }) => time(start)),
    flat('end', 'DOUBLE', 'REQUIRED', ({ end }) => time(end)),
    flat('weight', 'DOUBLE', 'REQUIRED', ({ weight }) => weight),
    ...(covered ? [flat('coverage', 'DOUBLE', 'OPTIONAL', ({ coverage }) => coverage)] : []),
  ]
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
