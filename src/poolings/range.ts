import type { Rows } from '../core/accumulators.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'

/** Largest minus smallest seen value of each lane. NaN if one was seen; −∞ if nothing was. Weights above 0 do not matter. */
export const range: Pooling<Rows<'low' | 'high'>, 'range'> = /* @__PURE__ */ definePooling({
  name: 'range',
  accumulators: ['low', 'high'],
  measures: ['min', 'max'],
  shares: [-1, 1],
  blend([low, high], out) {
    for (let i = 0; i < out.range.length; i++) out.range[i] = high![i]! - low![i]!
  },
  outputs: ['range'],
  exact: true,
  about: {
    formula: 'max x − min x',
    source: 'openSMILE range; numpy.ptp',
    use: 'how far a lane moves: the span of a melody, of a level',
    example: { input: [1, 5, 2], output: [4] },
    empty: -Infinity,
  },
  result({ low, high }, out) {
    for (let i = 0; i < low.length; i++) out.range[i] = high[i]! - low[i]!
  },
})
