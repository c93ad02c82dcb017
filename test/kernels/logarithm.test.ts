import { expect, test } from 'vitest'
import { ln } from '../../src/kernels/logarithm.ts'

/** The distance from x to the next float32 of larger magnitude. */
function ulp(x: number): number {
  const float = new Float32Array([Math.abs(x)])
  const bits = new Int32Array(float.buffer)
  const below = float[0]!
  bits[0]!++
  return float[0]! - below
}

test('ln is within 1 ulp over all magnitudes of float32, subnormals included', () => {
  const bits = new Int32Array(1)
  const float = new Float32Array(bits.buffer)
  let worst = 0
  // A prime step visits all exponents and about 530 mantissas of each; the second range looks closely around 1.
  const visit = (from: number, to: number, step: number) => {
    for (let i = from; i < to; i += step) {
      bits[0] = i
      const exact = Math.log(float[0]!)
      if (exact !== 0) worst = Math.max(worst, Math.abs(ln(float[0]!) - exact) / ulp(exact))
    }
  }
  visit(1, 0x7f800000, 15877)
  visit(0x3f000000, 0x40000000, 101)
  expect(worst).toBeLessThan(1)
  expect(worst).toBeGreaterThan(0.4)
})

test('ln gives float32 values', () => {
  for (const x of [1e-10, 0.1, 0.7, 2, 1e30]) expect(ln(Math.fround(x))).toBe(Math.fround(ln(Math.fround(x))))
})

test('ln of what has no logarithm', () => {
  expect([0, -0, 1, Infinity, -1, -Infinity, NaN].map(ln)).toEqual([-Infinity, -Infinity, 0, Infinity, NaN, NaN, NaN])
})
