import type { Moments, Rows } from '../core/accumulators.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'
import { scatter } from './std.ts'

/** The coefficient of variation of each lane: its standard deviation by its mean, which is negative where the mean is. 0 where nothing was seen, and where the mean is 0 or so near to it, a billionth of the deviation, that rounding has made it. */
export const variation: Pooling<Rows<Moments>, 'variation'> = /* @__PURE__ */ definePooling<Moments, 'variation'>({
  name: 'variation',
  accumulators: ['weight', 'sum', 'shift', 'squares'],
  outputs: ['variation'],
  about: {
    formula: '√(Σw(x − mean)² / Σw) / mean',
    source: 'scipy.stats.variation; openSMILE stddevNorm',
    use: 'how much a lane moves, whatever its unit: loudness, pitch, jitter of loud and soft, high and low voices',
    example: { input: [1, 5], output: [2 / 3] },
    empty: 0,
  },
  result(state, out) {
    for (let i = 0; i < state.sum.length; i++) {
      const weight = state.weight[i]!
      const [mean, deviation] = weight > 0 ? [state.sum[i]! / weight, Math.sqrt(scatter(state, i) / weight)] : [0, 0]
      out.variation[i] = Math.abs(mean) <= 1e-9 * deviation ? 0 : deviation / mean
    }
  },
})
