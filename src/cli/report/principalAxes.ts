import { draw } from '../../core/draw.ts'

/** Directions that are followed at once: more than are wanted, so that two of nearly equal variance are told apart in few rounds. */
const width = 8
const rounds = 60

/** Points along the two directions in which rows vary most. */
export interface Axes {
  /** Rows × 2, about the mean. */
  readonly points: Float64Array
  /** What part of the variance lies along each. */
  readonly shares: readonly [number, number]
}

/**
 * The first two principal components, by orthogonal iteration over the rows and a Rayleigh–Ritz step at its end: the components alone are wanted, and the covariance of a thousand values would take longer than all
 * else. Of a direction and its opposite the one whose largest number is > 0.
 *
 * Shape: rows × size, all finite → rows × 2; zeros where nothing varies, or nothing along a second direction.
 *
 * @source Golub, Van Loan, Matrix Computations, 8.2
 */
export async function principalAxes(matrix: Float32Array, size: number): Promise<Axes> {
  const rows = size === 0 ? 0 : matrix.length / size
  const { centered, total } = aboutMean(matrix, size, rows)
  if (!(total > 0)) return { points: new Float64Array(2 * rows), shares: [0, 0] }
  const count = Math.min(width, size)
  let basis = orthonormal(
    Float64Array.from({ length: count * size }, (_, i) => draw(1, i, 0) - 0.5),
    size,
  )
  let along = times(centered, basis, size, rows)
  let before = 0
  for (let round = 0; round < rounds; round++) {
    basis = orthonormal(back(centered, along, size, rows), size)
    along = times(centered, basis, size, rows)
    const held = along.reduce((sum, x) => sum + x * x, 0)
    if (held - before < 1e-9 * total) break
    before = held
  }
  const { EigenvalueDecomposition, Matrix } = await import('ml-matrix')
  const products = Matrix.zeros(count, count)
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < count; j++) {
      for (let k = 0; k < count; k++) products.set(j, k, products.get(j, k) + (along[r * count + j]! * along[r * count + k]!) / total)
    }
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(products, { assumeSymmetric: true })
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!)
  const points = new Float64Array(2 * rows)
  for (const [axis, column] of order.slice(0, 2).entries()) {
    const mix = eigenvectorMatrix.getColumn(column)
    const sign = signOf(mix, basis, size)
    for (let r = 0; r < rows; r++) points[2 * r + axis] = sign * mix.reduce((sum, x, k) => sum + x * along[r * count + k]!, 0)
  }
  const share = (axis: number) => Math.max(0, realEigenvalues[order[axis] ?? -1] ?? 0)
  return { points, shares: [share(0), share(1)] }
}

function aboutMean(matrix: Float32Array, size: number, rows: number): { centered: Float64Array; total: number } {
  const mean = new Float64Array(size)
  for (let i = 0; i < matrix.length; i++) mean[i % size]! += matrix[i]! / rows
  let [total, whole] = [0, 0]
  const centered = Float64Array.from(matrix, (x, i) => {
    const off = x - mean[i % size]!
    total += off * off
    whole += x * x
    return off
  })
  // What rounding to float32 leaves is no direction.
  return { centered, total: total > 2 ** -40 * whole ? total : 0 }
}

/** Of each row what lies along each direction. */
function times(rows: Float64Array, basis: Float64Array, size: number, length: number): Float64Array {
  const count = basis.length / size
  const out = new Float64Array(length * count)
  for (let r = 0; r < length; r++) {
    for (let k = 0; k < count; k++) {
      let sum = 0
      for (let i = 0; i < size; i++) sum += rows[r * size + i]! * basis[k * size + i]!
      out[r * count + k] = sum
    }
  }
  return out
}

/** The transpose of the rows, times what lies along each direction. */
function back(rows: Float64Array, along: Float64Array, size: number, length: number): Float64Array {
  const count = along.length / length
  const out = new Float64Array(count * size)
  for (let r = 0; r < length; r++) {
    for (let k = 0; k < count; k++) {
      const x = along[r * count + k]!
      for (let i = 0; i < size; i++) out[k * size + i]! += x * rows[r * size + i]!
    }
  }
  return out
}

/** Gram–Schmidt, twice over, which is as good as it gets; zeros where a direction was in those before. */
function orthonormal(basis: Float64Array, size: number): Float64Array {
  const count = basis.length / size
  for (let k = 0; k < count; k++) {
    const own = basis.subarray(k * size, (k + 1) * size)
    const length = norm(own)
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < k; j++) {
        const other = basis.subarray(j * size, (j + 1) * size)
        let sum = 0
        for (let i = 0; i < size; i++) sum += own[i]! * other[i]!
        for (let i = 0; i < size; i++) own[i]! -= sum * other[i]!
      }
    }
    const left = norm(own)
    for (let i = 0; i < size; i++) own[i] = left > 1e-12 * length ? own[i]! / left : 0
  }
  return basis
}

function norm(x: Float64Array): number {
  return Math.sqrt(x.reduce((sum, value) => sum + value * value, 0))
}

function signOf(mix: readonly number[], basis: Float64Array, size: number): number {
  let largest = 0
  for (let i = 0; i < size; i++) {
    const x = mix.reduce((sum, share, k) => sum + share * basis[k * size + i]!, 0)
    if (Math.abs(x) > 1.01 * Math.abs(largest)) largest = x
  }
  return largest < 0 ? -1 : 1
}
