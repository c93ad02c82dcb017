import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, extname, join, resolve } from 'node:path'
import { parse } from 'csv-parse/sync'
import { DataError, didYouMean, refusal, show, tried } from '../../core/check.ts'
import { readArk } from '../../files/ark.ts'
import { collectionKeys } from '../../files/collectionKeys.ts'
import { jsonText } from '../../files/jsonText.ts'
import { lines } from '../../files/lines.ts'
import { readNpy } from '../../files/npy.ts'
import { openParquet, type ParquetFile, type RowGroup } from '../../files/parquet.ts'
import { type ArrowTable, readArrow } from '../../files/readArrow.ts'
import { unreadable } from '../../files/unreadable.ts'
import { withoutPassword } from '../../files/withoutPassword.ts'
import { isStore } from '../../sinks/stores/storeAddress.ts'
import { bytesOf } from '../paths.ts'
import { membersOf } from '../tables/members.ts'
import { type About, type Collection, collectionOf, Gathered, type Row } from './collection.ts'
import { storedVectors } from './storedVectors.ts'

const who = 'openVectors'

/**
 * Reads a collection of vectors into memory: a file that poolwise wrote as .parquet, .arrows, .npy (with its .ids.jsonl, where that is there), .ark, .jsonl or .csv, a
 * folder of such parts, or a table of a database, by the address that {@link toStore} takes, in the order of ids and starts.
 *
 * A Parquet file, a stream of Arrow, a folder and a table say by which pipeline its vectors were made, and what their values are called; the others do not, but CSV with a column a value, which names them: its values are all
 * last columns that hold nothing but numbers.
 *
 * @throws (by rejection) TypeError for another ending; DataError for a file that cannot be read or holds no vectors of one length
 * @example
 * const words = await openVectors('words.parquet')
 * words.nearest(words.vector(0), 10) // [{ row: { id: 'words/bat-v1.wav', … }, index: 0, cosine: 1 }, …]
 */
export async function openVectors(path: string): Promise<Collection> {
  if (typeof path !== 'string' || path === '')
    throw refusal(who, 'path must be the path of a file or a folder, or the address of a table', path)
  if (isStore(path)) return storedVectors(who, path)
  if (tried(path, statSync)?.isDirectory()) return inFolder(path)
  const ending = extname(path).toLowerCase()
  const read = Object.hasOwn(readers, ending) ? readers[ending as keyof typeof readers] : undefined
  const endings = Object.keys(readers)
  if (!read)
    throw new TypeError(
      `${who}: expected a file that ends in ${endings.join(', ')}, got ${show(withoutPassword(path))}${didYouMean(ending, endings)}`,
    )
  return read(path)
}

const readers = { '.parquet': inParquet, '.arrows': inArrow, '.npy': inNpy, '.jsonl': inLines, '.csv': inTable, '.ark': inArk } as const

const own = ['id', 'label', 'start', 'end', 'weight', 'coverage', 'vector']

/** A row of what a file has of it, each as JSON text; what is missing is that of a whole of unknown length. */
function rowOf(place: string, members: ReadonlyMap<string, string>): Row {
  const given = (name: string) => JSON.parse(members.get(name) ?? 'null') as unknown
  const number = (name: string, missing: number) => {
    const value = given(name) ?? missing
    if (typeof value !== 'number') throw new DataError(`${who}: ${place}: expected a number as ${name}, got ${show(value)}`)
    return value
  }
  const label = given('label')
  return {
    id: String(given('id') ?? place),
    ...(label !== null && { label: String(label) }),
    start: number('start', 0),
    end: number('end', 0),
    weight: number('weight', 1),
    ...(given('coverage') !== null && { coverage: number('coverage', 1) }),
    fields: new Map([...members].filter(([name]) => !own.includes(name))),
  }
}

/** Refuses what is no vector. */
function valuesOf(place: string, value: unknown): ArrayLike<number> {
  const values = value as readonly unknown[] | null
  if (typeof values === 'object' && typeof values?.length === 'number' && Array.prototype.every.call(values, (x) => typeof x === 'number'))
    return values as ArrayLike<number>
  throw new DataError(`${who}: ${place}: expected a list of numbers as vector, got ${show(value)}`)
}

/** What `collection.json` of a folder says, as far as it is read here. */
interface Whole {
  readonly poolwise: unknown
  readonly pipeline?: unknown
  readonly base?: string
  readonly parts: readonly { readonly files: object }[]
}

