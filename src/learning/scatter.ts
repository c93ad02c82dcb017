import type { Labelled } from './labelled.ts'

/** How parts vary together, one number for each pair of them: between the means of labels, and within labels. */
export interface Scatter {
  readonly between: readonly (readonly number[])[]
  readonly within: readonly (readonly number[])[]
}

/** The scatter of each bin, summed over its planes. */
export function scatters(all: readonly Labelled[]): Scatter[] {
  const { lanes, bins, parts } = all[0]!
  const count = parts.length
  const origin = firstOf(all)
  const labels = new Map<string, { vectors: number; sums: Float64Array }>()
  const products = tables(bins, count)
  const row = new Float64Array(count * lanes)
  for (const one of all) {
    const of = labels.get(one.label) ?? { vectors: 0, sums: new Float64Array(count * lanes) }
    labels.set(one.label, of)
    of.vectors += one.count
    for (let v = 0; v < one.count; v++) {
      for (let k = 0; k < count; k++) {
        for (let i = 0; i < lanes; i++) row[k * lanes + i] = one.parts[k]![v * lanes + i]! - origin[k]![i]!
      }
      for (const [i, x] of row.entries()) of.sums[i]! += x
      addProducts(products, row, lanes, 1)
    }
  }
  const [means, whole] = [tables(bins, count), tables(bins, count)]
  const total = { vectors: 0, sums: new Float64Array(count * lanes) }
  for (const { vectors, sums } of labels.values()) {
    if (vectors > 0) addProducts(means, sums, lanes, 1 / vectors)
    total.vectors += vectors
    for (const [i, x] of sums.entries()) total.sums[i]! += x
  }
  addProducts(whole, total.sums, lanes, 1 / total.vectors)
  const minus = (a: readonly number[][], b: readonly number[][]) => a.map((line, j) => line.map((x, k) => x - b[j]![k]!))
  return products.map((table, bin) => ({ between: minus(means[bin]!, whole[bin]!), within: minus(table, means[bin]!) }))
}

/** Sums are taken about the first vector, so that an offset does not cost digits. */
function firstOf(all: readonly Labelled[]): readonly Float32Array[] {
  const { parts, lanes } = all.find(({ count }) => count > 0)!
  return parts.map((rows) => rows.subarray(0, lanes))
}

function tables(bins: number, parts: number): number[][][] {
  return Array.from({ length: bins }, () => Array.from({ length: parts }, () => new Array<number>(parts).fill(0)))
}

/** Adds the products of each pair of parts to the tables of their bins. */
function addProducts(into: readonly number[][][], row: Float64Array, lanes: number, factor: number): void {
  const parts = row.length / lanes
  for (let i = 0; i < lanes; i++) {
    const table = into[i % into.length]!
    for (let j = 0; j < parts; j++) for (let k = 0; k < parts; k++) table[j]![k]! += factor * (row[j * lanes + i]! * row[k * lanes + i]!)
  }
}

/**
 * The proportions a ≥ 0 of sum 1 of the largest aᵀBa / aᵀWa, B the scatter between and W that within: on each face of the simplex the leading eigenvector of W⁻¹B, where it lies on it.
 * Equal ones where there is nothing to choose by.
 */
export async function bestShares(scatter: Scatter): Promise<number[]> {
  const { EigenvalueDecomposition, CholeskyDecomposition, Matrix, inverse } = await import('ml-matrix')
  const parts = scatter.between.length
  const size = scatter.between.reduce((sum, row, k) => sum + row[k]! + scatter.within[k]![k]!, 0) / parts
  const equal = new Array<number>(parts).fill(1 / parts)
  if (!(size > 0)) return equal
  const between = scatter.between.map((row) => row.map((x) => x / size))
  // Keeps the ratio finite where labels are all there is, and where parts are the same.
  const padded = scatter.within.map((row, j) => row.map((x, k) => x / size + (j === k ? 2 ** -30 : 0)))
  const ratio = (a: readonly number[]) => form(between, a) / form(padded, a)
  let [best, most] = [equal, ratio(equal)]
  const consider = (a: readonly number[]) => {
    // More by more than rounding: of what is as good, equal shares, then few parts.
    if (ratio(a) > most * (1 + 2 ** -30)) [best, most] = [[...a], ratio(a)]
  }
  for (const face of faces(parts)) {
    const on = (table: readonly (readonly number[])[]) => new Matrix(face.map((j) => face.map((k) => table[j]![k]!)))
    const lower = inverse(new CholeskyDecomposition(on(padded)).lowerTriangularMatrix)
    const whitened = lower.mmul(on(between)).mmul(lower.transpose())
    // The solver squares and divides: what is too small to matter becomes 0.
    const least = 2 ** -100 * whitened.norm('max')
    const { eigenvectorMatrix } = new EigenvalueDecomposition(
      new Matrix(whitened.to2DArray().map((row) => row.map((x) => (Math.abs(x) > least ? x : 0)))),
      { assumeSymmetric: true },
    )
    const vectors = lower.transpose().mmul(eigenvectorMatrix)
    for (const column of face.keys()) {
      const vector = vectors.getColumn(column)
      const sum = vector.reduce((total, x) => total + x, 0)
      if (!vector.every((x) => x * sum > 0)) continue
      const a = new Array<number>(parts).fill(0)
      for (const [i, k] of face.entries()) a[k] = vector[i]! / sum
      consider(a)
    }
  }
  return best
}

/** All sets of parts but the empty one, small ones first. */
function faces(parts: number): number[][] {
  const all = Array.from({ length: 2 ** parts - 1 }, (_, i) =>
    Array.from({ length: parts }, (__, k) => k).filter((k) => ((i + 1) >> k) & 1),
  )
  return all.sort((a, b) => a.length - b.length)
}

/** aᵀMa. */
function form(table: readonly (readonly number[])[], a: readonly number[]): number {
  return table.reduce((sum, row, j) => sum + a[j]! * row.reduce((inner, x, k) => inner + x * a[k]!, 0), 0)
}
