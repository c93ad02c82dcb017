import { refusal } from '../../core/check.ts'
import { laneNames, lanesOf } from '../../core/frames.ts'
import { number, oneOf, text } from '../../core/options.ts'
import { memoryless } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'

/**
 * Masks frames by one of their values: those where it is above a number stay seen and all others get weight 0, or the other way round. What follows pools voiced frames alone, loud ones, or those between.
 *
 * Shape: any frames → the same shape, names and values. A frame that was not seen stays so; NaN is never above. An empty sequence gives none.
 *
 * @throws TypeError, when planned, for a name that is none of the input's.
 * @example
 * apply(frames([0, 5, 3], { names: { bins: ['level'] } }), mask({ by: 'level', above: 1 })).weights // [0, 1, 1]
 */
export const mask = /* @__PURE__ */ defineStage(
  'mask',
  {
    /** The name of the value that decides. */
    by: text(),
    /** What it must be above. */
    above: number().default(0),
    /** Which frames stay seen. */
    keep: oneOf('above', 'others').default('above'),
  },
  ({ by, above, keep }, spec) =>
    (input) => {
      const lanes = lanesOf(input)
      const names = laneNames(input)
      const lane = names.indexOf(by)
      if (lane < 0) throw refusal('mask', `by must name a value of the input, such as ${names.slice(0, 8).join(', ')}`, by)
      return memoryless(spec, input, input, (frames) => ({
        ...frames,
        weights: Float32Array.from({ length: frames.length }, (_, t) =>
          frames.data[t * lanes + lane]! > above === (keep === 'above') ? (frames.weights?.[t] ?? 1) : 0,
        ),
      }))
    },
)
