import { realpathSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { show } from '../core/check.ts'
import { originOf } from '../pipeline/origin.ts'
import type { Loaded } from '../pipeline/pipeline.ts'
import type { Piece } from '../sources/piece.ts'
import { claim, commit, type Manner, partOf, prepare } from './runFolder.ts'
import { cut, hashOf, stateOf } from './shards.ts'
import { type Engine, type Mapped, merged, type Setup } from './taskEngine.ts'

export interface Collecting {
  readonly loaded: Loaded
  readonly setup: Setup
  readonly inputs: readonly string[]
  /** Where the collection is made, or was begun. */
  readonly folder: string
  readonly manner: Manner
  /** Pieces in a shard. */
  readonly size: number
  readonly engine: Engine
  /** Of poolwise. */
  readonly version: string
  /** After which no shard is begun. */
  readonly stopped?: AbortSignal
}

/** What is to be seen of a run. */
export interface Watch {
  /** What there is to do, in pieces, and how many of those there are were done before. */
  planned(pieces: number, before: number): void
  mapped(pieces: number, mapped: Mapped): void
}

export interface Collected {
  /** What the inputs were cut into. */
  readonly pieces: readonly Piece[]
  /** Undefined where the run was stopped before its end. */
  readonly whole: { readonly vectors: number; readonly failures: number } | undefined
}

/**
 * Pools inputs into a collection, a folder of parts, shard by shard. Ended at any instant and begun again with the same inputs, it keeps the shards that are done, and the folder becomes what it would have been.
 * A shard is made anew where the pipeline, poolwise, its files or what comes before them has changed.
 *
 * @throws (by rejection) TypeError, before anything is written, for inputs that lie in the folder; Error where the folder cannot be written, or another run is at work in it
 */
export async function collect(job: Collecting, watch: Watch): Promise<Collected> {
  const pieces = await job.loaded.source.pieces(job.inputs)
  checkOutside(
    job.folder,
    pieces.map(({ file }) => file),
  )
  const release = claim(job.folder)
  try {
    return await collected(job, cut(pieces, job.size), await howOf(job), false, watch)
  } finally {
    release()
  }
}

/** How shards are pooled and written, for their hashes. */
export async function howOf({ version, setup, loaded, manner }: Collecting): Promise<string> {
  return JSON.stringify([version, setup, await Promise.all(loaded.files.map(stateOf)), manner])
}

/** Makes what is not done of the shards of a folder that is claimed, and a collection of all. */
export async function collected(
  { setup, folder, manner, engine, version, stopped }: Collecting,
  shards: readonly (readonly Piece[])[],
  how: string,
  grows: boolean,
  watch: Watch,
): Promise<Collected> {
  const count = (some: readonly (readonly Piece[])[]) => some.reduce((sum, pieces) => sum + pieces.length, 0)
  const hashes: string[] = []
  for (const shard of shards) hashes.push(await hashOf(how, shard))
  const origin = originOf(setup.definition, setup.base, join(folder, 'collection.json'))
  const todo = prepare(folder, hashes, count(shards), grows)
  const left = count(todo.map((i) => shards[i]!))
  watch.planned(left, count(shards) - left)
  const tasks = todo.map((i) => ({ pieces: shards[i]!, part: partOf(folder, i, hashes[i]!, manner, origin) }))
  let done = 0
  for await (const mapped of merged(engine, tasks, stopped)) watch.mapped(tasks[done++]!.pieces.length, mapped)
  const whole = done === tasks.length ? commit(folder, shards.length, { version, ...origin }) : undefined
  return { pieces: shards.flat(), whole }
}

/** Refuses inputs that are in the folder, where they would be taken for parts, or parts for them. */
export function checkOutside(folder: string, files: readonly string[]): void {
  const inside = `${real(folder)}${sep}`
  const file = files.find((path) => real(path).startsWith(inside))
  if (file !== undefined) throw new TypeError(`--out: expected a folder without inputs, got ${show(folder)}, in which is ${show(file)}`)
}

function real(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}
