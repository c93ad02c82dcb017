import type { Saved } from '../core/saved.ts'
import type { SinkSpec } from '../pipeline/sinks.ts'
import type { Origin } from '../sinks/tableSink.ts'
import type { PlainSamples } from '../sources/audio/plainSamples.ts'
import type { Piece, Stretch } from '../sources/piece.ts'
import type { Vector } from '../streams/toVectors.ts'

/** What all tasks of a run have in common, as plain data. */
export interface Setup {
  /** A pipeline, as JSON. */
  readonly definition: unknown
  /** URL where its relative paths start. */
  readonly base: string
}

/** Pieces of the inputs to be pooled, as plain data. */
export interface Task {
  readonly pieces: readonly Piece[]
  /** Where the vectors go; where there is none, they come back. */
  readonly part?: Part
  /** Of the one piece, a recording, what is pooled; its state comes back. */
  readonly stretch?: Stretch & { readonly samples: PlainSamples }
}

/** A part of a collection: the files of one shard. */
export interface Part {
  readonly sink: SinkSpec
  /** What the vectors come from, for sinks that write that, too. */
  readonly origin: Origin
  /** The file that says that the part is whole. */
  readonly record: string
  /** What it is made of, see `shards.ts`. */
  readonly hash: string
}

/** What came of a task, as plain data. */
export interface Mapped {
  /** How many there were, here or in the part. */
  readonly vectors: number
  readonly failures: readonly Told[]
  /** Vectors and failures in their order, where there is no part. */
  readonly items: readonly Item[]
  /** One a value, of all items. */
  readonly names: readonly string[]
  readonly notes: readonly string[]
  /** Input time that has gone through, in seconds or tokens. */
  readonly heard: number
  /** Which of several workers did it, by a name to be shown. */
  readonly worker?: string
  /** Of a stretch, what is known once it is pooled. */
  readonly state?: Saved
}

/** Why an input gave nothing, or nothing more. */
export interface Told {
  readonly id: string
  readonly error: string
  /** The system refused it, and may not the next time. */
  readonly passing?: true
}

export type Item = Omit<Vector, 'names'> | Told

/**
 * What runs tasks. A run is three calls: `map` pools a task, anywhere and in any order; {@link merged} gives what came of tasks in the order of the inputs; `commit` (`runFolder.ts`)
 * makes a collection of parts. Only `map` is another one for each engine: whatever it runs on, it calls `mapTask` there.
 */
export interface Engine {
  /** How many tasks it takes at once. */
  readonly width: number
  /**
   * @returns what came of it; nothing where it had not been begun when the run was stopped
   * @throws (by rejection) Error where the vectors cannot be written, or what runs the task is no more; an input that fails is no error
   */
  map(task: Task): Promise<Mapped | undefined>
  /** Ends what runs; what it works on is given up. */
  close(): void | Promise<void>
}

/** Tasks that may be done before their turn, for each that is taken at once: enough to keep all busy, few enough to keep. */
const ahead = 4

/** What came of tasks, in their order. Once it is stopped, no other is begun; those that were are told. */
export async function* merged(engine: Engine, tasks: readonly Task[], stopped?: AbortSignal): AsyncGenerator<Mapped, void, undefined> {
  const begun: Promise<Mapped | undefined>[] = []
  let next = 0
  let running = 0

  function fill(): void {
    while (!stopped?.aborted && next < tasks.length && running < engine.width && begun.length < ahead * engine.width) {
      running++
      const result = engine.map(tasks[next++]!).finally(() => {
        running--
        fill()
      })
      // It is told when its turn comes.
      result.catch(() => {})
      begun.push(result)
    }
  }

  for (fill(); begun.length > 0; fill()) {
    const mapped = await begun.shift()!
    if (mapped) yield mapped
  }
}
