// Corpora with known directions, a fit to them, and eigenvectors by Jacobi's rotations, apart from the library's.
import { type Frames, frames, type TensorFile } from 'poolwise'
import { toFit } from 'poolwise/node'
import { from, lastValueFrom } from 'rxjs'

export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32 - 0.5
  }
}

/** Rows whose lanes mix independent numbers of ever smaller spread. */
export function rowsOf(count: number, lanes: number, { seed = 1, offset = 0 }: { seed?: number; offset?: number } = {}): number[][] {
  const next = random(seed)
  const mix = Array.from({ length: lanes }, () => Array.from({ length: lanes }, next))
  return Array.from({ length: count }, () => {
    const sources = mix.map((_, k) => next() * 0.7 ** k * 4)
    return Array.from({ length: lanes }, (_, i) => offset + i / 10 + sources.reduce((sum, x, k) => sum + x * mix[k]![i]!, 0))
  })
}

export function framesOf(rows: readonly (readonly number[])[], weights?: readonly number[]): Frames<Float64Array> {
  return frames(Float64Array.from(rows.flat()), { bins: rows[0]!.length, ...(weights && { weights }) })
}

/** The fit to arrays, each a whole sequence. */
export async function fitOf(...sequences: readonly Frames<Float64Array>[]): Promise<TensorFile> {
  return (await lastValueFrom(from(sequences).pipe(toFit()))) as TensorFile
}

/** Eigenvectors and eigenvalues of Σ(x − center)(x − center)ᵀ / n, the largest first. */
export function directions(rows: readonly (readonly number[])[], centered: boolean): { vector: number[]; value: number }[] {
  const lanes = rows[0]!.length
  const mean = Array.from({ length: lanes }, (_, i) => (centered ? rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length : 0))
  const a = mean.map((_, i) => mean.map((_, j) => rows.reduce((sum, x) => sum + (x[i]! - mean[i]!) * (x[j]! - mean[j]!), 0) / rows.length))
  const v = mean.map((_, i) => mean.map((_, j) => Number(i === j)))
  for (let sweep = 0; sweep < 30; sweep++) {
    for (let p = 0; p < lanes; p++) {
      for (let q = p + 1; q < lanes; q++) {
        if (a[p]![q] === 0) continue
        const theta = (a[q]![q]! - a[p]![p]!) / (2 * a[p]![q]!)
        const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(theta, 1))
        const [c, s] = [1 / Math.hypot(t, 1), t / Math.hypot(t, 1)]
        const turn = (x: number[], y: number[]) => {
          for (let k = 0; k < lanes; k++) [x[k], y[k]] = [c * x[k]! - s * y[k]!, s * x[k]! + c * y[k]!]
        }
        for (const row of a) [row[p], row[q]] = [c * row[p]! - s * row[q]!, s * row[p]! + c * row[q]!]
        turn(a[p]!, a[q]!)
        turn(v[p]!, v[q]!)
      }
    }
  }
  return v.map((vector, i) => ({ vector, value: a[i]![i]! })).sort((x, y) => y.value - x.value)
}

/** Between two lines through 0, by the sine: the cosine has no digits near 0. */
export function angle(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const [a, b] = [Array.from(x), Array.from(y)]
  const along = a.reduce((sum, value, i) => sum + value * b[i]!, 0)
  return Math.atan2(Math.hypot(...a.map((value, i) => value - along * b[i]!)), Math.abs(along))
}

/** The rows of a tensor of a fit. */
export function rowsIn(weights: TensorFile, name: string): Float64Array[] {
  const { shape, data } = weights.tensors.get(name)!
  return Array.from({ length: shape[0]! }, (_, k) => Float64Array.from(data.subarray(k * shape[1]!, (k + 1) * shape[1]!)))
}
