import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { show } from '../core/check.ts'
import { hiddenBeside, removeStale } from '../files/hidden.ts'
import { syncFolder, writeWhole } from '../files/output.ts'
import { type SinkName, type SinkSpec, sinkFrom } from '../pipeline/sinks.ts'
import type { Origin } from '../sinks/tableSink.ts'
import type { Piece } from '../sources/piece.ts'
import type { Mapped, Part, Told } from './taskEngine.ts'

// A collection is a folder:
//   part-000000.npy …   the vectors of a shard, in the order of the inputs, and what their format has beside them
//   collection.json     what it is; it is there when, and only when, the collection is whole, or was and grows
//   failures.jsonl      the inputs that gave nothing, or nothing more, and why; where there are any
//   report.html         a page about it, written once it is whole
//   .run/               plan.json, how many shards there are; 000000.json …, a record for each that is done;
//                       000000.pieces.json …, of which pieces each is, where inputs are watched;
//                       while a queue is worked on, a folder for each shard that is being made
// Nothing in it tells times or threads: it has the same bytes however often the run was ended.

/** The page about a collection, in its folder. */
export const reportName = 'report.html'

/** What is to be done, for who looks on. */
export interface RunPlan {
  readonly shards: number
  readonly pieces: number
}

/** That a shard is done, and how. */
export interface ShardRecord {
  readonly hash: string
  readonly pieces: number
  readonly vectors: number
  readonly failures: readonly Told[]
  /** The files of its part by their names, and how many bytes each has. */
  readonly files: { readonly [name: string]: number }
}

/** What is said of a whole collection. */
export interface About extends Origin {
  readonly version: string
}

/** How parts are written: a sink without its path. */
export type Manner = { readonly sink: SinkName } & { readonly [option: string]: unknown }

/** The part of a shard; `how` is all of its sink but the path. */
export function partOf(folder: string, index: number, hash: string, how: Manner, origin: Origin): Part {
  const path = join(folder, `part-${padded(index)}.${how.sink}`)
  return { sink: { ...how, path } as SinkSpec, origin, record: recordPath(folder, index), hash }
}

/** The record of a part that has been written. */
export function recordOf({ sink, hash }: Part, pieces: number, { vectors, failures }: Pick<Mapped, 'vectors' | 'failures'>): Uint8Array {
  const files = Object.fromEntries(sinkFrom(sink).files.map((path) => [basename(path), statSync(path).size]))
  return json({ hash, pieces, vectors, failures, files } satisfies ShardRecord)
}

/** The record of a shard, if it is done: if the files of its part are there as it says. */
export function doneRecord(folder: string, index: number): ShardRecord | undefined {
  const record = parsed<ShardRecord>(recordPath(folder, index))
  return record && isThere(record, folder) ? record : undefined
}

function isThere({ files }: ShardRecord, folder: string): boolean {
  return Object.entries(files).every(([name, size]) => sizeOf(join(folder, name)) === size)
}

/**
 * The same part as it is made by who may lose the right to make it: in a folder of its own, named by what it is made of, from which only {@link adopt} moves it.
 * So who was frozen, and goes on when the collection is made of something else by now, writes where nobody looks, or into a folder that is gone.
 */
export function stagedPart({ sink, record, hash, origin }: Part): Part {
  const stage = join(dirname(record), `${basename(record, '.json')}-${hash.slice(0, 16)}`)
  const path = join(stage, basename((sink as { readonly path: string }).path))
  return { sink: { ...sink, path } as SinkSpec, record: join(stage, basename(record)), hash, origin }
}

/** Makes the folder in which {@link stagedPart} is made, and gives its name. */
export function stage(part: Part): string {
  const folder = dirname(stagedPart(part).record)
  mkdirSync(folder, { recursive: true })
  return basename(folder)
}

/**
 * Moves a part that was made in its stage into the collection, the record last, and removes the stage.
 * @returns its record; nothing where it is not there whole
 */
export function adopt(part: Part): ShardRecord | undefined {
  const staged = stagedPart(part)
  const [from, to] = [dirname(staged.record), dirname((part.sink as { readonly path: string }).path)]
  const record = parsed<ShardRecord>(staged.record)
  if (record?.hash !== part.hash || !isThere(record, from)) return undefined
  for (const name of Object.keys(record.files)) renameSync(join(from, name), join(to, name))
  syncFolder(to)
  renameSync(staged.record, part.record)
  syncFolder(dirname(part.record))
  removeStage(from)
  return record
}

/** Somebody may still write into it, which fails from now on. */
function removeStage(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
}

export function planOf(folder: string): RunPlan | undefined {
  return parsed<RunPlan>(join(folder, '.run', 'plan.json'))
}

/** When a shard was done, or without one when the last run began, in milliseconds: by the clock of the folder's files, as nothing in them tells times. */
export function timeOf(folder: string, index?: number): number {
  const path = index === undefined ? join(folder, '.run', 'plan.json') : recordPath(folder, index)
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? NaN
}

/** Whether all is done, and has been said to be so. */
export function isWhole(folder: string): boolean {
  return existsSync(join(folder, 'collection.json'))
}

/**
 * Makes the folder a run's own until the process ends or lets it go.
 * @throws TypeError for one that holds something else; Error where it cannot be written, or another run is at work in it
 */
