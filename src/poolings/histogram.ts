import { refusal } from '../core/check.ts'
import { integer, list, number, taking } from '../core/options.ts'
import type { Pooling } from '../core/pooling.ts'

/** Σw, then the weight in each bin; a value a lane each, all in one buffer. */
interface Counts {
  readonly buffer: Float64Array
  readonly offset: number
  readonly stride: number
  readonly lanes: number
}

/**
 * The share of each lane's weight in each bin: from its lower edge up to, and without, its upper one, which belongs to the last bin alone. Values outside count in
 * the total but in no bin, so shares may sum to less than 1; a NaN belongs somewhere, nobody knows where, so after one all shares are NaN. 0 if nothing was seen.
 *
 * Shape: one output a bin, named by its edges: '0..0.1'.
 */
export const histogram = /* @__PURE__ */ taking(
  'histogram',
  {
    /** The bins' edges in rising order. */
    edges: list(number(), { like: '[0, 0.5, 1]' }).optional('by bins, low and high'),
    /** How many bins of equal width. */
    bins: integer(1, 4096).default(10),
    /** Where the first begins. */
    low: number().default(0),
    /** Where the last ends. */
    high: number().default(1),
  },
  ({ edges: given, bins: count, low, high }, options): Pooling<Counts> => {
    if (given && Object.keys(options).length > 1)
      throw refusal('histogram', 'expected edges alone, or bins, low and high', Object.keys(options))
    if (!(high > low)) throw refusal('histogram', `high must be a finite number > ${low}`, high)
    const edges = given ?? Array.from({ length: count + 1 }, (_, b) => (low * (count - b) + high * b) / count)
    if (edges.length < 2 || edges.length > 4097 || edges.some((edge, b) => b > 0 && !(edge > edges[b - 1]!)))
      throw refusal('histogram', 'edges must be from 2 to 4097 numbers in rising order', edges)
    const bins = edges.length - 1
    const binOf = binning(edges)
    const outputs = Array.from({ length: bins }, (_, b) => `${edges[b]}..${edges[b + 1]}`)
    const share = (values: readonly number[]) => outputs.map((_, b) => values.filter((x) => binOf(x) === b).length / values.length)
    const example = [0, 0.05, 0.25, 1]
    return {
      spec: Object.keys(options).length > 0 ? { pooling: 'histogram', ...options, ...(given && { edges }) } : 'histogram',
      identity: new Array<number>(1 + bins).fill(0),
      outputs,
      about: {
        formula: 'Σw[low ≤ x < high] / Σw for each bin',
        source: 'numpy.histogram(weights=w), its counts divided by Σw',
        use: 'how values are spread, not only where their middle is',
        example: { input: example, output: share(example) },
        empty: 0,
      },
      bind: (buffer, offset, stride, lanes) => ({ buffer, offset, stride, lanes }),
      add({ buffer, offset: base, stride }, { data, offset, lanes, rows, weights }) {
        for (let i = 0; i < lanes; i++) {
          const first = base + stride + i
          let total = buffer[base + i]!
          for (let k = 0, j = offset + i; k < rows; k++, j += lanes) {
            const x = data[j]!
            const w = weights[k]!
            const bin = binOf(x)
            if (bin >= 0) buffer[first + bin * stride]! += w
            total += bin < 0 && Number.isNaN(x) ? x : w
          }
          buffer[base + i] = total
        }
      },
      merge(into, from) {
        for (let slot = 0; slot <= bins; slot++) {
          const [a, b] = [into.offset + slot * into.stride, from.offset + slot * from.stride]
          for (let i = 0; i < into.lanes; i++) into.buffer[a + i]! += from.buffer[b + i]!
        }
      },
      result({ buffer, offset, stride, lanes }, out) {
        for (let b = 0; b < bins; b++) {
          const [counts, shares] = [offset + (1 + b) * stride, out[outputs[b]!]!]
          for (let i = 0; i < lanes; i++) shares[i] = buffer[offset + i] === 0 ? 0 : buffer[counts + i]! / buffer[offset + i]!
        }
      },
    }
  },
)

/** The bin of a value, −1 for none: where it would be were all of equal width, or else by bisection. */
function binning(list: readonly number[]): (x: number) => number {
  const edges = Float64Array.from(list)
  const least = edges[0]!
  const most = edges.at(-1)!
  const scale = (edges.length - 1) / (most - least)
  return (x) => {
    if (!(x >= least && x <= most)) return -1
    const guess = ((x - least) * scale) | 0
    if (x >= edges[guess]! && x < edges[guess + 1]!) return guess
    let low = 0
    let high = edges.length - 1
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (x >= edges[middle]!) low = middle
      else high = middle
    }
    return low
  }
}
