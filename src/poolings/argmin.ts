import type { Pooling } from '../core/pooling.ts'
import { type Extreme, placeOf } from './extreme.ts'

/**
 * Where the minimum is: frames from the region's first (in 2-D row by row, frames × bins), the first of ties, the last NaN if one was seen; −1 if nothing was.
 * Positions travel as float32, exact up to 2²⁴ within one region.
 */
export const argmin: Pooling<Extreme, 'argmin'> = /* @__PURE__ */ placeOf('argmin', -1, {
  formula: 'argmin x',
  source: 'torch.argmin, the first of ties; openSMILE minPos',
  use: 'when it was quietest: pauses, closures',
  example: { input: [4, 1, 2, 1], output: [1] },
})
