import { constants } from 'node:os'
import { catchError, defer, EMPTY, map, type Observable, tap, throwError } from 'rxjs'
import { endStandardInput } from '../files/standardInput.ts'
import type { Loaded } from '../pipeline/pipeline.ts'
import type { Sequence } from '../streams/eachSequence.ts'

/** Milliseconds within which a signal is the same one again: npx sends on to a program what the terminal has sent to both. */
const echo = 200

let stopping: AbortController | undefined
let stoppedAt = -Infinity

/** Whoever has not asked for the first signal is ended by it. By exit, so that half-written files are removed. */
export function listenForSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping && !stopping.signal.aborted) {
        stoppedAt = performance.now()
        stopping.abort()
      } else if (performance.now() - stoppedAt > echo) {
        process.exit(128 + constants.signals[signal])
      }
    })
  }
}

/** Asks for the first signal; the second one ends the process. */
export function firstSignal(): AbortSignal {
  stopping ??= new AbortController()
  return stopping.signal
}

/** Where standard input is read, the first signal is its end. */
export function endedBySignal(inputs: readonly string[]): void {
  if (inputs.includes('-')) firstSignal().addEventListener('abort', endStandardInput)
}

/** The sequences of inputs. That standard input ended in the midst of a sample, or before its header says, is no fault after a signal. */
export function opened({ source }: Loaded, inputs: readonly string[]): Observable<Sequence> {
  const sequences = source.open(inputs)
  return inputs.includes('-') ? sequences.pipe(map(({ frames, ...sequence }) => ({ ...sequence, frames: cutShort(frames) }))) : sequences
}

function cutShort<Block>(frames: Observable<Block>): Observable<Block> {
  return defer(() => {
    let begun = false
    return frames.pipe(
      tap(() => {
        begun = true
      }),
      catchError((error: unknown) => (begun && firstSignal().aborted ? EMPTY : throwError(() => error))),
    )
  })
}
