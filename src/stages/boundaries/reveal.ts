import { lanesOf } from '../../core/frames.ts'
import { oneOf } from '../../core/options.ts'
import { memoryless } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'

/**
 * Shows frames that were not seen, as zeros or as they are, and gives all frames weight 1: pitch as a track in which 0 stands for unvoiced, to be put beside features of all frames; a vector that pooled nothing as
 * what its poolings give of nothing.
 *
 * Shape: any frames → the same shape and names. An empty sequence gives none.
 *
 * @example
 * apply(frames([5, 7], { weights: [0, 0.5] }), reveal()).data // [0, 7]
 */
export const reveal = /* @__PURE__ */ defineStage(
  'reveal',
  {
    /** What frames that were not seen hold from then on. */
    as: oneOf('zeros', 'itself').default('zeros'),
  },
  ({ as }, spec) =>
    (input) => {
      const lanes = lanesOf(input)
      return memoryless(spec, input, input, ({ weights, ...frames }) => {
        if (!weights || as === 'itself') return frames
        return { ...frames, data: frames.data.map((x, i) => (weights[Math.floor(i / lanes)] === 0 ? 0 : x)) }
      })
    },
)
