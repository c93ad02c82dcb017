// The nearest by cosine of 100,000 vectors, by looking at all of them: ours in memory, and by the databases that vectors go to (npm run stores).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lastValueFrom, range } from 'rxjs'
import { map } from 'rxjs/operators'
import { toParquet } from '../../src/sinks/toParquet.ts'
import { openVectors } from '../../src/sources/collections/openVectors.ts'
import { installed } from '../stores/installed.ts'
import { measure, significant, type Table, times } from './timing.ts'

const [count, size, k] = [100_000, 160, 10]

interface DuckDb {
  readonly DuckDBInstance: { create(path: string): Promise<{ connect(): Promise<Connection> }> }
}
interface Connection {
  run(sql: string): Promise<unknown>
  runAndReadAll(sql: string): Promise<{ getRows(): readonly (readonly unknown[])[] }>
}
interface LanceDb {
  connect(folder: string): Promise<{ createTable(name: string, rows: readonly object[]): Promise<LanceTable> }>
}
interface LanceTable {
  query(): {
    nearestTo(vector: Float32Array): {
      distanceType(type: 'cosine'): { limit(n: number): { select(columns: string[]): { toArray(): Promise<{ id: number }[]> } } }
    }
  }
}
type Libsql = new (path: string) => Sqlite
interface Sqlite {
  exec(sql: string): void
  prepare(sql: string): { run(values: readonly unknown[]): void; all(values: readonly unknown[]): readonly { id: number }[] }
  loadExtension(path: string): void
}

export async function nearest(): Promise<Table> {
  const folder = mkdtempSync(join(tmpdir(), 'poolwise-nearest-'))
  try {
    return await measured(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function measured(folder: string): Promise<Table> {
  const names = Array.from({ length: size }, (_, i) => `bin${i}`)
  const values = (i: number) => Float32Array.from({ length: size }, (_, j) => Math.sin(i * 12.9898 + j * 78.233 + ((i * j) % 97)))
  const vectors = range(0, count).pipe(map((i) => ({ id: String(i), start: 0, end: 1, weight: 1, names, vector: values(i) })))
  await lastValueFrom(vectors.pipe(toParquet(join(folder, 'v.parquet'))))
  const ours = await openVectors(join(folder, 'v.parquet'))
  const queries = Array.from({ length: 8 }, (_, i) => values(count + i))

  const duck = await installed<DuckDb>('@duckdb/node-api')
  const duckdb = await (await duck.DuckDBInstance.create(join(folder, 'v.duckdb'))).connect()
  await duckdb.run(`create table v as select id::integer as id, vector::float[${size}] as vector from '${join(folder, 'v.parquet')}'`)
  const lance = await (await installed<LanceDb & { default?: LanceDb }>('@lancedb/lancedb')).connect(join(folder, 'lance'))
  const { default: Database } = await installed<{ default: Libsql }>('libsql')
  const { getLoadablePath } = await installed<{ getLoadablePath(): string }>('sqlite-vec')
  const sqlite = new Database(join(folder, 'v.db'))
  sqlite.loadExtension(getLoadablePath())
  sqlite.exec('create table v (id integer primary key, vector blob)')
  sqlite.exec('begin')
  const insert = sqlite.prepare('insert into v values (?, ?)')
  const bytes = (vector: Float32Array) => Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)
  const rows = Array.from({ length: count }, (_, id) => ({ id, vector: ours.vector(id) }))
  for (const { id, vector } of rows) insert.run([id, bytes(vector)])
  sqlite.exec('commit')
  const table = await lance.createTable('v', rows)
  const literal = (vector: Float32Array) => `[${vector.join(',')}]::float[${size}]`

  let turn = 0
  const query = () => queries[turn++ % queries.length]!
  const found = {
    poolwise: async (vector: Float32Array) => ours.nearest(vector, k).map(({ index }) => index),
    'DuckDB, `array_cosine_distance`, one thread': async (vector: Float32Array) => {
      const sql = `select id from v order by array_cosine_distance(vector, ${literal(vector)}) limit ${k}`
      return (await duckdb.runAndReadAll(sql)).getRows().map(([id]) => Number(id))
    },
    'LanceDB, all threads': async (vector: Float32Array) =>
      (await table.query().nearestTo(vector).distanceType('cosine').limit(k).select(['id']).toArray()).map(({ id }) => id),
    'sqlite-vec, `vec_distance_cosine`': async (vector: Float32Array) =>
      sqlite
        .prepare(`select id from v order by vec_distance_cosine(vector, ?) limit ${k}`)
        .all([bytes(vector)])
        .map(({ id }) => id),
  }
  await duckdb.run('set threads = 1')
  const searches = Object.entries(found)
  const expected = await Promise.all(queries.map(found.poolwise))
  const same = await Promise.all(
    searches.map(async ([, search]) => {
      const each: boolean[] = []
      for (const [i, vector] of queries.entries()) each.push(String(await search(vector)) === String(expected[i]))
      return each.filter(Boolean).length
    }),
  )
  const all = await measure(
    [
      ...searches.map(
        ([, search]) =>
          () =>
            search(query()),
      ),
      () => ours.nearestTo(queries, k),
    ],
    { runs: 3, rounds: 5, seconds: 1 },
  )
  return {
    title: `The ten nearest of ${count} vectors of ${size} values`,
    note: 'By cosine, all vectors looked at, no index. Ours counts in float64, in memory and in one thread; the databases hold their tables in files that the system has in memory.',
    head: ['search', 'ms a query', '× ours', 'queries with the same ten', 'runs'],
    rows: [...searches.map(([name]) => name), 'poolwise, eight queries at once'].map((name, i) => {
      const { time, toFirst, count } = all[i]!
      const of = i < searches.length ? 1 : queries.length
      return [
        name,
        significant(time / of),
        times(toFirst / of),
        i < searches.length ? `${same[i]} of ${queries.length}` : '',
        String(count),
      ]
    }),
  }
}
