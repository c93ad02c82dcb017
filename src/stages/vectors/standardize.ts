import { known } from '../../core/check.ts'
import { pointwise, type Stage } from '../../core/stage.ts'
import type { TensorFile } from '../../files/safetensors.ts'
import { specOf } from '../spec.ts'
import { checkLanes, parseFit } from './fitted.ts'

export interface StandardizeOptions {
  /** The fit of a corpus, from `toFit` or `loadTensors`; in JSON its path. */
  fit: TensorFile
}

// What a lane deviates by that never moved but for rounding.
const still = 1e-10

export function standardize(options: StandardizeOptions): Stage {
  known('standardize', options, ['fit'])
  const fit = parseFit('standardize', options.fit)
  const { lanes, mean, std } = fit
  const divisor = std.map((deviation) => (deviation > still ? deviation : 1))
  const spec = specOf('standardize', { fit: options.fit.name })
  return {
    spec,
    plan(input) {
      checkLanes('standardize', input, fit)
      return pointwise(spec, input, input, ({ data }) => data.map((x, i) => (x - mean[i % lanes]!) / divisor[i % lanes]!))
    },
  }
}
