import { refusal } from '../../core/check.ts'
import { laneNames, lanesOf } from '../../core/frames.ts'
import { list, text } from '../../core/options.ts'
import { pointwise } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'

/**
 * Picks values of each frame by their names, in the order asked for, and calls them something else if wanted: some features of many, or a vector in the order of a published list.
 *
 * Shape: planes × bins × channels → 1 × one bin for each name × 1; names are those of {@link laneNames}, as `explain` shows them. A name may stand there twice. An empty sequence gives none.
 *
 * @throws TypeError for names that are none of the input's, when planned, and where `as` names more or fewer.
 * @example
 * apply(frames([3, 4, 12], { bins: 3, names: { bins: ['a', 'b', 'c'] } }), pick({ of: ['c', 'a'] })).data // [12, 3]
 */
export const pick = /* @__PURE__ */ defineStage(
  'pick',
  {
    /** Names of the values that are kept. */
    of: list(text(), { like: "['F1.frequency', 'F2.frequency']" }),
    /** What they are called from then on. */
    as: list(text(), { like: "['first', 'second']" }).optional('as they were'),
  },
  ({ of, as = of }, spec) => {
    if (as.length !== of.length) throw new TypeError(`pick: as must name each of the ${of.length} values, got ${as.length} names`)
    return (input) => {
      const lanes = lanesOf(input)
      const names = laneNames(input)
      const at = of.map((name) => {
        if (names.includes(name)) return names.indexOf(name)
        throw refusal('pick', `of must name values of the input, such as ${names.slice(0, 8).join(', ')}`, name)
      })
      const layout = { ...input, planes: 1, bins: as.length, channels: 1, names: { planes: [''], bins: as, channels: [''] } }
      return pointwise(spec, input, layout, ({ data, length }) =>
        Float32Array.from({ length: length * at.length }, (_, i) => data[Math.floor(i / at.length) * lanes + at[i % at.length]!]!),
      )
    }
  },
)
