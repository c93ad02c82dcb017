// All of poolwise that runs anywhere; poolings go by their names here.
import './poolings/registry.ts'

export {
  attentive,
  contour,
  covariance,
  gated,
  gatedLoudness,
  gaussian,
  gem,
  histogram,
  logSumExp,
  lp,
  mixed,
  moments,
  netVlad,
  power,
  quantile,
  randomMixed,
  rankWeighted,
  runs,
  softPool,
  splade,
  stats,
  std,
  stochastic,
  topKMean,
  tree,
} from './poolings/index.ts'
export { type Address, type ModelFiles, type ModelToken, type StaticModel, staticModel } from './sources/models/staticModel.ts'
export { functionals } from './stages/functionals.ts'
export { stageFrom } from './stages/stageFrom.ts'
export * from './streams.ts'
