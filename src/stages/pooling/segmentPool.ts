import { refusal } from '../../core/check.ts'
import { duration, inFrames } from '../../core/duration.ts'
import type { Clock } from '../../core/frames.ts'
import { oneOf } from '../../core/options.ts'
import { everyBin } from '../../windows/bins.ts'
import { planSegments } from '../../windows/segments.ts'
import { poolStage } from './poolStage.ts'

/**
 * Pools each segment into one frame: from one boundary mark to the next, as sources and detectors set them (sentences, speech, onsets).
 *
 * Shape: n frames → one frame a segment, planes × number of outputs, with the segment's span. It comes when the next segment begins, or after `max`.
 *
 * @param options.min frames, or a duration, before which a mark is passed over; default 1
 * @param options.max frames, or a duration, after which a segment ends without a mark; by default it may last for ever
 * @param options.unseen 'drop' (the default) leaves out segments of which no frame was seen, such as masked silence
 * @throws RangeError or TypeError for sizes that are none; when planned where a pooling must keep its values and there is no `max`
 * @example
 * apply(frames([1, 3, 5, 7], { boundaries: [1, 0, 1, 0] }), segmentPool('mean')).data // 2, 6
 */
export const segmentPool = /* @__PURE__ */ poolStage(
  'segmentPool',
  {
    /** Before so much of a segment a mark is passed over. */
    min: duration().default(1),
    /** After so much a segment ends without a mark. */
    max: duration().optional('it may last for ever'),
    /** What becomes of segments of which no frame was seen, such as masked silence. */
    unseen: oneOf('drop', 'keep').default('drop'),
  },
  ({ min, max, unseen }) => {
    const sizes = (clock: Clock | undefined): [number, number] => {
      const least = inFrames('segmentPool', 'min', min, clock)
      const longest = max === undefined ? Infinity : inFrames('segmentPool', 'max', max, clock)
      if (longest < least && (clock || typeof min === typeof max)) throw refusal('segmentPool', `max must be at least min, ${min}`, max)
      return [least, longest]
    }
    sizes(undefined)
    return (input, pooling, spec) => planSegments(spec, input, pooling, everyBin(input), ...sizes(input.clock), unseen === 'keep')
  },
)
