import { known } from '../../core/check.ts'
import type { Layout } from '../../core/frames.ts'
import { copied, type Given, type Options, plain, type Read, read } from '../../core/options.ts'
import type { Pooling } from '../../core/pooling.ts'
import type { Plan, StageSpec } from '../../core/stage.ts'
import { type PoolingLike, poolingOf } from '../../poolings/named.ts'
import { type Operator, operator } from '../../streams/operator.ts'

/** A function that makes a stage of a pooling (a name, a pooling such as `power({ p: 3 })`, or a list, which gives all of them) and of options. */
export type PoolStage<Given extends object> = (Record<never, never> extends Given
  ? (pooling: PoolingLike, options?: Given) => Operator
  : (pooling: PoolingLike, options: Given) => Operator) & { readonly options: Options }

/**
 * A stage that pools: its options are declared, and what to plan with them and a pooling; otherwise as `defineStage`.
 *
 * @throws TypeError for what is no pooling
 */
export function poolStage<const Of extends Options>(
  name: string,
  options: Of,
  make: (options: Read<Of>, given: Given<Of>) => (input: Layout, pooling: Pooling, spec: StageSpec) => Plan,
): PoolStage<Given<Of>> {
  const of = (like: PoolingLike, given: unknown = {}): Operator => {
    const own = known(name, given as Given<Of>, Object.keys(options))
    const values = read(name, options, own)
    const pooling = poolingOf(like, name)
    const spec = { stage: name, pooling: pooling.spec, ...(plain(own) as object) } as StageSpec
    const plan = make(values, copied(own))
    return operator({ spec, plan: (input) => plan(input, pooling, spec) })
  }
  return Object.assign(of, { options }) as unknown as PoolStage<Given<Of>>
}
