import { planGlobal } from '../../windows/global.ts'
import { adaptiveBins } from './adaptiveWindows.ts'
import { poolStage } from './poolStage.ts'

/**
 * Pools a whole sequence over time and bins into one value a channel, as GlobalAveragePooling2D and its relatives.
 *
 * Shape: n × bins × channels → 1 × 1 × channels. Empty as {@link globalPool}.
 *
 * @example
 * apply(frames([1, 2, 3, 6], { bins: 2 }), globalPool2d('mean')).data // 3
 */
export const globalPool2d = /* @__PURE__ */ poolStage(
  'globalPool2d',
  {},
  () => (input, pooling, spec) => planGlobal(spec, input, pooling, adaptiveBins(input, 1)),
)