/** A folder of parts as one collection. */
async function inFolder(folder: string): Promise<Collection> {
  const gathered = new Gathered()
  const { files, about } = await wholeIn(folder)
  let names: readonly string[] | undefined
  for (const file of files) {
    const part = await openVectors(join(folder, file))
    names ??= part.names
    for (const [i, row] of part.rows.entries()) gathered.add(who, file, row, part.vector(i))
  }
  return gathered.collection({ ...about, ...(names && { names }) })
}

/**
 * The parts of a folder in their order, one by one, for who need not have all of it in memory.
 * @throws (by rejection) as {@link openVectors}
 */
export async function* partsOf(folder: string): AsyncGenerator<Collection, void, undefined> {
  const { files, about } = await wholeIn(folder)
  for (const file of files) yield { ...(await openVectors(join(folder, file))), ...about }
}

/** The parts of a run, in their order, once it is whole. */
async function wholeIn(folder: string): Promise<{ readonly files: readonly string[]; readonly about: About }> {
  const path = join(folder, 'collection.json')
  if (!existsSync(path))
    throw new DataError(`${who}: expected a folder with ${basename(path)}, which is there when a run is whole, got ${show(folder)}`)
  const told = tried(Buffer.from(await wholeFile(path)).toString(), (text) => {
    const { parts, pipeline, base, poolwise } = JSON.parse(text) as Whole
    const files = parts.map((part) => Object.keys(part.files).find((name) => extname(name) in readers && !name.endsWith('.ids.jsonl'))!)
    if (files.some((name) => basename(name) !== name)) return undefined
    // From where the folder is, as a file's is from its folder.
    const from = base === undefined ? {} : { base: join(basename(resolve(folder)), base) }
    return { files, about: { ...(pipeline !== undefined && { pipeline }), ...from, version: String(poolwise) } }
  })
  if (!told) throw new DataError(`${who}: expected ${path} to list the parts of a run`, { sequence: path })
  return told
}

async function inParquet(path: string): Promise<Collection> {
  const file = await openParquet(who, path)
  try {
    return await inGroups(path, file)
  } finally {
    await file.close()
  }
}

async function inArrow(path: string): Promise<Collection> {
  return inGroups(path, readArrow(who, await wholeFile(path), path))
}

/** A table that says what it is of. */
type TellingTable = Pick<ParquetFile | ArrowTable, 'columns' | 'metadata'> & { groups(): Iterable<RowGroup> | AsyncIterable<RowGroup> }

async function inGroups(path: string, table: TellingTable): Promise<Collection> {
  const about = aboutOf(path, table)
  const apart = table.columns.includes('vector') ? undefined : about.names
  if (apart ? !apart.every((name) => table.columns.includes(name)) : !table.columns.includes('vector'))
    throw new DataError(`${who}: expected ${path} to have a column vector, got ${table.columns.join(', ')}`, { sequence: path })
  const gathered = new Gathered()
  for await (const group of table.groups()) gather(path, group, apart, gathered)
  return gathered.collection(about)
}

function gather(path: string, { rows, columns }: RowGroup, apart: readonly string[] | undefined, gathered: Gathered): void {
  const values = apart?.map((name) => columns.get(name)!)
  const others = [...columns].filter(([name]) => !(apart ?? ['vector']).includes(name))
  for (let i = 0; i < rows; i++) {
    const place = `${path}:${gathered.rows.length + 1}`
    const row = rowOf(place, new Map(others.map(([name, column]) => [name, jsonText(column[i] ?? null)])))
    gathered.add(who, place, row, valuesOf(place, values ? values.map((column) => column[i]) : columns.get('vector')![i]))
  }
}

function aboutOf(path: string, { metadata }: Pick<TellingTable, 'metadata'>): About {
  const json = (key: string): unknown => {
    const text = metadata.get(key)
    try {
      return text === undefined ? undefined : JSON.parse(text)
    } catch (cause) {
      throw new DataError(`${who}: expected ${path} to have JSON as ${key}, got ${show(text)}`, { sequence: path, cause })
    }
  }
  const names = json(collectionKeys.names)
  const [pipeline, base, version] = [json(collectionKeys.pipeline), metadata.get(collectionKeys.base), metadata.get(collectionKeys.version)]
  return {
    ...(Array.isArray(names) && { names: names.map(String) }),
    ...(pipeline !== undefined && { pipeline }),
    ...(base !== undefined && { base }),
    ...(version !== undefined && { version }),
  }
}

