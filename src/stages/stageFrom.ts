import { didYouMean, known, refusal, show } from '../core/check.ts'
import { stageNames } from '../core/fieldNames.ts'
import { chain, type Stage, type StageSpec } from '../core/stage.ts'
import { type Operator, operator } from '../streams/operator.ts'
import * as stages from './index.ts'

/** A stage as a person writes it in JSON; poolings may already be values. */
export type StageLike = StageSpec | Stage

/**
 * The stage that a spec describes: `stageFrom(stage.spec)` gives the bits of `stage`.
 *
 * @throws TypeError for an unknown stage, with the nearest known one; whatever the stage throws for its options
 * @example
 * stageFrom({ stage: 'pool1d', pooling: 'max', size: 4 })
 */
export function stageFrom(spec: StageLike): Operator {
  if ((typeof spec !== 'object' && typeof spec !== 'function') || spec === null)
    throw refusal('stageFrom', 'expected a stage such as { stage: … }', spec)
  if ('plan' in spec && typeof spec.plan === 'function') return operator(spec as Stage)
  const { stage: name, ...options } = spec as StageSpec
  if (name === 'chain') {
    known('chain', options, ['stages'])
    const { stages: parts } = options as { stages?: unknown }
    if (!Array.isArray(parts)) throw refusal('chain', 'stages must be a list', parts)
    return operator(chain(...parts.map((part: StageSpec) => stageFrom(part))))
  }
  const names = Object.keys(stages)
  if (typeof name !== 'string' || !names.includes(name)) {
    throw new TypeError(
      `stageFrom: unknown stage ${show(name)}${(typeof name === 'string' && didYouMean(name, names, stageNames)) || `; the stages are ${names.join(', ')}`}`,
    )
  }
  // biome-ignore lint/performance/noDynamicNamespaceImportAccess: every stage must be found by its name
  const make = stages[name as keyof typeof stages] as (...args: unknown[]) => Operator
  if (!('pooling' in options)) return make(options)
  const { pooling, ...rest } = options
  return Object.keys(rest).length > 0 ? make(pooling, rest) : make(pooling)
}
