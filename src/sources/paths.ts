import { createReadStream, existsSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { glob, isDynamicPattern } from 'tinyglobby'
import { DataError, refusal } from '../core/check.ts'
import type { Sequence } from '../streams/eachSequence.ts'
import { failed } from './failure.ts'

/** Paths and glob patterns as a list. */
export function patternsOf(who: string, paths: string | readonly string[]): readonly string[] {
  const patterns = typeof paths === 'string' ? [paths] : paths
  if (Array.isArray(patterns) && patterns.length > 0 && patterns.every((path) => typeof path === 'string' && path !== '')) return patterns
  throw refusal(who, 'paths must be a path, a glob pattern or a list of them', paths)
}

/** Sequences of the files that are meant; a pattern that matches nothing fails by itself, under its own name. */
export async function* sequencesOf(
  who: string,
  patterns: readonly string[],
  open: (path: string) => Iterable<Sequence> | AsyncIterable<Sequence>,
): AsyncGenerator<Sequence, void, undefined> {
  for (const [path, exists] of await resolved(patterns)) {
    if (exists) yield* open(path)
    else yield failed(path, new DataError(`${who}: expected files that match ${JSON.stringify(path)}, got none`, { sequence: path }))
  }
}

/** Patterns resolved in alphabetical order, no file twice; false for a pattern without files. A file whose own name looks like a pattern is that file. */
async function resolved(patterns: readonly string[]): Promise<Map<string, boolean>> {
  const files = new Map<string, boolean>()
  for (const pattern of patterns) {
    const one = !isDynamicPattern(pattern) || existsSync(pattern)
    const found = one ? [pattern] : await glob(pattern, { absolute: isAbsolute(pattern), expandDirectories: false })
    if (found.length === 0) files.set(pattern, false)
    for (const file of found.sort()) files.set(file, true)
  }
  return files
}

/** A file's bytes, read on demand. */
export async function* bytesOf(who: string, path: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* createReadStream(path) as AsyncIterable<Uint8Array>
  } catch (cause) {
    throw new DataError(`${who}: expected a file that can be read, got ${(cause as Error).message}`, { sequence: path, cause })
  }
}
