import { number, taking } from '../core/options.ts'
import type { Pooling } from '../core/pooling.ts'
import { type Kept, keeping } from './kept.ts'

/**
 * The mean of each lane under weights that fall with the rank, α(1 − α)^(r − 1) for the r-th largest value, divided by their sum over the values seen, so that
 * the result stays among them (the paper's sum to 1 − (1 − α)ⁿ). Its values are kept, so a region must be finite. NaN if one was seen; 0 if nothing was. Frame weights above 0 do not matter.
 */
export const rankWeighted = /* @__PURE__ */ taking(
  'rankWeighted',
  {
    /** Towards 0 the mean, 1 the maximum. */
    alpha: number({ above: 0, max: 1 }).default(0.5),
  },
  ({ alpha }, options): Pooling<Kept> => {
    const value = (values: Float64Array) => {
      // Typed arrays put NaN last, so first from the end.
      values.sort()
      let [share, shares, sum] = [alpha, 0, 0]
      for (let r = values.length - 1; r >= 0 && share > 0; r--, share *= 1 - alpha) {
        shares += share
        sum += share * values[r]!
      }
      return shares > 0 ? sum / shares : 0
    }
    return keeping({
      name: 'rankWeighted',
      options,
      output: 'rankWeighted',
      about: {
        formula: 'Σ α(1 − α)^(r − 1)·x₍ᵣ₎ / Σ α(1 − α)^(r − 1), x₍ᵣ₎ the r-th largest',
        source: 'Shi, Ye, Wu 2016, divided by the sum of its weights',
        use: 'between average and maximum, by rank alone, whatever the scale',
        example: { input: [1, 4], output: [(4 + (1 - alpha)) / (2 - alpha)] },
        empty: 0,
      },
      value,
    })
  },
)
