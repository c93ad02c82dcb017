import type { Rows } from '../core/accumulators.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'

/** The weighted sum of each lane in float64; 0 if nothing was seen. */
export const sum: Pooling<Rows<'weight' | 'sum'>, 'sum'> = /* @__PURE__ */ definePooling({
  name: 'sum',
  accumulators: ['weight', 'sum'],
  measures: ['sum'],
  outputs: ['sum'],
  extensive: true,
  about: {
    formula: 'Σwx',
    source: 'torch.sum; ONNX ReduceSum',
    use: 'totals: energy, counts, integrated weight',
    example: { input: [1, 2, 6], output: [9] },
    empty: 0,
  },
  result(state, out) {
    out.sum.set(state.sum)
  },
})
