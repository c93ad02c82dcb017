import type { Pooling, PoolingSpec } from '../core/pooling.ts'
import type * as registry from './index.ts'
import { type Named, resolve } from './resolve.ts'

/** The poolings that go by name: 'max', 'mean', 'stats' … */
export type PoolingName = Named<typeof registry>

/** Whatever names a pooling: a name, a pooling, its spec, or a list of these, which pools into all of them side by side. */
export type PoolingLike = PoolingName | Pooling | Exclude<PoolingSpec, string | readonly PoolingSpec[]> | readonly PoolingLike[]

/** The pooling that is meant; `who` stands in the message where there is none. */
export function poolingOf(like: PoolingLike | PoolingSpec, who: string): Pooling {
  return resolve(who, like)
}
