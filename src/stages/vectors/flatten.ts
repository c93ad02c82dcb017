import { laneNames, lanesOf } from '../../core/frames.ts'
import { pointwise } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'

/**
 * Turns every lane into a bin: planes × bins × channels → 1 × lanes × 1, named by {@link laneNames} ('mel12.left.mean'). The values stay where they are.
 *
 * @example
 * apply(frames([1, 2, 3, 4], { bins: 2, channels: 2 }), flatten()).layout.bins // 4
 */
export const flatten = /* @__PURE__ */ defineStage('flatten', {}, (_, spec) => {
  return (input) => {
    const layout = {
      ...input,
      planes: 1,
      bins: lanesOf(input),
      channels: 1,
      names: { planes: [''], bins: laneNames(input), channels: [''] },
    }
    return pointwise(spec, input, layout, ({ data }) => data)
  }
})
