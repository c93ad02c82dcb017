import { concat, defer, EMPTY, type Observable, of, tap } from 'rxjs'
import type { Stage } from '../core/stage.ts'
import { eachSequence, type Failure, type Sequence } from '../streams/eachSequence.ts'
import { toVectors, type Vector } from '../streams/toVectors.ts'

/** What happens beside the vectors. */
export interface Listener {
  /** Input time that has gone through, in seconds or tokens. */
  heard(time: number): void
  /** A sequence of which there is something to say. */
  note(text: string): void
  /** A sequence is through. */
  done(): void
}

/** Vectors of one sequence, with a word about those that gave nothing. */
export function pooled(sequence: Sequence, stages: readonly Stage[], { heard, note, done }: Listener): Observable<Vector | Failure> {
  return defer(() => {
    let vectors = 0
    let seen = false
    let failed = false
    const counted: Sequence = {
      ...sequence,
      frames: sequence.frames.pipe(tap(({ length, layout }) => heard(length * (layout.clock.hop ?? 1)))),
    }
    const items = of(counted).pipe(
      eachSequence(...stages),
      toVectors(),
      tap((item) => {
        if ('error' in item) {
          failed = true
        } else {
          vectors++
          seen ||= item.weight > 0
        }
      }),
    )
    const last = defer(() => {
      if (!failed && vectors === 0) note(`${sequence.id}: shorter than a window, so it gives no vector`)
      else if (!failed && !seen) note(`${sequence.id}: nothing in it was seen, so its vectors are empty (weight 0)`)
      done()
      return EMPTY
    })
    return concat(items, last)
  })
}
