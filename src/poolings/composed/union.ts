import type { Accumulator } from '../../core/accumulators.ts'
import { accumulating, type Pooling, type Shape } from '../../core/pooling.ts'

/** One state for several poolings: a state for each holder of slots. */
export type Union = readonly unknown[]

/** What a pooling of several poolings has of a pooling, all but its own result. */
type Common = Pick<
  Pooling<unknown>,
  | 'locate'
  | 'identity'
  | 'accumulators'
  | 'holders'
  | 'extensive'
  | 'exact'
  | 'positional'
  | 'keeps'
  | 'across'
  | 'fit'
  | 'bind'
  | 'add'
  | 'merge'
>

/**
 * Several poolings in one state: what several of them accumulate is accumulated once.
 *
 * @param again the same of poolings that are fitted
 * @returns and how to see a state as that of part k
 */
export function union(
  parts: readonly Pooling[],
  again: (parts: readonly Pooling[]) => Pooling,
): { readonly common: Common; view(state: unknown, k: number): unknown } {
  const names = [...new Set(parts.flatMap((part) => part.accumulators ?? []))] as Accumulator[]
  const own = parts.filter((part) => !part.accumulators)
  const shared = accumulating(names) as unknown as Pooling
  const places = parts.map((part) => part.positional)
  const keeps = parts.map((part) => part.keeps)
  const locate = parts.find((part) => part.locate)?.locate
  const flags: Pick<Common, 'locate' | 'extensive' | 'exact' | 'positional' | 'keeps' | 'across' | 'fit'> = {
    ...(locate && { locate }),
    ...(parts.some((part) => part.extensive) && { extensive: true }),
    ...(parts.every((part) => part.exact) && { exact: true }),
    ...(places.some(Boolean) && { positional: places.includes('sequence') ? 'sequence' : 'region' }),
    ...(keeps.some(Boolean) && { keeps: keeps.includes('order') ? 'order' : 'values' }),
    ...(parts.some((part) => part.across) && { across: parts[0]!.across === 'one' ? 'one' : 'lanes' }),
    ...(parts.some((part) => part.fit) && { fit: (shape: Shape) => again(parts.map((part) => part.fit?.(shape) ?? part)) }),
  }
  if (own.length === 0) return { common: { ...shared, ...flags }, view: (state) => state }
  const holders = names.length > 0 ? [shared, ...own] : own
  const holderOf = parts.map((part) => (part.accumulators ? 0 : holders.indexOf(part)))
  return {
    common: {
      ...flags,
      identity: holders.flatMap((holder) => holder.identity),
      // Each by itself, since some get unseen frames and others do not.
      holders: holders.flatMap((holder) => holder.holders ?? [holder]),
      bind(buffer, offset, slotStride, lanes): Union {
        let slot = 0
        return holders.map((holder) => {
          const state = holder.bind(buffer, offset + slot * slotStride, slotStride, lanes)
          slot += holder.identity.length
          return state
        })
      },
      add(held, run) {
        for (let h = 0; h < holders.length; h++) holders[h]!.add((held as Union)[h], run)
      },
      merge(into, from) {
        for (let h = 0; h < holders.length; h++) holders[h]!.merge((into as Union)[h], (from as Union)[h])
      },
    },
    view: (held, k) => (held as Union)[holderOf[k]!],
  }
}
