import { definePooling, type Pooling, type Rows } from '../core/pooling.ts'

/** Largest minus smallest seen value of each lane. NaN if one was seen; −∞ if nothing was. Weights above 0 do not matter. */
export const range: Pooling<Rows<'low' | 'high'>, 'range'> = definePooling({
  name: 'range',
  slots: { low: Infinity, high: -Infinity },
  accumulators: ['low', 'high'],
  outputs: ['range'],
  exact: true,
  about: {
    formula: 'max x − min x',
    source: 'openSMILE range; numpy.ptp',
    use: 'how far a lane moves: the span of a melody, of a level',
    example: { input: [1, 5, 2], output: [4] },
    empty: -Infinity,
  },
  add({ low, high }, row) {
    for (let i = 0; i < row.length; i++) {
      low[i] = Math.min(low[i]!, row[i]!)
      high[i] = Math.max(high[i]!, row[i]!)
    }
  },
  merge({ low, high }, { low: lower, high: higher }) {
    for (let i = 0; i < low.length; i++) {
      low[i] = Math.min(low[i]!, lower[i]!)
      high[i] = Math.max(high[i]!, higher[i]!)
    }
  },
  result({ low, high }, out) {
    for (let i = 0; i < low.length; i++) out.range[i] = high[i]! - low[i]!
  },
})
