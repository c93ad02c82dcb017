import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { writeWhole } from '../../files/output.ts'
import type { Table } from './wordTable.ts'

/** The file that a cached table was made from; another size or time means another table. */
export interface Origin {
  readonly path: string
  readonly size: number
  /** In milliseconds. */
  readonly modified: number
}

/** What stands before the matrix, as JSON after the mark and its own length in bytes. */
interface Header {
  readonly origin: Origin
  readonly dimensions: number
  readonly words: readonly string[]
}

const mark = 'poolwise vectors 1\n'
// The mark and the header's length, eight bytes little-endian.
const preface = mark.length + 8

/** Where caches go: POOLWISE_CACHE, else the user's cache folder. */
export function cacheFolder(): string {
  return process.env.POOLWISE_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'poolwise')
}

/** The table made from this file; undefined where there is none, it was made from another version of the file, or it is damaged. */
export async function readCache(folder: string, origin: Origin): Promise<Table | undefined> {
  let file: FileHandle | undefined
  try {
    file = await open(cacheFile(folder, origin))
    return await readTable(file, origin)
  } catch {
    // No file, or a header that is no JSON or lies about its length: what is damaged is made anew.
    return undefined
  } finally {
    await file?.close()
  }
}

async function readTable(file: FileHandle, origin: Origin): Promise<Table | undefined> {
  const { size } = await file.stat()
  const start = Buffer.alloc(preface)
  await fill(file, start, 0)
  const length = Number(start.readBigUInt64LE(mark.length))
  if (start.toString('latin1', 0, mark.length) !== mark || length > size) return undefined
  const bytes = Buffer.alloc(length)
  await fill(file, bytes, preface)
  const { origin: of, dimensions, words } = JSON.parse(bytes.toString('utf8')) as Header
  const same = of.path === origin.path && of.size === origin.size && of.modified === origin.modified
  const fits = dimensions > 0 && preface + length + words.length * dimensions * 4 === size
  if (!same || !fits || !words.every((word) => typeof word === 'string')) return undefined
  const matrix = new Float32Array(words.length * dimensions)
  await fill(file, new Uint8Array(matrix.buffer), preface + length)
  return { words, dimensions, matrix }
}

async function fill(file: FileHandle, into: Uint8Array, from: number): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await file.read(into, done, Math.min(into.length - done, 2 ** 30), from + done)
    if (bytesRead === 0) throw new RangeError('cache: the file ends early')
    done += bytesRead
  }
}

/** Writes a table, whole or not at all: a reader never sees half of it, nor does one after a crash. */
export async function writeCache(folder: string, origin: Origin, { words, dimensions, matrix }: Table): Promise<void> {
  await mkdir(folder, { recursive: true })
  const header = Buffer.from(JSON.stringify({ origin, dimensions, words } satisfies Header))
  const start = Buffer.alloc(preface, mark, 'latin1')
  start.writeBigUInt64LE(BigInt(header.length), mark.length)
  writeWhole('loadVectors', cacheFile(folder, origin), start, header, new Uint8Array(matrix.buffer, matrix.byteOffset, matrix.byteLength))
}

/** One file for each source, whatever its version, so that outdated ones do not pile up. */
function cacheFile(folder: string, { path }: Origin): string {
  return join(folder, `${basename(path)}-${createHash('sha256').update(path).digest('hex').slice(0, 16)}.vectors`)
}
