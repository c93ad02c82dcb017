import { listIn, refusal } from '../core/check.ts'
import { Option } from '../core/options.ts'

/** One value for all axes, or one an axis. */
export type PerAxis<Value> = Value | readonly Value[]

/** An option that is one value for all axes, or one an axis, which is what is read. */
export function perAxis<Given, Value, Missing>(
  { read, description, required, missing }: Pick<Option<Given, Value, Missing>, 'given' | 'read' | 'description' | 'required' | 'missing'>,
  axes: number,
): Option<PerAxis<Given>, readonly Value[], [Missing] extends [never] ? never : readonly Missing[]> {
  const { default: usual, otherwise, ...each } = description
  return new Option<PerAxis<Given>, readonly Value[], never>(
    (who, name, value) => {
      const values: readonly unknown[] = listIn(value) ?? Array.from({ length: axes }, () => value)
      if (values.length !== axes) throw refusal(who, `${name} must be one value or one for each of the ${axes} axes`, value)
      return values.map((one) => read(who, name, one))
    },
    {
      anyOf: [each, { type: 'array', items: each, minItems: axes, maxItems: axes }],
      ...(usual !== undefined && { default: usual }),
      ...(otherwise !== undefined && { otherwise }),
    },
    required,
    new Array<Missing>(axes).fill(missing) as never,
  )
}
