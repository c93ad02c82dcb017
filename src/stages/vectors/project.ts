import { refusal } from '../../core/check.ts'
import type { Layout } from '../../core/frames.ts'
import { boolean, integer } from '../../core/options.ts'
import { pointwise } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'
import { dot, leading } from './components.ts'
import { checkLanes, fitOption } from './fitted.ts'

/**
 * Principal components: the coordinates of each frame along the directions in which a corpus varies most, so that a vector gets shorter and loses least.
 *
 * Shape: any frames of as many lanes as the fit → frames of `count` bins 'pc0', 'pc1', …, y[k] = cₖᵀ(x − mean), divided by √λₖ where `whiten`. Summed in float64. NaN stays NaN.
 * The mean, the components and their variances λ (correction 0) are those of the fit.
 *
 * @throws TypeError for what is no fit; RangeError for more components than the fit has found, and when planned for another number of lanes
 * @example
 * textFiles('letters/*.txt').pipe(eachSequence(embed(vectors), globalPool('mean'), project({ fit: await loadTensors('pca.safetensors'), count: 20 })), toVectors())
 */
export const project = /* @__PURE__ */ defineStage(
  'project',
  {
    ...fitOption,
    /** How many components are kept. */
    count: integer(1),
    /** Divides by each component's standard deviation over the corpus. */
    whiten: boolean().default(false),
  },
  ({ fit, count, whiten }, spec) => {
    const { lanes, mean } = fit
    const { vectors, eigenvalues } = leading(fit.covariance, lanes, count)
    const found = eigenvalues.length
    if (found < count) throw refusal('project', `count must be at most ${found}, the components that the fit has found`, count)
    const scales = eigenvalues.map((value) => (whiten ? 1 / Math.sqrt(value) : 1))
    return (input) => {
      checkLanes('project', input, fit)
      const bins = Array.from({ length: count }, (_, k) => `pc${k}`)
      const layout: Layout = { ...input, planes: 1, bins: count, channels: 1, names: { planes: [''], bins, channels: [''] } }
      const centered = new Float64Array(lanes)
      return pointwise(spec, input, layout, ({ data, length }) => {
        const out = new Float32Array(length * count)
        for (let t = 0; t < length; t++) {
          for (let i = 0; i < lanes; i++) centered[i] = data[t * lanes + i]! - mean[i]!
          for (let k = 0; k < count; k++) out[t * count + k] = scales[k]! * dot(centered, vectors, k * lanes)
        }
        return out
      })
    }
  },
)
