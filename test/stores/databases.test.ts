// Databases as users have them, by their own clients: LanceDB, PostgreSQL with pgvector, SQLite with sqlite-vec.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { from, lastValueFrom } from 'rxjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Failure, Vector } from '../../src/index.ts'
import type { Origin } from '../../src/sinks/tableSink.ts'
import { toParquet } from '../../src/sinks/toParquet.ts'
import { toStore } from '../../src/sinks/toStore.ts'
import type { Collection } from '../../src/sources/collections/collection.ts'
import { openVectors } from '../../src/sources/collections/openVectors.ts'
import { outside } from '../cli/outside.ts'
import { startPostgres } from './postgres.ts'

let folder: string
let postgres: Awaited<ReturnType<typeof startPostgres>>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'poolwise-stores-'))
  postgres = await startPostgres()
}, 120_000)
afterAll(async () => {
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const at = (name: string) => join(folder, name)
const words = resolve('samples/audio/words')
const kinds = {
  lancedb: (table: string) => `lancedb://${at('lance')}#${table}`,
  postgres: (table: string) => `${postgres.url}#${table}`,
  sqlite: (table: string) => `sqlite:${at('vectors.db')}#${table}`,
}
const stores = Object.entries(kinds)

function vector(id: string, values: readonly number[], more: Partial<Vector> = {}): Vector {
  return { id, start: 0, end: 2, weight: 3, vector: Float32Array.from(values), names: values.map((_, i) => `bin${i}.mean`), ...more }
}

const fields = (record: object) =>
  new Map(Object.entries(record).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : JSON.stringify(value)]))

/** What the sink counts, and what it refuses. */
async function written(address: string, vectors: readonly (Vector | Failure)[], origin?: Origin) {
  const refused: string[] = []
  const summary = await lastValueFrom(toStore(address, origin)(from(vectors), ({ error }) => refused.push(error.message)))
  return { ...summary, refused }
}

/** All that a collection holds, rows by id and start. */
function contents({ rows, names, pipeline, version, size, ...collection }: Collection) {
  const order = rows
    .map((_, i) => i)
    .sort((a, b) => (rows[a]!.id < rows[b]!.id ? -1 : rows[a]!.id > rows[b]!.id ? 1 : rows[a]!.start - rows[b]!.start))
  return { rows: order.map((i) => rows[i]), vectors: order.map((i) => [...collection.vector(i)]), names, pipeline, version, size }
}

