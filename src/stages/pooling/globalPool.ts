import { everyBin } from '../../windows/bins.ts'
import { planGlobal } from '../../windows/global.ts'
import { poolStage } from './poolStage.ts'

/**
 * Pools a whole sequence, of any length, into one frame: its fixed-length vector.
 *
 * Shape: n frames → 1 frame, planes × number of outputs. An empty sequence gives one frame of weight 0 that holds each pooling's empty value. It comes when the
 * sequence ends; a machine's `peek` gives the value so far.
 *
 * @example
 * apply(frames([1, 2, 6]), globalPool(['mean', 'max'])).data // 3, 6
 */
export const globalPool = /* @__PURE__ */ poolStage(
  'globalPool',
  {},
  () => (input, pooling, spec) => planGlobal(spec, input, pooling, everyBin(input)),
)
