import type { ColumnType } from '../fieldColumns.ts'
import { aboutTable, type StoreAddress } from './storeAddress.ts'
import { type Column, client, columnList, quotedName, type StoreClient, type StoredRow, writtenOver } from './storeClient.ts'

/** The little of libsql that is used here. */
type Libsql = new (path: string) => Database
interface Database {
  exec(sql: string): unknown
  prepare(sql: string): Statement
  loadExtension(path: string): unknown
  close(): unknown
}
interface Statement {
  /** One list: a single value that is no list is taken for names and values. */
  run(values: readonly unknown[]): unknown
  get(values: readonly unknown[]): { readonly [column: string]: unknown } | undefined
  all(values: readonly unknown[]): readonly (readonly unknown[])[]
  raw(): Statement
}

const types: { readonly [type in ColumnType]: string } = { UTF8: 'text', DOUBLE: 'real', INT64: 'integer', BOOLEAN: 'integer' }

/** Rows that are read at once. */
const page = 4096

/** A table of an SQLite file, whose vectors are BLOBs of float32 as sqlite-vec has them. */
export async function sqlite(who: string, { place, table }: StoreAddress): Promise<StoreClient> {
  const Database = await client<Libsql>(who, 'libsql', 'sqlite-vec')
  const database = new Database(place)
  // Another run may be writing.
  database.exec('pragma busy_timeout = 10000')
  const name = quotedName(table)
  const has = (wanted: string) => database.prepare("select 1 from sqlite_master where type = 'table' and name = ?").get([wanted])
  let searching = false

  function whole(work: () => void): void {
    database.exec('begin immediate')
    try {
      work()
      database.exec('commit')
    } catch (error) {
      database.exec('rollback')
      throw error
    }
  }

  return {
    async about() {
      if (!has(table)) return undefined
      if (!has(aboutTable)) return null
      const told = database.prepare(`select "about" from ${aboutTable} where "collection" = ?`).get([table])
      return (told?.about as string | undefined) ?? null
    },
    async create(about, columns) {
      const own = columns.map(({ name, type }) => `${quotedName(name)} ${types[type]}`)
      whole(() => {
        database.exec(`create table if not exists ${aboutTable} ("collection" text primary key, "about" text not null)`)
        database.exec(`create table ${name} (${own.join(', ')}, "vector" blob not null, primary key ("id", "start"))`)
        database.prepare(`insert or replace into ${aboutTable} values (?, ?)`).run([table, about])
      })
    },
    async write(columns, rows, begun) {
      const marks = [...columns, 'vector'].map(() => '?').join(', ')
      const insert = database.prepare(`insert into ${name} (${columnList(columns)}) values (${marks}) ${writtenOver(columns)}`)
      const remove = database.prepare(`delete from ${name} where "id" = ?`)
      whole(() => {
        for (const id of begun) remove.run([id])
        for (const { cells, vector } of rows)
          insert.run([...cells.map((cell) => (typeof cell === 'boolean' ? Number(cell) : cell)), blob(vector)])
      })
    },
    async *rows(columns) {
      const select = `select rowid, ${selected(columns)} from ${name} where rowid > ? order by rowid limit ${page}`
      const statement = database.prepare(select).raw()
      for (let [last, read] = [Number.MIN_SAFE_INTEGER, page]; read === page; ) {
        const found = statement.all([last])
        read = found.length
        for (const [row, ...cells] of found) {
          last = row as number
          yield rowOf(columns, cells)
        }
      }
    },
    async near(columns, vector, count, without) {
      if (!searching) {
        const { getLoadablePath } = await client<{ getLoadablePath(): string }>(who, 'sqlite-vec')
        database.loadExtension(getLoadablePath())
        searching = true
      }
      const others = without === undefined ? '' : 'where "id" <> ?'
      const sql = `select ${selected(columns)} from ${name} ${others} order by vec_distance_cosine("vector", ?) limit ?`
      const found = database.prepare(sql).raw()
      return found.all([...(without === undefined ? [] : [without]), blob(vector), count]).map((cells) => rowOf(columns, cells))
    },
    async close() {
      database.close()
    },
  }
}

/** Whole numbers as texts, which keep their digits. */
function selected(columns: readonly Column[]): string {
  const each = columns.map(({ name, type }) => (type === 'INT64' ? `cast(${quotedName(name)} as text)` : quotedName(name)))
  return [...each, '"vector"'].join(', ')
}

function blob(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)
}

function rowOf(columns: readonly Column[], values: readonly unknown[]): StoredRow {
  const bytes = values.at(-1) as Uint8Array
  const cells = columns.map(({ type }, i) => {
    const value = (values[i] ?? null) as StoredRow['cells'][number]
    return value === null ? null : type === 'INT64' ? BigInt(value) : type === 'BOOLEAN' ? value === 1 : value
  })
  return { cells, vector: new Float32Array(Uint8Array.from(bytes).buffer) }
}
