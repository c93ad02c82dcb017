import { catchError, concatMap, defaultIfEmpty, defer, map, type Observable, type OperatorFunction, of } from 'rxjs'
import { DataError } from '../core/check.ts'
import type { Frames, Layout } from '../core/frames.ts'
import { chain, nothing, type Stage } from '../core/stage.ts'
import { operator } from './operator.ts'

/** One recording or one document. */
export interface Sequence {
  readonly id: string
  /** At least one block, if only of length 0: the layout travels on the blocks. */
  readonly frames: Observable<Frames>
  /** What it is an example of, where known. */
  readonly label?: string
}

/** Pooled frames of one sequence. A sequence that gives none, being shorter than a window, comes once with length 0. */
export interface Pooled {
  readonly id: string
  readonly label?: string
  readonly frames: Frames
}

/** Why a sequence ended early. */
export interface Failure {
  readonly id: string
  readonly error: Error
}

/**
 * Runs stages over every sequence of a stream, one after the other, each from a fresh start. One bad sequence does not end the stream: it comes out as `{ id, error }`,
 * after what it gave before.
 *
 * @throws TypeError at once where the stages are none
 * @example
 * audioFiles('samples/audio/words/*.wav').pipe(eachSequence(logMel(), globalPool('stats')), toVectors())
 */
export function eachSequence(...stages: Stage[]): OperatorFunction<Sequence, Pooled | Failure> {
  const stage = chain(...stages)
  return concatMap(({ id, label, frames }) =>
    defer(() => {
      let layout: Layout | undefined
      const planned: Stage = {
        spec: stage.spec,
        plan(input) {
          const plan = stage.plan(input)
          layout = plan.layout
          return plan
        },
      }
      return frames.pipe(
        operator(planned),
        map((pooled): Pooled => ({ id, frames: pooled, ...(label === undefined ? {} : { label }) })),
        defaultIfEmpty<Pooled | undefined, undefined>(undefined),
        map((pooled): Pooled => {
          if (pooled) return pooled
          if (!layout) throw new DataError('eachSequence: a sequence must give at least one block of frames, got none', { sequence: id })
          return { id, frames: nothing(layout) }
        }),
        catchError((cause: unknown) => {
          const error = cause instanceof Error ? cause : new DataError(String(cause), { sequence: id, cause })
          if (error instanceof DataError) error.sequence ??= id
          return of<Failure>({ id, error })
        }),
      )
    }),
  )
}
