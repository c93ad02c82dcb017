import { jsonText } from '../../files/jsonText.ts'
import { storeAddress } from '../../sinks/stores/storeAddress.ts'
import type { StoreClient, StoredRow } from '../../sinks/stores/storeClient.ts'
import { columnsOf, message, openStore, type TableTold } from '../../sinks/stores/storedTable.ts'
import { type About, type Collection, collectionOf, Gathered, type Neighbor, type Row } from './collection.ts'

/** A table of a database, read into memory in the order of ids and starts. */
export async function storedVectors(who: string, address: string): Promise<Collection> {
  return opened(who, address, async (client, told) => {
    const stored: StoredRow[] = []
    for await (const row of client.rows(columnsOf(told))) stored.push(row)
    return collected(who, told, stored)
  })
}

/** The nearest rows of a table, as {@link Collection.nearestTo} gives them, but that the database finds them; without those of an id, where there is one for the query. */
export async function nearestStored(
  who: string,
  address: string,
  vectors: readonly Float32Array[],
  count: number,
  without?: readonly string[],
): Promise<Neighbor[][]> {
  return opened(who, address, async (client, told) => {
    const found: Neighbor[][] = []
    for (const [i, vector] of vectors.entries()) {
      const near = await client.near(columnsOf(told), vector, count, without?.[i])
      // Databases count in float32: of those that they find the order is as everywhere.
      found.push(collected(who, told, near).nearest(vector, count))
    }
    return found
  })
}

/** What a table says of itself; its rows stay where they are. */
export async function storeTold(who: string, address: string): Promise<About> {
  return opened(who, address, async (_, told) => aboutOf(told))
}

async function opened<Of>(who: string, address: string, use: (client: StoreClient, told: TableTold) => Promise<Of>): Promise<Of> {
  const to = storeAddress(who, address)
  const { client, told } = await openStore(who, to, { there: true })
  try {
    return await use(client, told!)
  } catch (cause) {
    throw new Error(message(who, to, cause as Error))
  } finally {
    await client.close()
  }
}

function aboutOf({ fields: _, ...about }: TableTold): About {
  return about
}

function collected(who: string, told: TableTold, stored: readonly StoredRow[]): Collection {
  const rows = stored.map(({ cells, vector }) => ({ row: rowOf(told, cells), vector }))
  const gathered = new Gathered()
  for (const { row, vector } of rows.sort((a, b) => before(a.row, b.row))) gathered.add(who, row.id, row, vector)
  return rows.length === 0 ? collectionOf([], new Float32Array(0), aboutOf(told)) : gathered.collection(aboutOf(told))
}

function before(a: Row, b: Row): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : a.start - b.start
}

function rowOf({ fields }: TableTold, [id, label, start, end, weight, coverage, ...others]: StoredRow['cells']): Row {
  return {
    id: id as string,
    ...(label !== null && { label: label as string }),
    start: start as number,
    end: end as number,
    weight: weight as number,
    ...(coverage !== null && { coverage: coverage as number }),
    fields: new Map(fields.map(({ name }, i) => [name, jsonText(others[i])])),
  }
}
