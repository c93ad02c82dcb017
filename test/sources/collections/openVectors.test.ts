import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { DataError } from 'poolwise'
import { openVectors, toArrow, toCsv, toJsonl, toNpy, toParquet } from 'poolwise/node'
import { from, lastValueFrom } from 'rxjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Vector } from '../../../src/index.ts'
import { collectionOf } from '../../../src/sources/collections/collection.ts'
import { property } from '../../property.ts'

let folder: string
const at = (name: string) => join(folder, name)

const vectors: Vector[] = Array.from({ length: 50 }, (_, i) => ({
  id: `id,"${i}"`,
  label: i % 2 ? 'odd' : 'even',
  start: i,
  end: i + 0.5,
  weight: 2,
  coverage: 0.75,
  fields: new Map([['lang', i % 3 ? '"de"' : '"1 en"']]),
  vector: Float32Array.from([Math.sin(i), Math.cos(i), i / 7]),
  names: ['x.mean', 'y.mean', 'z.mean'],
}))

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'poolwise-open-'))
  const sinks = [
    toParquet(at('v.parquet')),
    toParquet(at('apart.parquet'), { columns: true }),
    toArrow(at('v.arrows')),
    toNpy(at('v.npy')),
    toJsonl(at('v.jsonl')),
    toCsv(at('v.csv')),
    toCsv(at('p.csv'), { pgvector: true }),
  ]
  for (const sink of sinks) await lastValueFrom(from(vectors).pipe(sink))
})
afterAll(() => rmSync(folder, { recursive: true }))

test.each(['v.parquet', 'apart.parquet', 'v.arrows', 'v.npy', 'v.jsonl', 'v.csv', 'p.csv'])(
  '%s is read as it was written',
  async (name) => {
    const { rows, matrix, size, vector } = await openVectors(at(name))
    expect(size).toBe(3)
    expect(rows).toEqual(
      vectors.map(({ id, label, start, end, weight, coverage, fields }) => ({ id, label, start, end, weight, coverage, fields })),
    )
    expect(matrix).toEqual(Float32Array.from(vectors.flatMap(({ vector }) => [...vector])))
    expect(vector(7)).toEqual(vectors[7]!.vector)
  },
)

describe('nearest', () => {
  const numbers = fc.array(fc.array(fc.float({ noNaN: true, min: -8, max: 8 }), { minLength: 5, maxLength: 5 }), {
    minLength: 1,
    maxLength: 40,
  })

  property([numbers, fc.integer({ min: 1, max: 12 })])('is what sorting all cosines gives', (rows, count) => {
    const found = collectionOf(
      rows.map((_, i) => ({ id: String(i), start: 0, end: 0, weight: 1, fields: new Map() })),
      Float32Array.from(rows.flat()),
      {},
    )
    const cosine = (a: readonly number[], b: readonly number[]) => {
      const dot = (x: readonly number[], y: readonly number[]) =>
        x.reduce((sum, value, k) => sum + Math.fround(value) * Math.fround(y[k]!), 0)
      const norms = Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b))
      return norms === 0 ? 0 : dot(a, b) / norms
    }
    const wanted = rows.map((row) => cosine(row, rows[0]!)).sort((a, b) => b - a)
    const near = found.nearest(rows[0]!, count)
    expect(near.map(({ cosine }) => cosine)).toEqual(wanted.slice(0, count).map((x) => expect.closeTo(x, 9)))
    for (const { index, cosine: told } of near) expect(told).toBeCloseTo(cosine(rows[index]!, rows[0]!), 9)
    // Blocks and queries side by side change nothing.
    expect(found.nearestTo(rows, count)[0]).toEqual(near)
  })

  test('of equal ones the first; what is not finite is near nothing; only those among which it is asked', () => {
    const rows = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, start: 0, end: 0, weight: 1, fields: new Map() }))
    const found = collectionOf(rows, Float32Array.of(1, 0, 2, 0, NaN, 0, 0, 0, -1, 0), {})
    expect(found.nearest([3, 0], 9).map(({ row, cosine }) => [row.id, cosine])).toEqual([
      ['a', 1],
      ['b', 1],
      ['d', 0],
      ['e', -1],
    ])
    expect(found.nearest([3, 0], 1, ({ id }) => id > 'b').map(({ row }) => row.id)).toEqual(['d'])
    expect(found.nearest([Infinity, 0], 3)).toEqual([])
    expect(() => found.nearest([1], 3)).toThrow('nearest: a vector must have 2 values, as those of the collection, got 1')
    expect(() => found.nearest([1, 2], 0)).toThrow('nearest: count must be an integer ≥ 1, got 0')
  })
})

