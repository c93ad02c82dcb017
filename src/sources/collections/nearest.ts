import { dots } from '../../kernels/dots.ts'

/** A row of a matrix, and the cosine of its angle to what was asked for. */
export interface Near {
  readonly index: number
  readonly cosine: number
}

/** Rows, each after the other, and one over the norm of each. */
export interface Units {
  readonly matrix: Float32Array
  readonly size: number
  readonly inverse: Float64Array
}

/** One over each row's norm; 0 for a row of zeros, whose cosines are 0. NaN for one that is not finite, which is near nothing. */
export function unitsOf(matrix: Float32Array, size: number, rows: number): Units {
  const inverse = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    const norm = Math.sqrt(dot(matrix, i * size, matrix, i * size, size))
    inverse[i] = norm === 0 ? 0 : norm < Infinity ? 1 / norm : NaN
  }
  return { matrix, size, inverse }
}

// Values of rows that stay in a processor's cache while all queries pass over them, and most products at a time.
const blockValues = 2 ** 16

/**
 * The `count` rows nearest to each query, nearest first; of equal ones the first. All are looked at.
 *
 * @param among which rows count, of all
 */
export function nearestRows(rows: Units, queries: Units, count: number, among?: (row: number, query: number) => boolean): Near[][] {
  const { matrix, size, inverse } = rows
  const found = Array.from(queries.inverse, () => new Nearest(count))
  const block = Math.max(1, Math.floor(blockValues / Math.max(1, size, found.length)))
  const room = new Float64Array(block * found.length)
  for (let from = 0; from < inverse.length; from += block) {
    const to = Math.min(inverse.length, from + block)
    const products = room.subarray(0, (to - from) * found.length)
    multiply(matrix.subarray(from * size, to * size), to - from, queries, products)
    for (const [q, nearest] of found.entries()) {
      const scale = queries.inverse[q]!
      for (let index = from, i = q * (to - from); index < to; index++, i++) {
        const cosine = products[i]! * inverse[index]! * scale
        // Not where it is NaN.
        if (cosine > nearest.least && (among?.(index, q) ?? true)) nearest.add({ index, cosine })
      }
    }
  }
  return found.map((nearest) => nearest.sorted())
}

/** Into `out`, of each query its product with each row. */
function multiply(rows: Float32Array, count: number, { matrix, size }: Units, out: Float64Array): void {
  if (dots(rows, count, matrix, size, out)) return
  for (let i = 0; i < out.length; i++) out[i] = dot(rows, (i % count) * size, matrix, Math.floor(i / count) * size, size)
}

/** The `count` nearest of all that are added in the order of their rows; as many more are kept before they are sorted. */
class Nearest {
  readonly #count: number
  readonly #held: Near[] = []
  /** What is no nearer need not be added. */
  least = -Infinity

  constructor(count: number) {
    this.#count = count
  }

  add(one: Near): void {
    this.#held.push(one)
    if (this.#held.length === 2 * this.#count) this.least = this.sorted().at(-1)!.cosine
  }

  sorted(): Near[] {
    // Equal ones stay in their order.
    this.#held.sort((a, b) => b.cosine - a.cosine).splice(this.#count)
    return this.#held
  }
}

/** A dot product in float64, by four sums side by side, which a processor adds up at once. */
export function dot(a: Float32Array, i: number, b: Float32Array, j: number, size: number): number {
  let [s, t, u, v] = [0, 0, 0, 0]
  let k = 0
  for (; k + 3 < size; k += 4) {
    s += a[i + k]! * b[j + k]!
    t += a[i + k + 1]! * b[j + k + 1]!
    u += a[i + k + 2]! * b[j + k + 2]!
    v += a[i + k + 3]! * b[j + k + 3]!
  }
  for (; k < size; k++) s += a[i + k]! * b[j + k]!
  return s + t + (u + v)
}
