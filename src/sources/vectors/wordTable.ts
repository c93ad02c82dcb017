import { DataError } from '../../core/check.ts'

/** Words and their vectors, as read from a file. */
export interface Table {
  readonly words: readonly string[]
  readonly dimensions: number
  readonly matrix: Float32Array
}

/** How much of a file has been read, in bytes. */
export type Progress = (progress: { readonly done: number; readonly total: number }) => void

/** A table that grows row by row, of as many dimensions as its first row. */
export class Rows {
  readonly words: string[] = []
  #matrix = new Float32Array(0)

  constructor(
    readonly dimensions: number,
    /** Rows to make room for at first. */
    expected: number,
  ) {
    this.#matrix = new Float32Array(dimensions * expected)
  }

  /** Appends a row; false where a value is not finite as a float32. */
  add(word: string, values: ArrayLike<number>): boolean {
    const from = this.words.length * this.dimensions
    if (from === this.#matrix.length) {
      const wider = new Float32Array(Math.max(1024 * this.dimensions, 2 * from))
      wider.set(this.#matrix)
      this.#matrix = wider
    }
    for (let i = 0; i < this.dimensions; i++) {
      this.#matrix[from + i] = values[i]!
      if (!Number.isFinite(this.#matrix[from + i]!)) return false
    }
    this.words.push(word)
    return true
  }

  /** @throws DataError where there are no rows, or not as many as a header said */
  table(path: string, promised?: number): Table {
    const { words, dimensions } = this
    if (words.length === 0 || (promised !== undefined && promised !== words.length)) {
      throw new DataError(`loadVectors: expected ${promised ?? 'at least one'} words in ${path}, got ${words.length}`)
    }
    const size = words.length * dimensions
    return { words, dimensions, matrix: size === this.#matrix.length ? this.#matrix : this.#matrix.slice(0, size) }
  }
}
