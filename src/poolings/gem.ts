import { accumulate, type Rows } from '../core/accumulators.ts'
import { known, number } from '../core/check.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'
import { put, putRun } from './power.ts'

/**
 * Generalized mean of values clamped from below; `eps` if nothing was seen.
 *
 * @param options.p above 0, default 3
 * @param options.eps above 0, default 1e-6
 */
export function gem(options: { p?: number; eps?: number } = {}): Pooling<Rows<'weight' | 'high' | 'sum'>, 'gem'> {
  known('gem', options, ['p', 'eps'])
  const p = number('gem', 'p', options.p ?? 3, { above: 0 })
  const eps = number('gem', 'eps', options.eps ?? 1e-6, { above: 0 })
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
}
