import { defer, isObservable, type Observable, type OperatorFunction, type Subscriber } from 'rxjs'
import { DataError, show, tried } from '../core/check.ts'
import type { Frames } from '../core/frames.ts'
import { chain, type Machine, nothing, type Plan, type Stage } from '../core/stage.ts'
import { oneByOne } from './oneByOne.ts'
import { plans } from './operator.ts'
import { type Relay, relay } from './relay.ts'

/** What a recording or a document is, and what its vectors say of it. */
export interface Origin {
  readonly id: string
  /** What it is an example of, where known. */
  readonly label?: string
  /** What else its record says, each field as JSON text as it was written: numbers past 2⁵³ keep their digits. */
  readonly fields?: ReadonlyMap<string, string>
  /**
   * The share of what is looked up from `start` to `end`, in the clock's unit, that was found: of a text's words, those that have vectors. To be asked once the frames up
   * to `end` have been given; 1 where nothing is looked up.
   */
  readonly coverage?: (start: number, end: number) => number
}

/** One recording or one document. */
export interface Sequence extends Origin {
  /** At least one block, if only of length 0: the layout travels on the blocks. */
  readonly frames: Observable<Frames>
  /** What becomes, when its frames end in a DataError, of a window that this leaves unfinished: it is left out, or ends there. By default 'skip'. */
  readonly damaged?: 'skip' | 'keep'
}

/** Pooled frames of one sequence. A sequence that gives none, being shorter than a window, comes once with length 0. */
export interface Pooled extends Origin {
  readonly frames: Frames
}

/** Why a sequence ended early. */
export interface Failure {
  readonly id: string
  readonly error: Error
}

export function isFailure(item: object): boolean {
  return 'error' in item
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
  return (sequences) => defer(() => sequences.pipe(oneByOne(through(stage))))
}

/** Runs a stage over one sequence after the other, planned once for all of one layout. */
export function through(stage: Stage): (sequence: Sequence) => Observable<Pooled | Failure> {
  const planFor = plans(stage)
  return (sequence) => framesOf(sequence).pipe(relay<Frames, Pooled | Failure>((out) => new Run(sequence, planFor, out)))
}

/** The frames of what should be a sequence. */
export function framesOf(sequence: Sequence): Observable<Frames> {
  const frames = tried(sequence, ({ id, frames }) => typeof id === 'string' && isObservable(frames) && frames)
  if (!frames) throw new DataError(`eachSequence: expected a sequence { id, frames }, got ${show(sequence)}`)
  return frames
}

/** One sequence through its machine. */
class Run implements Relay<Frames> {
  #plan: Plan | undefined
  #machine: Machine | undefined
  #given = false

  constructor(
    readonly sequence: Sequence,
    readonly planFor: (first: Frames) => Plan,
    readonly out: Subscriber<Pooled | Failure>,
  ) {}

  next(block: Frames): void {
    this.#plan ??= this.planFor(block)
    const machine = this.#machine ?? this.#plan.open()
    // One that throws is not closed.
    this.#machine = undefined
    this.#give(machine.push(block))
    this.#machine = machine
  }

  /** What the machine still has, at an error. */
  #end(): void {
    try {
      this.#give(this.#machine?.close())
    } catch {
      // Of two errors the first is told.
    }
  }

  error(cause: unknown): void {
    const { id, damaged } = this.sequence
    const error = cause instanceof Error ? cause : new DataError(String(cause), { sequence: id, cause })
    if (error instanceof DataError) {
      error.sequence ??= id
      if (damaged === 'keep') this.#end()
    }
    this.out.next({ id, error })
    this.out.complete()
  }

  complete(): void {
    if (!this.#machine)
      throw new DataError('eachSequence: a sequence must give at least one block of frames, got none', { sequence: this.sequence.id })
    this.#give(this.#machine.close())
    if (!this.#given) this.#give(nothing(this.#plan!.layout))
  }

  #give(frames: Frames | undefined): void {
    if (!frames) return
    this.#given = true
    const { damaged: _, ...origin } = this.sequence
    this.out.next({ ...origin, frames })
  }
}
