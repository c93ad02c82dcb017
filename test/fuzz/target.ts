import type { Draws } from './draws.ts'

/** What a target has while it is open. */
export interface Ground {
  /** A folder of its own, for files. */
  readonly folder: string
  /** Encoded recordings, for those who need them; made before the clock runs. */
  readonly seeds: string
}

/**
 * Makes one input of what is drawn, and tries it. What is thrown is judged: an error of ours is as it should be, Garbage and what engines throw is not; to return is fine.
 * `note` says in a few words what the input is, for whoever reads of it.
 */
export type Try = (draws: Draws, note: (what: string) => void) => unknown

/** A kind of input. */
export interface Target {
  readonly name: string
  /** What the messages of its errors begin with, where that is known. */
  readonly says?: RegExp
  /** How much of the time it gets, 1 being usual. */
  readonly share?: number
  open(ground: Ground): Try | Promise<Try>
}
