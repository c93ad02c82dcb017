import * as core from '../core/stage.ts'
import { type Operator, operator } from './operator.ts'

/**
 * Stages one after the other as one stage.
 *
 * Shape: what the first takes → what the last gives. Errors name the stage they are from.
 *
 * @example
 * apply(frames([1, 5, 2, 4]), chain(pool1d('max', { size: 2 }), globalPool('mean'))).data // 4.5
 */
export function chain(...stages: core.Stage[]): Operator {
  return operator(core.chain(...stages))
}
