import { accumulate, type Rows } from '../core/accumulators.ts'
import { number, taking } from '../core/options.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'
import { put, putRun } from './power.ts'

/**
 * Generalized mean of values clamped from below; `eps` if nothing was seen.
 */
export const gem = /* @__PURE__ */ taking(
  'gem',
  {
    /** 1 the mean, towards ∞ the maximum. */
    p: number({ above: 0 }).default(3),
    /** What values are clamped to from below. */
    eps: number({ above: 0 }).default(1e-6),
  },
  ({ p, eps }, options): Pooling<Rows<'weight' | 'high' | 'sum'>, 'gem'> => {
    return definePooling({
      name: 'gem',
      options,
      slots: { weight: 0, high: 0, sum: 0 },
      outputs: ['gem'],
      about: {
        formula: '(Σw·max(x, ε)ᵖ / Σw)^(1/p)',
        source: 'Radenović, Tolias, Chum 2018',
        use: 'one number between average and maximum for non-negative features; image retrieval',
        example: { input: [1, 2], output: [2 * ((0.5 ** p + 1) / 2) ** (1 / p)] },
        empty: eps,
      },
      add(state, run) {
        accumulate({ weight: state.weight }, run)
        putRun(state, run, p, 1, eps)
      },
      merge(into, from) {
        for (let i = 0; i < into.sum.length; i++) {
          into.weight[i]! += from.weight[i]!
          put(into, i, p, from.high[i]!, from.sum[i]!)
        }
      },
      result({ weight, high, sum }, out) {
        for (let i = 0; i < sum.length; i++) out.gem[i] = weight[i]! > 0 ? high[i]! * (sum[i]! / weight[i]!) ** (1 / p) : eps
      },
    })
  },
)
