// Dot products by the kernel: the bits of plain code.
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { draw } from '../../src/core/draw.ts'
import { ready } from '../../src/kernels/arena.ts'
import { dots } from '../../src/kernels/dots.ts'
import { dot } from '../../src/sources/collections/nearest.ts'
import { property } from '../property.ts'

beforeAll(async () => expect(await ready()).toBe(true))

const odd = [NaN, Infinity, -Infinity, -0, 1e-45, 3e38]
const valuesOf = (seed: number, length: number) =>
  Float32Array.from({ length }, (_, i) => (draw(seed, i, 0) < 0.01 ? odd[Math.floor(6 * draw(seed, i, 1))]! : draw(seed, i, 2) - 0.5))

const shape = [fc.nat(40), fc.nat(40), fc.integer({ min: 1, max: 3 }), fc.nat()] as const
property([...shape])('of rows, whatever they hold, with queries: the bits of plain code', (size, count, queries, seed) => {
  const [rows, asked] = [valuesOf(seed, size * count), valuesOf(seed + 1, size * queries)]
  const out = new Float64Array(count * queries)
  expect(dots(rows, count, asked, size, out)).toBe(true)
  expect(out).toEqual(out.map((_, i) => dot(rows, (i % count) * size, asked, Math.floor(i / count) * size, size)))
})

test.each([
  [65_536, 1, false],
  [43_680, 1, true],
  [160, 409, true],
])('%i values in each of %i rows: whether they have room', (size, count, fit) => {
  const [rows, query] = [valuesOf(1, size * count), valuesOf(2, size)]
  const out = new Float64Array(count)
  expect(dots(rows, count, query, size, out)).toBe(fit)
  if (fit) expect(out).toEqual(out.map((_, i) => dot(rows, i * size, query, 0, size)))
})
