import type { Rows } from '../core/accumulators.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'

/** The weighted sum of each lane divided by the root of the weights, so that long sentences count more than in a mean and less than in a sum; 0 if nothing was seen. */
export const sqrtLength: Pooling<Rows<'weight' | 'sum'>, 'sqrtLength'> = /* @__PURE__ */ definePooling({
  name: 'sqrtLength',
  accumulators: ['weight', 'sum'],
  outputs: ['sqrtLength'],
  extensive: true,
  about: {
    formula: 'Σwx / √max(Σw, 1e-9)',
    source: 'sentence-transformers mean_sqrt_len_tokens',
    use: 'sentence vectors whose length grows with the sentence',
    example: { input: [1, 2, 3, 6], output: [6] },
    empty: 0,
  },
  result({ weight, sum }, out) {
    for (let i = 0; i < sum.length; i++) out.sqrtLength[i] = sum[i]! / Math.sqrt(Math.max(weight[i]!, 1e-9))
  },
})
