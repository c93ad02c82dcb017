import { catchError, defer, EMPTY, groupBy, map, type OperatorFunction, Subject, tap, throwError } from 'rxjs'
import { checkBlock, type Frames } from '../core/frames.ts'
import type { Sequence } from './eachSequence.ts'
import { alike, jointAt, renumbered } from './fromHere.ts'

/**
 * Cuts a stream of frames into sequences: a new one begins where the numbers of frames fall back, or their layout is another. For `concat`, `repeat`, `retry` and `switchMap` of
 * recordings, and before `eachSequence`.
 *
 * Shape: frames of any layouts → sequences '0', '1', …, each from its first block on as `fromHere()` has it, gaps included. No frames give no sequence.
 * A sequence ends when the next one begins; it is to be listened to at once, as `eachSequence` does, and what somebody misses who comes later is unseen time. An error of the source is the
 * error of the sequence in which it comes, and the end of the stream; where nobody listens to one, it is the stream's. Recordings without frames are not told from what follows them.
 *
 * @throws (as an error of the source) DataError for what is no block of frames
 * @example
 * of(frames([1, 5]), frames([2, 4])).pipe(restart(), eachSequence(globalPool('max')), map(({ frames }) => frames.data[0]), toArray()) // two maxima: 5 and 4
 */
export function restart(): OperatorFunction<Frames, Sequence> {
  return (source) =>
    defer(() => {
      let last: Frames | undefined
      let index = -1
      let told = false
      const ended = new Subject<void>()
      const keyOf = (block: Frames): number => {
        checkBlock('restart', block)
        if (!last || block.start < last.start + last.length || !alike(last.layout, block.layout)) {
          ended.next()
          index++
        }
        last = block
        return index
      }
      return source.pipe(
        groupBy(keyOf, { duration: () => ended }),
        map((group): Sequence => {
          const joint = jointAt(last!.layout, last!.start)
          const tell = () => {
            told = true
          }
          return {
            id: String(group.key),
            frames: group.pipe(
              tap({ error: tell }),
              renumbered('restart', () => joint),
            ),
          }
        }),
        catchError((cause) => (told ? EMPTY : throwError(() => cause))),
      )
    })
}
