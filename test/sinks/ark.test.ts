import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { DataError } from 'poolwise'
import { openVectors, toArk } from 'poolwise/node'
import { from, lastValueFrom } from 'rxjs'
import { afterAll, describe, expect, test } from 'vitest'
import { readArk } from '../../src/files/ark.ts'
import type { Vector } from '../../src/index.ts'
import { property } from '../property.ts'
import { damaged, some } from './vectors.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolwise-ark-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

async function written(vectors: readonly Vector[], matrices = false) {
  const refused: string[] = []
  await lastValueFrom(toArk(at('v.ark'), { matrices })(from(vectors), ({ error }) => refused.push(error.message)))
  const index = readFileSync(at('v.scp'), 'utf8')
  return { refused, index: index.split('\n').slice(0, -1), bytes: readFileSync(at('v.ark')) }
}

/** Vectors whose ids are keys, in groups of one id. */
const keyed = some.chain((vectors) =>
  fc.array(fc.nat(3), { minLength: vectors.length, maxLength: vectors.length }).map((steps) => {
    const sums = steps.map((_, i) => steps.slice(0, i + 1).reduce((sum, step) => sum + step))
    return vectors.map((vector, i): Vector => ({ ...vector, id: `é${sums[i]}` }))
  }),
)

describe('toArk', () => {
  property([keyed, fc.boolean()], { numRuns: 30 })(
    'gives back ids and values; the index points at each entry',
    async (vectors, matrices) => {
      const { refused, index, bytes } = await written(vectors, matrices)
      const held = matrices ? vectors : vectors.filter(({ id }, i) => id !== vectors[i - 1]?.id)
      expect(refused).toHaveLength(vectors.length - held.length)
      const { rows, matrix } = await openVectors(at('v.ark'))
      expect(rows.map(({ id }) => id)).toEqual(held.map(({ id }) => id))
      expect(matrix).toEqual(Float32Array.from(held.flatMap(({ vector }) => [...vector])))
      const entries = [...readArk(bytes, 'it')]
      expect(index.map((line) => line.slice(0, line.indexOf(' ')))).toEqual(entries.map(({ key }) => key))
      for (const [i, line] of index.entries()) {
        const place = Number(/ (.*)\.ark:(\d+)$/.exec(line)![2])
        expect(line.slice(line.indexOf(' ') + 1)).toBe(`${at('v.ark')}:${place}`)
        expect(bytes.subarray(place, place + 5).toString('latin1')).toBe(matrices ? '\0BFM ' : '\0BFV ')
        const key = entries[i]!.key
        expect(bytes.subarray(place - Buffer.byteLength(key) - 1, place).toString()).toBe(`${key} `)
      }
    },
  )

  test('has the bytes of Kaldi, and refuses what is no key', async () => {
    const vector = (id: string): Vector => ({ id, start: 0, end: 1, weight: 1, names: ['x', 'y'], vector: Float32Array.of(1, -2) })
    const { refused, bytes } = await written(['a', 'b c', '', 'tab\t', 'nbsp\u00a0', 'a'].map(vector))
    expect(refused).toEqual([
      'toArk: a key must be a text without white space, got "b c"',
      'toArk: a key must be a text without white space, got ""',
      expect.stringContaining('got "tab'),
      expect.stringContaining('got "nbsp'),
      'toArk: without matrices an id must have one vector, got another of "a"',
    ])
    expect(bytes.toString('hex')).toBe('6120' + '0042' + '465620' + '04' + '02000000' + '0000803f' + '000000c0')
    expect(() => toArk('v.npy')).toThrow('toArk: path must end in .ark, got "v.npy"')
    expect(() => toArk(' v.ark')).toThrow('toArk: path must end in .ark')
  })

  property([keyed, damaged], { numRuns: 30 })('is read, or refused, where it is damaged', async (vectors, damage) => {
    const { bytes } = await written(vectors, true)
    writeFileSync(at('d.ark'), damage(bytes))
    const found = await openVectors(at('d.ark')).catch((error: unknown) => error)
    if (found instanceof Error) expect(found).toBeInstanceOf(DataError)
    else expect(found).toHaveProperty('rows')
  })
})
