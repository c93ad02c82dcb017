import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DataError } from 'poolwise'
import { openVectors, toArrow, toParquet } from 'poolwise/node'
import { from, lastValueFrom, of } from 'rxjs'
import { afterAll, describe, expect, test } from 'vitest'
import { readArrow } from '../../src/files/readArrow.ts'
import { property } from '../property.ts'
import { damaged, some } from './vectors.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-arrow-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

const pipeline = { source: { source: 'audioFiles' }, stages: [] }

describe('toArrow', () => {
  property([some], { numRuns: 30 })(
    'holds what Parquet holds, by the same names and types, in the same bytes each time',
    async (vectors) => {
      const [arrow, parquet] = [at('v.arrows'), at('v.parquet')]
      const [one, other] = await Promise.all([
        lastValueFrom(from(vectors).pipe(toArrow(arrow, { pipeline, base: '..' }))),
        lastValueFrom(from(vectors).pipe(toParquet(parquet, {}, { pipeline, base: '..' }))),
      ])
      expect(one).toEqual(other)
      expect(await openVectors(arrow)).toEqual({ ...(await openVectors(parquet)), ...functions })
      const bytes = readFileSync(arrow)
      await lastValueFrom(from(vectors).pipe(toArrow(arrow, { pipeline, base: '..' })))
      expect(readFileSync(arrow).equals(bytes)).toBe(true)
    },
  )

  property([some, damaged], { numRuns: 60 })('is read in part, or refused, where it is damaged', async (vectors, damage) => {
    await lastValueFrom(from(vectors).pipe(toArrow(at('d.arrows'))))
    const bytes = damage(readFileSync(at('d.arrows')))
    writeFileSync(at('d.arrows'), bytes)
    const found = await openVectors(at('d.arrows')).catch((error: unknown) => error)
    if (found instanceof Error) expect(found).toBeInstanceOf(DataError)
    else expect(found).toHaveProperty('rows')
  })

  test('cut short, gives the batches that are whole', async () => {
    const many = Array.from({ length: 2 ** 16 + 5 }, (_, i) => ({
      ...{ id: String(i), start: 0, end: 1, weight: 1, names: ['x'] },
      vector: Float32Array.of(i),
    }))
    await lastValueFrom(from(many).pipe(toArrow(at('two.arrows'))))
    const bytes = readFileSync(at('two.arrows'))
    const rows = (part: Uint8Array) => Array.from(readArrow('test', part, 'it').groups(), ({ rows, from }) => [from, rows])
    expect(rows(bytes)).toEqual([
      [0, 2 ** 16],
      [2 ** 16, 5],
    ])
    expect(rows(bytes.subarray(0, -20))).toEqual([[0, 2 ** 16]])
  })

  test('of nothing, is a table without rows that says its pipeline', async () => {
    await lastValueFrom(of().pipe(toArrow(at('none.arrows'), { pipeline })))
    expect(await openVectors(at('none.arrows'))).toMatchObject({ rows: [], pipeline })
    expect(() => toArrow(at('x'), { pipeline: 1 })).toThrow('toArrow: pipeline must be one, with its source and stages, got 1')
  })
})

const functions = { vector: expect.any(Function), nearest: expect.any(Function), nearestTo: expect.any(Function) }
