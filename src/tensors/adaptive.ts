import { integer, known, oneOf, refusal } from '../core/check.ts'
import { type AdaptiveRule, adaptiveRules, adaptiveWindows, type Dialect, spanTaps } from '../core/window.ts'
import { argmax, max } from '../poolings/index.ts'
import { type PoolingLike, poolingOf } from '../poolings/named.ts'
import { placesOf, poolBatch, type Seen, seenWeights } from './batch.ts'
import { boundariesOf, type FractionalOptions, fractionalOptions } from './fractional.ts'
import { fromStart, type Indexed, type PerAxis } from './pool.ts'
import {
  type Batch,
  batchFrom,
  batchOf,
  type Channels,
  orderOf,
  type Reuse,
  shapeOf,
  type Tensor,
  type TensorLike,
  unbatch,
} from './tensor.ts'

type Span = readonly [from: number, to: number]

export interface AdaptiveOptions extends Seen, Reuse {
  /** Windows on each axis; null leaves an axis as long as it is. */
  size: PerAxis<number | null>
  /** How windows are cut, by default as in PyTorch; see the streaming stage. */
  rule?: AdaptiveRule
  dialect?: Dialect
  channels?: Channels
}

function adaptive(who: string, axes: number, x: TensorLike, options: AdaptiveOptions) {
  known(who, options, ['size', 'rule', 'dialect', 'channels', 'lengths', 'weights', 'out'])
  const rule = oneOf(who, 'rule', options.rule ?? 'torch', adaptiveRules)
  const input = batchOf(who, x, axes, orderOf(who, options))
  const wanted = Array.isArray(options.size) ? options.size : input.size.map(() => options.size as number | null)
  if (wanted.length !== axes) throw refusal(who, `size must be one number or one for each of the ${axes} axes`, options.size)
  const taps = input.size.map((length, axis) => spanTaps(adaptiveWindows(rule, integer(who, 'size', wanted[axis] ?? length, 1), length)))
  return { input, taps, seen: seenWeights(who, options, input), out: options.out }
}

type Adaptive = (pooling: PoolingLike, x: TensorLike, options: AdaptiveOptions) => Tensor

