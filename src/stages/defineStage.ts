import { type Given, type Options, plain, type Read, type Taking, taking } from '../core/options.ts'
import type { Stage, StageSpec } from '../core/stage.ts'
import { type Operator, operator } from '../streams/operator.ts'

/** A function that makes a stage of options, as an operator for `.pipe()`. */
export type StageOf<Given extends object> = Taking<Given, Operator>

/**
 * A stage of options: they are declared, and what to plan with them.
 *
 * @param make gets the options read, the spec, and what was given; it may refuse what does not go together, and gives the plan for a layout
 */
export function defineStage<const Of extends Options>(
  name: string,
  options: Of,
  make: (options: Read<Of>, spec: StageSpec, given: Given<Of>) => Stage['plan'],
): StageOf<Given<Of>> {
  return taking(name, options, (values, given) => {
    const spec = { stage: name, ...(plain(given) as object) }
    return operator({ spec, plan: make(values, spec, given) })
  })
}
