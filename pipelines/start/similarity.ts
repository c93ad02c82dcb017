import type { Vector } from 'poolwise'
import type { Text } from 'poolwise/text'

/** How alike two things are, by their ids. */
export type Similarity = (a: string, b: string) => number

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

export function cosines(vectors: readonly Vector[]): Similarity {
  const byId = new Map(vectors.map(({ id, vector }) => [id, vector]))
  return (a, b) => cosine(byId.get(a)!, byId.get(b)!)
}

/** The Jaccard index: words in both texts over words in either. */
export function overlap(texts: readonly Text[]): Similarity {
  const byId = new Map(texts.map(({ id, text }) => [id, new Set(text.toLowerCase().match(/[\p{L}\p{N}']+/gu))]))
  return (a, b) => {
    const [left, right] = [byId.get(a)!, byId.get(b)!]
    const both = [...left].filter((word) => right.has(word)).length
    return both / (left.size + right.size - both)
  }
}

/** The one of the others that is most alike; undefined where several are. */
export function nearest(id: string, others: readonly string[], similarity: Similarity): string | undefined {
  const similarities = others.map((other) => similarity(id, other))
  const most = Math.max(...similarities)
  const at = similarities.indexOf(most)
  return similarities.indexOf(most, at + 1) < 0 ? others[at] : undefined
}
