import { known, listIn, refusal } from '../../core/check.ts'
import { checked, copied, type Given, type Option, type Options, plain, type Read, read } from '../../core/options.ts'
import { checkStage, type Stage, type StageSpec } from '../../core/stage.ts'
import { type Operator, operator } from '../../streams/operator.ts'

/** Stages in a stage, and stages in one another: more is a mistake. */
export const most = 256

/** What the stages of a stage get: each what the one before gives, or all of them the same frames. */
export type Flow = 'series' | 'parallel'

/** A stage made of others, which it shows. */
export type Nested = Operator & { readonly flow: Flow; readonly parts: readonly Stage[] }

export function isNested(stage: Stage): stage is Nested {
  return 'flow' in stage
}

/** The options of a stage of others. */
type Holding = Options & { readonly stages: Option<readonly Stage[]> }

/** What makes a stage of others. What has a `flow` is known by that: to specs, pipelines and their schema, the command line. */
export interface Nesting<Of extends Holding = Holding> {
  readonly flow: Flow
  readonly options: Of
  readonly of: (stages: readonly Stage[], options?: Given<Omit<Of, 'stages'>>) => Nested
}

/** The option of a stage that holds others: at least `min` of them. */
export function stageList(min: number): Option<readonly Stage[]> {
  const stages = { type: 'array', items: { $ref: '#/definitions/stage' }, ...(min > 0 && { minItems: min }) } as const
  return checked(stages, (who, name, value) => {
    const all = listIn(value, most) as Stage[] | undefined
    if (!all || all.length < min) throw refusal(who, `${name} must be a list of ${min > 0 ? `${min} to` : 'at most'} ${most}`, value)
    for (const stage of all) checkStage(who, stage)
    return all
  })
}

/**
 * A stage of others and of options: these are declared, and what to plan with both; otherwise as `defineStage`.
 *
 * @throws TypeError for what are no stages
 */
export function nestStage<const Of extends Holding>(
  name: string,
  flow: Flow,
  options: Of,
  make: (options: Read<Of>, spec: StageSpec) => Stage['plan'],
): Nesting<Of> {
  const { stages: _, ...others } = options
  return {
    flow,
    options,
    of(stages, given = {} as Given<Omit<Of, 'stages'>>) {
      const own = copied(known(name, given, Object.keys(others)))
      const values = read(name, options, { ...own, stages })
      const parts = values.stages as readonly Stage[]
      const spec = { stage: name, stages: parts.map((part) => part.spec), ...(plain(own) as object) }
      return Object.assign(operator({ spec, plan: make(values, spec) }), { flow, parts })
    },
  }
}