async function inNpy(path: string): Promise<Collection> {
  const { shape, data } = readNpy(await wholeFile(path), path)
  if (shape.length !== 2)
    throw new DataError(`${who}: expected ${path} to be a matrix, got the shape ${shape.join(' × ')}`, { sequence: path })
  const rows: Row[] = []
  const beside = `${path.slice(0, -'.npy'.length)}.ids.jsonl`
  const there = await readFile(beside).catch(() => undefined)
  if (there) for await (const [place, members] of membersIn(beside, [there])) rows.push(rowOf(place, members))
  else for (let i = 0; i < shape[0]!; i++) rows.push(rowOf(String(i), new Map()))
  if (rows.length !== shape[0])
    throw new DataError(`${who}: expected ${beside} to have ${shape[0]} lines, as ${path} has rows, got ${rows.length}`)
  return collectionOf(rows, Float32Array.from(data), {})
}

async function inArk(path: string): Promise<Collection> {
  const gathered = new Gathered()
  for (const { key, rows, columns, data } of readArk(await wholeFile(path), path)) {
    const row = rowOf(path, new Map([['id', JSON.stringify(key)]]))
    for (let i = 0; i < rows; i++) gathered.add(who, path, row, data.subarray(i * columns, (i + 1) * columns))
  }
  return gathered.collection({})
}

async function inLines(path: string): Promise<Collection> {
  const gathered = new Gathered()
  for await (const [place, members] of membersIn(path, bytesOf(who, path)))
    gathered.add(who, place, rowOf(place, members), valuesOf(place, JSON.parse(members.get('vector') ?? 'null')))
  return gathered.collection({})
}

async function* membersIn(
  path: string,
  chunks: AsyncIterable<Uint8Array> | readonly Uint8Array[],
): AsyncGenerator<[place: string, members: ReadonlyMap<string, string>], void, undefined> {
  async function* all() {
    yield* chunks
  }
  for await (const batch of lines(all())) {
    for (const { number, text, fault } of batch) {
      if (fault === undefined && text.trim() === '') continue
      const place = `${path}:${number}`
      let object: unknown
      try {
        object = fault === undefined && JSON.parse(text)
      } catch {
        // Told as anything else that is none.
      }
      if (typeof object !== 'object' || object === null || Array.isArray(object))
        throw new DataError(`${who}: ${place}: expected an object of JSON, got ${fault ?? show(text)}`, { sequence: path })
      yield [place, membersOf(text)]
    }
  }
}

const number = /^(NaN|-?Infinity|-?\d+(\.\d+)?(e[-+]?\d+)?)$/

async function inTable(path: string): Promise<Collection> {
  let table: string[][]
  try {
    table = parse(Buffer.from(await wholeFile(path)), { skip_empty_lines: true })
  } catch (cause) {
    if (cause instanceof DataError) throw cause
    throw new DataError(`${who}: expected ${path} to be CSV, got ${(cause as Error).message}`, { sequence: path, cause })
  }
  const [columns = [], ...records] = table
  let first = columns.indexOf('vector')
  const apart = first !== columns.length - 1
  if (apart) {
    first = columns.length
    while (first > 0 && !own.includes(columns[first - 1]!) && records.every((record) => number.test(record[first - 1]!))) first--
  }
  const names = apart ? { names: columns.slice(first) } : {}
  if (first === columns.length)
    throw new DataError(`${who}: expected ${path} to have columns of numbers, or one vector, got ${show(columns)}`)
  const gathered = new Gathered()
  for (const [i, record] of records.entries()) {
    const cells = columns.slice(0, first).map((name, k): [string, string] => [name, cellText(name, record[k]!)])
    const place = `${path}:${i + 2}`
    const values = apart
      ? record.slice(first).map(Number)
      : record[first]!.replace(/^\[|\]$/g, '')
          .split(',')
          .map(Number)
    gathered.add(who, place, rowOf(place, new Map(cells)), values)
  }
  return gathered.collection(names)
}

/** A cell as JSON: numbers where ours are such, all else texts. */
function cellText(name: string, cell: string): string {
  if (cell === '') return name === 'id' ? '""' : 'null'
  return ['start', 'end', 'weight', 'coverage'].includes(name) && number.test(cell) ? cell : JSON.stringify(cell)
}

async function wholeFile(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: Error) => {
    throw new DataError(unreadable(who, path, cause), { sequence: path, cause })
  })
}
