import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concat, from, lastValueFrom, of, throwError } from 'rxjs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openParquet } from '../../src/files/parquet.ts'
import type { Failure, Vector } from '../../src/index.ts'
import type { Origin } from '../../src/sinks/tableSink.ts'
import { toNpy } from '../../src/sinks/toNpy.ts'
import { type ParquetOptions, toParquet } from '../../src/sinks/toParquet.ts'
import { openVectors } from '../../src/sources/collections/openVectors.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poolwise-parquet-'))
})
afterEach(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

function vector(id: string, values: readonly number[], more: Partial<Vector> = {}): Vector {
  return { id, start: 0.5, end: 2, weight: 3, vector: Float32Array.from(values), names: values.map((_, i) => `bin${i}.mean`), ...more }
}

async function written(
  vectors: readonly (Vector | Failure)[],
  options?: ParquetOptions,
  origin?: Origin,
  name = 'v.parquet',
): Promise<string[]> {
  const refused: string[] = []
  await lastValueFrom(toParquet(at(name), options, origin)(from(vectors), ({ error }) => refused.push(error.message)))
  return refused
}

/** All columns of a file, whole. */
async function columnsOf(name = 'v.parquet'): Promise<{ [column: string]: unknown[] }> {
  const file = await openParquet('test', at(name))
  const all: { [column: string]: unknown[] } = Object.fromEntries(file.columns.map((column) => [column, []]))
  for await (const { columns } of file.groups()) for (const [column, values] of columns) all[column]!.push(...Array.from(values))
  await file.close()
  return all
}

const fields = (record: object) =>
  new Map(Object.entries(record).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : JSON.stringify(value)]))

