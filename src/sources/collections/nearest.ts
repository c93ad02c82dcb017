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

// Bytes of rows that stay in a processor's cache while all queries pass over them.
const blockBytes = 2 ** 18

/**
 * The `count` rows nearest to each query, nearest first; of equal ones the first. All are looked at.
 *
 * @param among which rows count, of all
 */
export function nearestRows(rows: Units, queries: Units, count: number, among?: (row: number, query: number) => boolean): Near[][] {
  const { matrix, size, inverse } = rows
  const found = Array.from(queries.inverse, (): Near[] => [])
  const block = Math.max(1, Math.floor(blockBytes / (4 * Math.max(1, size))))
  for (let from = 0; from < inverse.length; from += block) {
    const to = Math.min(inverse.length, from + block)
    for (const [q, near] of found.entries()) {
      const scale = queries.inverse[q]!
      for (let index = from; index < to; index++) {
        const cosine = dot(matrix, index * size, queries.matrix, q * size, size) * inverse[index]! * scale
        const better = near.length < count ? !Number.isNaN(cosine) : cosine > near[count - 1]!.cosine
        if (better && (among?.(index, q) ?? true)) enter(near, { index, cosine }, count)
      }
    }
  }
  return found
}

function enter(near: Near[], one: Near, count: number): void {
  let at = near.length
  while (at > 0 && near[at - 1]!.cosine < one.cosine) at--
  near.splice(at, 0, one)
  if (near.length > count) near.pop()
}

/** In float64, by four sums side by side, which a processor adds up at once. */
function dot(a: Float32Array, i: number, b: Float32Array, j: number, size: number): number {
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