function adaptivePool(axes: number): Adaptive {
  const who = `adaptivePool${axes}d`
  return (pooling, x, options) => {
    const { input, taps, seen, out } = adaptive(who, axes, x, options)
    return poolBatch(who, input, taps, seen, poolingOf(pooling, who), { out })
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
export const adaptivePool1d: Adaptive = adaptivePool(1)
/** {@link adaptivePool1d} over (N, H, W, C). */
export const adaptivePool2d: Adaptive = adaptivePool(2)
/** {@link adaptivePool1d} over (N, D, H, W, C). */
export const adaptivePool3d: Adaptive = adaptivePool(3)

type AdaptiveAverage = (x: TensorLike, options: AdaptiveOptions) => Tensor

/** {@link adaptivePool1d} with the mean. */
export const adaptiveAvgPool1d: AdaptiveAverage = (x, options) => adaptivePool1d('mean', x, options)
/** {@link adaptiveAvgPool1d} over (N, H, W, C). */
export const adaptiveAvgPool2d: AdaptiveAverage = (x, options) => adaptivePool2d('mean', x, options)
/** {@link adaptiveAvgPool1d} over (N, D, H, W, C). */
export const adaptiveAvgPool3d: AdaptiveAverage = (x, options) => adaptivePool3d('mean', x, options)

type AdaptiveMax = {
  (x: TensorLike, options: AdaptiveOptions & { indices: true }): Indexed
  (x: TensorLike, options: AdaptiveOptions & { indices?: false }): Tensor
}

function adaptiveMaxPool(axes: number): AdaptiveMax {
  const who = `adaptiveMaxPool${axes}d`
  function run(x: TensorLike, options: AdaptiveOptions & { indices: true }): Indexed
  function run(x: TensorLike, options: AdaptiveOptions & { indices?: false }): Tensor
  function run(x: TensorLike, { indices = false, ...options }: AdaptiveOptions & { indices?: boolean }): Indexed | Tensor {
    const { input, taps, seen, out } = adaptive(who, axes, x, options)
    if (!indices) return poolBatch(who, input, taps, seen, max, { out })
    if (out) throw refusal(who, 'with indices there must be no out', out)
    const size = taps.map(({ firsts }) => firsts.length)
    const values = poolBatch(who, input, taps, seen, max)
    const places = placesOf(input, taps, seen, values) ?? poolBatch(who, input, taps, seen, argmax)
    return { values, indices: fromStart(input, places, size, (o) => taps[0]!.firsts[o]!) }
  }
  return run
}

/** {@link adaptivePool1d} with the maximum; with `indices: true` also where the maxima are. */
export const adaptiveMaxPool1d: AdaptiveMax = adaptiveMaxPool(1)
/** {@link adaptiveMaxPool1d} over (N, H, W, C). */
export const adaptiveMaxPool2d: AdaptiveMax = adaptiveMaxPool(2)
/** {@link adaptiveMaxPool1d} over (N, D, H, W, C). */
export const adaptiveMaxPool3d: AdaptiveMax = adaptiveMaxPool(3)

type FractionalMax = {
  (x: TensorLike, options: FractionalOptions & { indices: true }): Indexed
  (x: TensorLike, options: FractionalOptions & { indices?: false }): Tensor
}

/** Every sample and channel has windows of its own, so each is pooled by itself. */
function fractional(
  who: string,
  x: TensorLike,
  like: PoolingLike,
  options: FractionalOptions,
): { input: Batch; pooled: Float32Array; size: readonly number[]; spans: (readonly Span[])[][] } {
  known(who, options, fractionalOptions)
  const input = batchOf(who, x, 2, options.channels ?? (options.system === 'tensorflow' ? 'last' : 'first'))
  const { batch, channels, size } = input
  const outputs = poolingOf(like, who).outputs.length
  const spans = Array.from({ length: batch * channels }, (_, i) =>
    boundariesOf(who, options, input, Math.floor(i / channels), i % channels),
  )
  const out = spans[0]?.map((list) => list.length) ?? [0, 0]
  const positions = size[0]! * size[1]!
  const pooled = new Float32Array(batch * out[0]! * out[1]! * channels * outputs)
  for (const [i, lists] of spans.entries()) {
    const [n, c] = [Math.floor(i / channels), i % channels]
    const lane = Float64Array.from({ length: positions }, (_, p) => input.data[(n * positions + p) * channels + c]!)
    const one = batchFrom({ ...input, given: lane, batch: 1, channels: 1, order: 'last' })
    const { data: alone } = poolBatch(who, one, lists.map(spanTaps), [undefined], poolingOf(like, who))
    for (let p = 0; p < alone.length / outputs; p++) {
      for (let o = 0; o < outputs; o++) pooled[((n * out[0]! * out[1]! + p) * outputs + o) * channels + c] = alone[p * outputs + o]!
    }
  }
  return { input, pooled, size: out, spans }
}

/**
 * Fractional max pooling: windows at pseudo-random places, so that sizes shrink by fractions.
 *
 * Shape: (N, C, H, W) → (N, C, H', W') in PyTorch's system, (N, H, W, C) in TensorFlow's. Every sample and channel has windows of its own.
 * Without `samples` the places follow from `seed` alone.
 *
 * @throws RangeError or TypeError for bad options, outputs larger than the input allows, and samples outside 0 … 1
 * @source Graham 2014; torch.nn.functional.fractional_max_pool2d, tf.nn.fractional_max_pool
 * @example
 * fractionalMaxPool2d({ data: Array.from({ length: 25 }, (_, i) => i), shape: [1, 1, 5, 5] }, { size: 2, outputSize: 3, seed: 1 }).shape // [1, 1, 3, 3]
 */
export const fractionalMaxPool2d: FractionalMax = fractionalMax
function fractionalMax(x: TensorLike, options: FractionalOptions & { indices: true }): Indexed
function fractionalMax(x: TensorLike, options: FractionalOptions & { indices?: false }): Tensor
function fractionalMax(x: TensorLike, { indices = false, ...options }: FractionalOptions & { indices?: boolean }): Indexed | Tensor {
  const { input, pooled, size } = fractional('fractionalMaxPool2d', x, 'max', options)
  const values = unbatch(pooled, input, size, input.channels)
  if (!indices) return values
  const { pooled: places, spans } = fractional('fractionalMaxPool2d', x, 'argmax', options)
  const perFrame = size[1]! * input.channels
  const absolute = Int32Array.from(places, (place, i) => {
    const n = Math.floor(i / (size[0]! * perFrame))
    return place + spans[n * input.channels + (i % input.channels)]![0]![Math.floor(i / perFrame) % size[0]!]![0] * input.size[1]!
  })
  return { values, indices: unbatch(absolute, input, size, input.channels) }
}

/** {@link fractionalMaxPool2d} with the mean. */
export function fractionalAvgPool2d(x: TensorLike, options: FractionalOptions): Tensor {
  const { input, pooled, size } = fractional('fractionalAvgPool2d', x, 'mean', options)
  return unbatch(pooled, input, size, input.channels)
}

export interface GlobalOptions extends Seen {
  channels?: Channels
  dialect?: Dialect
  /** Whether the pooled axes stay, with length 1. Default false; in the dialect of ONNX true. */
  keepdims?: boolean
}

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
  known(who, options, ['channels', 'dialect', 'keepdims', 'lengths', 'weights'])
  const { dialect, keepdims = dialect === 'onnx' } = options
  const axes = ('dims' in x ? x.dims : x.shape).length - 2
  if (axes < 1 || axes > 3)
    throw refusal(who, 'expected a tensor of batch, channels and 1 to 3 spatial axes', 'dims' in x ? x.dims : x.shape)
  const input = batchOf(who, x, axes, orderOf(who, options))
  const resolved = poolingOf(pooling, who)
  const taps = input.size.map((length) => spanTaps([[0, length]]))
  const { data } = poolBatch(who, input, taps, seenWeights(who, options, input), resolved)
  return { data, shape: shapeOf(input, keepdims ? input.size.map(() => 1) : [], input.channels * resolved.outputs.length) }
}