describe('toParquet', () => {
  test('writes what JSON Lines has, the vector as a list, and reads back the same bits', async () => {
    const values = [0.1, -0, NaN, Infinity, -1e-45]
    expect(await written([vector('a', values, { coverage: 0.5 }), vector('b', [1, 2, 3, 4, 5], { label: 'bee', coverage: 1 })])).toEqual([])
    const { vector: lists, ...rest } = await columnsOf()
    expect(rest).toEqual({ id: ['a', 'b'], label: [null, 'bee'], start: [0.5, 0.5], end: [2, 2], weight: [3, 3], coverage: [0.5, 1] })
    expect(lists).toEqual([[...Float32Array.from(values)], [1, 2, 3, 4, 5]])
    expect(Object.is((lists![0] as number[])[1], -0)).toBe(true)
  })

  test('with columns, a column a value by name', async () => {
    await written([vector('a', [1, 2]), vector('b', [3, 4])], { columns: true })
    const { 'bin0.mean': first, 'bin1.mean': second, ...rest } = await columnsOf()
    expect([Array.from(first!), Array.from(second!), Object.keys(rest)]).toEqual([
      [1, 3],
      [2, 4],
      ['id', 'label', 'start', 'end', 'weight'],
    ])
    expect((await openVectors(at('v.parquet'))).matrix).toEqual(Float32Array.of(1, 2, 3, 4))
    const twice = vector('a', [1, 2], { names: ['x', 'x'] })
    expect(await written([twice, vector('b', [1], { names: ['end'] })], { columns: true })).toEqual([
      'toParquet: with columns, values must have names of their own, got "x" twice for "a"',
      'toParquet: with columns, values must have names of their own, got "end" twice for "b"',
    ])
  })

  test('any id, and fields by their kinds', async () => {
    const hostile = ['__proto__', '', ' ', 'a,b', 'two\nlines', '=1+1', 'Ünïcodé 🎵', 'x'.repeat(5000)]
    const records = hostile.map((id, i) =>
      vector(id, [i], {
        fields: fields({
          text: id,
          n: i / 2,
          yes: i > 2,
          big: 9007199254740993n + BigInt(i),
          mixed: i > 1 ? { i } : i,
          none: null,
          id: i,
          ...(i > 5 && { late: 'l' }),
        }),
      }),
    )
    expect(await written(records)).toEqual([])
    const found = await columnsOf()
    expect(found.id).toEqual(hostile)
    expect(found.text).toEqual(hostile)
    expect(Array.from(found.n!)).toEqual(hostile.map((_, i) => i / 2))
    expect(found.yes).toEqual(hostile.map((_, i) => i > 2))
    expect(Array.from(found.big!)).toEqual(hostile.map((_, i) => 9007199254740993n + BigInt(i)))
    expect(found.mixed).toEqual(['0', '1', ...hostile.slice(2).map((_, i) => `{"i":${i + 2}}`)])
    expect(found.none!.every((x) => x === null)).toBe(true)
    expect(Array.from(found['field.id']!)).toEqual(hostile.map((_, i) => i))
    expect(found.late!.slice(5)).toEqual([null, 'l', 'l'])
  })

  test('what does not fit the first row group is the failure of its input', async () => {
    // Each is a row group by itself.
    const wide = (id: string, record: object) => vector(id, [], { vector: new Float32Array(2 ** 20), names: [], fields: fields(record) })
    const all = [wide('a', { n: 1, t: 'x' }), wide('b', { n: 'one' }), wide('c', { more: 1 }), wide('d', { t: 5 }), vector('e', [1])]
    expect(await written(all)).toEqual([
      'toParquet: the field "n" must be a number, as in the records before, got "one" for "b"',
      'toParquet: records must have the fields of those before, ["n","t"], got also "more" for "c"',
      'toParquet: vectors must all have 1048576 values, got 1 for "e"',
    ])
    const file = await openParquet('test', at('v.parquet'))
    const groups = []
    for await (const { rows, columns } of file.groups(['id', 'n', 't']))
      groups.push([rows, ...[...columns.values()].map((column) => column[0])])
    await file.close()
    expect(groups).toEqual([
      [1, 'a', 1, 'x'],
      [1, 'd', null, '5'],
    ])
  })

  test('the same vectors give the same bytes, whatever came between, and row groups are bounded', async () => {
    const many = Array.from({ length: 5000 }, (_, i) =>
      vector(
        `id${i}`,
        Array.from({ length: 256 }, (_, k) => Math.fround(Math.sin(i * k))),
      ),
    )
    const failure: Failure = { id: 'broken', error: new Error('no sound') }
    await written(many, {}, {}, 'a.parquet')
    await written(
      [failure, vector('', [], {}), ...many].filter((item) => 'error' in item || item.id !== ''),
      {},
      {},
      'b.parquet',
    )
    expect(readFileSync(at('a.parquet')).equals(readFileSync(at('b.parquet')))).toBe(true)
    const file = await openParquet('test', at('a.parquet'))
    const rows: number[] = []
    for await (const group of file.groups(['id'])) rows.push(group.rows)
    await file.close()
    expect(rows.length).toBe(2)
    expect(Math.max(...rows) * 256).toBeLessThanOrEqual(2 ** 20)
  })

  test('says what it is of, without inputs', async () => {
    const pipeline = {
      source: { source: 'audioFiles', inputs: ['secret.wav'] },
      stages: [{ stage: 'globalPool', pooling: 'max' }],
      sink: { sink: 'jsonl', path: '-' },
    }
    await written([vector('a', [1])], {}, { pipeline, base: '../pipelines' })
    const found = await openVectors(at('v.parquet'))
    expect(found.pipeline).toEqual({ source: { source: 'audioFiles' }, stages: pipeline.stages })
    expect([found.base, found.names, found.version]).toEqual(['../pipelines', ['bin0.mean'], expect.stringMatching(/^\d+\.\d+\.\d+/)])
    expect(() => toParquet('v.parquet', {}, { pipeline: { stages: [] } })).toThrow(
      'toParquet: pipeline must be one, with its source and stages, got {"stages":[]}',
    )
    expect(() => toParquet('v.parquet', { column: true } as object)).toThrow('did you mean "columns"?')
  })

  test('no vectors are a table without rows', async () => {
    await written([])
    const found = await openVectors(at('v.parquet'))
    expect([found.rows, found.size, found.nearest([1, 2], 3)]).toEqual([[], 0, []])
  })

  test('whole or not there', async () => {
    writeFileSync(at('v.parquet'), 'former')
    const lost = concat(
      of(vector('a', [1])),
      throwError(() => new Error('lost')),
    )
    await expect(lastValueFrom(lost.pipe(toParquet(at('v.parquet'))))).rejects.toThrow('lost')
    expect([readdirSync(folder), readFileSync(at('v.parquet'), 'utf8')]).toEqual([['v.parquet'], 'former'])
  })
})

test('NumPy reads the NPY with the sums of the Parquet', async () => {
  const many = Array.from({ length: 100 }, (_, i) => vector(`id${i}`, [i, Math.sqrt(i), -i / 3]))
  await written(many)
  await lastValueFrom(from(many).pipe(toNpy(at('v.npy'))))
  const program = `import numpy as np; print(repr([float(x) for x in np.load(${JSON.stringify(at('v.npy'))}).astype('float64').sum(axis=0)]))`
  const sums = JSON.parse(execFileSync('python3', ['-c', program], { encoding: 'utf8' })) as number[]
  const { rows, vector: at_ } = await openVectors(at('v.parquet'))
  expect(sums.map((_, k) => rows.reduce((sum, __, i) => sum + at_(i)[k]!, 0))).toEqual(sums.map((x) => expect.closeTo(x, 9)))
})
