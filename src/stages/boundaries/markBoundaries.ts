import { durationOrZero, inFrames } from '../../core/duration.ts'
import type { Clock } from '../../core/frames.ts'
import { list } from '../../core/options.ts'
import { memoryless } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'
import { markOptions } from './marks.ts'

/**
 * Marks the boundaries that a list says: `segmentPool` then pools from one to the next.
 *
 * Shape: any frames → the same frames with a boundary mark at each place; places beyond the end are nowhere. For boundaries that an Observable gives, take its list first:
 * `places$.pipe(toArray(), mergeMap((at) => frames$.pipe(markBoundaries({ at }))))`.
 *
 * @throws RangeError or TypeError for what is no list of frames or times, and, when planned, times where the clock counts tokens.
 * @example
 * apply(frames([1, 3, 5, 7]), markBoundaries({ at: [2] }), segmentPool('mean')).data // 2, 6
 */
export const markBoundaries = /* @__PURE__ */ defineStage(
  'markBoundaries',
  {
    /** Where segments begin: frames counted from the start of the sequence, or times such as '1.5s', each the frame nearest to it. */
    at: list(durationOrZero(), { min: 0, like: "[0, 12] or ['1.5s']" }),
    ...markOptions,
  },
  ({ at, marks }, spec) => {
    const places = (clock: Clock | undefined) =>
      new Set(at.map((place) => (place === 0 ? 0 : inFrames('markBoundaries', 'each of at', place, clock))))
    return (input) => {
      const marked = places(input.clock)
      const plan = memoryless(spec, input, input, (frames) => ({
        ...frames,
        layout: input,
        boundaries: Uint8Array.from({ length: frames.length }, (_, f) =>
          marked.has(frames.start + f) || (marks === 'add' && frames.boundaries?.[f] === 1) ? 1 : 0,
        ),
      }))
      const { local: _, ...reach } = plan.reach
      return { ...plan, reach }
    }
  },
)
