import { type BigIntStats, fstatSync, realpathSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { show } from '../core/check.ts'

/**
 * Refuses to write to what is read. Files are told by what is on the disk, not by their names: links, paths in other words, and letters of either case lead to one file.
 *
 * @param inputs paths; '-' is standard input
 * @param outputs paths; '-' is standard output
 * @throws TypeError that names both
 */
export function checkApart(inputs: readonly string[], outputs: readonly string[]): void {
  const read = new Map(inputs.map((path) => [identity(path, 0), path]))
  read.delete(undefined)
  for (const path of outputs) {
    const same = read.get(identity(path, 1))
    if (same === undefined) continue
    const other = same === path ? '' : `, which is ${same === '-' ? 'standard input' : show(same)}`
    throw new TypeError(`--out: expected another file than the inputs, got ${path === '-' ? 'standard output' : show(path)}${other}`)
  }
  // A matrix and its ids, one linked to the other.
  if (new Set(outputs.map((path) => identity(path, 1) ?? path)).size < outputs.length)
    throw new TypeError(`--out: expected files of their own, got one file for ${outputs.map(show).join(' and ')}`)
}

/** Nothing for what is no regular file: a terminal or /dev/null may well be both. */
function identity(path: string, descriptor: number): string | undefined {
  const found = statOf(path, descriptor)
  if (!found) return resolve(path)
  if (!found.isFile()) return undefined
  // Not every file system has numbers for its files.
  return found.ino > 0n || path === '-' ? `${found.dev}:${found.ino}` : realpathSync(path)
}

function statOf(path: string, descriptor: number): BigIntStats | undefined {
  try {
    return path === '-' ? fstatSync(descriptor, { bigint: true }) : statSync(path, { bigint: true })
  } catch {
    // It is not there, or cannot be looked at.
    return undefined
  }
}
