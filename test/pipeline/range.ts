// A user's own pooling, which pipelines in the tests name by this module.
import type { Rows } from '../../src/core/accumulators.ts'
import { definePooling, type Pooling } from '../../src/core/pooling.ts'

/** The difference between the largest and the smallest value, times a factor. */
export function scaledRange({ factor }: { factor: number }): Pooling<Rows<'low' | 'high'>, 'range'> {
  return definePooling({
    name: 'scaledRange',
    options: { factor },
    slots: { low: Infinity, high: -Infinity },
    outputs: ['range'],
    about: {
      formula: 'factor · (max x − min x)',
      source: 'this test',
      use: 'tests',
      example: { input: [1, 5, 2], output: [4 * factor] },
      empty: -Infinity,
    },
    add({ low, high }, { data, offset, lanes, rows }) {
      for (let j = 0; j < rows * lanes; j++) {
        low[j % lanes] = Math.min(low[j % lanes]!, data[offset + j]!)
        high[j % lanes] = Math.max(high[j % lanes]!, data[offset + j]!)
      }
    },
    merge(into, from) {
      for (let i = 0; i < into.low.length; i++) {
        into.low[i] = Math.min(into.low[i]!, from.low[i]!)
        into.high[i] = Math.max(into.high[i]!, from.high[i]!)
      }
    },
    result({ low, high }, out) {
      for (let i = 0; i < low.length; i++) out.range[i] = factor * (high[i]! - low[i]!)
    },
  })
}

export const range: Pooling<Rows<'low' | 'high'>, 'range'> = scaledRange({ factor: 1 })

export const notAPooling = 'range'
