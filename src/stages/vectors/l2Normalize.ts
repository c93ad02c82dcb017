import { lanesOf } from '../../core/frames.ts'
import { pointwise } from '../../core/stage.ts'
import { unitRows } from '../../kernels/unitRows.ts'
import { defineStage } from '../defineStage.ts'

/**
 * L2 normalization of every frame: x / max(‖x‖, 1e-12), the norm taken over all lanes in float64. A frame of zeros stays zeros.
 *
 * Shape: any frames → the same shape and names. Source: torch.nn.functional.normalize.
 *
 * @example
 * apply(frames([3, 4], { bins: 2 }), l2Normalize()).data // [0.6, 0.8]
 */
export const l2Normalize = /* @__PURE__ */ defineStage('l2Normalize', {}, (_, spec) => (input) => {
  const lanes = lanesOf(input)
  return pointwise(spec, input, input, ({ data }) => unitRows(data, lanes))
})
