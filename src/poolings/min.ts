import type { Rows } from '../core/accumulators.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'

/** The smallest seen value of each lane. NaN if one was seen; +∞ if nothing was. Weights above 0 do not matter. */
export const min: Pooling<Rows<'low'>, 'min'> = /* @__PURE__ */ definePooling({
  name: 'min',
  accumulators: ['low'],
  measures: ['min'],
  outputs: ['min'],
  exact: true,
  about: {
    formula: 'min x',
    source: 'torch.amin',
    use: 'the floor: background level, quietest moment',
    example: { input: [4, 1, 2], output: [1] },
    empty: Infinity,
  },
  result({ low }, out) {
    for (let i = 0; i < low.length; i++) out.min[i] = low[i]! + 0
  },
})
