import { known, number } from '../core/check.ts'
import { definePooling, type Pooling, type Rows } from '../core/pooling.ts'
import { weighted } from './mean.ts'

/**
 * Generalized mean of values clamped from below; `eps` if nothing was seen.
 *
 * @param options.p above 0, default 3
 * @param options.eps above 0, default 1e-6
 */
export function gem(options: { p?: number; eps?: number } = {}): Pooling<Rows<'weight' | 'sum'>, 'gem'> {
  known('gem', options, ['p', 'eps'])
  const p = number('gem', 'p', options.p ?? 3, { above: 0 })
  const eps = number('gem', 'eps', options.eps ?? 1e-6, { above: 0 })
  return definePooling({
    slots: weighted.slots,
    merge: weighted.merge,
    name: 'gem',
    options,
    outputs: ['gem'],
    about: {
      formula: '(Σw·max(x, ε)ᵖ / Σw)^(1/p)',
      source: 'Radenović, Tolias, Chum 2018',
      use: 'one number between average and maximum for non-negative features; image retrieval',
      example: { input: [1, 2], output: [((1 + 2 ** p) / 2) ** (1 / p)] },
      empty: eps,
    },
    add({ weight, sum }, row, w) {
      for (let i = 0; i < row.length; i++) {
        weight[i]! += w
        sum[i]! += w * Math.max(row[i]!, eps) ** p
      }
    },
    result({ weight, sum }, out) {
      for (let i = 0; i < sum.length; i++) out.gem[i] = weight[i]! > 0 ? (sum[i]! / weight[i]!) ** (1 / p) : eps
    },
  })
}
