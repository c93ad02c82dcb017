import { refusal } from '../../core/check.ts'
import { duration, inFrames, time } from '../../core/duration.ts'
import type { Clock } from '../../core/frames.ts'
import { oneOf } from '../../core/options.ts'
import { everyBin } from '../../windows/bins.ts'
import { planSegments } from '../../windows/segments.ts'
import { poolStage } from './poolStage.ts'

/**
 * Pools each segment into one frame: from one boundary mark to the next, as sources and detectors set them (sentences, speech, onsets), and with `gap` also from one silence
 * to the next, as events come in sessions.
 *
 * Shape: n frames → one frame a segment, planes × number of outputs, with the segment's span. It comes when the next segment begins, or after `max`, or when `gap` has passed
 * and the stream says so, by a frame or by a watermark.
 *
 * @param options.min frames, or a duration, before which a mark is passed over; default 1
 * @param options.max frames, or a duration, after which a segment ends without a mark; by default it may last for ever
 * @param options.gap a duration after which a segment ends where no frame was seen; frames that begin exactly so far apart are in two. By default it does not end so
 * @param options.unseen 'drop' (the default) leaves out segments of which no frame was seen, such as masked silence
 * @throws RangeError or TypeError for sizes that are none; when planned where a pooling must keep its values and there is no `max`, or a gap
 * is given over tokens
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
    /** Where no frame was seen for so long a segment ends: sessions. */
    gap: time().optional('none is long enough'),
    /** What becomes of segments of which no frame was seen, such as masked silence. */
    unseen: oneOf('drop', 'keep').default('drop'),
  },
  ({ min, max, gap = Infinity, unseen }) => {
    const sizes = (clock: Clock | undefined): [number, number] => {
      const least = inFrames('segmentPool', 'min', min, clock)
      const longest = max === undefined ? Infinity : inFrames('segmentPool', 'max', max, clock)
      if (longest < least && (clock || typeof min === typeof max)) throw refusal('segmentPool', `max must be at least min, ${min}`, max)
      return [least, longest]
    }
    sizes(undefined)
    return (input, pooling, spec) => {
      const [least, longest] = sizes(input.clock)
      if (gap < Infinity && input.clock.unit === 'token')
        throw refusal('segmentPool', 'gap must not be given where the input has tokens', gap)
      return planSegments(spec, input, pooling, everyBin(input), { min: least, max: longest, gap, keep: unseen === 'keep' })
    }
  },
)
