import type { Components } from './fitted.ts'

/** The first `count` components, or all where there are fewer. */
export function leading({ vectors, eigenvalues }: Components, lanes: number, count: number): Components {
  return { vectors: vectors.subarray(0, count * lanes), eigenvalues: eigenvalues.subarray(0, count) }
}

/** Σ x·row, the row beginning at `from`. */
export function dot(x: Float64Array, matrix: Float64Array, from: number): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += x[i]! * matrix[from + i]!
  return sum
}
