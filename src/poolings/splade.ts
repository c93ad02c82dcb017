import type { Rows } from '../core/accumulators.ts'
import { oneOf, taking } from '../core/options.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'

/**
 * Saturated term weights from a masked language model's logits: log(1 + max(x, 0)) of each lane, its maximum or its sum over the tokens; 0 if nothing was seen.
 */
export const splade = /* @__PURE__ */ taking(
  'splade',
  {
    /** The maximum, which frame weights above 0 do not change, or the sum, which they weigh. */
    over: oneOf('max', 'sum').default('max'),
  },
  ({ over }, options): Pooling<Rows, 'splade'> => {
    const about = {
      formula: over === 'max' ? 'max log(1 + max(x, 0))' : 'Σw·log(1 + max(x, 0))',
      source: 'SPLADE (Formal, Piwowarski, Clinchant 2021); max: SPLADE v2 (Formal et al. 2021)',
      use: 'sparse vectors over a vocabulary, for search by terms',
      example: { input: [1, -1, 3], output: [over === 'max' ? Math.log(4) : Math.log(8)] },
      empty: 0,
    }
    const common = { name: 'splade', options, outputs: ['splade'] as const, about }
    if (over === 'sum') {
      return definePooling({
        ...common,
        slots: { total: 0 },
        extensive: true,
        add({ total }, { data, offset, lanes, rows, weights }) {
          for (let i = 0; i < lanes; i++) {
            let sum = total[i]!
            for (let k = 0, j = offset + i; k < rows; k++, j += lanes) sum += weights[k]! * saturated(data[j]!)
            total[i] = sum
          }
        },
        merge({ total }, { total: other }) {
          for (let i = 0; i < total.length; i++) total[i]! += other[i]!
        },
        result({ total }, out) {
          out.splade.set(total)
        },
      })
    }
    return definePooling({
      ...common,
      // The logarithm keeps the order, so that of the largest is the largest.
      accumulators: ['high'],
      measures: ['max'],
      exact: true,
      blend([high], out) {
        for (let i = 0; i < out.splade.length; i++) out.splade[i] = Math.log1p(Math.max(0, high![i]!))
      },
      result({ high }, out) {
        for (let i = 0; i < high.length; i++) out.splade[i] = Math.log1p(Math.max(0, high[i]!))
      },
    })
  },
)

/** log(1 + max(x, 0)): what 1 + x lost to rounding is put back, which takes V8 less time than log1p. */
function saturated(x: number): number {
  const y = Math.max(0, x)
  const u = 1 + y
  return u < Infinity ? Math.log(u) + (y - (u - 1)) / u : y
}
