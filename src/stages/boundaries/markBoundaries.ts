import { refusal } from '../../core/check.ts'
import { inFrames, type Size } from '../../core/duration.ts'
import type { Clock } from '../../core/frames.ts'
import { memoryless, type Stage } from '../../core/stage.ts'
import { specOf } from '../spec.ts'
import { checkMarks, type MarkOptions } from './marks.ts'

export interface MarkBoundariesOptions extends MarkOptions {
  /** Where segments begin: frames counted from the start of the sequence, or times such as '1.5s', each the frame nearest to it. */
  at: readonly (Size | 0)[]
}

export function markBoundaries(options: MarkBoundariesOptions): Stage {
  const marks = checkMarks('markBoundaries', options, ['at'])
  const { at } = options
  if (!Array.isArray(at)) throw refusal('markBoundaries', "at must be a list of frames or times such as [0, 12] or ['1.5s']", at)
  const places = (clock: Clock | undefined) =>
    new Set(at.map((place: Size | 0) => (place === 0 ? 0 : inFrames('markBoundaries', 'each of at', place, clock))))
  places(undefined)
  const spec = specOf('markBoundaries', options)
  return {
    spec,
    plan(input) {
      const marked = places(input.clock)
      return memoryless(spec, input, input, (frames) => ({
        ...frames,
        layout: input,
        boundaries: Uint8Array.from({ length: frames.length }, (_, f) =>
          marked.has(frames.start + f) || (marks === 'add' && frames.boundaries?.[f] === 1) ? 1 : 0,
        ),
      }))
    },
  }
}
