import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rootOf } from '../../src/core/roots.ts'

test('roots are those of Math, to a few units in the last place', () => {
  const magnitude = fc.double({ min: 1e-280, max: 1e300, noNaN: true })
  fc.assert(
    fc.property(magnitude, fc.integer({ min: 1, max: 6 }), (x, p) => {
      expect(Math.abs(rootOf(x, p) / (p === 3 ? Math.cbrt(x) : x ** (1 / p)) - 1)).toBeLessThan(2e-13)
    }),
  )
  for (const p of [1, 2, 3, 4, 5, 6, 2.5, 7]) expect([0, Infinity, Number.NaN].map((x) => rootOf(x, p))).toEqual([0, Infinity, Number.NaN])
  for (const p of [2, 3, 6, 2.5]) expect(rootOf(-8, p)).toBeNaN()
  expect(rootOf(-8, 1)).toBe(-8)
  for (const p of [3, 4, 5, 6]) for (const x of [1, 2, 3, 10]) expect(Math.fround(rootOf(x ** p, p))).toBe(x)
})
