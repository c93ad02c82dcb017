import { pointwise } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'
import { checkLanes, fitOption } from './fitted.ts'

// What a lane deviates by that never moved but for rounding.
const still = 1e-10

/**
 * Mean and variance normalization by a corpus: (x − mean) / std, every lane by itself; unlike `normalize` it streams, and keeps what sets one sequence apart from others.
 *
 * Shape: any frames of as many lanes as the fit → the same shape and names. In float64, correction 0. A lane that never moved in the corpus (std ≤ 1e-10) is only centered. NaN stays NaN.
 * Source: Kaldi's global CMVN; sklearn's StandardScaler.
 *
 * @throws TypeError for what is no fit; RangeError when planned for another number of lanes
 * @example
 * audioFiles('words/*.wav').pipe(eachSequence(logMel(), normalizeBy({ fit: await loadTensors('mel.safetensors') }), globalPool('stats')), toVectors())
 */
export const normalizeBy = /* @__PURE__ */ defineStage('normalizeBy', fitOption, ({ fit }, spec) => {
  const { lanes, mean, std } = fit
  const divisor = std.map((deviation) => (deviation > still ? deviation : 1))
  return (input) => {
    checkLanes('normalizeBy', input, fit)
    return pointwise(spec, input, input, ({ data }) => data.map((x, i) => (x - mean[i % lanes]!) / divisor[i % lanes]!))
  }
})