describe('refuses', () => {
  test.each<[string, string, string]>([
    ['v.txt', '', 'openVectors: expected a file that ends in .parquet, .arrows, .npy, .jsonl, .csv, .ark, got'],
    ['text.jsonl', '{"id":"a"}\n', 'expected a list of numbers as vector, got null'],
    ['half.jsonl', '{"id":"a","vector":[1]}\n{"id"', 'half.jsonl:2: expected an object of JSON'],
    ['long.jsonl', '{"id":"a","vector":[1]}\n{"id":"b","vector":[1,2]}', 'vectors must all have 1 values, got 2 for "b"'],
    ['text.csv', 'id,text\na,b\n', 'to have columns of numbers, or one vector, got ["id","text"]'],
    ['text.parquet', 'PAR1 and more letters', 'text.parquet to be Parquet, got'],
    ['empty.parquet', '', 'to be Parquet, got a file of 0 bytes'],
  ])('%s', async (name, text, message) => {
    writeFileSync(at(name), text)
    await expect(openVectors(at(name))).rejects.toThrow(message)
  })

  test.each<[string, string | undefined, RegExp]>([
    ['whose run has not ended', undefined, /expected a folder with collection\.json, which is there when a run is whole, got/],
    ['without parts', '{}', /to list the parts of a run/],
    ['of other things', 'null', /to list the parts of a run/],
    ['of no JSON', '{"parts":', /to list the parts of a run/],
    ['of what is elsewhere', '{"parts":[{"files":{"../v.parquet":1}}]}', /to list the parts of a run/],
    ['with a part that holds no vectors', '{"parts":[{"files":{"a.txt":1}}]}', /to list the parts of a run/],
    ['with a part that is gone', '{"parts":[{"files":{"part-000000.jsonl":1}}]}', /part-000000\.jsonl/],
  ])('a folder %s', async (_, json, message) => {
    const path = mkdtempSync(at('folder-'))
    if (json !== undefined) writeFileSync(join(path, 'collection.json'), json)
    const refused = openVectors(path)
    await expect(refused).rejects.toThrow(DataError)
    await expect(refused).rejects.toThrow(message)
  })

  test('a file that is not there', async () => {
    for (const name of ['none.parquet', 'none.npy', 'none.jsonl', 'none.csv'])
      await expect(openVectors(at(name))).rejects.toThrow('expected a file that can be read')
  })
})

// What is cut or changed is refused in an error of ours, or read; never more, and never slowly.
test('a Parquet file with wrong bytes', async () => {
  const good = readFileSync(at('v.parquet'))
  const random = (seed: number) => (Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) >>> 0) / 2 ** 32
  let refused = 0
  for (let i = 0; i < 400; i++) {
    const bytes = Buffer.from(i < 100 ? good.subarray(0, Math.floor((good.length * i) / 100)) : good)
    if (i >= 100)
      for (let k = 0; k <= i % 4; k++) bytes[Math.floor(random(i * 8 + k + 1) * bytes.length)] = Math.floor(random(i * 8 + k + 7) * 256)
    writeFileSync(at('bad.parquet'), bytes)
    await openVectors(at('bad.parquet')).then(
      ({ rows }) => expect(rows.length).toBeLessThanOrEqual(50),
      (error: Error) => {
        refused++
        expect(error.name).toBe('DataError')
        expect(error.message).toContain('bad.parquet')
      },
    )
  }
  expect(refused).toBeGreaterThan(200)
})