describe.each(stores)('%s', (kind, address) => {
  test('holds what Parquet holds', async () => {
    const vectors = [
      vector('a', [0.1, -1e-45, 3e38], {
        coverage: 0.5,
        label: "it's",
        fields: fields({ speaker: 'Ann "x"', n: 1.5, big: 2n ** 60n, ok: true, mixed: [1] }),
      }),
      vector('a', [1, 2, 3], {
        start: 0.1 + 0.2,
        fields: fields({ speaker: null, n: 2, big: 3n, ok: false, mixed: 'text', 'with.dot': 'd', end: 'e', SPEAKER: 's' }),
      }),
      vector('日本\\', [0, 0, 0], { fields: new Map() }),
    ]
    const pipeline = { source: { source: 'audioFiles' }, stages: [{ stage: 'logMel' }] }
    expect(await written(address('same'), vectors, { pipeline })).toEqual({ vectors: 3, failures: 0, refused: [] })
    await lastValueFrom(toParquet(at(`${kind}.parquet`), {}, { pipeline })(from(vectors)))
    const [table, file] = await Promise.all([openVectors(address('same')), openVectors(at(`${kind}.parquet`))])
    const renamed = (row: Collection['rows'][number]) => ({
      ...row,
      fields: new Map([...row.fields].map(([name, json]) => [name.replace('field.', ''), json])),
    })
    const expected = contents(file)
    expect(contents(table)).toEqual({ ...expected, rows: expected.rows.map((row) => renamed(row!)) })
    expect(table.rows.length).toBe(3)
  })

  test('the same again changes nothing; an id that is written again has nothing of what was there of it, whatever the batches', async () => {
    const first = [vector('a', [1, 2]), vector('a', [3, 4], { start: 1 }), vector('b', [5, 6])]
    await written(address('again'), first)
    const once = contents(await openVectors(address('again')))
    await written(address('again'), first)
    expect(contents(await openVectors(address('again')))).toEqual(once)
    await written(address('again'), [vector('a', [7, 8], { start: 1 }), vector("c'", [1, 1]), vector('a', [9, 9], { start: 1, weight: 5 })])
    const { rows, vectors } = contents(await openVectors(address('again')))
    expect([rows.map((row) => [row!.id, row!.start, row!.weight]), vectors]).toEqual([
      [
        ['a', 1, 5],
        ['b', 0, 3],
        ["c'", 0, 3],
      ],
      [
        [9, 9],
        [5, 6],
        [1, 1],
      ],
    ])
    // Of so many rows those of an id are in several batches.
    const windows = (count: number) => Array.from({ length: count }, (_, start) => vector("c'", [start, 1], { start }))
    for (const count of [10_000, 9000, 4500]) {
      await written(address('again'), [...windows(count), vector('d', [count, count])])
      const { rows } = contents(await openVectors(address('again')))
      expect(rows.map((row) => `${row!.id} ${row!.start}`)).toEqual([
        'a 1',
        'b 0',
        ...windows(count).map(({ start }) => `c' ${start}`),
        'd 0',
      ])
    }
  })

  test('refuses what the table cannot hold, by itself, and vectors of another pipeline whole', async () => {
    const pipeline = { source: { source: 'audioFiles' }, stages: [{ stage: 'logMel' }] }
    await written(address('strict'), [vector('a', [1, 2], { fields: fields({ n: 1 }) })], { pipeline })
    const wrong = [
      vector('b', [1, NaN]),
      vector('c', [1, 2, 3]),
      vector('d', [1, 2], { fields: fields({ n: 'text' }) }),
      vector('e', [1, 2], { fields: fields({ other: 1 }) }),
      vector('f\0', [1, 2]),
      vector('g', [1, 2], { names: ['x', 'y'] }),
      vector('h', [5, 6]),
    ]
    const { vectors, failures, refused } = await written(address('strict'), wrong, { pipeline })
    expect([vectors, failures]).toEqual([1, 6])
    for (const [i, said] of refused.entries()) expect(said).toContain(JSON.stringify(wrong[i]!.id))
    expect((await openVectors(address('strict'))).rows.map(({ id }) => id)).toEqual(['a', 'h'])
    const other = { source: { source: 'audioFiles' }, stages: [{ stage: 'mfcc' }] }
    await expect(written(address('strict'), [vector('z', [1, 2])], { pipeline: other })).rejects.toThrow(
      /toStore: expected the pipeline of the vectors that are at .*, got another; write to another table/,
    )
  })

  test('answers the same ten nearest as the exact scan, and the same word by another voice as often', async () => {
    const [one, again] = [
      await outside(['run', 'pipelines/speech.ts', words, '--out', address('words')]),
      await outside(['run', 'pipelines/speech.ts', words, '--out', at('words.parquet')]),
    ]
    expect([one.code, one.err.match(/error:.*/g), again.code]).toEqual([0, null, 0])
    const asked = ['bat-v1', 'pat-v3', 'zip-v2'].map((name) => join(words, `${name}.wav`))
    const near = async (path: string, ...more: string[]) => {
      const { out, err } = await outside(['similar', path, ...asked, '--json', ...more])
      expect(err.match(/error:.*/g)).toBeNull()
      return out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { near: { id: string; cosine: number }[] })
    }
    const expected = await near(at('words.parquet'))
    expect(expected.map(({ near }) => near.length)).toEqual([10, 10, 10])
    expect(await near(address('words'))).toEqual(expected)
    expect(await near(address('words'), '--others')).toEqual(await near(at('words.parquet'), '--others'))
    const [table, file] = [await openVectors(address('words')), await openVectors(at('words.parquet'))]
    const { base: _, ...rest } = table
    expect(rest.pipeline).toEqual(file.pipeline)
    expect(contents(table)).toEqual(contents(file))
    const said = await outside(['inspect', address('words')])
    expect([said.code, said.out]).toEqual([0, expect.stringContaining('vectors    288 of ')])
    expect(said.out + said.err).not.toContain('s3cret')
  })

  test('says what is not there', async () => {
    await expect(openVectors(address('nothing'))).rejects.toThrow(
      /openVectors: expected a table nothing, which poolwise wrote, got none at/,
    )
    const { code, err } = await outside(['similar', address('nothing'), 'x.wav'])
    expect(code).not.toBe(0)
    expect(err).not.toContain('s3cret')
  })
})

test.each([
  'postgres://u:s3cret@127.0.0.1:1/x#t',
  'postgres://u:s3cret@127.0.0.1:1/x',
  'postgres://u:s3c:re@t/x@127.0.0.1:1/x#t t',
  'postgre://u:s3cret@127.0.0.1:1/x#t',
  'postgres://127.0.0.1:1/x?user=u&password=s3cret#t',
  'postgres://u:s3cret@[::1/x#t',
])('no message tells the password of %s', async (address) => {
  for (const args of [
    ['run', 'pipelines/speech.ts', words, '--out', address],
    ['similar', address, 'x.wav'],
    ['inspect', address],
  ]) {
    const { code, out, err } = await outside(args)
    expect(code).not.toBe(0)
    expect(err).toMatch(/error: /)
    expect(out + err).not.toMatch(/s3c|re@t/)
  }
})
