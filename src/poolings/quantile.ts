import { known, number, oneOf } from '../core/check.ts'
import type { Pooling } from '../core/pooling.ts'

/** A count a lane, then so many values a lane, then their weights, all in one buffer. */
interface Kept {
  readonly buffer: Float64Array
  readonly offset: number
  readonly stride: number
  readonly lanes: number
}

/**
 * A quantile of each lane, exactly: its values are kept, so a region must be finite; 0 if nothing was seen, NaN if one was.
 *
 * Sorted values stand at the middles of their weights, the first at 0 and the last at 1; equal weights give numpy's and PyTorch's rule.
 *
 * @param options.q from 0 to 1, default 0.5, the median
 * @param options.method 'linear' (the default) interpolates between neighbors, 'lower' takes the lower one
 */
export function quantile(options: { q?: number; method?: 'linear' | 'lower' } = {}): Pooling<Kept> {
  known('quantile', options, ['q', 'method'])
  const q = number('quantile', 'q', options.q ?? 0.5, { min: 0, max: 1 })
  const method = oneOf('quantile', 'method', options.method ?? 'linear', ['linear', 'lower'])
  const output = `quantile${q}`

  const within = (most: number): Pooling<Kept> => {
    /** Where value `k` of a lane stands; its weight is `most` slots further. */
    const place = ({ offset, stride }: Kept, k: number, lane: number) => offset + (1 + k) * stride + lane
    const put = (state: Kept, lane: number, x: number, weight: number) => {
      const { buffer, offset, stride } = state
      const k = buffer[offset + lane]!++
      if (k >= most) throw new RangeError(`quantile: expected at most ${most} values in a region, got more`)
      buffer[place(state, k, lane)] = x
      buffer[place(state, k, lane) + most * stride] = weight
    }
    const rows = (state: Kept, lane: number) => {
      const { buffer, offset, stride } = state
      return Array.from({ length: buffer[offset + lane]! }, (_, k): [number, number] => {
        const at = place(state, k, lane)
        return [buffer[at]!, buffer[at + most * stride]!]
      })
    }
    return {
      spec: Object.keys(options).length > 0 ? { pooling: 'quantile', ...options } : 'quantile',
      identity: new Array<number>(1 + 2 * most).fill(0),
      outputs: [output],
      exact: true,
      about: {
        formula: 'x sorted, at q of the weight',
        source: 'numpy.quantile, torch.quantile; lower: torch.median',
        use: 'a middle that outliers do not move; ranges of levels',
        example: { input: [4, 1, 3, 2], output: [method === 'linear' ? 1 + 3 * q : 1 + Math.floor(3 * q)] },
        empty: 0,
      },
      within,
      bind: (buffer, offset, stride, lanes) => ({ buffer, offset, stride, lanes }),
      add(state, row, weight) {
        for (let lane = 0; lane < row.length; lane++) put(state, lane, row[lane]!, weight)
      },
      merge(into, from) {
        for (let lane = 0; lane < into.lanes; lane++) for (const [x, weight] of rows(from, lane)) put(into, lane, x, weight)
      },
      result(state, out) {
        for (let lane = 0; lane < state.lanes; lane++) out[output]![lane] = at(rows(state, lane), q, method)
      },
    }
  }
  return within(256)
}

/** A quantile of values with their weights. */
function at(rows: [x: number, weight: number][], q: number, method: 'linear' | 'lower'): number {
  if (rows.length === 0) return 0
  if (rows.some(([x]) => Number.isNaN(x))) return Number.NaN
  rows.sort(([a], [b]) => a - b)
  let before = 0
  const middles = rows.map(([, weight]) => {
    before += weight
    return before - weight / 2
  })
  const target = middles[0]! + q * (middles.at(-1)! - middles[0]!)
  let k = 0
  while (k + 1 < rows.length && middles[k + 1]! <= target) k++
  const [x] = rows[k]!
  if (method === 'lower' || k + 1 === rows.length || middles[k] === target) return x
  return x + ((target - middles[k]!) / (middles[k + 1]! - middles[k]!)) * (rows[k + 1]![0] - x)
}
