import { refusal } from '../../core/check.ts'
import { laneNames, lanesOf } from '../../core/frames.ts'
import { integer } from '../../core/options.ts'
import { pointwise } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'

/**
 * Keeps the first `dimensions` values of each frame: Matryoshka embeddings, whose first values are an embedding of their own. Normalize afterwards, not before.
 *
 * Shape: planes × bins × channels → 1 × `dimensions` × 1, named by {@link laneNames}. Source: sentence-transformers' truncate_dim.
 *
 * @throws RangeError for dimensions below 1 and, when planned, above the values of a frame.
 * @example
 * apply(frames([3, 4, 12], { bins: 3 }), truncate({ dimensions: 2 }), l2Normalize()).data // [0.6, 0.8]
 */
export const truncate = /* @__PURE__ */ defineStage(
  'truncate',
  {
    /** How many values are kept. */
    dimensions: integer(1),
  },
  ({ dimensions: size }, spec) => {
    return (input) => {
      const lanes = lanesOf(input)
      if (size > lanes) throw refusal('truncate', `dimensions must be at most the ${lanes} values of a frame`, size)
      const names = { planes: [''], bins: laneNames(input).slice(0, size), channels: [''] }
      const layout = { ...input, planes: 1, bins: size, channels: 1, names }
      return pointwise(spec, input, layout, ({ data, length }) => {
        const out = new Float32Array(length * size)
        for (let t = 0; t < length; t++) out.set(data.subarray(t * lanes, t * lanes + size), t * size)
        return out
      })
    }
  },
)
