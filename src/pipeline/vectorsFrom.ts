import { concat, concatMap, defer, EMPTY, type Observable, type OperatorFunction, tap } from 'rxjs'
import { chain, type Stage } from '../core/stage.ts'
import { type Failure, type Pooled, type Sequence, through } from '../streams/eachSequence.ts'
import { toVectors, type Vector } from '../streams/toVectors.ts'

/** What happens beside the vectors. */
export interface Listener {
  /** Input time that has gone through, in seconds or tokens. */
  heard(time: number): void
  /** A sequence of which there is something to say. */
  note(text: string): void
  /** A sequence is through. */
  done(): void
  /** Whether nothing more is wanted once the sequence that runs is through. */
  readonly stopped?: AbortSignal
}

type Pool = ReturnType<typeof through>

/** How every pipeline runs: sequences, one after the other, through its stages to vectors. A listener hears how far it is, and of sequences that gave nothing. */
export function vectorsFrom(stages: readonly Stage[], listener?: Listener): OperatorFunction<Sequence, Vector | Failure> {
  return (sequences) =>
    defer(() => {
      const pool = through(chain(...stages))
      return sequences.pipe(concatMap(listener ? listened(pool, listener) : pool), toVectors())
    })
}

function listened(pool: Pool, { heard, note, done, stopped }: Listener): Pool {
  return (sequence): Observable<Pooled | Failure> => {
    if (stopped?.aborted) return EMPTY
    let [vectors, seen, failed] = [0, false, false]
    const frames = sequence.frames.pipe(tap(({ length, layout }) => heard(length * (layout.clock.hop ?? 1))))
    const items = pool({ ...sequence, frames }).pipe(
      tap((item) => {
        if ('error' in item) {
          failed = true
        } else {
          const { length, weights } = item.frames
          vectors += length
          seen ||= weights ? weights.some((weight) => weight > 0) : length > 0
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
  }
}
