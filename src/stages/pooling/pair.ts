import { isList, refusal } from '../../core/check.ts'
import { Option } from '../../core/options.ts'

/** One value for both axes, or a pair for time and bins. */
export function pair<Time, TimeValue, Bins extends Time, BinsValue>(
  time: Option<Time, TimeValue, unknown>,
  bins: Option<Bins, BinsValue, unknown>,
): Option<Bins | readonly [time: Time, bins: Bins], readonly [TimeValue, BinsValue]> {
  return new Option<Bins | readonly [Time, Bins], readonly [TimeValue, BinsValue]>(
    (who, name, value) => {
      if (isList(value) && value.length !== 2) throw refusal(who, `${name} must be one value or a pair for time and bins`, value)
      const [first, second] = isList(value) ? value : [value, value]
      return [time.read(who, name, first), bins.read(who, `${name} over bins`, second)]
    },
    { anyOf: [bins.description, { type: 'array', items: time.description, minItems: 2, maxItems: 2 }] },
  )
}
