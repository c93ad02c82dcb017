import type { ColumnType } from '../fieldColumns.ts'
import type { StoreAddress } from './storeAddress.ts'
import { type Column, client, type StoreClient, type StoredRow } from './storeClient.ts'

/** The little of LanceDB that is used here. */
interface LanceDb {
  connect(folder: string): Promise<Connection>
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

/** The little of Apache Arrow, in which LanceDB takes rows. */
interface Arrow {
  readonly Schema: new (fields: readonly object[], metadata?: ReadonlyMap<string, string>) => object
  readonly Field: new (name: string, type: object, nullable: boolean) => object
  readonly FixedSizeList: new (size: number, of: object) => object
  readonly Utf8: new () => object
  readonly Float32: new () => object
  readonly Float64: new () => object
  readonly Int64: new () => object
  readonly Bool: new () => object
  vectorFromArray(values: readonly unknown[], type: object): object
  readonly Table: new (schema: object, columns: { readonly [name: string]: object }) => object
}

const types = { UTF8: 'Utf8', DOUBLE: 'Float64', INT64: 'Int64', BOOLEAN: 'Bool' } as const satisfies { [type in ColumnType]: keyof Arrow }

/** In the metadata of the table's schema. */
const key = 'poolwise'

/** A table of a folder of LanceDB. */
export async function lancedb(who: string, { place, table: name }: StoreAddress): Promise<StoreClient> {
  const { connect } = await client<LanceDb>(who, 'LanceDB', '@lancedb/lancedb', 'apache-arrow')
  const arrow = await client<Arrow>(who, 'Apache Arrow', 'apache-arrow')
  const connection = await connect(place)
  let opened: Table | undefined
  const table = async () => {
    opened ??= await connection.openTable(name)
    return opened
  }

  const typesOf = (columns: readonly Column[], size: number) => {
    const own = columns.map((column): [string, object] => [column.name, new arrow[types[column.type]]()])
    const list = new arrow.FixedSizeList(size, new arrow.Field('item', new arrow.Float32(), true))
    return [...own, ['vector', list]] as const
  }
  const schemaOf = (columns: readonly Column[], size: number, about?: string) =>
    new arrow.Schema(
      typesOf(columns, size).map(([column, type]) => new arrow.Field(column, type, column !== 'vector')),
      about === undefined ? undefined : new Map([[key, about]]),
    )

  return {
    async about() {
      if (!(await connection.tableNames()).includes(name)) return undefined
      return (await (await table()).schema()).metadata.get(key) ?? null
    },
    async create(about, columns, size) {
      opened = await connection.createEmptyTable(name, schemaOf(columns, size, about))
    },
    async write(columns, rows) {
      const size = rows[0]!.vector.length
      const values = (i: number) => rows.map(({ cells, vector }) => (i < columns.length ? cells[i] : vector))
      const filled = typesOf(columns, size).map(([column, type], i) => [column, arrow.vectorFromArray(values(i), type)] as const)
      const data = new arrow.Table(schemaOf(columns, size), Object.fromEntries(filled))
      const merge = (await table()).mergeInsert(['id', 'start'])
      await merge.whenMatchedUpdateAll().whenNotMatchedInsertAll().execute(data)
    },
    async *rows(columns) {
      for await (const batch of (await table()).query()) for (const row of batch.toArray()) yield rowOf(columns, row)
    },
    async near(columns, vector, count, without) {
      const search = (await table()).query().nearestTo(vector).distanceType('cosine').limit(count)
      const found = without === undefined ? search : search.where(`id <> '${without.replaceAll("'", "''")}'`)
      return (await found.toArray()).map((row) => rowOf(columns, row))
    },
    async close() {
      opened?.close()
      connection.close()
    },
  }
}

function rowOf(columns: readonly Column[], row: ArrowRow): StoredRow {
  return { cells: columns.map(({ name }) => (row[name] ?? null) as StoredRow['cells'][number]), vector: Float32Array.from(row.vector) }
}
