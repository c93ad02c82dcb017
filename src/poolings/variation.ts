import type { Pooling } from '../core/pooling.ts'
import { type Kept, keeping } from './kept.ts'

/**
 * The coefficient of variation of each lane: its standard deviation by its mean, which is negative where the mean is. 0 where nothing was seen, and where the mean is 0 or so near to it, a billionth of the
 * deviation, that rounding has made it. NaN if one was seen.
 *
 * Sums about another number, as `std` has them, may leave no digits of a quotient. So its values are kept, and a region must be finite.
 */
export const variation: Pooling<Kept> = /* @__PURE__ */ keeping({
  name: 'variation',
  output: 'variation',
  unbounded: "'mean' and 'std'",
  about: {
    formula: '√(Σw(x − mean)² / Σw) / mean',
    source: 'scipy.stats.variation; openSMILE stddevNorm',
    use: 'how much a lane moves, whatever its unit: loudness, pitch, jitter of loud and soft, high and low voices',
    example: { input: [1, 5], output: [2 / 3] },
    empty: 0,
  },
  value(values, weights) {
    let [weight, sum, squares] = [0, 0, 0]
    for (let k = 0; k < values.length; k++) {
      weight += weights[k]!
      sum += weights[k]! * values[k]!
    }
    const mean = sum / (weight || 1)
    for (let k = 0; k < values.length; k++) squares += weights[k]! * (values[k]! - mean) ** 2
    const deviation = Math.sqrt(squares / (weight || 1))
    return Math.abs(mean) <= 1e-9 * deviation ? 0 : deviation / mean
  },
})
