import { integer, refusal } from '../core/check.ts'
import { checked, type Given, oneOf, type Read, read } from '../core/options.ts'
import { adaptiveRules, adaptiveWindows, spanTaps } from '../core/window.ts'
import { argmax } from '../poolings/argmax.ts'
import { max } from '../poolings/max.ts'
import { mean } from '../poolings/mean.ts'
import { placesOf, poolBatch, seenOptions, seenWeights } from './batch.ts'
import { fromStart, type Indexed, indicesOptions } from './maxPool.ts'
import { perAxis } from './perAxis.ts'
import { batchOf, orderOf, orderOptions, outOptions, type Tensor, type TensorLike } from './tensor.ts'

/** The options of pooling into a fixed number of windows. */
export function adaptiveOptions(axes: number) {
  return {
    /** Windows on each axis; null leaves an axis as long as it is (output_size). */
    size: perAxis(
      checked<number | null>({ type: ['integer', 'null'], minimum: 1 }, (who, name, value) =>
        value === null ? value : integer(who, name, value, 1),
      ),
      axes,
    ),
    /** How windows are cut: as in PyTorch, or in one of the two ways of spatial pyramid pooling. */
    rule: oneOf(...adaptiveRules).default('torch'),
    ...orderOptions(),
    ...seenOptions(),
    ...outOptions(),
  }
}

export type AdaptiveOptions = Given<ReturnType<typeof adaptiveOptions>>

/** The windows over a batch. */
export function adaptive(who: string, axes: number, x: TensorLike, options: Read<ReturnType<typeof adaptiveOptions>>) {
  const input = batchOf(who, x, axes, orderOf(options))
  const taps = input.size.map((length, axis) => spanTaps(adaptiveWindows(options.rule, options.size[axis] ?? length, length)))
  return { input, taps, seen: seenWeights(who, options, input), out: options.out }
}

type AdaptiveAverage = (x: TensorLike, options: AdaptiveOptions) => Tensor

function adaptiveAverage(axes: number): AdaptiveAverage {
  const who = `adaptiveAvgPool${axes}d`
  const declared = adaptiveOptions(axes)
  return (x, options) => {
    const { input, taps, seen, out } = adaptive(who, axes, x, read(who, declared, options))
    return poolBatch(who, input, taps, seen, mean, { out })
  }
}

/** {@link adaptivePool1d} with the mean. */
export const adaptiveAvgPool1d: AdaptiveAverage = /* @__PURE__ */ adaptiveAverage(1)
/** {@link adaptiveAvgPool1d} over (N, H, W, C). */
export const adaptiveAvgPool2d: AdaptiveAverage = /* @__PURE__ */ adaptiveAverage(2)
/** {@link adaptiveAvgPool1d} over (N, D, H, W, C). */
export const adaptiveAvgPool3d: AdaptiveAverage = /* @__PURE__ */ adaptiveAverage(3)

type AdaptiveMax = {
  (x: TensorLike, options: AdaptiveOptions & { indices: true }): Indexed
  (x: TensorLike, options: AdaptiveOptions & { indices?: false }): Tensor
}

function adaptiveMaxPool(axes: number): AdaptiveMax {
  const who = `adaptiveMaxPool${axes}d`
  const declared = { ...adaptiveOptions(axes), ...indicesOptions() }
  function run(x: TensorLike, options: AdaptiveOptions & { indices: true }): Indexed
  function run(x: TensorLike, options: AdaptiveOptions & { indices?: false }): Tensor
  function run(x: TensorLike, options: AdaptiveOptions & { indices?: boolean }): Indexed | Tensor {
    const { indices, ...wanted } = read(who, declared, options)
    const { input, taps, seen, out } = adaptive(who, axes, x, wanted)
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
export const adaptiveMaxPool1d: AdaptiveMax = /* @__PURE__ */ adaptiveMaxPool(1)
/** {@link adaptiveMaxPool1d} over (N, H, W, C). */
export const adaptiveMaxPool2d: AdaptiveMax = /* @__PURE__ */ adaptiveMaxPool(2)
/** {@link adaptiveMaxPool1d} over (N, D, H, W, C). */
export const adaptiveMaxPool3d: AdaptiveMax = /* @__PURE__ */ adaptiveMaxPool(3)
