import type { ColumnType } from '../fieldColumns.ts'
import { decimal } from '../sink.ts'
import type { StoreAddress } from './storeAddress.ts'
import { type Column, client, columnList, quotedName, type StoreClient, type StoredRow, writtenOver } from './storeClient.ts'

/** The little of pg that is used here. */
interface Pg {
  readonly Client: new (options: { connectionString: string }) => Client
}
interface Client {
  connect(): Promise<unknown>
  query(sql: string): Promise<unknown>
  query(query: { text: string; values: readonly unknown[]; rowMode: 'array' }): Promise<{ readonly rows: readonly (readonly unknown[])[] }>
  escapeLiteral(text: string): string
  on(event: 'error', listener: () => void): unknown
  end(): Promise<unknown>
}

const types: { readonly [type in ColumnType]: string } = { UTF8: 'text', DOUBLE: 'float8', INT64: 'int8', BOOLEAN: 'bool' }

/** Rows that are read at once. */
const page = 4096

/** A table of PostgreSQL with pgvector; what is known about it is its comment. */
export async function postgres(who: string, { place, table }: StoreAddress): Promise<StoreClient> {
  const { Client } = await client<Pg>(who, 'pg')
  const connection = new Client({ connectionString: place })
  // A connection that breaks is told by what is asked next.
  connection.on('error', () => {})
  await connection.connect()
  const name = quotedName(table)
  const query = async (text: string, ...values: readonly unknown[]) => (await connection.query({ text, values, rowMode: 'array' })).rows
  return {
    async about() {
      const [[found, about] = []] = await query(`select to_regclass($1), obj_description(to_regclass($1), 'pg_class')`, name)
      return found === null ? undefined : ((about as string | null) ?? null)
    },
    async create(about, columns, size) {
      // Ids in the order of their bytes, which is the same everywhere.
      const own = columns.map((column) => `${quotedName(column.name)} ${types[column.type]}${column.name === 'id' ? ' collate "C"' : ''}`)
      await connection.query('create extension if not exists vector')
      // One text is one transaction.
      await connection.query(
        `create table ${name} (${own.join(', ')}, "vector" vector(${size}) not null, primary key ("id", "start")); comment on table ${name} is ${connection.escapeLiteral(about)}`,
      )
    },
    async write(columns, rows, begun) {
      // A column a list, in one statement: COPY would need a second table to write over what is there.
      const lists = [...columns.map(({ type }) => types[type]), 'vector'].map((type, i) => `$${i + 1}::${type}[]`)
      const list = (wanted: string) => lists[columns.findIndex((column) => column.name === wanted)]!
      // What is removed and what is written are apart, since nobody knows which comes first in a statement.
      const others = `"id" = any($${lists.length + 1}::text[]) and ("id", "start") not in (select * from unnest(${list('id')}, ${list('start')}))`
      await query(
        `with removed as (delete from ${name} where ${others})
        insert into ${name} (${columnList(columns)}) select * from unnest(${lists.join(', ')}) ${writtenOver(columns)}`,
        ...columns.map((_, i) => rows.map(({ cells }) => cells[i])),
        rows.map(({ vector }) => textOf(vector)),
        begun,
      )
    },
    async *rows(columns) {
      const select = `select ${columnList(columns)} from ${name}`
      const order = `order by "id", "start" limit ${page}`
      let found = await query(`${select} ${order}`)
      while (found.length > 0) {
        for (const values of found) yield rowOf(columns, values)
        const last = found.at(-1)!
        const at = (wanted: string) => last[columns.findIndex((column) => column.name === wanted)]
        found = found.length < page ? [] : await query(`${select} where ("id", "start") > ($1, $2) ${order}`, at('id'), at('start'))
      }
    },
    async near(columns, vector, count, without) {
      const others = without === undefined ? '' : 'where "id" <> $3'
      const sql = `select ${columnList(columns)} from ${name} ${others} order by "vector" <=> $1 limit $2`
      const found = await query(sql, textOf(vector), count, ...(without === undefined ? [] : [without]))
      return found.map((values) => rowOf(columns, values))
    },
    async close() {
      await connection.end()
    },
  }
}

function textOf(vector: Float32Array): string {
  return `[${Array.from(vector, decimal).join(',')}]`
}

function rowOf(columns: readonly Column[], values: readonly unknown[]): StoredRow {
  const cells = columns.map(({ type }, i) => {
    const value = values[i] as StoredRow['cells'][number]
    return type === 'INT64' && value !== null ? BigInt(value) : value
  })
  return { cells, vector: Float32Array.from(JSON.parse(values.at(-1) as string) as number[]) }
}
