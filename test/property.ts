import fc from 'fast-check'
import { test } from 'vitest'

type Kinds<Values> = { [At in keyof Values]: fc.Arbitrary<Values[At]> }

/**
 * A test of what holds of all values of some kinds. Where it does not, the error names the smallest values found, and the seed that gives them again.
 * `test.prop` of @fast-check/vitest is the same, but loading it takes seconds and a quarter of a gigabyte, which every collection of garbage then goes through.
 */
export function property<Values extends [unknown, ...unknown[]]>(kinds: Kinds<Values>, parameters: fc.Parameters<Values> = {}) {
  return (name: string, holds: (...values: Values) => unknown): void =>
    test(name, () =>
      fc.assert(
        fc.asyncProperty<Values>(...kinds, async (...values) => {
          await holds(...values)
        }),
        parameters,
      ),
    )
}
