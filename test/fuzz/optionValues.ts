import type { Description, Options } from '../../src/core/options.ts'
import type { Draws } from './draws.ts'

/** A value that an option may be given as it describes itself, small where it may be; `wild` makes any of its values something else. */
export function valueFor(draws: Draws, description: Description, wild?: (draws: Draws) => unknown): unknown {
  if (wild && draws.chance(0.15)) return wild(draws)
  const { anyOf, enum: choices, type, items, properties, pattern, minItems = 0, maxItems = 3 } = description
  if (description.default !== undefined && draws.chance(0.3)) return description.default
  if (anyOf) return valueFor(draws, draws.pick(anyOf), wild)
  if (choices) return draws.pick(choices)
  const { minimum, exclusiveMinimum, maximum } = description
  const low = minimum ?? exclusiveMinimum ?? -3
  const high = maximum ?? Math.max(low, 0) + draws.pick([2, 4, 10])
  if (type === 'integer') return draws.between(low, Math.min(high, low + draws.pick([2, 4, 20])))
  if (type === 'number') return draws.pick([low, high, 0.5 * (low + high), low + 0.25 * (high - low)])
  if (type === 'boolean') return draws.chance(0.5)
  if (type === 'array')
    return draws.list(draws.between(minItems, Math.max(minItems, Math.min(maxItems, 4))), () => valueFor(draws, items ?? {}, wild))
  if (properties) return Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, valueFor(draws, one, wild)]))
  if (type === 'string')
    return pattern
      ? draws.pick(wild ? ['20ms', '0.1s', '1s', '3600s'] : ['1ms', '10ms', '.005s', '0.02s'])
      : draws.pick(['a', 'value', 'left'])
  return wild?.(draws)
}

/** Some of the options, and those that must be given. */
export function optionsFor(draws: Draws, options: Options, wild?: (draws: Draws) => unknown): Record<string, unknown> {
  const entries = Object.entries(options).filter(([, { required }]) => draws.chance(required ? (wild ? 0.95 : 1) : 0.3))
  return Object.fromEntries(entries.map(([name, { description }]) => [name, valueFor(draws, description, wild)]))
}
