import type { Rows } from '../core/accumulators.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'

/** The largest seen value of each lane. NaN if one was seen; −∞ if nothing was. Weights above 0 do not matter. */
export const max: Pooling<Rows<'high'>, 'max'> = /* @__PURE__ */ definePooling({
  name: 'max',
  accumulators: ['high'],
  measures: ['max'],
  outputs: ['max'],
  exact: true,
  about: {
    formula: 'max x',
    source: 'PyTorch MaxPool, Keras MaxPooling, ONNX MaxPool',
    use: 'whether something was there, however briefly; invariant to small shifts',
    example: { input: [1, 5, 2], output: [5] },
    empty: -Infinity,
  },
  result({ high }, out) {
    // −0 + 0 is +0: SIMD maxima do not tell the zeros apart, so no result depends on which came first.
    for (let i = 0; i < high.length; i++) out.max[i] = high[i]! + 0
  },
})
