import { concat, defer, EMPTY, from, lastValueFrom, type Observable, tap, throwError, toArray } from 'rxjs'
import type { Loaded } from '../pipeline/pipeline.ts'
import { type Listener, vectorsFrom } from '../pipeline/vectorsFrom.ts'
import type { Sink } from '../sinks/sink.ts'
import type { Failure, Sequence } from '../streams/eachSequence.ts'
import type { Vector } from '../streams/toVectors.ts'
import { progress } from './bar.ts'
import type { Task } from './worker.ts'
import { byWorkers } from './workers.ts'

/** How a run ended; `--help` says the same. */
export const codes = { well: 0, someFailed: 1, usage: 2, nothing: 3 } as const

export interface Job {
  readonly loaded: Loaded
  readonly sequences: Observable<Sequence>
  readonly sink: Sink
  /** Whether vectors go to the terminal, where a bar would stand between them. */
  readonly toTerminal: boolean
  readonly concurrency: number
  /** The same once more, for threads. */
  readonly task: Task
}

/**
 * Runs a pipeline into its sink, naming what fails on standard error.
 * @returns the exit code
 */
export async function run(job: Job): Promise<number> {
  const { source } = job.loaded
  // Only what is listed can be counted beforehand, and given to threads by number.
  const sequences = source.listed ? await lastValueFrom(job.sequences.pipe(toArray())) : undefined
  const watched = process.stderr.isTTY === true && !job.toTerminal
  const report = progress(sequences?.length, source.layout.clock.unit, watched)
  let failures = 0
  let vectors = 0
  const items = itemsOf(job, sequences, report).pipe(
    tap((item) => {
      if ('error' in item) {
        failures++
        report.error(failureLine(item))
        trace(item.error)
      } else {
        vectors++
      }
    }),
  )
  const something = defer(() => (vectors > 0 ? EMPTY : throwError(() => new Error('no input gave a vector'))))
  try {
    await lastValueFrom(concat(items, something).pipe(job.sink))
    return failures > 0 ? codes.someFailed : codes.well
  } catch (cause) {
    // The reader has what it wanted (`| head -1`).
    if ((cause as NodeJS.ErrnoException).code === 'EPIPE') return codes.well
    report.error(cause instanceof Error ? cause.message : String(cause))
    trace(cause)
    return codes.nothing
  } finally {
    report.stop()
  }
}

function itemsOf(job: Job, listed: Sequence[] | undefined, report: Listener): Observable<Vector | Failure> {
  if (job.concurrency > 1 && listed) return byWorkers(job.task, listed.length, job.concurrency, report)
  return (listed ? from(listed) : job.sequences).pipe(vectorsFrom(job.loaded.stages, report))
}

/** The stack, for who looks for a fault in poolwise. */
export function trace(error: unknown): void {
  if (process.env.POOLWISE_DEBUG === '1') console.error(error)
}

/** One line that names the input, once. */
export function failureLine({ id, error }: Failure): string {
  const message = error.message.split('\n', 1)[0]!
  return message.includes(id) ? message : `${id}: ${message}`
}
