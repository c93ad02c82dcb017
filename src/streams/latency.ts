import type { MonoTypeOperatorFunction } from 'rxjs'
import { refusal, tried } from '../core/check.ts'
import { type Frames, spanOf } from '../core/frames.ts'
import { callback, type Given, read } from '../core/options.ts'
import type { Pooling } from '../core/pooling.ts'
import { quantile } from '../poolings/quantile.ts'
import { relay } from './relay.ts'
import { wallTime } from './wallTime.ts'

const latencyOptions = {
  /** What the clock of the items shows now, in seconds: for `clock: 'context'` `() => context.currentTime`. */
  now: callback<() => number>().optional("wallTime, for `clock: 'wall'`"),
}

export type LatencyOptions = Given<typeof latencyOptions>

/** Seconds from the end of what was heard to when it came, of all so far; percentiles are within 1 % of one that was measured. */
export interface Latencies {
  /** How many were measured. */
  readonly count: number
  readonly last: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

/**
 * Measures how late each vector, or block of frames, is here: from the end of the last sample that it is of to now. For live sources, under `clock: 'wall'` or with the option `now`.
 *
 * Shape: anything → the same. Measured are vectors, and blocks by their last frame; blocks without frames, failures and anything else pass through. Before an item is passed on, `tell` gets what is
 * known with it. Memory is constant, 50 kB.
 *
 * @throws TypeError for bad options, and where `tell` is no function
 * @example
 * frames$.pipe(pool1d('mean', { size: 8 }), toVectors(), latency(({ p99 }) => p99, { now: () => 3 }))
 */
export function latency<Item>(tell: (latencies: Latencies) => void, options: LatencyOptions = {}): MonoTypeOperatorFunction<Item> {
  const { now = wallTime } = read('latency', latencyOptions, options)
  if (typeof tell !== 'function') throw refusal('latency', 'expected a function that is told', tell)
  return relay<Item, Item>((out) => {
    const percentiles = [0.5, 0.9, 0.99].map(percentile)
    let [count, max] = [0, -Infinity]
    return {
      next(item) {
        const end = tried(item, endOf)
        if (end !== undefined) {
          const last = now() - end
          const [p50, p90, p99] = percentiles.map((estimate) => estimate(last)) as [number, number, number]
          max = Math.max(max, last)
          tell({ count: ++count, last, p50, p90, p99, max })
        }
        out.next(item)
      },
    }
  })
}

function endOf(item: unknown): number | undefined {
  const { layout, start, length, end } = item as Partial<Frames> & { readonly end?: unknown }
  if (layout === undefined) return typeof end === 'number' ? end : undefined
  return length! > 0 ? spanOf(item as Frames, start! + length! - 1)[1] : undefined
}

/** A quantile of all values it was called with. */
function percentile(q: number): (value: number) => number {
  const pooling = quantile({ q, error: 0.01, range: [1e-4, 1e5] }) as Pooling
  const output = pooling.outputs[0]!
  const state = pooling.bind(Float64Array.from(pooling.identity), 0, 1, 1)
  const [data, weights, result] = [new Float64Array(1), Float64Array.of(1), new Float32Array(1)]
  return (value) => {
    data[0] = value
    pooling.add(state, { data, offset: 0, lanes: 1, rows: 1, weights, index: 0, step: 1 })
    pooling.result(state, { [output]: result }, 0)
    return result[0]!
  }
}
