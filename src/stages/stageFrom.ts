import { didYouMean, listIn, refusal, show, tried } from '../core/check.ts'
import { stageNames } from '../core/fieldNames.ts'
import type { Options } from '../core/options.ts'
import type { Stage, StageSpec } from '../core/stage.ts'
import { type Operator, operator } from '../streams/operator.ts'
import * as stages from './index.ts'
import { most, type Nesting } from './nested/nestStage.ts'

/** A stage as a person writes it in JSON, one without options by its name alone; poolings may already be values. */
export type StageLike = StageSpec | Stage | string

/**
 * The stage that a spec describes: `stageFrom(stage.spec)` gives the bits of `stage`.
 *
 * @throws TypeError for an unknown stage, with the nearest known one; whatever the stage throws for its options
 * @example
 * stageFrom({ stage: 'pool1d', pooling: 'max', size: 4 })
 */
export function stageFrom(spec: StageLike): Operator {
  const stage = nested(spec, 0)
  return stage === spec ? operator(stage) : (stage as Operator)
}

type Make = ((...args: unknown[]) => Operator) & { readonly options: Options }

/** What makes stages of that name; of others where it has a `flow`. */
export function makerOf(name: unknown): Make | (Make & Nesting) | undefined {
  // biome-ignore lint/performance/noDynamicNamespaceImportAccess: every stage must be found by its name
  return typeof name === 'string' && Object.hasOwn(stages, name) ? (stages[name as keyof typeof stages] as unknown as Make) : undefined
}

/** What makes stages of that name, if they are made of others. */
export function nestingOf(name: unknown): Nesting | undefined {
  const make = makerOf(name)
  return make && 'flow' in make ? make : undefined
}

/** What a spec describes; a stage is itself. */
function nested(like: StageLike, depth: number): Stage {
  const spec = typeof like === 'string' ? { stage: like } : like
  const own = tried(spec as StageSpec, (given) => (typeof given.plan === 'function' ? spec : typeof given === 'object' && { ...given }))
  if (!own) throw refusal('stageFrom', 'expected a stage such as { stage: … }', spec)
  if (own === spec) return spec as Stage
  const { stage: name, ...options } = own as StageSpec
  const make = makerOf(name)
  if (!make) {
    const names = Object.keys(stages)
    throw new TypeError(
      `stageFrom: unknown stage ${show(name)}${(typeof name === 'string' && didYouMean(name, names, stageNames)) || `; the stages are ${names.join(', ')}`}`,
    )
  }
  if ('flow' in make) {
    const { stages: parts, ...rest } = options
    const list = depth < most ? listIn(parts, most) : undefined
    if (!list) throw refusal(name, `stages must be a list of at most ${most}`, parts)
    return make.of(list.map((part) => nested(part as StageLike, depth + 1)), rest) // biome-ignore format: one call
  }
  if (!('pooling' in options)) return make(options)
  const { pooling, ...rest } = options
  return Object.keys(rest).length > 0 ? make(pooling, rest) : make(pooling)
}
