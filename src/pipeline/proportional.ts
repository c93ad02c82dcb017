import type { PoolingSpec } from '../core/pooling.ts'

/** A pooling whose proportions are in a file that `poolwise fit` makes. */
export type Proportional =
  | { readonly pooling: 'mixed'; readonly parts: readonly PoolingSpec[]; readonly fit: string }
  | { readonly pooling: 'gated'; readonly taps: number; readonly fit: string }

/** Whether a pooling is yet to be learned, or has been, into a file of its own. */
export function isProportional(pooling: unknown): pooling is Proportional {
  if (typeof pooling !== 'object' || pooling === null || !('fit' in pooling) || !('pooling' in pooling)) return false
  return typeof pooling.fit === 'string' && (pooling.pooling === 'mixed' || pooling.pooling === 'gated')
}
