import { concatMap, defer, type Observable, type OperatorFunction, type Subscriber } from 'rxjs'
import { DataError } from '../core/check.ts'
import { checkBlock, type Frames, type Layout } from '../core/frames.ts'
import { chain, guarded, type Machine, nothing, type Plan, type Stage } from '../core/stage.ts'
import { type Relay, relay } from './relay.ts'

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
  return (sequences) =>
    defer(() => {
      const turn = turns(stage)
      return sequences.pipe(
        concatMap((sequence) => sequence.frames.pipe(relay<Frames, Pooled | Failure>((out) => new Run(sequence, turn, out)))),
      )
    })
}

interface Turn {
  readonly plan: Plan
  readonly machine: Machine
}

/** Machines for sequences one after the other: planned once for all of one layout, which take turns with one machine where it can be renewed. */
function turns(stage: Stage): (first: Frames) => Turn {
  const all = new WeakMap<Layout, Turn>()
  return (first) => {
    const before = all.get(first?.layout)
    // Before anything is planned for a layout that its data belie.
    if (!before) checkBlock(stage.spec.stage, first)
    const { layout } = first
    if (before?.machine.renew) {
      before.machine.renew()
      return before
    }
    const plan = before?.plan ?? guarded(stage.spec.stage, stage.plan(layout), layout)
    const turn = { plan, machine: plan.open() }
    all.set(layout, turn)
    return turn
  }
}

/** One sequence through its machine. */
class Run implements Relay<Frames> {
  #turn: Turn | undefined
  #given = false

  constructor(
    readonly sequence: Sequence,
    readonly begin: (first: Frames) => Turn,
    readonly out: Subscriber<Pooled | Failure>,
  ) {}

  next(block: Frames): void {
    this.#turn ??= this.begin(block)
    this.#give(this.#turn.machine.push(block))
  }

  error(cause: unknown): void {
    const { id } = this.sequence
    const error = cause instanceof Error ? cause : new DataError(String(cause), { sequence: id, cause })
    if (error instanceof DataError) error.sequence ??= id
    this.out.next({ id, error })
    this.out.complete()
  }

  complete(): void {
    if (!this.#turn)
      throw new DataError('eachSequence: a sequence must give at least one block of frames, got none', { sequence: this.sequence.id })
    this.#give(this.#turn.machine.close())
    if (!this.#given) this.#give(nothing(this.#turn.plan.layout))
  }

  #give(frames: Frames | undefined): void {
    if (!frames) return
    this.#given = true
    const { id, label } = this.sequence
    this.out.next(label === undefined ? { id, frames } : { id, label, frames })
  }
}
