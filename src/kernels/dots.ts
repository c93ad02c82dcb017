import { arenaIfReady, tablesAt } from './arena.ts'

const outAt = 16

/**
 * Dot products in float64 of all rows with all queries, both of `size` values one after the other, to the bit what `dot` gives of each pair.
 *
 * @param out of each query, a product for each of `count` rows
 * @returns false where nothing was done: the kernels are not there, or the rows have no room in the arena
 */
export function dots(rows: Float32Array, count: number, queries: Float32Array, size: number, out: Float64Array): boolean {
  const arena = arenaIfReady()
  // Products of up to three rows behind the last are written. The rows come last, so that what is read behind them lies in the arena.
  const queryAt = outAt + 8 * (count + 3)
  const rowsAt = queryAt + 8 * size
  if (!arena || rowsAt + 4 * size * count > tablesAt) return false
  const { kernels, floats, doubles } = arena
  floats.set(rows, rowsAt / 4)
  for (let q = 0; q * count < out.length; q++) {
    doubles.set(queries.subarray(q * size, (q + 1) * size), queryAt / 8)
    kernels.dots(rowsAt, count, size, queryAt, outAt)
    out.set(doubles.subarray(outAt / 8, outAt / 8 + count), q * count)
  }
  return true
}
