import type { Pooling } from '../core/pooling.ts'
import { type Extreme, placeOf } from './extreme.ts'

/**
 * Where the maximum is: frames from the region's first (in 2-D row by row, frames × bins), the first of ties, the last NaN if one was seen; −1 if nothing was.
 * Positions travel as float32, exact up to 2²⁴ within one region.
 */
export const argmax: Pooling<Extreme, 'argmax'> = /* @__PURE__ */ placeOf('argmax', 1, {
  formula: 'argmax x',
  source: 'PyTorch MaxPool with return_indices',
  use: 'where it was: attention maps, unpooling, the time of a peak',
  example: { input: [1, 5, 2, 5], output: [1] },
})
