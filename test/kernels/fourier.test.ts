import { expect, test } from 'vitest'
import { Fourier } from '../../src/kernels/fourier.ts'
import { dft, noise } from '../stages/signals.ts'

/** The radices of what is transformed, half of an even length: fours, then primes. */
function radices(size: number): number[] {
  let rest = size % 2 === 0 ? size / 2 : size
  const found: number[] = []
  for (const radix of [4, ...Array.from({ length: size }, (_, i) => i + 2)]) {
    for (; rest % radix === 0; rest /= radix) found.push(radix)
  }
  return found
}

test.each([1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 16, 25, 27, 97, 100, 120, 194, 255, 256, 400, 401, 512, 1000, 1024, 1155])(
  'a transform of length %i equals the definition in float64',
  (size) => {
    const fourier = new Fourier(size)
    for (const seed of [1, 2, 3]) {
      const x = noise(size, seed)
      fourier.input.set(x)
      fourier.run()
      const { re, im } = dft(x)
      expect(fourier.bins).toBe(re.length)
      // A pass of radix r rounds at most r + 4 times on the way to one value, the split of an even length 6 times; a rounding is at most 2⁻²⁴ of the norm.
      const roundings = radices(size).reduce((sum, radix) => sum + radix + 4, 6)
      const most = 2 ** -24 * roundings * Math.hypot(...x)
      for (let k = 0; k < re.length; k++) {
        expect(Math.abs(fourier.re[k]! - re[k]!)).toBeLessThanOrEqual(most)
        expect(Math.abs(fourier.im[k]! - im[k]!)).toBeLessThanOrEqual(most)
      }
    }
  },
)

test('the input stays as it is, and a second run gives the same bits', () => {
  const fourier = new Fourier(60)
  const x = noise(60)
  fourier.input.set(x)
  fourier.run()
  const first = [...fourier.re, ...fourier.im]
  expect([...fourier.input]).toEqual([...x])
  fourier.run()
  expect([...fourier.re, ...fourier.im]).toEqual(first)
})
