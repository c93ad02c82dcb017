// The engine's own functions: the standard leaves their last bits open.
import { numbers } from './inputs.ts'

const count = 4000
const [one, other] = [numbers(count, 11, 2 ** -15), numbers(count, 12, 2 ** -15)]

/** What the library calls, over the arguments that it gives them. */
const functions: { readonly [name: string]: (x: number, y: number) => number } = {
  exp: (x) => Math.exp(40 * x),
  expm1: (x) => Math.expm1(10 * x),
  log: (x) => Math.log(Math.abs(x)),
  log1p: (x) => Math.log1p(Math.abs(x)),
  log2: (x) => Math.log2(Math.abs(x)),
  log10: (x) => Math.log10(Math.abs(x)),
  sin: (x) => Math.sin(4 * x),
  cos: (x) => Math.cos(4 * x),
  pow: (x, y) => Math.abs(x) ** (10 * y),
  cbrt: (x) => Math.cbrt(x),
  hypot: (x, y) => Math.hypot(x, y),
  sqrt: (x) => Math.sqrt(Math.abs(x)),
}

export function functionValues(): { readonly [name: string]: Float64Array } {
  return Object.fromEntries(Object.entries(functions).map(([name, of]) => [name, Float64Array.from(one, (x, i) => of(x, other[i]!))]))
}
