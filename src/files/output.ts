import { accessSync, closeSync, constants, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { show } from '../core/check.ts'
import { hiddenBeside, removeStale } from './hidden.ts'

/**
 * A file that appears whole or not at all: it is written under a hidden name beside its place, and `commit` moves it there.
 * Writes are synchronous, so a slow disk or pipe holds up whatever feeds it, and memory stays bounded.
 */
export interface OutputFile {
  write(text: string | Uint8Array): void
  /** Writes over what stands at a place. */
  rewrite(bytes: Uint8Array, position: number): void
  /** Everything on disk, under its own name. */
  commit(): void
  /** Leaves nothing behind; does nothing after `commit`. */
  discard(): void
}

/** The hidden files of this process, removed when it exits. A signal that kills without an exit (SIGKILL) leaves them to the next that writes there. */
const hidden = new Set<string>()

function removeHidden(): void {
  for (const path of hidden) rmSync(path, { force: true })
}

const bufferSize = 1 << 16

/**
 * Opens a file for writing, or standard output for '-'.
 * @throws Error, before anything is written, where the path cannot be written
 */
export function outputFile(who: string, path: string): OutputFile {
  return path === '-' ? standardOutput : hiddenFile(who, path)
}

/**
 * Writes a file whole or not at all, or to standard output for '-'.
 * @throws as `outputFile`
 */
export function writeWhole(who: string, path: string, ...parts: readonly Uint8Array[]): void {
  const file = outputFile(who, path)
  try {
    for (const part of parts) file.write(part)
    file.commit()
  } finally {
    file.discard()
  }
}

function hiddenFile(who: string, path: string): OutputFile {
  let place: Place
  let descriptor: number
  let temporary: string
  try {
    place = placeOf(path)
    removeStale(place.path)
    temporary = hiddenBeside(place.path)
    descriptor = openSync(temporary, 'wx', place.mode)
  } catch (cause) {
    throw new Error(`${who}: expected a path that can be written, got ${show(path)} (${messageOf(cause)})`, { cause })
  }
  if (hidden.size === 0) process.once('exit', removeHidden)
  hidden.add(temporary)
  let open = true
  let buffer = Buffer.allocUnsafe(bufferSize)
  let filled = 0
  let position = 0

  function flush(): void {
    writeFully(descriptor, buffer.subarray(0, filled), position)
    position += filled
    filled = 0
  }

  function close(): void {
    open = false
    buffer = Buffer.alloc(0)
    closeSync(descriptor)
    hidden.delete(temporary)
    if (hidden.size === 0) process.off('exit', removeHidden)
  }

  function add(bytes: Uint8Array): void {
    if (filled + bytes.length > bufferSize) flush()
    if (bytes.length > bufferSize) {
      writeFully(descriptor, bytes, position)
      position += bytes.length
    } else {
      buffer.set(bytes, filled)
      filled += bytes.length
    }
  }

  /** The system's messages do not say which file had no room. */
  function named(step: () => void): void {
    try {
      step()
    } catch (cause) {
      throw new Error(`${who}: expected to write ${show(path)}, got ${messageOf(cause)}`, { cause })
    }
  }

  return {
    write: (text) => named(() => add(typeof text === 'string' ? Buffer.from(text) : text)),
    rewrite: (bytes, at) =>
      named(() => {
        flush()
        writeFully(descriptor, bytes, at)
      }),
    commit() {
      named(() => {
        flush()
        fsyncSync(descriptor)
        renameSync(temporary, place.path)
      })
      close()
      syncFolder(dirname(place.path))
    },
    discard() {
      if (!open) return
      close()
      rmSync(temporary, { force: true })
    },
  }
}

interface Place {
  /** Where a link leads, so that the link stays one. */
  readonly path: string
  readonly mode: number
}

function placeOf(path: string): Place {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return { path, mode: 0o666 }
  // A move onto /dev/null or a named pipe would replace it.
  if (!found.isFile()) throw new Error('it is no regular file')
  accessSync(path, constants.W_OK)
  return { path: realpathSync(path), mode: found.mode & 0o777 }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

/** Names that were given or taken away in a folder survive a power cut from now on; Windows cannot open directories. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Each line leaves at once, for a reader that waits for it. */
export const standardOutput: OutputFile = {
  write(text) {
    try {
      writeFully(1, typeof text === 'string' ? Buffer.from(text) : text, null)
    } catch (cause) {
      // That its reader has gone is told apart by whoever writes.
      if ((cause as NodeJS.ErrnoException).code === 'EPIPE') throw cause
      throw new Error(`standard output: expected to write, got ${messageOf(cause)}`, { cause })
    }
  },
  rewrite() {
    throw new Error('standard output: expected a file that can be rewritten, got a stream')
  },
  commit() {},
  discard() {},
}

function writeFully(descriptor: number, bytes: Uint8Array, position: number | null): void {
  let written = 0
  while (written < bytes.length) {
    try {
      // Not more at once than a system takes.
      const count = Math.min(bytes.length - written, 2 ** 30)
      written += writeSync(descriptor, bytes, written, count, position === null ? null : position + written)
    } catch (error) {
      // A pipe that its other end has set to non-blocking is full: wait for its reader.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}
