import type { Accumulator } from '../../core/accumulators.ts'
import { accumulating, type Pooling, type Shape } from '../../core/pooling.ts'

/** One state for several poolings: what several of them accumulate is accumulated once. */
export interface Union {
  /** For each holder of slots its state. */
  readonly held: readonly unknown[]
  /** For each pooling the state that has its slots. */
  readonly views: readonly unknown[]
}

/** What a pooling of several poolings has of a pooling, all but its own result. */
export function union(
  parts: readonly Pooling[],
  again: (parts: readonly Pooling[]) => Pooling<Union>,
): Pick<Pooling<Union>, 'identity' | 'accumulators' | 'holders' | 'extensive' | 'exact' | 'positional' | 'keeps' | 'across' | 'fit' | 'bind' | 'add' | 'merge'> {
  const common = [...new Set(parts.flatMap((part) => part.accumulators ?? []))] as Accumulator[]
  const shared = common.length > 0 ? [accumulating(common) as unknown as Pooling] : []
  const own = parts.filter((part) => !part.accumulators)
  const holders = [...shared, ...own]
  const views = parts.map((part) => (part.accumulators ? 0 : shared.length + own.indexOf(part)))
  const places = parts.map((part) => part.positional)
  const keeps = parts.map((part) => part.keeps)
  return {
    identity: holders.flatMap((holder) => holder.identity),
    holders,
    ...(own.length === 0 && { accumulators: common }),
    ...(parts.some((part) => part.extensive) && { extensive: true }),
    ...(parts.every((part) => part.exact) && { exact: true }),
    ...(places.some(Boolean) && { positional: places.includes('sequence') ? ('sequence' as const) : ('region' as const) }),
    ...(keeps.some(Boolean) && { keeps: keeps.includes('order') ? ('order' as const) : ('values' as const) }),
    ...(parts.some((part) => part.across) && { across: parts[0]!.across === 'one' ? ('one' as const) : ('lanes' as const) }),
    ...(parts.some((part) => part.fit) && { fit: (shape: Shape) => again(parts.map((part) => part.fit?.(shape) ?? part)) }),
    bind(buffer, offset, slotStride, lanes) {
      let slot = 0
      const held = holders.map((holder) => {
        const state = holder.bind(buffer, offset + slot * slotStride, slotStride, lanes)
        slot += holder.identity.length
        return state
      })
      return { held, views: views.map((holder) => held[holder]) }
    },
    add({ held }, run) {
      for (let k = 0; k < holders.length; k++) holders[k]!.add(held[k], run)
    },
    merge(into, from) {
      for (let k = 0; k < holders.length; k++) holders[k]!.merge(into.held[k], from.held[k])
    },
  }
}
