/** The cosine of the angle between two vectors: 1 where they point the same way. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!
    aa += a[i]! * a[i]!
    bb += b[i]! * b[i]!
  }
  return dot / Math.sqrt(aa * bb)
}

export interface Nearest<Item> {
  readonly item: Item
  readonly similarity: number
  /** Another is just as near, so that the choice means nothing. */
  readonly tied: boolean
}

/** The one of the others that is most similar. */
export function nearest<Item>(others: readonly Item[], similarityTo: (other: Item) => number): Nearest<Item> {
  const similarities = others.map(similarityTo)
  const similarity = Math.max(...similarities)
  const at = similarities.indexOf(similarity)
  return { item: others[at]!, similarity, tied: similarities.indexOf(similarity, at + 1) >= 0 }
}
