import type { ColumnType } from '../fieldColumns.ts'
import type { StoreAddress } from './storeAddress.ts'
import { type Column, client, type StoreClient, type StoredRow } from './storeClient.ts'

/** The little of LanceDB that is used here. */
interface LanceDb {
  connect(folder: string): Promise<Connection>
  makeArrowTable(rows: readonly object[], options: { schema: object }): object
}
interface Connection {
  tableNames(): Promise<string[]>
  openTable(name: string): Promise<Table>
  createEmptyTable(name: string, schema: object): Promise<Table>
  close(): void
}
interface Table {
  schema(): Promise<{ readonly metadata: ReadonlyMap<string, string> }>
  mergeInsert(on: string[]): Merge
  query(): Query
  close(): void
}
interface Merge {
  whenMatchedUpdateAll(): Merge
  whenNotMatchedInsertAll(): Merge
  whenNotMatchedBySourceDelete(options: { where: string }): Merge
  execute(rows: object): Promise<unknown>
}
interface Query extends AsyncIterable<{ toArray(): readonly ArrowRow[] }> {
  nearestTo(vector: Float32Array): Query
  distanceType(type: 'cosine'): Query
  where(filter: string): Query
  limit(count: number): Query
  toArray(): Promise<readonly ArrowRow[]>
}
interface ArrowRow {
  readonly [column: string]: unknown
  readonly vector: Iterable<number>
}

/** The little of Apache Arrow, in whose types LanceDB takes rows. */
interface Arrow {
  readonly Schema: new (fields: readonly object[], metadata?: ReadonlyMap<string, string>) => object
  readonly Field: new (name: string, type: object, nullable: true) => object
  readonly FixedSizeList: new (size: number, of: object) => object
  readonly Utf8: new () => object
  readonly Float32: new () => object
  readonly Float64: new () => object
  readonly Int64: new () => object
  readonly Int8: new () => object
}

// Of truth values, some missing, Apache Arrow 18 writes too few bytes for what LanceDB reads.
const types = { UTF8: 'Utf8', DOUBLE: 'Float64', INT64: 'Int64', BOOLEAN: 'Int8' } as const satisfies { [type in ColumnType]: keyof Arrow }

/** In the metadata of the table's schema. */
const key = 'poolwise'

/** A table of a folder of LanceDB. */
export async function lancedb(who: string, { place, table: name }: StoreAddress): Promise<StoreClient> {
  const { connect, makeArrowTable } = await client<LanceDb>(who, '@lancedb/lancedb', 'apache-arrow')
  const arrow = await client<Arrow>(who, 'apache-arrow')
  const connection = await connect(place)
  let opened: Table | undefined
  const table = async () => {
    opened ??= await connection.openTable(name)
    return opened
  }

  const schemaOf = (columns: readonly Column[], size: number, about?: string) => {
    const own = columns.map(({ name, type }) => new arrow.Field(name, new arrow[types[type]](), true))
    const list = new arrow.FixedSizeList(size, new arrow.Field('item', new arrow.Float32(), true))
    return new arrow.Schema([...own, new arrow.Field('vector', list, true)], about === undefined ? undefined : new Map([[key, about]]))
  }

  return {
    async about() {
      if (!(await connection.tableNames()).includes(name)) return undefined
      return (await (await table()).schema()).metadata.get(key) ?? null
    },
    async create(about, columns, size) {
      opened = await connection.createEmptyTable(name, schemaOf(columns, size, about))
    },
    async write(columns, rows, begun) {
      const records = rows.map(({ cells, vector }) => {
        const own = columns.map(({ name }, i) => [name, typeof cells[i] === 'boolean' ? Number(cells[i]) : cells[i]] as const)
        return { ...Object.fromEntries(own), vector }
      })
      // Not a table of Arrow's own making: LanceDB may hold another copy of Arrow, and takes one of ours for empty.
      const data = makeArrowTable(records, { schema: schemaOf(columns, rows[0]!.vector.length) })
      const merge = (await table()).mergeInsert(['id', 'start'])
      const written = merge.whenMatchedUpdateAll().whenNotMatchedInsertAll()
      const whole =
        begun.length === 0 ? written : written.whenNotMatchedBySourceDelete({ where: `id in (${begun.map(quoted).join(', ')})` })
      await whole.execute(data)
    },
    async *rows(columns) {
      for await (const batch of (await table()).query()) for (const row of batch.toArray()) yield rowOf(columns, row)
    },
    async near(columns, vector, count, without) {
      const search = (await table()).query().nearestTo(vector).distanceType('cosine').limit(count)
      const found = without === undefined ? search : search.where(`id <> ${quoted(without)}`)
      return (await found.toArray()).map((row) => rowOf(columns, row))
    },
    async close() {
      opened?.close()
      connection.close()
    },
  }
}

/** A text as SQL has it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function rowOf(columns: readonly Column[], row: ArrowRow): StoredRow {
  const cells = columns.map(({ name, type }) => {
    const value = (row[name] ?? null) as StoredRow['cells'][number]
    return type === 'BOOLEAN' && value !== null ? value === 1 : value
  })
  return { cells, vector: Float32Array.from(row.vector) }
}
