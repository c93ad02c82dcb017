import { number as checkNumber, refusal } from '../core/check.ts'
import { list, number, oneOf, taking } from '../core/options.ts'
import type { Pooling } from '../core/pooling.ts'
import { keeping } from './kept.ts'
import { sketching } from './sketch.ts'

/**
 * A quantile of each lane; 0 if nothing was seen, NaN if one was.
 *
 * Without `error` exactly: its values are kept, so a region must be finite. Sorted values stand at the middles of their weights, the first at 0 and the last at 1;
 * equal weights give numpy's and PyTorch's rule.
 *
 * With `error` in fixed memory, which merges and streams without end: within error·|x| of x, the smallest seen value such that it and what is below it have a share of q
 * or more of the weight, where |x| is within `range`. An error of 0.01 takes some 4000 numbers a lane, 2.5 MB for 80 lanes; one of 0.1 a tenth of that.
 */
export const quantile = /* @__PURE__ */ taking(
  'quantile',
  {
    /** Which quantile: 0.5 is the median. */
    q: number({ min: 0, max: 1 }).default(0.5),
    /** Exact ones only: another quantile that is taken off, 0.2 of 0.8 for the range between. */
    minus: number({ min: 0, max: 1 }).optional('none'),
    /** Exact ones only: between neighbors, or the lower one. */
    method: oneOf('linear', 'lower').default('linear'),
    /** The largest |estimate − x| / |x|. */
    error: number({ min: 1e-4, max: 0.5 }).optional('none: exact'),
    /** With an error, the range of |x|: what is below counts as 0, what is above as its end. */
    range: list(number(), { like: '[1e-8, 1e9]' }).optional('[1e-8, 1e9]'),
  },
  ({ q, minus, method, error }, options): Pooling => {
    const output = minus === undefined ? `quantile${q}` : `quantile${q}-${minus}`
    if (error !== undefined) {
      if (minus !== undefined) throw refusal('quantile', 'minus must not be given with an error', minus)
      if (options.method !== undefined) throw refusal('quantile', 'method must not be given with an error', options.method)
      return estimated(q, output, error, options)
    }
    if (options.range !== undefined) throw refusal('quantile', 'range must come with an error', options.range)
    const example = (of: number) => 1 + (method === 'linear' ? 3 * of : Math.floor(3 * of))
    return keeping({
      name: 'quantile',
      options,
      output,
      unbounded: 'an error, as in quantile({ error: 0.01 })',
      about: {
        formula: minus === undefined ? 'x sorted, at q of the weight' : 'x sorted, at q of the weight, less that at another q',
        source: 'numpy.quantile, torch.quantile; lower: torch.median',
        use: 'a middle that outliers do not move; ranges of levels; with an error also of streams without end',
        example: { input: [4, 1, 3, 2], output: [example(q) - (minus === undefined ? 0 : example(minus))] },
        empty: 0,
      },
      value: (values, weights) => {
        // The first quantile may leave values in another order than their weights, but only equal ones.
        const upper = at(values, weights, q, method)
        return minus === undefined ? upper : upper - at(values, weights, minus, method)
      },
    })
  },
)

function estimated(q: number, output: string, error: number, given: { readonly range?: readonly number[] }): Pooling {
  const range = given.range ?? [1e-8, 1e9]
  if (range.length !== 2) throw refusal('quantile', 'range must be a pair such as [1e-8, 1e9]', range)
  const low = checkNumber('quantile', 'the low end of range', range[0], { min: 1e-300, max: 1e300 })
  const high = checkNumber('quantile', 'the high end of range', range[1], { above: low, max: 1e300 })
  return sketching({
    q,
    error,
    low,
    high,
    spec: { pooling: 'quantile', ...given, ...(given.range && { range: [low, high] }) },
    output,
    about: {
      formula: 'x̂, |x̂ − x| ≤ error·|x|, x the smallest with Σw[≤ x] ≥ qΣw',
      source: 'DDSketch (Masson, Rim, Lee 2019); x: numpy.quantile(method="inverted_cdf", weights=w)',
      use: 'quantiles of streams without end, in fixed memory',
      example: { input: [], output: [0] },
      empty: 0,
    },
  })
}

/** A quantile of values with their weights; changes the order of the values. */
function at(values: Float64Array, weights: Float64Array, q: number, method: 'linear' | 'lower'): number {
  if (values.length === 0) return 0
  let even = true
  for (let k = 0; k < values.length; k++) {
    if (Number.isNaN(values[k]!)) return Number.NaN
    if (weights[k] !== weights[0]) even = false
  }
  const [place, lower, upper] = even ? amongEven(values, q) : amongWeighted(values, weights, q)
  return method === 'lower' || place === 0 ? lower : lower + place * (upper - lower)
}

/** How far the quantile is from the value below it to the one above, and these two. */
type Between = [place: number, lower: number, upper: number]

function amongEven(values: Float64Array, q: number): Between {
  const target = q * (values.length - 1)
  const k = Math.floor(target)
  select(values, k)
  let upper = Infinity
  for (let i = k + 1; i < values.length; i++) upper = Math.min(upper, values[i]!)
  return [target - k, values[k]!, upper]
}

function amongWeighted(values: Float64Array, weights: Float64Array, q: number): Between {
  // Of equal values the lighter first, so that the order in which they came does not matter.
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]! || weights[a]! - weights[b]!)
  let before = 0
  const middles = Float64Array.from(order, (i) => {
    before += weights[i]!
    return before - weights[i]! / 2
  })
  const target = middles[0]! + q * (middles.at(-1)! - middles[0]!)
  let k = 0
  while (k + 1 < middles.length && middles[k + 1]! <= target) k++
  const value = (n: number) => values[order[Math.min(n, order.length - 1)]!]!
  return [k + 1 === middles.length ? 0 : (target - middles[k]!) / (middles[k + 1]! - middles[k]!), value(k), value(k + 1)]
}

/** Puts the k-th smallest value, counted from 0, in its place: nothing before it is larger, nothing behind it smaller (Hoare 1961). */
function select(values: Float64Array, k: number): void {
  let low = 0
  let high = values.length - 1
  // Where halves turn out to be slices, as they can be made to, sorting takes over.
  for (let rounds = 2 * Math.log2(values.length); low < high; rounds--) {
    if (rounds < 0) {
      values.subarray(low, high + 1).sort()
      return
    }
    const middle = values[(low + high) >> 1]!
    let i = low
    let j = high
    while (i <= j) {
      while (values[i]! < middle) i++
      while (values[j]! > middle) j--
      if (i > j) break
      const x = values[i]!
      values[i++] = values[j]!
      values[j--] = x
    }
    if (k <= j) high = j
    else if (k >= i) low = i
    else return
  }
}
