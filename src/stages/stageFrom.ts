import { didYouMean, known, listIn, refusal, show, tried } from '../core/check.ts'
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
  return nested(spec, 0)
}

// Stages in a chain, and chains in one another: more is a mistake.
const most = 256

function nested(spec: StageLike, depth: number): Operator {
  const own = tried(spec as StageSpec, (given) =>
    typeof given.plan === 'function' ? operator(given as unknown as Stage) : typeof given === 'object' && { ...given },
  )
  if (typeof own === 'function') return own
  if (!own) throw refusal('stageFrom', 'expected a stage such as { stage: … }', spec)
  const { stage: name, ...options } = own
  if (name === 'chain') {
    const { stages: parts } = known('chain', options as { stages?: unknown }, ['stages'])
    const list = listIn(parts, most)
    if (!list || depth === most) throw refusal('chain', `stages must be a list of at most ${most}`, parts)
    return operator(chain(...list.map((part) => nested(part as StageLike, depth + 1))))
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
