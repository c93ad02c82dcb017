/** A sound with a name, as a vector. */
export interface Remembered {
  readonly name: string
  readonly vector: Float32Array
}

export interface Match {
  readonly name: string
  /** Cosine, −1 … 1. */
  readonly similarity: number
}

/** Cosine of the angle between two vectors of one length; 0 where one is all zeros. */
export function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new RangeError(`cosine: expected vectors of one length, got ${a.length} and ${b.length}`)
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!
    aa += a[i]! ** 2
    bb += b[i]! ** 2
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0
}

/** Each name by the most similar of its sounds, most similar first; none of none. */
export function nearest(vector: Float32Array, remembered: readonly Remembered[]): Match[] {
  const best = new Map<string, number>()
  for (const one of remembered) best.set(one.name, Math.max(best.get(one.name) ?? -1, cosine(vector, one.vector)))
  return [...best].map(([name, similarity]) => ({ name, similarity })).sort((a, b) => b.similarity - a.similarity)
}
