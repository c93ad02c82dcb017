import { readFile } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { DataError, show } from '../../core/check.ts'
import { Scanner } from './numbers.ts'
import type { Progress, Table } from './wordTable.ts'

// Bytes between two reports of progress.
const step = 16 * 2 ** 20

/**
 * The JSON of wink's embedding packages: the numbers `size`, `dimensions` and `wordIndex`, then `vectors`, which gives each word its numbers and, at `wordIndex`, its row.
 *
 * It is read as bytes: JSON.parse makes a gigabyte of objects of it.
 *
 * @throws DataError with the byte where it is other than that
 */
export async function readWink(path: string, onProgress: Progress): Promise<Table> {
  const bytes = await readFile(path)
  const reading = read(new Json(bytes, path))
  for (let next = reading.next(); ; next = reading.next()) {
    if (next.done) return next.value
    onProgress({ done: next.value, total: bytes.length })
    // Seconds of work: others get their turn in between, to draw the progress for one.
    await setImmediate()
  }
}

function* read(json: Json): Generator<number, Table, undefined> {
  const header = new Map<string, number>()
  let table: Table | undefined
  json.expect('{')
  do {
    const key = json.string()
    json.expect(':')
    if (key === 'vectors') table = yield* readRows(json, header)
    else if (key === 'size' || key === 'dimensions' || key === 'wordIndex') header.set(key, json.number())
    else json.skip()
  } while (json.more('}'))
  yield json.at
  return table ?? json.refuse('"vectors"')
}

function* readRows(json: Json, header: ReadonlyMap<string, number>): Generator<number, Table, undefined> {
  const [size, dimensions, wordIndex] = ['size', 'dimensions', 'wordIndex'].map((name) => header.get(name) ?? -1) as [
    number,
    number,
    number,
  ]
  // Each number takes two bytes at least, so a header cannot claim more room than its file could fill.
  if (!(size > 0 && dimensions > 0 && wordIndex >= dimensions && size * dimensions * 2 <= json.length)) {
    return json.refuse(`size, dimensions and wordIndex that fit ${json.length} bytes before the vectors`)
  }
  const words = new Array<string>(size)
  const matrix = new Float32Array(size * dimensions)
  let count = 0
  let reported = 0
  json.expect('{')
  do {
    const word = json.string()
    json.expect(':')
    const values = json.numbers()
    const row = values[wordIndex]!
    if (!(Number.isInteger(row) && row >= 0 && row < size) || words[row] !== undefined) json.refuse(`a row of its own for ${show(word)}`)
    words[row] = word
    for (let i = 0; i < dimensions; i++) matrix[row * dimensions + i] = values[i]!
    count++
    if (json.at - reported >= step) {
      reported = json.at
      yield reported
    }
  } while (json.more('}'))
  if (count !== size) json.refuse(`${size} words, as its header says, not ${count}`)
  return { words, dimensions, matrix }
}

/** Reads JSON from bytes, value by value. */
class Json {
  readonly #bytes: Buffer
  readonly #scanner: Scanner

  constructor(
    bytes: Buffer,
    readonly path: string,
  ) {
    this.#bytes = bytes
    this.#scanner = new Scanner(bytes)
  }

  get at(): number {
    return this.#scanner.at
  }

  get length(): number {
    return this.#bytes.length
  }

  refuse(expected: string): never {
    const got = this.#bytes.toString('utf8', this.at, this.at + 20)
    throw new DataError(`loadVectors: expected ${expected} in ${this.path}, byte ${this.at}, got ${show(got)}`)
  }

  expect(symbol: string): void {
    if (!this.#taken(symbol)) this.refuse(symbol)
  }

  /** Whether a comma follows rather than the end. */
  more(end: string): boolean {
    if (this.#taken(',')) return true
    this.expect(end)
    return false
  }

  number(): number {
    this.#blank()
    const from = this.at
    const value = this.#scanner.number()
    if (Number.isFinite(Math.fround(value))) return value
    this.#scanner.at = from
    return this.refuse('a finite number')
  }

  numbers(): number[] {
    const values: number[] = []
    this.expect('[')
    do values.push(this.number())
    while (this.more(']'))
    return values
  }

  string(): string {
    const from = this.#string()
    const escaped = this.#bytes.subarray(from, this.at).includes(0x5c)
    if (!escaped) return this.#bytes.toString('utf8', from + 1, this.at - 1)
    try {
      return JSON.parse(this.#bytes.toString('utf8', from, this.at)) as string
    } catch {
      this.#scanner.at = from
      return this.refuse('a string')
    }
  }

  /** Steps over one value of any kind. */
  skip(): void {
    let depth = 0
    do {
      this.#blank()
      const symbol = String.fromCharCode(this.#bytes[this.at] ?? 0)
      if (symbol === '\0') this.refuse('a value')
      else if (symbol === '"') this.#string()
      else {
        this.#scanner.at++
        if (symbol === '[' || symbol === '{') depth++
        else if (symbol === ']' || symbol === '}') depth--
      }
    } while (depth > 0 || !/[,}\]]/.test(String.fromCharCode(this.#bytes[this.at] ?? 0x2c)))
  }

  /** Steps over a string; gives where it began. */
  #string(): number {
    this.#blank()
    const from = this.at
    if (this.#bytes[from] !== 0x22) this.refuse('a string')
    let end = from + 1
    while (end < this.#bytes.length && this.#bytes[end] !== 0x22) end += this.#bytes[end] === 0x5c ? 2 : 1
    if (end >= this.#bytes.length) this.refuse('a string that ends')
    this.#scanner.at = end + 1
    return from
  }

  #taken(symbol: string): boolean {
    this.#blank()
    if (this.#bytes[this.at] !== symbol.charCodeAt(0)) return false
    this.#scanner.at++
    return true
  }

  #blank(): void {
    while (this.#bytes[this.at]! <= 0x20) this.#scanner.at++
  }
}
