import { integer, refusal } from '../core/check.ts'
import { checked, type Given, oneOf, type Read, read } from '../core/options.ts'
import type { Pooling } from '../core/pooling.ts'
import { adaptiveRules, adaptiveWindows, spanTaps } from '../core/window.ts'
import { argmax } from '../poolings/argmax.ts'
import { max } from '../poolings/max.ts'
import { mean } from '../poolings/mean.ts'
import { placesOf, poolBatch, seenOptions, seenWeights } from './batch.ts'
import { fromStart, type Indexed, indicesOptions } from './maxPool.ts'
import { perAxis } from './perAxis.ts'
import {
  batchOf,
  checkOut,
  emptySample,
  orderOf,
  orderOptions,
  outOptions,
  shapeOf,
  type TakesEmpty,
  type Tensor,
  type TensorLike,
} from './tensor.ts'

/** The options of pooling into a fixed number of windows. */
export function adaptiveOptions(axes: number) {
  return {
    /** Windows on each axis; null leaves an axis as long as it is (output_size). In the dialect of PyTorch there may be none. */
    size: perAxis(
      checked<number | null>({ type: ['integer', 'null'], minimum: 0 }, (who, name, value) =>
        value === null ? value : integer(who, name, value, 0),
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

/** The windows over a batch; PyTorch's average takes more that is empty than its maximum. */
export function adaptive(
  who: string,
  axes: number,
  x: TensorLike,
  options: Read<ReturnType<typeof adaptiveOptions>>,
  { spec }: Pick<Pooling, 'spec'>,
) {
  const torch = options.dialect === 'torch'
  if (!torch) for (const count of options.size) if (count !== null) integer(who, 'size', count, 1)
  const input = batchOf(who, x, axes, orderOf(options), torch ? takenByTorch(axes, spec === 'mean', options.size) : undefined)
  const taps = input.size.map((length, axis) => {
    const count = options.size[axis] ?? length
    return spanTaps(count === 0 ? [] : adaptiveWindows(options.rule, count, length))
  })
  return { input, taps, seen: seenWeights(who, options, input), out: options.out }
}

/** PyTorch 1.13 and later: a mean over everything is taken of anything, other averages need no channels but in 3-D. */
function takenByTorch(axes: number, average: boolean, size: readonly (number | null)[]): TakesEmpty {
  if (!average) return emptySample
  if (size.every((count) => count === 1)) return () => true
  return axes < 3 ? ({ axis }) => !axis : emptySample
}

/** Pools the windows over a batch. PyTorch's mean of an axis of 0 is NaN. */
export function pooledAdaptive(who: string, { input, taps, seen, out }: ReturnType<typeof adaptive>, pooling: Pooling): Tensor {
  if (!input.size.includes(0)) return poolBatch(who, input, taps, seen, pooling, { out })
  const shape = shapeOf(
    input,
    taps.map(() => 1),
    input.channels,
  )
  checkOut(who, out, shape, input.given)
  return { data: (out ?? new Float32Array(input.batch * input.channels)).fill(Number.NaN), shape }
}

type AdaptiveAverage = (x: TensorLike, options: AdaptiveOptions) => Tensor

function adaptiveAverage(axes: number): AdaptiveAverage {
  const who = `adaptiveAvgPool${axes}d`
  const declared = adaptiveOptions(axes)
  return (x, options) => {
    return pooledAdaptive(who, adaptive(who, axes, x, read(who, declared, options), mean), mean)
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
    const { input, taps, seen, out } = adaptive(who, axes, x, wanted, max)
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
