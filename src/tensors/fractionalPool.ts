import { type Read, read } from '../core/options.ts'
import type { Pooling } from '../core/pooling.ts'
import { spanTaps } from '../core/window.ts'
import { argmax } from '../poolings/argmax.ts'
import { max } from '../poolings/max.ts'
import { mean } from '../poolings/mean.ts'
import { poolBatch } from './batch.ts'
import { boundariesOf, type FractionalOptions, fractionalOptions } from './fractional.ts'
import { type Indexed, indicesOptions } from './maxPool.ts'
import { type Batch, batchFrom, batchOf, emptySample, type Tensor, type TensorLike, unbatch } from './tensor.ts'

type Span = readonly [from: number, to: number]

type FractionalMax = {
  (x: TensorLike, options: FractionalOptions & { indices: true }): Indexed
  (x: TensorLike, options: FractionalOptions & { indices?: false }): Tensor
}

/** Every sample and channel has windows of its own, so each is pooled by itself. */
function fractional(
  who: string,
  x: TensorLike,
  pooling: Pooling,
  options: Read<typeof fractionalOptions>,
): { input: Batch; pooled: Float32Array; size: readonly number[]; spans: (readonly Span[])[][] } {
  const torch = options.system === 'torch'
  const input = batchOf(who, x, 2, options.channels ?? (torch ? 'first' : 'last'), torch ? emptySample : undefined)
  const { batch, channels, size } = input
  const outputs = pooling.outputs.length
  const { size: out, of } = boundariesOf(who, options, input)
  const spans = Array.from({ length: batch * channels }, (_, i) => of(Math.floor(i / channels), i % channels))
  const positions = size[0]! * size[1]!
  const pooled = new Float32Array(batch * out[0]! * out[1]! * channels * outputs)
  for (const [i, lists] of spans.entries()) {
    const [n, c] = [Math.floor(i / channels), i % channels]
    const lane = Float64Array.from({ length: positions }, (_, p) => input.data[(n * positions + p) * channels + c]!)
    const one = batchFrom({ ...input, given: lane, batch: 1, channels: 1, order: 'last' })
    const { data: alone } = poolBatch(who, one, lists.map(spanTaps), [undefined], pooling)
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
function fractionalMax(x: TensorLike, options: FractionalOptions & { indices?: boolean }): Indexed | Tensor {
  const who = 'fractionalMaxPool2d'
  const { indices, ...wanted } = read(who, { ...fractionalOptions, ...indicesOptions() }, options)
  const { input, pooled, size } = fractional(who, x, max, wanted)
  const values = unbatch(pooled, input, size, input.channels)
  if (!indices) return values
  const { pooled: places, spans } = fractional(who, x, argmax, wanted)
  const perFrame = size[1]! * input.channels
  const absolute = Int32Array.from(places, (place, i) => {
    const n = Math.floor(i / (size[0]! * perFrame))
    return place + spans[n * input.channels + (i % input.channels)]![0]![Math.floor(i / perFrame) % size[0]!]![0] * input.size[1]!
  })
  return { values, indices: unbatch(absolute, input, size, input.channels) }
}

/** {@link fractionalMaxPool2d} with the mean. */
export function fractionalAvgPool2d(x: TensorLike, options: FractionalOptions): Tensor {
  const who = 'fractionalAvgPool2d'
  const { input, pooled, size } = fractional(who, x, mean, read(who, fractionalOptions, options))
  return unbatch(pooled, input, size, input.channels)
}
