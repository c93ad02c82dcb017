// One number as two words, the second of which holds its exponent.
const number = new Float64Array(1)
const words = new Int32Array(number.buffer)

/** The p-th root, NaN of what is below 0 unless p is 1: of 3 to 6 by sums and products alone, step by step as kernels have it. */
export function rootOf(x: number, p: number): number {
  if (p === 1) return x
  if (p === 2) return Math.sqrt(x)
  if (!(x >= 0 && x < Infinity)) return x < 0 ? Number.NaN : x
  if (p > 6 || !Number.isInteger(p)) return x ** (1 / p)
  // x^(−1/p): from its exponent, by Newton's method.
  const share = 1 / p
  number[0] = x
  words[1] = (1 + share) * 1072648159 - words[1]! * share
  words[0] = 0
  let r = number[0]!
  for (let step = 0; step < 4; step++) r *= 1 + share - share * times(x, r, p)
  return times(x, r, p - 1)
}

/** x·rⁿ. */
function times(x: number, r: number, n: number): number {
  let product = x
  for (let k = 0; k < n; k++) product *= r
  return product
}
