import { type Accumulator, startsOf } from './accumulators.ts'
import { refusal, tried } from './check.ts'
import { type AccumulatedDefinition, definePooling as define, type PoolingDefinition } from './pooling.ts'

/**
 * Makes a pooling from its formula. It then runs globally, in 1-D and 2-D windows, sliding, adaptive and in pyramids, streams, merges and resumes.
 *
 * Shape: lanes in → outputs × lanes out. Frames arrive in runs: `rows` rows of `lanes` values each from `offset` on, each with a weight > 0.
 *
 * @throws TypeError for what is no such definition
 * @example
 * definePooling({ name: 'low', accumulators: ['low'], outputs: ['low'], about: { formula: 'min x', source: '', use: '', example: { input: [2, 1], output: [1] }, empty: Infinity }, result: ({ low }, out) => out.low.set(low) }).identity // Infinity
 */
export const definePooling = ((definition: never) => {
  if (!tried(definition, isDefinition))
    throw refusal(
      'definePooling',
      'expected a name, slots or accumulators, outputs, and functions that add, merge and give a result',
      definition,
    )
  return define(definition)
}) as typeof define

function isDefinition(given: PoolingDefinition<string, string> | AccumulatedDefinition<Accumulator, string>): boolean {
  const { name, outputs, result } = given
  const states =
    'accumulators' in given
      ? startsOf(given.accumulators).length > 0
      : [given.add, given.merge].every((part) => typeof part === 'function') &&
        Object.values(given.slots).every((slot) => typeof slot === 'number')
  return (
    states &&
    typeof name === 'string' &&
    typeof result === 'function' &&
    outputs.length > 0 &&
    outputs.every((output) => typeof output === 'string')
  )
}
