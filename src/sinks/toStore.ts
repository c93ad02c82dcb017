import { concat, concatMap, defer, filter, finalize, from, ignoreElements, map, type Observable, of } from 'rxjs'
import { DataError, show } from '../core/check.ts'
import type { Vector } from '../streams/toVectors.ts'
import { checkFields, type FieldColumns, fieldColumns } from './fieldColumns.ts'
import { checkFinite, counting, type Sink, type Summary, time } from './sink.ts'
import { type StoreAddress, storeAddress } from './stores/storeAddress.ts'
import { columnsFor, columnsOf, message, type OpenStore, openStore, storedRow, type TableTold } from './stores/storedTable.ts'
import { type Origin, toldOrigin } from './tableSink.ts'

const who = 'toStore'

/**
 * Writes to a table of a database: of LanceDB `lancedb://DIR#TABLE`, of PostgreSQL with pgvector `postgres://USER@HOST/DATABASE#TABLE`, of SQLite `sqlite:FILE#TABLE`. Their clients are optional
 * peers: @lancedb/lancedb with apache-arrow, pg, libsql with sqlite-vec.
 *
 * The table has `id`, `label`, `start`, `end`, `weight`, `coverage`, a column for each field of the records, and `vector`; it is made where there is none, and says the values' names and the pipeline,
 * so that `poolwise similar` can ask for more. Fields whose names not all databases take are called `field_…`; their types are as in {@link toParquet}.
 *
 * A row is known by its `id` and `start`, and of two with both alike the later stays. The first row of an id takes the place of all that the table had of it before, so that the same vectors again change nothing, and a
 * recording that has become shorter leaves nothing behind. Rows go in batches of at most 4096, each whole or not there, whatever ends the process; the same run again then makes the table of a run that was not disturbed. Vectors that the table cannot hold (of another length, or fields, than it has, with values that are
 * not finite, or texts with a NUL) are failures: see {@link Sink}. What LanceDB and PostgreSQL have not yet taken waits in memory.
 *
 * @throws TypeError at once for an address that is none, and for a pipeline that is no JSON; (as an error of the stream) Error, before anything is read, where the database or its client is missing, or the table is of another
 * pipeline; no message tells the address's password
 * @example
 * await lastValueFrom(vectors$.pipe(toStore('sqlite:words.db#words'))) // { vectors: 288, failures: 0 }
 */
export function toStore(address: string, origin: Origin = {}): Sink {
  const to = storeAddress(who, address)
  const told = toldOrigin(who, origin)
  const write: (...of: Parameters<Sink>) => Observable<Summary> = (source, refused = () => {}) =>
    from(defer(() => openStore(who, to))).pipe(
      concatMap((store) => {
        const table = new Filling(to, store, told)
        const { take, summary } = counting(who, (vector) => table.add(vector), refused)
        const batches = source.pipe(
          map((item) => {
            take(item)
            return table.full ? table.batch() : noRows
          }),
        )
        return concat(
          // Empty ones are left out before they queue: RxJS takes thousands that end at once one within the other.
          concat(
            batches,
            defer(() => of(table.batch())),
          ).pipe(
            filter(({ vectors }) => vectors.length > 0),
            concatMap((batch) => table.write(batch)),
            ignoreElements(),
          ),
          defer(() => of(summary())),
        ).pipe(finalize(() => void store.client.close().catch(() => {})))
      }),
    )
  return Object.assign(write, { files: [] })
}

function few(names: readonly string[]): string {
  return `${names.length} (${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''})`
}

const mostRows = 4096
const mostValues = 2 ** 20

interface Batch {
  readonly vectors: readonly Vector[]
  /** The ids among theirs of which none was in a batch before. */
  readonly begun: readonly string[]
}

const noRows: Batch = { vectors: [], begun: [] }

class Filling {
  readonly #to: StoreAddress
  readonly #client: OpenStore['client']
  readonly #origin: Omit<TableTold, 'names' | 'fields'>
  #table: TableTold | undefined
  #there = false
  #fields: FieldColumns | undefined
  /** By what they are known by. */
  #held = new Map<string, Vector>()
  #values = 0
  readonly #ids = new Set<string>()
  #begun: string[] = []
  #names: readonly string[] | undefined

  constructor(to: StoreAddress, { client, told }: OpenStore, origin: Omit<TableTold, 'names' | 'fields'>) {
    this.#to = to
    this.#client = client
    this.#origin = origin
    if (!told) return
    this.#there = true
    this.#have(told)
    if (JSON.stringify(told.pipeline) === JSON.stringify(origin.pipeline)) return
    void client.close().catch(() => {})
    throw new Error(`${who}: expected the pipeline of the vectors that are at ${to.shown}, got another; write to another table`)
  }

  get full(): boolean {
    return this.#held.size >= mostRows || this.#values >= mostValues
  }

  /** @throws DataError for what the table cannot hold */
  add(vector: Vector): void {
    const { id, label = '', start, fields = new Map<string, string>(), vector: values } = vector
    checkFinite(who, vector)
    if ([id, label, ...fields.values()].some((text) => text.includes('\0') || text.includes('\\u0000')))
      throw new DataError(`${who}: texts must be without NUL, got ${show(id)} with one`, { sequence: id })
    if (this.#fields) checkFields(who, this.#fields, id, fields)
    const names = this.#names ?? vector.names
    if (values.length !== names.length || vector.names.some((name, i) => name !== names[i]))
      throw new DataError(`${who}: vectors must have the same values, ${few(names)}, got ${few(vector.names)} for ${show(id)}`, {
        sequence: id,
      })
    this.#names = names
    this.#held.set(`${time(start)} ${id}`, vector)
    if (!this.#ids.has(id)) this.#begun.push(id)
    this.#ids.add(id)
    this.#values += values.length
  }

  /** What is held, which is none then; the first batch says what columns there are. */
  batch(): Batch {
    const batch = { vectors: [...this.#held.values()], begun: this.#begun }
    const { vectors } = batch
    this.#held = new Map()
    this.#values = 0
    this.#begun = []
    if (this.#table || vectors.length === 0) return batch
    const fields = fieldColumns(vectors.map(({ fields }) => fields))
    this.#have({ ...this.#origin, names: vectors[0]!.names, fields: columnsFor(fields) })
    return batch
  }

  async write({ vectors, begun }: Batch): Promise<void> {
    const table = this.#table!
    const columns = columnsOf(table)
    try {
      if (!this.#there) await this.#client.create(JSON.stringify(table), columns, table.names.length)
      this.#there = true
      await this.#client.write(
        columns,
        vectors.map((vector) => storedRow(table, vector)),
        begun,
      )
    } catch (cause) {
      throw new Error(message(who, this.#to, cause as Error))
    }
  }

  #have(table: TableTold): void {
    this.#table = table
    this.#names = table.names
    this.#fields = new Map(table.fields.map(({ name, type }) => [name, type]))
  }
}
