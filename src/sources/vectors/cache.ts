import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { writeWhole } from '../../files/output.ts'
import type { Table } from './wordTable.ts'

/** The file that a cached table was made from; another size or time means another table. */
export interface Origin {
  readonly path: string
  readonly size: number
  /** In milliseconds. */
  readonly modified: number
}

/** What stands before the matrix, as JSON. */
interface Header {
  readonly origin: Origin
  readonly dimensions: number
  readonly words: readonly string[]
}

const mark = 'poolwise vectors 2\n'
// The mark, the header's length, eight bytes little-endian, and the SHA-256 of header and matrix.
const lengthAt = mark.length
const sumAt = lengthAt + 8
const preface = sumAt + 32

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
    // No file, or one that ends early: what is damaged is made anew.
    return undefined
  } finally {
    await file?.close()
  }
}

async function readTable(file: FileHandle, origin: Origin): Promise<Table | undefined> {
  const { size } = await file.stat()
  const start = Buffer.alloc(preface)
  await fill(file, start, 0)
  const length = Number(start.readBigUInt64LE(lengthAt))
  if (start.toString('latin1', 0, mark.length) !== mark || length > size - preface || (size - preface - length) % 4 !== 0) return undefined
  const header = Buffer.alloc(length)
  const matrix = new Float32Array((size - preface - length) / 4)
  await fill(file, header, preface)
  await fill(file, new Uint8Array(matrix.buffer), preface + length)
  if (!sumOf(header, matrix).equals(start.subarray(sumAt))) return undefined
  const { origin: of, dimensions, words } = JSON.parse(header.toString('utf8')) as Header
  const same = of.path === origin.path && of.size === origin.size && of.modified === origin.modified
  return same ? { words, dimensions, matrix } : undefined
}

function sumOf(header: Uint8Array, matrix: Float32Array): Buffer {
  return createHash('sha256').update(header).update(matrix).digest()
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
  await makeFolder(folder)
  const header = Buffer.from(JSON.stringify({ origin, dimensions, words } satisfies Header))
  const start = Buffer.alloc(preface, mark, 'latin1')
  start.writeBigUInt64LE(BigInt(header.length), lengthAt)
  start.set(sumOf(header, matrix), sumAt)
  writeWhole('loadVectors', cacheFile(folder, origin), start, header, new Uint8Array(matrix.buffer, matrix.byteOffset, matrix.byteLength))
}

/** A folder, and those above it. Node's own way never returns where a system says that a folder cannot be made in one that is there, as Linux does of /proc. */
async function makeFolder(path: string): Promise<void> {
  const none = await missing(path)
  if (!none) return
  if (dirname(path) !== path) await makeFolder(dirname(path))
  if (await missing(path)) throw none
}

/** Makes a folder, unless it is there; gives the error where there is none to make it in. */
async function missing(path: string): Promise<Error | undefined> {
  try {
    await mkdir(path)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return cause as Error
    if (code !== 'EEXIST') throw cause
  }
  return undefined
}

/** One file for each source, whatever its version, so that outdated ones do not pile up. */
function cacheFile(folder: string, { path }: Origin): string {
  return join(folder, `${basename(path)}-${createHash('sha256').update(path).digest('hex').slice(0, 16)}.vectors`)
}
