import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toArrow } from 'poolwise/node'
import { from, lastValueFrom } from 'rxjs'
import { afterAll, expect, test } from 'vitest'

// By its CommonJS build: beside the others, whatever installs them.
const { tableFromIPC } = createRequire(import.meta.url)('apache-arrow') as {
  tableFromIPC(bytes: Uint8Array): {
    readonly schema: {
      readonly fields: readonly { name: string; type: unknown; nullable: boolean }[]
      readonly metadata: Map<string, string>
    }
    toArray(): { toJSON(): { [column: string]: unknown } }[]
    readonly batches: readonly unknown[]
  }
}

const folder = mkdtempSync(join(tmpdir(), 'poolwise-arrow-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('apache-arrow reads the stream: columns, types, missing values, metadata, batches', async () => {
  const path = join(folder, 'v.arrows')
  const rows = 2 ** 16 + 3
  const vectors = Array.from({ length: rows }, (_, i) => ({
    id: `ü${i}`,
    ...(i % 3 > 0 && { label: i % 3 === 1 ? '' : 'x' }),
    ...{ start: i / 2, end: i, weight: 2, coverage: 0.5 },
    fields: new Map([
      ['n', i % 2 ? 'null' : '1.5'],
      ['big', '9007199254740993'],
      ['yes', String(i % 5 === 0)],
      ['id', '"theirs"'],
    ]),
    vector: Float32Array.of(i, -i / 3, NaN),
    names: ['a', 'b', 'c'],
  }))
  const pipeline = { source: { source: 'audioFiles' }, stages: [] }
  await lastValueFrom(from(vectors).pipe(toArrow(path, { pipeline })))
  const table = tableFromIPC(readFileSync(path))
  expect(table.schema.fields.map(({ name, type, nullable }) => [name, String(type), nullable])).toEqual([
    ['id', 'Utf8', false],
    ['label', 'Utf8', true],
    ['start', 'Float64', false],
    ['end', 'Float64', false],
    ['weight', 'Float64', false],
    ['coverage', 'Float64', true],
    ['n', 'Float64', true],
    ['big', 'Int64', true],
    ['yes', 'Bool', true],
    ['field.id', 'Utf8', true],
    ['vector', 'FixedSizeList[3]<Float32>', false],
  ])
  expect(JSON.parse(table.schema.metadata.get('poolwise.names')!)).toEqual(['a', 'b', 'c'])
  expect(JSON.parse(table.schema.metadata.get('poolwise.pipeline')!)).toEqual(pipeline)
  expect(table.batches).toHaveLength(2)
  const all = table.toArray()
  expect(all).toHaveLength(rows)
  for (const i of [0, 1, 2, 3, 4, 5, 2 ** 16 - 1, 2 ** 16, rows - 1]) {
    const { vector, ...row } = all[i]!.toJSON()
    const { fields: _, names: __, vector: wanted, ...given } = vectors[i]!
    expect(row).toEqual({ label: null, ...given, n: i % 2 ? null : 1.5, big: 9007199254740993n, yes: i % 5 === 0, 'field.id': 'theirs' })
    expect([...(vector as Iterable<number>)]).toEqual([...wanted])
  }
})
