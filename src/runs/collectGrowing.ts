import { stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Piece } from '../sources/piece.ts'
import { type Collected, type Collecting, checkOutside, collected, howOf, type Watch } from './collect.ts'
import { claim, cutOf, writeCut } from './runFolder.ts'
import { cut } from './shards.ts'

/** What is to be seen of a run that goes on. */
export interface GrowingWatch extends Watch {
  /** All that is there is in the collection. */
  waiting(): void
}

/** Milliseconds for which a file must have stayed as it is to be taken for whole. */
const still = 1000

/**
 * Pools inputs into a collection, and goes on as they grow, until it is stopped: files that are new or have changed are taken together once they have stayed the same for a second, and after each such
 * batch the collection is whole again. What is not there, as a pattern without files, is waited for. A file that is written over is pooled again once it rests.
 *
 * Shards are cut in the order in which files came, a batch's after those before: what is done stays, and its collection stands, while new ones are made. Of which pieces a shard is, is written before it
 * is made, so that whoever goes on cuts as before. A shard of which a file has changed or gone is made again in its place, without what has gone. `collect` cuts anew, by the names.
 *
 * @throws as `collect`
 */
export async function collectGrowing(job: Collecting, watch: GrowingWatch): Promise<Collected> {
  const { loaded, inputs, folder, size, stopped } = job
  const how = await howOf(job)
  const release = claim(folder)
  try {
    let last: Collected = { pieces: [], whole: undefined }
    let taken: Files | undefined
    let before: Files = await filesNow(job)
    for (;;) {
      await pause(still, undefined, { signal: stopped }).catch(() => {})
      if (stopped?.aborted) return last
      const now = await filesNow(job)
      const whole = new Map([...now].filter(([file, state]) => before.get(file) === state))
      before = now
      if (taken && alike(taken, whole)) continue
      const pieces = await loaded.source.pieces(inputs)
      const own = new Set(pieces.map(({ file }) => file))
      // A list that is being written may lack rows that it has.
      if ([...now.keys()].some((file) => !own.has(file) && !whole.has(file))) continue
      checkOutside(folder, [...whole.keys()])
      const moving = (file: string) => now.has(file) && !whole.has(file)
      last = await collected(
        job,
        grown(
          folder,
          pieces.filter(({ file }) => whole.has(file)),
          moving,
          size,
        ),
        how,
        true,
        watch,
      )
      if (!last.whole) return last
      taken = whole
      watch.waiting()
    }
  } finally {
    release()
  }
}

/** Files by their paths, each with its size and the time of its last change. */
type Files = ReadonlyMap<string, string>

async function filesNow({ loaded, inputs }: Collecting): Promise<Files> {
  const found = new Map<string, string>()
  for (const file of await loaded.source.files(inputs)) {
    const state = await stat(file, { bigint: true }).catch(() => undefined)
    if (state?.isFile()) found.set(file, `${state.size} ${state.mtimeNs}`)
  }
  return found
}

function alike(some: Files, others: Files): boolean {
  return some.size === others.size && [...some].every(([file, state]) => others.get(file) === state)
}

/** The shards that were cut before, without what has gone, and those of the pieces that are new. */
function grown(folder: string, pieces: readonly Piece[], moving: (file: string) => boolean, size: number): readonly (readonly Piece[])[] {
  const left = new Map(pieces.map((piece) => [JSON.stringify(piece), piece]))
  const known = cutOf(folder)
  // What is written over just now is not gone.
  const kept = known.map((shard) => shard.filter((piece) => left.delete(JSON.stringify(piece)) || moving(piece.file)))
  for (const [i, shard] of kept.entries()) if (shard.length < known[i]!.length) writeCut(folder, i, shard)
  const added = cut([...left.values()], size)
  for (const [i, shard] of added.entries()) writeCut(folder, known.length + i, shard)
  return [...kept, ...added]
}
