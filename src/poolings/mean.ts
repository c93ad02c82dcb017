import type { Rows } from '../core/accumulators.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'

/** The weighted mean of each lane, summed in float64; 0 if nothing was seen. */
export const mean: Pooling<Rows<'weight' | 'sum'>, 'mean'> = /* @__PURE__ */ definePooling({
  name: 'mean',
  accumulators: ['weight', 'sum'],
  measures: ['mean'],
  outputs: ['mean'],
  about: {
    formula: 'Σwx / Σw',
    source: 'PyTorch AvgPool, Keras AveragePooling (real elements only), sentence-transformers mean',
    use: 'the average over a region; smooth, and blurs what is brief',
    example: { input: [1, 2, 6], output: [3] },
    empty: 0,
  },
  result({ weight, sum }, out) {
    for (let i = 0; i < sum.length; i++) out.mean[i] = weight[i]! > 0 ? sum[i]! / weight[i]! : 0
  },
})
