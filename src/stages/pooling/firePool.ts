import { integer, number } from '../../core/options.ts'
import { everyBin } from '../../windows/bins.ts'
import { planFire } from '../../windows/fire.ts'
import { poolStage } from './poolStage.ts'

/**
 * Continuous integrate-and-fire (CIF): weights of frames add up, and each time they reach a threshold, what they weigh is pooled into one frame. What a frame weighs beyond the
 * threshold counts for the next. Where weights are large windows are short, where they are small long, and the spans show which; a mean of firings is CIF's vector.
 *
 * Shape: n frames → ⌊Σ weights / `threshold`⌋ frames, planes × number of outputs, and one more for a tail that is heavy enough. It streams, and takes live sources.
 * A frame without weight is not seen, nor is one that holds NaN in the `lane`. Each firing weighs `threshold`, but for the tail's. An empty sequence gives nothing.
 *
 * @param options.threshold what fires; default 1
 * @param options.tail what fires at the end of the sequence; by default half of `threshold`
 * @param options.lane number of the lane (bin, in frames of one plane and channel) whose logistic function weighs each frame, times its weight; it is pooled like the others
 * @throws RangeError or TypeError for options that are none; when planned for a lane that is not there and for poolings that keep their values; DataError for a frame that alone
 * fires more than 65536 times
 * @source Dong & Xu 2020, with the tail normalized as in their implementation
 * @example
 * apply(frames([2, 4, 8], { weights: [0.5, 0.75, 0.5] }), firePool('mean')).data // 3, 6.666666507720947
 */
export const firePool = /* @__PURE__ */ poolStage(
  'firePool',
  {
    /** What fires. */
    threshold: number({ above: 0 }).default(1),
    /** What is left at the end fires if it weighs at least so much. */
    tail: number({ min: 0 }).optional('half the threshold'),
    /** The lane (bin, in frames of one plane and channel) whose logistic function weighs each frame, times its weight; it is pooled like the others. */
    lane: integer(0).optional("the frames' weights alone"),
  },
  ({ threshold, tail = threshold / 2, lane }) =>
    (input, pooling, spec) =>
      planFire(spec, input, pooling, everyBin(input), threshold, tail, lane),
)
