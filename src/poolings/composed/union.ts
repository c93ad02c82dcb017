import { addRun, type Pooling } from '../../core/pooling.ts'

/** One state for several poolings: accumulators that several of them need are computed once. */
export interface Union {
  readonly accumulators: readonly unknown[]
  /** For each pooling, the accumulator that holds its slots. */
  readonly views: readonly unknown[]
}

/** What a pooling of several poolings has of a pooling, all but its own result. */
export function union(parts: readonly Pooling[]): Pick<
  Pooling<Union>,
  'identity' | 'accumulators' | 'bind' | 'anchor' | 'add' | 'addRun' | 'skip' | 'merge' | 'accepts'
> & {
  extensive?: true
  exact?: true
  positional?: true
} {
  const holder = (part: Pooling) =>
    parts.find((other) => other.covers?.includes(part.add)) ?? parts.find((other) => other.add === part.add)!
  // A holder may itself be covered by a wider one.
  const widest = (part: Pooling): Pooling => (holder(part) === part ? part : widest(holder(part)))
  const kept = [...new Set(parts.map(widest))]
  const accumulators = kept.flatMap((part) => part.accumulators ?? [])
  const identity = kept.flatMap((part) => part.identity)
  return {
    identity,
    // Each slot is one, and no two are the same.
    ...(new Set(accumulators).size === identity.length && { accumulators }),
    ...(parts.some((part) => part.extensive) && { extensive: true }),
    ...(parts.every((part) => part.exact) && { exact: true }),
    ...(parts.some((part) => part.positional) && { positional: true }),
    accepts(lanes) {
      for (const part of parts) part.accepts?.(lanes)
    },
    bind(buffer, offset, slotStride, lanes) {
      let slot = 0
      const accumulators = kept.map((part) => {
        const state = part.bind(buffer, offset + slot * slotStride, slotStride, lanes)
        slot += part.identity.length
        return state
      })
      return { accumulators, views: parts.map((part) => accumulators[kept.indexOf(widest(part))]) }
    },
    anchor({ accumulators }, row) {
      for (let k = 0; k < kept.length; k++) kept[k]!.anchor?.(accumulators[k], row)
    },
    add({ accumulators }, row, weight, index, bins) {
      for (let k = 0; k < kept.length; k++) kept[k]!.add(accumulators[k], row, weight, index, bins)
    },
    addRun({ accumulators }, run) {
      for (let k = 0; k < kept.length; k++) addRun(kept[k]!, accumulators[k], run)
    },
    ...(kept.some((part) => part.skip) && {
      skip({ accumulators }: Union, taps: number) {
        for (let k = 0; k < kept.length; k++) kept[k]!.skip?.(accumulators[k], taps)
      },
    }),
    merge(into, from) {
      for (let k = 0; k < kept.length; k++) kept[k]!.merge(into.accumulators[k], from.accumulators[k])
    },
  }
}
