import {
  concat,
  concatMap,
  defer,
  EMPTY,
  from,
  fromEvent,
  lastValueFrom,
  NEVER,
  type Observable,
  takeUntil,
  tap,
  throwError,
  toArray,
} from 'rxjs'
import { hearNotes, once } from '../core/notes.ts'
import type { Loaded } from '../pipeline/pipeline.ts'
import { type Listener, vectorsFrom } from '../pipeline/vectorsFrom.ts'
import { type Engine, merged } from '../runs/taskEngine.ts'
import type { Sink } from '../sinks/sink.ts'
import type { Piece } from '../sources/piece.ts'
import type { Failure, Sequence } from '../streams/eachSequence.ts'
import type { Vector } from '../streams/toVectors.ts'
import { progress } from './bar.ts'

/** How a run ended; `--help` says the same. */
export const codes = { well: 0, someFailed: 1, usage: 2, nothing: 3, stopped: 4 } as const

export interface Job {
  readonly loaded: Loaded
  readonly sequences: Observable<Sequence>
  readonly sink: Sink
  /** Whether vectors go to the terminal, where a bar would stand between them. */
  readonly toTerminal: boolean
  readonly inputs: readonly string[]
  /** What maps the pieces of the inputs; they are read one after the other, as they come, where there is none. */
  readonly engine: Engine | undefined
  /** After which nothing more is begun; undefined for standard input, which ends. */
  readonly stopped: AbortSignal | undefined
}

/**
 * Runs a pipeline into its sink, naming what fails on standard error.
 * @returns the exit code
 */
export async function run(job: Job): Promise<number> {
  const { source } = job.loaded
  const pieces = job.engine && (await source.pieces(job.inputs))
  // Only what is listed can be counted beforehand.
  const sequences = !pieces && source.listed(job.inputs) ? await lastValueFrom(job.sequences.pipe(toArray())) : undefined
  const watched = process.stderr.isTTY === true && !job.toTerminal
  const report = progress((pieces ?? sequences)?.length, source.layout.clock.unit, watched)
  let failures = 0
  let vectors = 0
  const failed = (failure: Failure) => {
    failures++
    report.error(failureLine(failure))
    trace(failure.error)
  }
  const refused = (failure: Failure) => {
    vectors--
    failed(failure)
  }
  const note = once(report.note)
  const before = hearNotes(note)
  const items = itemsOf(job, pieces, sequences, { ...report, note }).pipe(
    tap((item) => {
      if ('error' in item) failed(item)
      else vectors++
    }),
  )
  const stopping = () => report.note('stopping when the input that is being read is done; told so again, no file is left')
  job.stopped?.addEventListener('abort', stopping)
  const something = defer(() => (vectors > 0 ? EMPTY : throwError(() => new Error('no input gave a vector'))))
  try {
    await lastValueFrom(job.sink(concat(items, something), refused))
    if (job.stopped?.aborted) return codes.stopped
    return failures > 0 ? codes.someFailed : codes.well
  } catch (cause) {
    // The reader has what it wanted (`| head -1`).
    if ((cause as NodeJS.ErrnoException).code === 'EPIPE') return codes.well
    report.error(cause instanceof Error ? cause.message : String(cause))
    trace(cause)
    return codes.nothing
  } finally {
    job.stopped?.removeEventListener('abort', stopping)
    report.stop()
    await job.engine?.close()
    hearNotes(before)
  }
}

function itemsOf(
  job: Job,
  pieces: readonly Piece[] | undefined,
  listed: Sequence[] | undefined,
  report: Listener,
): Observable<Vector | Failure> {
  const { engine, stopped } = job
  if (engine && pieces) return mappedBy(engine, pieces, report, stopped)
  const listener: Listener = { ...report, ...(stopped && { stopped }) }
  const stop = stopped ? fromEvent(stopped, 'abort') : NEVER
  return (listed ? from(listed) : job.sequences).pipe(takeUntil(stop), vectorsFrom(job.loaded.stages, listener))
}

/** What an engine makes of pieces, one a task, in their order. */
function mappedBy(
  engine: Engine,
  pieces: readonly Piece[],
  { heard, note, done }: Listener,
  stopped: AbortSignal | undefined,
): Observable<Vector | Failure> {
  const tasks = pieces.map((piece) => ({ pieces: [piece] }))
  return from(merged(engine, tasks, stopped)).pipe(
    concatMap((mapped) => {
      heard(mapped.heard)
      const items = mapped.items.map((item) =>
        'error' in item ? { id: item.id, error: new Error(item.error) } : { ...item, names: mapped.names },
      )
      const after = defer(() => {
        mapped.notes.forEach(note)
        done()
        return EMPTY
      })
      return concat(items, after)
    }),
  )
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