export function claim(folder: string): () => void {
  const place = join(folder, '.run', 'lock')
  let own: string
  try {
    // What is removed here, and written over, must be a run's.
    const other = existsSync(folder) && !existsSync(join(folder, '.run')) && readdirSync(folder)[0]
    if (other) throw new TypeError(`--out: expected an empty folder, or one that a run has begun, got ${show(folder)} with ${show(other)}`)
    mkdirSync(join(folder, '.run'), { recursive: true })
    own = hiddenBeside(place)
    writeFileSync(own, '', { flag: 'wx' })
  } catch (cause) {
    if (cause instanceof TypeError) throw cause
    throw new Error(`run: expected a folder that can be written, got ${show(folder)} (${(cause as Error).message})`, { cause })
  }
  const release = () => rmSync(own, { force: true })
  process.once('exit', release)
  removeStale(place)
  // Each has made its own before it looks, so of two that begin at once both may see the other, but never neither.
  const other = locksIn(folder).find((path) => path !== own)
  if (other === undefined) return release
  release()
  throw new Error(`run: expected a folder of its own, got ${show(folder)}, in which another run is at work; if it is none, remove ${other}`)
}

/** Whether a run is at work in a folder. */
export function isClaimed(folder: string): boolean {
  removeStale(join(folder, '.run', 'lock'))
  return locksIn(folder).length > 0
}

function locksIn(folder: string): string[] {
  const all = readdirSync(join(folder, '.run')).filter((name) => name.startsWith('.lock.'))
  return all.map((name) => join(folder, '.run', name))
}

/** Of which pieces the shards of a collection are that grows, as far as they have been cut. */
export function cutOf(folder: string): Piece[][] {
  const shards: Piece[][] = []
  for (;;) {
    const pieces = parsed<Piece[]>(cutPath(folder, shards.length))
    if (!pieces) return shards
    shards.push(pieces)
  }
}

/** Says of which pieces a shard is, for whoever goes on. */
export function writeCut(folder: string, index: number, pieces: readonly Piece[]): void {
  writeWhole('run', cutPath(folder, index), json(pieces))
}

function cutPath(folder: string, index: number): string {
  return join(folder, '.run', `${padded(index)}.pieces.json`)
}

/**
 * Prepares a folder: what is not among these hashes is forgotten, before anything is written in its place.
 *
 * @param grows whether a collection that is there stays while nothing of it is made again; else shards are cut by the inputs alone
 * @returns which shards are to be done
 */
export function prepare(folder: string, hashes: readonly string[], pieces: number, grows: boolean): number[] {
  const todo: number[] = []
  hashes.forEach((hash, i) => {
    const record = doneRecord(folder, i)
    // What the system refused may be readable by now.
    if (record?.hash !== hash || record.failures.some(({ passing }) => passing)) todo.push(i)
  })
  const before = grows ? (parsed<{ readonly parts: readonly unknown[] }>(join(folder, 'collection.json'))?.parts.length ?? 0) : Infinity
  const left = readdirSync(join(folder, '.run')).filter((name) => {
    const [, index = -1, cut] = /^(\d+)(\.pieces)?\.json$/.exec(name) ?? []
    return Number(index) >= (cut && !grows ? 0 : hashes.length)
  })
  const inWay = [...todo.map((i) => recordPath(folder, i)), ...left.map((name) => join(folder, '.run', name))]
  if (inWay.length > 0) inWay.push(join(folder, reportName))
  if (left.length > 0 || todo.some((i) => i < before)) inWay.push(join(folder, 'collection.json'), join(folder, 'failures.jsonl'))
  for (const path of inWay) rmSync(path, { force: true })
  // Before a part is another one, its record is gone for good.
  syncFolder(join(folder, '.run'))
  syncFolder(folder)
  writeWhole('run', join(folder, '.run', 'plan.json'), json({ shards: hashes.length, pieces } satisfies RunPlan))
  return todo
}

/**
 * Makes a collection of parts, all of which must be done: what failed in one list, no file that is no shard's, and at last the file that says that it is whole.
 * @throws Error where one is missing
 */
export function commit(folder: string, shards: number, { version, ...origin }: About): { vectors: number; failures: number } {
  const records = Array.from({ length: shards }, (_, i) => {
    const record = doneRecord(folder, i)
    if (!record)
      throw new Error(`run: expected shard ${i} in ${show(folder)}, got none: it was removed meanwhile; the same command makes it again`)
    return record
  })
  const parts = new Set(records.flatMap(({ files }) => Object.keys(files)))
  for (const name of readdirSync(join(folder, '.run'))) if (/^\d+-[\da-f]+$/.test(name)) removeStage(join(folder, '.run', name))
  for (const name of readdirSync(folder)) if (/^part-\d+\./.test(name) && !parts.has(name)) rmSync(join(folder, name))
  const failures = records.flatMap((record) => record.failures)
  const path = join(folder, 'failures.jsonl')
  if (failures.length > 0)
    writeWhole('run', path, Buffer.from(failures.map(({ id, error }) => `${JSON.stringify({ id, error })}\n`).join('')))
  else rmSync(path, { force: true })
  const vectors = records.reduce((sum, record) => sum + record.vectors, 0)
  const about = {
    poolwise: version,
    vectors,
    failures: failures.length,
    parts: records.map(({ vectors, files }) => ({ vectors, files })),
    ...origin,
  }
  writeWhole('run', join(folder, 'collection.json'), json(about))
  return { vectors, failures: failures.length }
}

function padded(index: number): string {
  return String(index).padStart(6, '0')
}

function recordPath(folder: string, index: number): string {
  return join(folder, '.run', `${padded(index)}.json`)
}

function json(value: object): Uint8Array {
  return Buffer.from(`${JSON.stringify(value)}\n`)
}

/** What a file of JSON says; nothing where there is none. */
function parsed<Value>(path: string): Value | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Value
  } catch {
    return undefined
  }
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size
}
