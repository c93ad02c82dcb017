import { setTimeout as pause } from 'node:timers/promises'
import { concat, defer, EMPTY, lastValueFrom, map, type Observable, tap, throwError } from 'rxjs'
import type { Frames } from '../core/frames.ts'
import { hearNotes } from '../core/notes.ts'
import { writeWhole } from '../files/output.ts'
import { pooledStretch } from '../pipeline/cutting.ts'
import type { Loaded } from '../pipeline/pipeline.ts'
import { sinkFrom } from '../pipeline/sinks.ts'
import type { Source } from '../pipeline/sources.ts'
import { type Listener, vectorsFrom } from '../pipeline/vectorsFrom.ts'
import { framesFrom } from '../sources/audio/plainSamples.ts'
import type { Piece } from '../sources/piece.ts'
import type { Failure, Sequence } from '../streams/eachSequence.ts'
import type { Vector } from '../streams/toVectors.ts'
import { recordOf } from './runFolder.ts'
import type { Item, Mapped, Task, Told } from './taskEngine.ts'

/** Milliseconds before a task is tried again because the system refused something for want of what others may give back. */
const patience = [200, 2000]

/**
 * Pools the pieces of a task, and writes them where it has a part: first the vectors, then the record that says so, each whole or not at all. So one that is ended at any instant is either done or to be done again.
 *
 * What the system refuses for a while (too many open files, no memory, a disk that does not answer) is tried twice more; that a file is damaged or missing is told at once.
 *
 * @throws (by rejection) Error where the vectors cannot be written, or a stretch of a recording cannot be pooled
 */
export async function mapTask(loaded: Loaded, task: Task): Promise<Mapped> {
  if (task.stretch) return mapStretch(loaded, task.pieces[0]!, task.stretch)
  for (const time of patience) {
    const mapped = await attempt(loaded, task, false)
    if (mapped) return mapped
    await pause(time)
  }
  return (await attempt(loaded, task, true))!
}

async function mapStretch({ stages }: Loaded, { file }: Piece, stretch: NonNullable<Task['stretch']>): Promise<Mapped> {
  const notes: string[] = []
  const before = hearNotes((text) => void notes.push(text))
  try {
    const state = await pooledStretch(stages, stretch, framesFrom(file, stretch.samples, stretch.sample))
    return { vectors: 0, failures: [], items: [], names: [], notes, heard: 0, state }
  } finally {
    hearNotes(before)
  }
}

/** Tells that what was written is to be left, since another attempt may give more. */
class Again extends Error {}

/** One attempt; nothing where another may give more, if it is not the last. */
async function attempt({ source, stages }: Loaded, { pieces, part }: Task, last: boolean): Promise<Mapped | undefined> {
  const notes: string[] = []
  const note = (text: string) => void notes.push(text)
  const failures: Told[] = []
  const items: Item[] = []
  let names: readonly string[] = []
  let [vectors, heard, again] = [0, 0, false]
  const failed = ({ id, error }: Failure): Told => {
    again ||= !last && hasCode(error, forAWhile)
    const told: Told = { id, error: error.message, ...(hasCode(error, /^E[A-Z]/) && { passing: true }) }
    failures.push(told)
    return told
  }
  const listener: Listener = {
    heard(time) {
      heard += time
    },
    note,
    done() {},
  }
  const all: Observable<Vector | Failure> = concat(
    sequencesOf(source, pieces).pipe(
      vectorsFrom(stages, listener),
      tap((item) => {
        if ('error' in item) {
          const told = failed(item)
          if (!part) items.push(told)
        } else {
          vectors++
          if (part) return
          const { names: own, ...vector } = item
          names = own
          items.push(vector)
        }
      }),
    ),
    defer(() => (again ? throwError(() => new Again()) : EMPTY)),
  )
  const refused = (failure: Failure) => {
    vectors--
    failed(failure)
  }
  const before = hearNotes(note)
  try {
    const done: Observable<unknown> = part ? sinkFrom(part.sink, part.origin)(all, refused) : all
    await lastValueFrom(done, { defaultValue: undefined })
  } catch (cause) {
    if (cause instanceof Again) return undefined
    throw cause
  } finally {
    hearNotes(before)
  }
  const mapped = { vectors, failures, items, names, notes, heard }
  if (part) writeWhole('run', part.record, recordOf(part, pieces.length, mapped))
  return mapped
}

/** What the pieces give; of what is pooled already, nothing is read. A shard of which all has gone has none. */
function sequencesOf(source: Source, pieces: readonly Piece[]): Observable<Sequence & { pooled?: Frames }> {
  if (!pieces.some(({ pooled }) => pooled)) return pieces.length > 0 ? source.openPieces(pieces) : EMPTY
  return concat(
    ...pieces.map((piece) =>
      source.openPieces([piece]).pipe(map((sequence) => (piece.pooled ? { ...sequence, pooled: piece.pooled } : sequence))),
    ),
  )
}

const forAWhile = /^(EAGAIN|EBUSY|EINTR|EIO|EMFILE|ENFILE|ENOBUFS|ENOMEM|ESTALE|ETIMEDOUT)$/

/** Whether an error, or what caused it, is one of the system's with such a code. */
function hasCode(error: unknown, code: RegExp): boolean {
  if (!(error instanceof Error)) return false
  const { code: own, errno } = error as NodeJS.ErrnoException
  return (errno !== undefined && own !== undefined && code.test(own)) || hasCode(error.cause, code)
}
