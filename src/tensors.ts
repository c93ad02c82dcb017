export type { Values } from './core/frames.ts'
export type { OptionsOf } from './core/options.ts'
export type { AdaptiveRule, Dialect } from './core/window.ts'
export {
  type AdaptiveOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
} from './tensors/adaptive.ts'
export { avgPool1d, avgPool2d, avgPool3d } from './tensors/avgPool.ts'
export {
  adaptivePool1d,
  adaptivePool2d,
  adaptivePool3d,
  type GlobalOptions,
  globalPool,
  pool1d,
  pool2d,
  pool3d,
} from './tensors/byName.ts'
export { type Comparison, compareDialects, type Geometry } from './tensors/compareDialects.ts'
export type { FractionalOptions } from './tensors/fractional.ts'
export { fractionalAvgPool2d, fractionalMaxPool2d } from './tensors/fractionalPool.ts'
export { lpPool1d, lpPool2d, lpPool3d } from './tensors/lpPool.ts'
export { type Indexed, maxPool1d, maxPool2d, maxPool3d } from './tensors/maxPool.ts'
export { type ModelOutput, poolTokens, type TokenPoolOptions, tokenFrames } from './tensors/poolTokens.ts'
export { type SentenceConfig, sentencePooling } from './tensors/sentencePooling.ts'
export { similarity } from './tensors/similarity.ts'
export { type Channels, fromTensor, type Tensor, type TensorLike, tensor, toTensor } from './tensors/tensor.ts'
export { maxUnpool1d, maxUnpool2d, maxUnpool3d, type UnpoolOptions } from './tensors/unpool.ts'
export type { PoolOptions } from './tensors/windowed.ts'
