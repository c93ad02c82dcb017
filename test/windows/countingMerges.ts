import { topKMean } from '../../src/poolings/topKMean.ts'

/** A pooling that counts the merges of its states. Kernels do not know it, so that its own merges are what runs. */
export function countingMerges() {
  const largest = topKMean({ k: 1 })
  let merges = 0
  const pooling: typeof largest = {
    ...largest,
    merge(into, from) {
      merges++
      largest.merge(into, from)
    },
  }
  return { pooling, merges: () => merges }
}
