import { known, number } from '../core/check.ts'
import { definePooling, type Pooling, type Rows } from '../core/pooling.ts'
import { weighted } from './mean.ts'

/**
 * The power mean of absolute values: p = 1 their average, 2 the root mean square, ∞ the largest; 0 if nothing was seen.
 *
 * @param options.p above 0, default 2, the root mean square; `Infinity` is max |x| (in JSON 'Infinity')
 */
export function power(options: { p?: number | 'Infinity' } = {}): Pooling<Rows<'weight' | 'sum'>, string> {
  known('power', options, ['p'])
  const p = number('power', 'p', options.p ?? 2, { above: 0, infinite: true })
  const common = {
    name: 'power',
    options: { p: p === Infinity ? 'Infinity' : p },
    outputs: [`power${p}`],
    about: {
      formula: '(Σw|x|ᵖ / Σw)^(1/p)',
      source: 'Rücklé et al. 2018, on absolute values',
      use: 'between average (p = 1) and maximum (p = ∞)',
      example: { input: [3, -4], output: [p === Infinity ? 4 : ((3 ** p + 4 ** p) / 2) ** (1 / p)] },
      empty: 0,
    },
  }
  if (p === Infinity) {
    return definePooling({
      ...common,
      slots: { weight: 0, sum: 0 },
      exact: true,
      add({ weight, sum }, row, w) {
        for (let i = 0; i < row.length; i++) {
          weight[i]! += w
          sum[i] = Math.max(sum[i]!, Math.abs(row[i]!))
        }
      },
      merge(into, from) {
        for (let i = 0; i < into.sum.length; i++) {
          into.weight[i]! += from.weight[i]!
          into.sum[i] = Math.max(into.sum[i]!, from.sum[i]!)
        }
      },
      result({ sum }, out) {
        out[common.outputs[0]!]!.set(sum)
      },
    })
  }
  return definePooling({
    ...common,
    slots: weighted.slots,
    merge: weighted.merge,
    add({ weight, sum }, row, w) {
      for (let i = 0; i < row.length; i++) {
        weight[i]! += w
        sum[i]! += w * Math.abs(row[i]!) ** p
      }
    },
    result({ weight, sum }, out) {
      const row = out[common.outputs[0]!]!
      for (let i = 0; i < sum.length; i++) row[i] = weight[i]! > 0 ? (sum[i]! / weight[i]!) ** (1 / p) : 0
    },
  })
}
