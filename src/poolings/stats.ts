import { definePooling, type Pooling, type Rows } from '../core/pooling.ts'
import { moments, scatter } from './std.ts'

/** Mean and standard deviation (correction 0) of each lane: statistics pooling; zeros if nothing was seen. */
export const stats: Pooling<Rows<'weight' | 'sum' | 'shift' | 'squares'>, 'mean' | 'std'> = definePooling({
  ...moments,
  name: 'stats',
  outputs: ['mean', 'std'],
  about: {
    formula: 'Σwx / Σw, √(Σw(x − mean)² / Σw)',
    source: 'statistics pooling of x-vectors (Snyder 2018), correction 0',
    use: 'one vector for a recording of any length: speakers, languages, sounds',
    example: { input: [1, 5], output: [3, 2] },
    empty: 0,
  },
  result(state, out) {
    for (let i = 0; i < state.sum.length; i++) {
      const w = state.weight[i]!
      out.mean[i] = w > 0 ? state.sum[i]! / w : 0
      out.std[i] = w > 0 ? Math.sqrt(scatter(state, i) / w) : 0
    }
  },
})
