// What takes any pooling, by its name too; so it brings all of them, which the functions of one pooling do not.
import '../poolings/registry.ts'
import { refusal } from '../core/check.ts'
import { boolean, type Given, read } from '../core/options.ts'
import { spanTaps } from '../core/window.ts'
import { type PoolingLike, poolingOf } from '../poolings/named.ts'
import { padded } from '../windows/includePad.ts'
import { type AdaptiveOptions, adaptive, adaptiveOptions, pooledAdaptive } from './adaptive.ts'
import { checkInside } from './avgPool.ts'
import { poolBatch, seenOptions, seenWeights } from './batch.ts'
import { slid } from './slid.ts'
import { batchOf, orderOf, orderOptions, shapeOf, type Tensor, type TensorLike, tensor } from './tensor.ts'
import { type PoolOptions, pooledWindows, poolOptions, windowed } from './windowed.ts'

function pool(axes: number): (pooling: PoolingLike, x: TensorLike, options: PoolOptions) => Tensor {
  const who = `pool${axes}d`
  const declared = poolOptions(axes)
  return (pooling, x, options) => {
    const values = read(who, declared, options)
    const resolved = poolingOf(pooling, who)
    const all = windowed(who, axes, x, values, (window) => padded(who, window, resolved))
    if (resolved.spec === 'mean') checkInside(who, values, all.input.size)
    return pooledWindows(who, all, resolved, slid)
  }
}

/**
 * Pools windows of a tensor with any pooling there is, or a list of them.
 *
 * Shape: (N, L, C) → (N, L', outputs·C), or channels first; without the batch axis likewise. A list's outputs stand side by side in the channels, output slowest.
 *
 * @param options see {@link PoolOptions}
 * @throws RangeError or TypeError for bad options, tensors of other axes, windows that do not fit, and whatever the dialect's library refuses
 * @example
 * pool1d('softPool', { data: [1, 2, 3, 4], shape: [1, 4, 1] }, { size: 2 }).shape // [1, 2, 1]
 */
export const pool1d: (pooling: PoolingLike, x: TensorLike, options: PoolOptions) => Tensor = /* @__PURE__ */ pool(1)
/** {@link pool1d} over (N, H, W, C). */
export const pool2d: (pooling: PoolingLike, x: TensorLike, options: PoolOptions) => Tensor = /* @__PURE__ */ pool(2)
/** {@link pool1d} over (N, D, H, W, C). */
export const pool3d: (pooling: PoolingLike, x: TensorLike, options: PoolOptions) => Tensor = /* @__PURE__ */ pool(3)

type Adaptive = (pooling: PoolingLike, x: TensorLike, options: AdaptiveOptions) => Tensor

function adaptivePool(axes: number): Adaptive {
  const who = `adaptivePool${axes}d`
  const declared = adaptiveOptions(axes)
  return (pooling, x, options) => {
    const resolved = poolingOf(pooling, who)
    return pooledAdaptive(who, adaptive(who, axes, x, read(who, declared, options), resolved), resolved)
  }
}

/**
 * Pools into a fixed number of windows with any pooling.
 *
 * Shape: (N, L, C) → (N, size, outputs·C), or channels first.
 *
 * @throws RangeError or TypeError for bad options and tensors of other axes
 * @source torch.nn.functional.adaptive_avg_pool1d and its relatives
 * @example
 * adaptivePool1d('max', { data: [1, 2, 3, 4, 5], shape: [1, 5, 1] }, { size: 2 }).data // 3, 5
 */
export const adaptivePool1d: Adaptive = /* @__PURE__ */ adaptivePool(1)
/** {@link adaptivePool1d} over (N, H, W, C). */
export const adaptivePool2d: Adaptive = /* @__PURE__ */ adaptivePool(2)
/** {@link adaptivePool1d} over (N, D, H, W, C). */
export const adaptivePool3d: Adaptive = /* @__PURE__ */ adaptivePool(3)

const globalOptions = /* @__PURE__ */ (() => ({
  /** Whether the pooled axes stay, with length 1. */
  keepdims: boolean().optional('false; true in the dialect of ONNX'),
  ...orderOptions(),
  ...seenOptions(),
}))()

export type GlobalOptions = Given<typeof globalOptions>

/**
 * Pools all spatial axes into one value a channel, with any pooling.
 *
 * Shape: (N, …, C) → (N, outputs·C), or with `keepdims` (N, 1, …, outputs·C); channels first likewise. Axes: 1 to 3, by the tensor's shape, which has a batch.
 *
 * @throws RangeError or TypeError for bad options and tensors of other axes
 * @source keras.layers.GlobalMaxPooling2D and its relatives, ONNX GlobalAveragePool
 * @example
 * globalPool('mean', { data: [1, 2, 3, 6], shape: [1, 2, 2, 1] }).data // 3
 */
export function globalPool(pooling: PoolingLike, x: TensorLike, options: GlobalOptions = {}): Tensor {
  const who = 'globalPool'
  const values = read(who, globalOptions, options)
  const { dialect, keepdims = dialect === 'onnx' } = values
  const resolved = poolingOf(pooling, who)
  const given = tensor(x, who)
  const axes = given.shape.length - 2
  if (axes < 1 || axes > 3) throw refusal(who, 'expected a tensor of batch, channels and 1 to 3 spatial axes', given.shape)
  const input = batchOf(who, given, axes, orderOf(values))
  const taps = input.size.map((length) => spanTaps([[0, length]]))
  const { data } = poolBatch(who, input, taps, seenWeights(who, values, input), resolved)
  return { data, shape: shapeOf(input, keepdims ? input.size.map(() => 1) : [], input.channels * resolved.outputs.length) }
}
