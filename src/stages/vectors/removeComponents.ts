import { boolean, integer } from '../../core/options.ts'
import { pointwise } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'
import { dot, leading } from './components.ts'
import { checkLanes, fitOption } from './fitted.ts'

/**
 * Takes off what all of a corpus has in common: x − Σₖ cₖ(cₖᵀx), the cₖ the leading components of a fit.
 *
 * Shape: any frames of as many lanes as the fit → the same shape and names. Summed in float64. NaN stays NaN.
 * As it is, SIF's (Arora, Liang, Ma 2017): the eigenvectors of Σxxᵀ / n, about 0. With `center` all-but-the-top (Mu, Viswanath 2018): the mean is taken off, and the eigenvectors are those of the
 * covariance. With `piecewise` uSIF (Ethayarajh 2018): component k goes by its share λₖ / Σλ, λ being squares of singular values.
 *
 * @throws TypeError for what is no fit; RangeError for a count below 1, and when planned for another number of lanes
 * @example
 * textFiles('letters/*.txt').pipe(eachSequence(embed(vectors), globalPool('mean'), removeComponents({ fit: await loadTensors('sif.safetensors'), count: 5 })), toVectors())
 */
export const removeComponents = /* @__PURE__ */ defineStage(
  'removeComponents',
  {
    ...fitOption,
    /** How many components are taken off, or all that the fit has found where these are fewer. */
    count: integer(1).optional('1, or 5 where piecewise'),
    /** Takes the mean off too, and the components of what it leaves. */
    center: boolean().default(false),
    /** Takes component k off by its share λₖ / Σλ of the eigenvalues of the components, not whole. */
    piecewise: boolean().default(false),
  },
  ({ fit, count, center, piecewise }, spec) => {
    const { lanes, mean } = fit
    const { vectors, eigenvalues } = leading(center ? fit.covariance : fit.moment, lanes, count ?? (piecewise ? 5 : 1))
    const total = eigenvalues.reduce((sum, value) => sum + value, 0)
    const shares = eigenvalues.map((value) => (piecewise ? value / total : 1))
    return (input) => {
      checkLanes('removeComponents', input, fit)
      const rest = new Float64Array(lanes)
      return pointwise(spec, input, input, ({ data }) => {
        const out = new Float32Array(data.length)
        for (let at = 0; at < data.length; at += lanes) {
          for (let i = 0; i < lanes; i++) rest[i] = data[at + i]! - (center ? mean[i]! : 0)
          for (let k = 0; k < shares.length; k++) {
            const along = shares[k]! * dot(rest, vectors, k * lanes)
            for (let i = 0; i < lanes; i++) rest[i]! -= along * vectors[k * lanes + i]!
          }
          out.set(rest, at)
        }
        return out
      })
    }
  },
)
