import { existsSync } from 'node:fs'
import { DataError, listIn, tried } from '../../core/check.ts'
import { withoutPassword } from '../../files/withoutPassword.ts'
import type { Vector } from '../../streams/toVectors.ts'
import { type ColumnType, cellOf, type FieldColumns } from '../fieldColumns.ts'
import { time } from '../sink.ts'
import { lancedb } from './lancedb.ts'
import { postgres } from './postgres.ts'
import { sqlite } from './sqlite.ts'
import { isColumnName, type StoreAddress } from './storeAddress.ts'
import type { Column, StoreClient, StoredRow } from './storeClient.ts'

/** What a table says of itself, as JSON. */
export interface TableTold {
  readonly version: string
  readonly pipeline?: unknown
  readonly base?: string
  readonly names: readonly string[]
  /** The fields of the records, each in a column of its own. */
  readonly fields: readonly { readonly name: string; readonly column: string; readonly type: ColumnType }[]
}

const own: readonly Column[] = [
  { name: 'id', type: 'UTF8' },
  { name: 'label', type: 'UTF8' },
  { name: 'start', type: 'DOUBLE' },
  { name: 'end', type: 'DOUBLE' },
  { name: 'weight', type: 'DOUBLE' },
  { name: 'coverage', type: 'DOUBLE' },
]

const clients = { lancedb, postgres, sqlite }

/** A database that is open, and what it says of the table, where that is there. */
export interface OpenStore {
  readonly client: StoreClient
  readonly told: TableTold | undefined
}

/**
 * Opens a database.
 * @throws Error, without the password, where that fails; where the table is not poolwise's; with `there`, where there is none
 */
export async function openStore(who: string, address: StoreAddress, { there = false } = {}): Promise<OpenStore> {
  const { kind, place, shown, table } = address
  const none = new DataError(`${who}: expected a table ${table}, which poolwise wrote, got none at ${shown}`, { sequence: shown })
  // What is not there would be made.
  if (there && kind !== 'postgres' && !existsSync(place)) throw none
  const client = await clients[kind](who, address).catch((cause: Error) => {
    // Without the cause, which may hold the whole address.
    throw new Error(message(who, address, cause))
  })
  try {
    const about = await client.about()
    if (about === null) throw new DataError(`${who}: expected a table that poolwise made, got another's at ${shown}`, { sequence: shown })
    if (about === undefined && there) throw none
    return { client, told: about === undefined ? undefined : toldIn(who, shown, about) }
  } catch (cause) {
    await client.close()
    throw cause instanceof DataError ? cause : new Error(message(who, address, cause as Error))
  }
}

/** What a database says, with its address in place of what that may have been told of it. */
export function message(who: string, { shown }: StoreAddress, { message, code }: Error & { readonly code?: unknown }): string {
  if (message.startsWith(`${who}:`)) return message
  // Of a connection that is refused in several ways Node has a code alone.
  const [first = ''] = withoutPassword(message).split('\n', 1)
  return `${who}: ${shown}: ${first || String(code)}`
}

function toldIn(who: string, shown: string, text: string): TableTold {
  const told = tried(text, (json) => {
    const { version, names, fields, pipeline, base } = JSON.parse(json) as TableTold
    const all = listIn(fields) as TableTold['fields'] | undefined
    const right = all?.every(({ name, column, type }) => typeof name === 'string' && isColumnName(column) && Object.hasOwn(kinds, type))
    if (!right || !Array.isArray(names)) return undefined
    return {
      version: String(version),
      names: names.map(String),
      fields: all!,
      ...(pipeline !== undefined && { pipeline }),
      ...(base !== undefined && { base: String(base) }),
    }
  })
  if (!told) throw new DataError(`${who}: expected the table to say its names and fields, got ${text} at ${shown}`, { sequence: shown })
  return told
}

const kinds: { readonly [type in ColumnType]: true } = { UTF8: true, DOUBLE: true, INT64: true, BOOLEAN: true }

export function columnsOf({ fields }: TableTold): readonly Column[] {
  return [...own, ...fields.map(({ column, type }) => ({ name: column, type }))]
}

// What the databases have in every table, or in every answer.
const taken = [
  '__proto__',
  'vector',
  'rowid',
  '_rowid_',
  'oid',
  '_rowid',
  '_rowaddr',
  '_distance',
  '_score',
  'ctid',
  'tableoid',
  'xmin',
  'xmax',
  'cmin',
  'cmax',
]

/** Columns for fields: by their names where all databases take these, which for SQLite must differ in more than capitals; else by what of them can be. */
export function columnsFor(fields: FieldColumns): TableTold['fields'] {
  const met = new Set([...own.map(({ name }) => name), ...taken])
  return Array.from(fields, ([name, type]) => {
    const plain = isColumnName(name) ? name : `field_${[...name.replace(/[^a-zA-Z0-9_]/g, '_')].slice(0, 40).join('')}`
    let column = plain
    for (let n = 2; met.has(column.toLowerCase()) || !isColumnName(column); n++)
      column = `field_${plain.replace(/[^a-zA-Z0-9_]/g, '_').slice(0, 40)}_${n}`
    met.add(column.toLowerCase())
    return { name, column, type }
  })
}

/** A vector as a row. */
export function storedRow({ fields }: TableTold, vector: Vector): StoredRow {
  const { id, label = null, start, end, weight, coverage = null } = vector
  const others = fields.map(({ name, type }) => cellOf(type, vector.fields?.get(name)) ?? null)
  return { cells: [id, label, time(start), time(end), weight, coverage, ...others], vector: vector.vector }
}
