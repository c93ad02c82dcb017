import { integer as checkInteger, refusal } from '../core/check.ts'
import { checked, type Given, oneOf, read } from '../core/options.ts'
import { adaptiveRules, adaptiveWindows, dialects, spanTaps } from '../core/window.ts'
import { argmax } from '../poolings/argmax.ts'
import { max } from '../poolings/max.ts'
import { mean } from '../poolings/mean.ts'
import { placesOf, poolBatch, seenOptions, seenWeights } from './batch.ts'
import { fromStart, type Indexed } from './maxPool.ts'
import { batchOf, channelsOption, orderOf, outOption, type PerAxis, type Tensor, type TensorLike } from './tensor.ts'

/** The options of pooling into a fixed number of windows. */
const adaptiveOptions = {
  /** Windows on each axis (output_size); null leaves an axis as long as it is. */
  size: checked<PerAxis<number | null>>({}, (_, __, value) => value as number),
  /** How windows are cut; see the streaming stage. */
  rule: oneOf(...adaptiveRules).default('torch'),
  /** Whose order of axes. */
  dialect: oneOf(...dialects).optional('none'),
  ...channelsOption,
  ...seenOptions,
  ...outOption,
}

export type AdaptiveOptions = Given<typeof adaptiveOptions>

/** The windows over a batch. */
export function adaptive(who: string, axes: number, x: TensorLike, options: AdaptiveOptions) {
  const { rule } = read(who, adaptiveOptions, options)
  const input = batchOf(who, x, axes, orderOf(who, options))
  const wanted = Array.isArray(options.size) ? options.size : input.size.map(() => options.size as number | null)
  if (wanted.length !== axes) throw refusal(who, `size must be one number or one for each of the ${axes} axes`, options.size)
  const taps = input.size.map((length, axis) =>
    spanTaps(adaptiveWindows(rule, checkInteger(who, 'size', wanted[axis] ?? length, 1), length)),
  )
  return { input, taps, seen: seenWeights(who, options, input), out: options.out }
}

type AdaptiveAverage = (x: TensorLike, options: AdaptiveOptions) => Tensor

function adaptiveAverage(axes: number): AdaptiveAverage {
  const who = `adaptiveAvgPool${axes}d`
  return (x, options) => {
    const { input, taps, seen, out } = adaptive(who, axes, x, options)
    return poolBatch(who, input, taps, seen, mean, { out })
  }
}

/** {@link adaptivePool1d} with the mean. */
export const adaptiveAvgPool1d: AdaptiveAverage = adaptiveAverage(1)
/** {@link adaptiveAvgPool1d} over (N, H, W, C). */
export const adaptiveAvgPool2d: AdaptiveAverage = adaptiveAverage(2)
/** {@link adaptiveAvgPool1d} over (N, D, H, W, C). */
export const adaptiveAvgPool3d: AdaptiveAverage = adaptiveAverage(3)

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
