import { DataError, integer, refusal } from '../../core/check.ts'
import { type Near, nearestRows, type Units, unitsOf } from './nearest.ts'

/** Whose vector a row is. */
export interface Row {
  readonly id: string
  readonly label?: string
  /** In seconds or tokens. */
  readonly start: number
  readonly end: number
  readonly weight: number
  readonly coverage?: number
  /** What else stands in the row, each field as JSON text. */
  readonly fields: ReadonlyMap<string, string>
}

/** What a collection says of itself; files that have no place for it say nothing. */
export interface About {
  /** Of a vector's values. */
  readonly names?: readonly string[]
  /** The definition of the pipeline that the vectors come from, for `pipelineFrom`. */
  readonly pipeline?: unknown
  /** From the file's folder to where the pipeline's paths start. */
  readonly base?: string
  /** The version of poolwise that wrote it. */
  readonly version?: string
}

export interface Neighbor extends Near {
  readonly row: Row
}

/** Vectors with what they are of, in memory. */
export interface Collection extends About {
  /** Values in a vector. */
  readonly size: number
  readonly rows: readonly Row[]
  /** The vectors one after the other, rows × size. */
  readonly matrix: Float32Array
  /** A row's vector, where it lies in the matrix. */
  vector(index: number): Float32Array
  /**
   * The rows whose vectors point most nearly where `vector` does, by cosine, nearest first, of equal ones the first; by looking at all of them. A vector of zeros has
   * cosine 0 to all, one that is not finite is near nothing.
   *
   * Shape: `size` values → at most `count` neighbors, none of an empty collection.
   *
   * @param among which rows count; by default all
   * @throws DataError for a vector of another size, RangeError for a count that is no whole number ≥ 1
   */
  nearest(vector: ArrayLike<number>, count: number, among?: (row: Row, index: number) => boolean): Neighbor[]
  /** The same for several vectors at once, which is faster than one by one. */
  nearestTo(vectors: readonly ArrayLike<number>[], count: number, among?: (row: Row, index: number, query: number) => boolean): Neighbor[][]
}

/** Makes a collection of rows and their vectors. */
export function collectionOf(rows: readonly Row[], matrix: Float32Array, about: About): Collection {
  const size = rows.length === 0 ? (about.names?.length ?? 0) : matrix.length / rows.length
  let units: Units | undefined
  const collection: Collection = {
    ...about,
    size,
    rows,
    matrix,
    vector: (index) => matrix.subarray(index * size, (index + 1) * size),
    nearest: (vector, count, among) => collection.nearestTo([vector], count, among)[0]!,
    nearestTo(vectors, count, among) {
      const most = integer('nearest', 'count', count, 1)
      const queries = new Float32Array(vectors.length * size)
      for (const [i, vector] of vectors.entries()) {
        if (typeof vector?.length !== 'number') throw refusal('nearest', 'vector must be a list of numbers', vector)
        // An empty collection may not know its size.
        if (vector.length !== size && rows.length > 0)
          throw new DataError(`nearest: a vector must have ${size} values, as those of the collection, got ${vector.length}`)
        if (rows.length > 0) queries.set(vector, i * size)
      }
      units ??= unitsOf(matrix, size, rows.length)
      const wanted = among && ((index: number, query: number) => among(rows[index]!, index, query))
      const found = nearestRows(units, unitsOf(queries, size, vectors.length), most, wanted)
      return found.map((near) => near.map((one) => ({ ...one, row: rows[one.index]! })))
    },
  }
  return collection
}

/** Gathers rows and their vectors, whose number is not known beforehand. */
export class Gathered {
  readonly rows: Row[] = []
  #matrix = new Float32Array(0)
  #filled = 0
  #size: number | undefined

  /** @throws DataError for a vector of another size than the first */
  add(who: string, place: string, row: Row, vector: ArrayLike<number>): void {
    this.#size ??= vector.length
    if (vector.length !== this.#size)
      throw new DataError(
        `${who}: ${place}: vectors must all have ${this.#size} values, got ${vector.length} for ${JSON.stringify(row.id)}`,
        {
          sequence: row.id,
        },
      )
    if (this.#filled + vector.length > this.#matrix.length) {
      const larger = new Float32Array(Math.max(1024, 2 * this.#matrix.length, this.#filled + vector.length))
      larger.set(this.#matrix)
      this.#matrix = larger
    }
    this.#matrix.set(vector, this.#filled)
    this.#filled += vector.length
    this.rows.push(row)
  }

  collection(about: About): Collection {
    return collectionOf(this.rows, this.#matrix.subarray(0, this.#filled), about)
  }
}
