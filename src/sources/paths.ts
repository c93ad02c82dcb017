import { createReadStream, existsSync, statSync } from 'node:fs'
import { readdir, realpath } from 'node:fs/promises'
import { extname, isAbsolute } from 'node:path'
import { glob, isDynamicPattern } from 'tinyglobby'
import { DataError, listIn, refusal } from '../core/check.ts'
import { unreadable } from '../files/unreadable.ts'
import type { Sequence } from '../streams/eachSequence.ts'
import { failed } from './failure.ts'
import type { LineRange } from './piece.ts'

/** What is read of a folder, by the endings of names in small letters or large. A file that is named, or matches a pattern, is read whatever its name. */
export const endings = {
  sound: ['.wav', '.wave', '.mp3', '.flac', '.ogg', '.oga', '.opus', '.m4a', '.aac', '.aif', '.aiff', '.caf', '.amr', '.webm', '.w64'],
  raw: ['.raw', '.pcm', '.ul', '.al', '.sln'],
  text: ['.txt', '.text', '.md'],
  jsonl: ['.jsonl', '.ndjson'],
  csv: ['.csv', '.tsv'],
  manifest: ['.csv', '.tsv', '.jsonl', '.ndjson', '.parquet'],
} as const

/** Paths and glob patterns as a list. */
export function patternsOf(who: string, paths: string | readonly string[]): readonly string[] {
  const patterns = (typeof paths === 'string' ? [paths] : listIn(paths)) as string[] | undefined
  if (patterns?.length && patterns.every((path) => typeof path === 'string' && path !== '')) return patterns
  throw refusal(who, 'paths must be a path, a glob pattern or a list of them', paths)
}

/** Sequences of the files that are meant; a pattern or a folder without any fails by itself, under its own name. */
export async function* sequencesOf(
  who: string,
  patterns: readonly string[],
  kind: keyof typeof endings,
  open: (path: string) => Iterable<Sequence> | AsyncIterable<Sequence>,
): AsyncGenerator<Sequence, void, undefined> {
  for (const [path, none] of await filesMeant(who, patterns, kind)) {
    if (none) yield failed(path, none)
    else yield* open(path)
  }
}

/**
 * The files that are meant by paths, patterns and folders, each resolved in alphabetical order, no file twice; an error for a pattern or a folder without files.
 * A file whose own name looks like a pattern is that file. Folders are gone through, without what is hidden, for files of a kind.
 */
export async function filesMeant(
  who: string,
  patterns: readonly string[],
  kind: keyof typeof endings,
): Promise<Map<string, DataError | undefined>> {
  const files = new Map<string, DataError | undefined>()
  for (const path of patterns) {
    const folder = isFolder(path)
    const found = folder ? await filesIn(path, kind) : await matching(path)
    if (found.length === 0) {
      const wanted = folder ? `files ending in ${endings[kind].join(', ')} in the folder` : 'files that match'
      files.set(path, new DataError(`${who}: expected ${wanted} ${JSON.stringify(path)}, got none`, { sequence: path }))
    }
    for (const file of found.sort()) files.set(file, undefined)
  }
  return files
}

async function matching(pattern: string): Promise<string[]> {
  if (!isDynamicPattern(pattern) || existsSync(pattern)) return [pattern]
  return glob(pattern, { absolute: isAbsolute(pattern), expandDirectories: false })
}

/** Goes through a folder and those below it, also by links, but not in circles. */
async function filesIn(folder: string, kind: keyof typeof endings, above: readonly string[] = []): Promise<string[]> {
  // One that cannot be read fails as a file by its name would, and the others go on.
  const names = await readdir(folder).catch(() => undefined)
  if (!names) return [folder]
  const here = await realpath(folder)
  if (above.includes(here)) return []
  const wanted: readonly string[] = endings[kind]
  const found = names.map(async (name) => {
    const path = `${folder.replace(/[\\/]+$/, '')}/${name}`
    if (name.startsWith('.')) return []
    if (isFolder(path)) return filesIn(path, kind, [...above, here])
    return wanted.includes(extname(name).toLowerCase()) ? [path] : []
  })
  return (await Promise.all(found)).flat()
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** A file's bytes, or some of them, the last excluded, read on demand. */
export async function* bytesOf(
  who: string,
  path: string,
  range?: Pick<LineRange, 'from' | 'to'>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* createReadStream(path, range && { start: range.from, end: range.to - 1 }) as AsyncIterable<Uint8Array>
  } catch (cause) {
    throw new DataError(unreadable(who, path, cause as Error), { sequence: path, cause })
  }
}
