import { refusal, tried } from '../core/check.ts'
import { collectionKeys } from '../files/collectionKeys.ts'
import type { OutputFile } from '../files/output.ts'
import { packageVersion } from '../files/packageVersion.ts'
import type { Vector } from '../streams/toVectors.ts'
import { type ColumnType, cellOf, checkFields, type FieldColumns, fieldColumns } from './fieldColumns.ts'
import { fieldNames, type Sink, sameLength, sink, time } from './sink.ts'

/** Where vectors come from, for a file that says so. */
export interface Origin {
  /** A pipeline, or its definition. */
  readonly pipeline?: unknown
  /** Where the paths in it start, from the file's folder on. */
  readonly base?: string
}

/** A column of what vectors are of. */
export interface TableColumn {
  readonly name: string
  readonly type: ColumnType
  readonly nullable: boolean
  value(vector: Vector): unknown
}

/** What a table has, by its first vectors. */
export interface Table {
  /** Of a vector's values. */
  readonly names: readonly string[]
  /** What the file says of itself. */
  readonly about: readonly (readonly [key: string, value: string])[]
  /** The columns that stand before those called so. */
  columnsBeside(values: readonly string[]): readonly TableColumn[]
}

/** A format of tables. */
export interface TableWriter {
  /** Some rows at once, at least one. */
  write(vectors: readonly Vector[]): void
  end(): void
}

// Of rows that are written at once: values, of four bytes, and how many there are.
const mostValues = 2 ** 20
const mostRows = 2 ** 16

/** A sink of tables that say what they are of. Their columns are those of the rows that are written first; what does not fit them later is refused. */
export function tableSink(
  who: string,
  path: string,
  origin: Origin,
  { check, open }: { readonly check?: (vector: Vector) => void; readonly open: (file: OutputFile, table: Table) => TableWriter },
): Sink {
  const about = metadataOf(who, origin)
  return sink(who, [path], (file) => {
    const checkLength = sameLength(who)
    let held: Vector[] = []
    let size = 0
    let writer: TableWriter | undefined
    let fields: FieldColumns
    const flush = () => {
      if (!writer) {
        fields = fieldColumns(held.map((vector) => vector.fields))
        writer = open(file, tableOf(held, fields, about))
      }
      if (held.length > 0) writer.write(held)
      held = []
      size = 0
    }
    return {
      add(vector) {
        check?.(vector)
        checkLength(vector)
        if (writer) checkFields(who, fields, vector.id, vector.fields)
        held.push(vector)
        size += vector.vector.length + lettersOf(vector) / 4
        if (size >= mostValues || held.length >= mostRows) flush()
      },
      end() {
        if (held.length > 0 || !writer) flush()
        writer!.end()
      },
    }
  })
}

function lettersOf({ id, label = '', fields }: Vector): number {
  let letters = id.length + label.length
  for (const json of fields?.values() ?? []) letters += json.length
  return letters
}

function metadataOf(who: string, origin: Origin): [key: string, value: string][] {
  const { version, pipeline, base } = toldOrigin(who, origin)
  const about: [string, string][] = [[collectionKeys.version, version]]
  if (pipeline === undefined) return about
  about.push([collectionKeys.pipeline, JSON.stringify(pipeline)])
  if (base !== undefined) about.push([collectionKeys.base, base])
  return about
}

/**
 * What a collection says of where its vectors come from, as plain JSON.
 * @throws TypeError for what is none, and for a pipeline that is none
 */
export function toldOrigin(who: string, origin: Origin): { version: string; pipeline?: unknown; base?: string } {
  const version = packageVersion()
  const given = tried(origin, ({ pipeline, base }) => ({ pipeline, base }))
  if (!given || (given.base !== undefined && typeof given.base !== 'string'))
    throw refusal(who, 'origin must be as { pipeline, base: "." }', origin)
  const { pipeline, base } = given
  if (pipeline === undefined) return { version }
  const json = tried(pipeline, (given) => JSON.parse(JSON.stringify(given)) as { source?: object; stages?: unknown } | null)
  if (typeof json?.source !== 'object' || json.source === null || !Array.isArray(json.stages))
    throw refusal(who, 'pipeline must be one, with its source and stages', pipeline)
  // Of which inputs stands in the ids, and where it goes is the collection.
  const { inputs: _, ...source } = json.source as { inputs?: unknown }
  return { version, pipeline: { source, stages: json.stages }, ...(base !== undefined && { base }) }
}

const own: readonly TableColumn[] = [
  { name: 'id', type: 'UTF8', nullable: false, value: ({ id }) => id },
  { name: 'label', type: 'UTF8', nullable: true, value: ({ label }) => label ?? null },
  { name: 'start', type: 'DOUBLE', nullable: false, value: ({ start }) => time(start) },
  { name: 'end', type: 'DOUBLE', nullable: false, value: ({ end }) => time(end) },
  { name: 'weight', type: 'DOUBLE', nullable: false, value: ({ weight }) => weight },
]

const coverage: TableColumn = { name: 'coverage', type: 'DOUBLE', nullable: true, value: ({ coverage }) => coverage ?? null }

/** The columns that tables have of their own. */
export const tableNames: readonly string[] = [...own, coverage].map(({ name }) => name)

function tableOf(first: readonly Vector[], fields: FieldColumns, about: Table['about']): Table {
  const names = first[0]?.names ?? []
  const covered = first.some((vector) => vector.coverage !== undefined)
  return {
    names,
    about: [...about, [collectionKeys.names, JSON.stringify(names)]],
    columnsBeside(values) {
      const theirs = fieldNames([...fields.keys()], [...tableNames, ...values])
      const columns = Array.from(fields, ([field, type], i): TableColumn => {
        return { name: theirs[i]!, type, nullable: true, value: (vector) => cellOf(type, vector.fields?.get(field)) }
      })
      return [...own, ...(covered ? [coverage] : []), ...columns]
    },
  }
}
