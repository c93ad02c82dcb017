import { missing } from '../../core/missing.ts'
import type { ColumnType } from '../fieldColumns.ts'

export interface Column {
  readonly name: string
  readonly type: ColumnType
}

/** A row of a table: a cell a column, and the vector. */
export interface StoredRow {
  readonly cells: readonly (string | number | bigint | boolean | null)[]
  readonly vector: Float32Array
}

/** A table of a database, by the database's own client; the columns 'id' and 'start' are its key, 'vector' comes last. */
export interface StoreClient {
  /** What was told to `create`; undefined where there is no such table, null where another made it. */
  about(): Promise<string | null | undefined>
  /** Makes the table with what is to be known about it: both or neither. */
  create(about: string, columns: readonly Column[], size: number): Promise<void>
  /** Writes rows, no two of one key, over those of the same key, and removes what else there is of the ids in `begun`: all of it or nothing. */
  write(columns: readonly Column[], rows: readonly StoredRow[], begun: readonly string[]): Promise<void>
  /** All rows, in any order. */
  rows(columns: readonly Column[]): AsyncIterable<StoredRow>
  /** The rows nearest to a vector by cosine, by the database's own search; at will without those of one id. */
  near(columns: readonly Column[], vector: Float32Array, count: number, without?: string): Promise<readonly StoredRow[]>
  close(): Promise<void>
}

/** Loads a client, whose types are not to be had where it is not installed. */
export async function client<Library>(who: string, name: string, ...others: readonly string[]): Promise<Library> {
  const loaded = (await import(name).catch(missing(who, name, ...others))) as { readonly default?: Library }
  // Some are CommonJS, whose names not every loader finds.
  return loaded.default ?? (loaded as Library)
}

/** A name as SQL has it, whatever it is. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The columns and the vector, as SQL lists them. */
export function columnList(columns: readonly Column[]): string {
  return [...columns.map(({ name }) => name), 'vector'].map(quotedName).join(', ')
}

/** What SQL does where the key is there. */
export function writtenOver(columns: readonly Column[]): string {
  const others = [...columns.map(({ name }) => name), 'vector'].filter((name) => name !== 'id' && name !== 'start')
  return `on conflict ("id", "start") do update set ${others.map((name) => `${quotedName(name)} = excluded.${quotedName(name)}`).join(', ')}`
}
