import { createReadStream, existsSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { glob, isDynamicPattern } from 'tinyglobby'
import { DataError, refusal } from '../core/check.ts'

/** Paths and glob patterns as a list. */
export function patternsOf(who: string, paths: string | readonly string[]): readonly string[] {
  const patterns = typeof paths === 'string' ? [paths] : paths
  if (Array.isArray(patterns) && patterns.length > 0 && patterns.every((path) => typeof path === 'string' && path !== '')) return patterns
  throw refusal(who, 'paths must be a path, a glob pattern or a list of them', paths)
}

/** The files that are meant, patterns resolved in alphabetical order, none twice. A file whose own name looks like a pattern is that file. */
export async function filesOf(who: string, patterns: readonly string[]): Promise<Set<string>> {
  const files = new Set<string>()
  for (const pattern of patterns) {
    if (!isDynamicPattern(pattern) || existsSync(pattern)) {
      files.add(pattern)
      continue
    }
    const found = await glob(pattern, { absolute: isAbsolute(pattern), expandDirectories: false })
    if (found.length === 0) throw new DataError(`${who}: expected files that match ${JSON.stringify(pattern)}, got none`)
    for (const file of found.sort()) files.add(file)
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
