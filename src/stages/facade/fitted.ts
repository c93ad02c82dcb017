// The stages that are fitted to a corpus first, as operators.

import { type Callable, callable } from '../../streams/operator.ts'
import * as features from '../features.ts'

export type { ProjectOptions, RemoveComponentsOptions, StandardizeOptions } from '../features.ts'

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
export const project: Callable<typeof features.project> = /* @__PURE__ */ callable(features.project)

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
export const removeComponents: Callable<typeof features.removeComponents> = /* @__PURE__ */ callable(features.removeComponents)

/**
 * Mean and variance normalization by a corpus: (x − mean) / std, every lane by itself; unlike `normalize` it streams, and keeps what sets one sequence apart from others.
 *
 * Shape: any frames of as many lanes as the fit → the same shape and names. In float64, correction 0. A lane that never moved in the corpus (std ≤ 1e-10) is only centered. NaN stays NaN.
 * Source: Kaldi's global CMVN; sklearn's StandardScaler.
 *
 * @throws TypeError for what is no fit; RangeError when planned for another number of lanes
 * @example
 * audioFiles('words/*.wav').pipe(eachSequence(logMel(), standardize({ fit: await loadTensors('mel.safetensors') }), globalPool('stats')), toVectors())
 */
export const standardize: Callable<typeof features.standardize> = /* @__PURE__ */ callable(features.standardize)
