// What the guide says of reading vectors elsewhere, run as it stands there.
import { execFileSync, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { from, lastValueFrom } from 'rxjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { toArrow } from '../../src/sinks/toArrow.ts'
import { toCsv } from '../../src/sinks/toCsv.ts'
import { toNpy } from '../../src/sinks/toNpy.ts'
import { toParquet } from '../../src/sinks/toParquet.ts'
import { toStore } from '../../src/sinks/toStore.ts'
import { type Collection, collectionOf } from '../../src/sources/collections/collection.ts'
import { root } from '../house/source.ts'
import { installed } from './installed.ts'
import { startPostgres } from './postgres.ts'

const [count, size] = [300, 24]
const ids = Array.from({ length: count }, (_, i) => (i === 0 ? 'words/bat-v1.wav' : `words/w${String(i).padStart(3, '0')}.wav`))
const matrix = Float32Array.from({ length: count * size }, (_, i) => Math.sin(i * i * 0.013 + i * 0.7))
const rows = ids.map((id) => ({ id, start: 0, end: 1, weight: 2, fields: new Map<string, string>() }))
const names = Array.from({ length: size }, (_, i) => `mel${i}.mean`)
const words: Collection = collectionOf(rows, matrix, { names })
const expected = words.nearest(words.vector(0), 10).map(({ row }) => row.id)
const sum = matrix.reduce((all, x) => all + x, 0)

let folder: string
let postgres: Awaited<ReturnType<typeof startPostgres>>
const at = (name: string) => join(folder, name)
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'poolwise-readers-'))
  postgres = await startPostgres()
  const vectors = from(ids.map((id, i) => ({ id, start: 0, end: 1, weight: 2, names, vector: words.vector(i) })))
  const sinks = [
    toParquet(at('words.parquet')),
    toParquet(at('columns.parquet'), { columns: true }),
    toArrow(at('words.arrows')),
    toNpy(at('words.npy')),
    toCsv(at('words.csv')),
    toStore(`lancedb://${at('lance')}#words`),
    toStore(`sqlite:${at('words.db')}#words`),
    toStore(`${postgres.url}#words`),
  ]
  for (const sink of sinks) expect(await lastValueFrom(sink(vectors))).toEqual({ vectors: count, failures: 0 })
}, 120_000)
afterAll(async () => {
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** The lines that the guide has for a reader: those after its name in a comment, to the next name or the end of the block. */
function shown(reader: string): string {
  const guide = readFileSync(join(root, 'guide/elsewhere.md'), 'utf8')
  const found = new RegExp(`^(?:#|--|//) ${reader}\\b.*\\n((?:(?!#|--|//|\`\`\`).*\\n)+)`, 'm').exec(guide)?.[1]
  if (!found) throw new Error(`the guide: expected lines after the comment ${reader}`)
  return found
}

interface Duck {
  readonly DuckDBInstance: { create(path: string): Promise<{ connect(): Promise<{ runAndReadAll(sql: string): Promise<Read> }> }> }
}
interface Read {
  getRows(): readonly (readonly unknown[])[]
}

test('DuckDB reads Parquet, in both forms', async () => {
  const { DuckDBInstance } = await installed<Duck>('@duckdb/node-api')
  const duck = await (await DuckDBInstance.create(':memory:')).connect()
  const read = async (sql: string) => (await duck.runAndReadAll(sql)).getRows()
  const inFolder = shown('DuckDB').replaceAll("'words.parquet'", `'${at('words.parquet')}'`)
  expect((await read(inFolder)).map(([id]) => id)).toEqual(expected)
  const lists = `select sum(x::double) from (select unnest(vector) as x from '${at('words.parquet')}')`
  const columns = `select ${names.map((name) => `sum("${name}"::double)`).join(' + ')} from '${at('columns.parquet')}'`
  for (const sql of [lists, columns]) expect(Number((await read(sql))[0]![0])).toBeCloseTo(sum, 9)
})

test('Arrow reads its stream', () => {
  const arrow = createRequire(import.meta.url)('apache-arrow') as object
  const lines = shown('Arrow').replace("'words.arrows'", `'${at('words.arrows')}'`)
  const read = new Function('arrow', 'fs', `${lines}; return [words.get(0).id, vector, words.numRows]`)(arrow, fs) as unknown[]
  expect(read).toEqual([ids[0], words.vector(0), count])
})

// Whose packages they are.
const debian = '/usr/bin/python3'

function python(program: string): string {
  return execFileSync(debian, ['-c', program], { encoding: 'utf8', cwd: folder })
}

test.for(['numpy', 'pandas'])('%s reads its files', (name, { skip }) => {
  if (spawnSync(debian, ['-c', `import ${name}`]).status !== 0) {
    expect(process.env.POOLWISE_REQUIRE_ALL, `python3 with ${name}`).toBeUndefined()
    skip(`python3 with ${name} is not installed`)
  }
  const numpy = `${shown('NumPy')}\nids = [json.loads(line)['id'] for line in open('words.ids.jsonl')]\nunits = vectors / np.linalg.norm(vectors.astype(float), axis=1, keepdims=True)\nprint(json.dumps([float(vectors.astype(float).sum()), [ids[i] for i in np.argsort(-(units @ units[0]), kind='stable')[:10]]]))`
  const pandas = `${shown('pandas')}\nprint(json.dumps([float(words.loc[:, 'mel0.mean':].to_numpy().sum()), words['id'].tolist()[:10]]))`
  const [total, first] = JSON.parse(python(`import json\n${name === 'numpy' ? numpy : pandas}`)) as [number, string[]]
  // The digits in CSV parse back to the same float32, not to the same float64.
  expect(total).toBeCloseTo(sum, name === 'numpy' ? 9 : 3)
  expect(first).toEqual(name === 'numpy' ? expected : ids.slice(0, 10))
})

test('LanceDB, PostgreSQL and SQLite find the same, as shown', async () => {
  const lance = await installed<{ default: object }>('@lancedb/lancedb')
  const program = new Function(
    'lancedb',
    'vector',
    `return (async () => { ${shown('LanceDB').replace("'lance'", `'${at('lance')}'`)}; return near })()`,
  )
  const near = (await program(lance.default, words.vector(0))) as { id: string }[]
  expect(near.map(({ id }) => id)).toEqual(expected)

  const { default: pg } = await installed<{
    default: {
      Client: new (
        options: object,
      ) => { connect(): Promise<void>; query(sql: string): Promise<{ rows: { id: string }[] }>; end(): Promise<void> }
    }
  }>('pg')
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  const found = (await client.query(shown('pgvector'))) as unknown as { rows: { id: string }[] }
  await client.end()
  expect(found.rows.map(({ id }) => id)).toEqual(expected)

  const { default: Database } = await installed<{
    default: new (path: string) => { loadExtension(path: string): void; prepare(sql: string): { all(values: unknown[]): { id: string }[] } }
  }>('libsql')
  const { getLoadablePath } = await installed<{ getLoadablePath(): string }>('sqlite-vec')
  const sqlite = new Database(at('words.db'))
  sqlite.loadExtension(getLoadablePath())
  expect(
    sqlite
      .prepare(shown('sqlite-vec'))
      .all([])
      .map(({ id }) => id),
  ).toEqual(expected)
})
