import { integer, known, number, refusal } from '../core/check.ts'
import type { Pooling } from '../core/pooling.ts'
import {
  allTaps,
  type Dialect,
  extentOf,
  outputLength,
  paddingFor,
  resolveWindow,
  type Window,
  type WindowOptions,
} from '../core/window.ts'
import * as poolings from '../poolings/index.ts'
import { argmax, max, mean, sum } from '../poolings/index.ts'
import { type PoolingLike, poolingOf } from '../poolings/named.ts'
import { padded } from '../windows/includePad.ts'
import { slides } from '../windows/sliding.ts'
import { placesOf, poolBatch, type Seen, type SeenWeights, seenWeights } from './batch.ts'
import { type Batch, batchOf, type Channels, orderOf, type Reuse, type Tensor, type TensorLike } from './tensor.ts'

/** One value for all axes, or one an axis. */
export type PerAxis<Value> = Value | readonly Value[]

export interface PoolOptions extends Seen, Reuse {
  size: PerAxis<number>
  /** Default: `size`; 1 in the dialect of ONNX. */
  stride?: PerAxis<number>
  dilation?: PerAxis<number>
  /** 'valid', 'same', 'same-lower', a number, or for each axis a number or `[before, after]`. */
  padding?: 'valid' | 'same' | 'same-lower' | number | readonly (number | readonly [before: number, after: number])[]
  /** 'keep' is the ceil mode: a last window that is not full counts too. */
  partial?: 'drop' | 'keep'
  /** Whether padding counts as zeros that were seen. */
  includePad?: boolean
  dialect?: Dialect
  /** Where the channels are: by default last, in the dialects of PyTorch and ONNX first. */
  channels?: Channels
}

const poolOptions: readonly (keyof PoolOptions)[] = [
  'size',
  'stride',
  'dilation',
  'padding',
  'partial',
  'includePad',
  'dialect',
  'channels',
  'lengths',
  'weights',
  'out',
]

/** A batch and the windows over each of its axes. */
export interface Windowed {
  readonly input: Batch
  readonly windows: readonly Window[]
  readonly size: readonly number[]
  readonly seen: SeenWeights
  readonly out: Float32Array | undefined
}

/** Checks everything and resolves the windows; `size` is that of the output. */
export function windowed(who: string, axes: number, x: TensorLike, options: PoolOptions): Windowed {
  const input = batchOf(who, x, axes, orderOf(who, options))
  return { input, ...windowsOver(who, input.size, options), seen: seenWeights(who, options, input), out: options.out }
}

/** The windows over each axis, and how many there are. */
export function windowsOver(
  who: string,
  lengths: readonly number[],
  options: PoolOptions,
): { windows: readonly Window[]; size: readonly number[] } {
  const windows = lengths.map((_, axis) => resolveWindow(who, axisOptions(who, options, lengths.length, axis), undefined))
  const size = windows.map((window, axis) => outputLength(window, lengths[axis]!))
  for (const [axis, window] of windows.entries()) {
    if (size[axis]! > 0 || givesNone(window, lengths[axis]!)) continue
    throw new RangeError(
      `${who}: a window of ${window.extent} must fit into the padded axis of ${lengths[axis]}, got shape [${lengths.join(', ')}]`,
    )
  }
  return { windows, size }
}

function axisOptions(
  who: string,
  { size, stride, dilation, padding, partial, includePad, dialect }: PoolOptions,
  axes: number,
  axis: number,
): WindowOptions {
  const at = <Value>(name: string, value: PerAxis<Value>): Value => {
    if (!Array.isArray(value)) return value as Value
    if (value.length !== axes) throw refusal(who, `${name} must be one value or one for each of the ${axes} axes`, value)
    return value[axis] as Value
  }
  // In 1-D a pair of numbers is what stands before and after.
  const alone = axes === 1 && Array.isArray(padding) && padding.length === 2
  return {
    size: integer(who, 'size', at('size', size), 1),
    ...(stride === undefined ? {} : { stride: integer(who, 'stride', at('stride', stride), 1) }),
    ...(dilation === undefined ? {} : { dilation: at('dilation', dilation) }),
    ...(padding === undefined
      ? {}
      : { padding: (alone ? padding : at('padding', padding as PerAxis<number>)) as NonNullable<WindowOptions['padding']> }),
    ...(partial === undefined ? {} : { partial }),
    ...(includePad === undefined ? {} : { includePad }),
    ...(dialect === undefined ? {} : { dialect }),
  }
}

/** TensorFlow and ONNX give an empty result where their formula for its length gives 0, and refuse what is below. */
function givesNone(window: Window, length: number): boolean {
  if (window.dialect !== 'keras' && window.dialect !== 'onnx') return false
  const [before, after] = paddingFor(window, length)
  const steps = (length + before + after - window.extent) / window.stride
  return (window.partial === 'keep' ? Math.ceil(steps) : Math.floor(steps)) === -1
}

/** Pools the windows, in the order of the input. */
function pooledWindows(who: string, { input, windows, seen, out }: Windowed, pooling: Pooling): Tensor {
  const [time] = windows as [Window, ...Window[]]
  // What slides, and what goes by the order of taps, pads its axis itself.
  const slid = slides(time) || pooling.keeps === 'order' ? time : undefined
  const extents = windows.map((window, axis) =>
    axis === 0 && slid ? { low: 0, high: input.size[0]! } : extentOf(window, input.size[axis]!),
  )
  const taps = windows.map((window, axis) => allTaps(window, input.size[axis]!))
  return poolBatch(who, input, taps, seen, pooling, { extents, slid, out })
}

function pool(axes: number): (pooling: PoolingLike, x: TensorLike, options: PoolOptions) => Tensor {
  const who = `pool${axes}d`
  return (pooling, x, options) => {
    known(who, options, poolOptions)
    const resolved = poolingOf(pooling, who)
    const all = windowed(who, axes, x, padded(who, options, resolved))
    return pooledWindows(who, all, resolved)
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
export const pool1d: (pooling: PoolingLike, x: TensorLike, options: PoolOptions) => Tensor = pool(1)
/** {@link pool1d} over (N, H, W, C). */
export const pool2d: (pooling: PoolingLike, x: TensorLike, options: PoolOptions) => Tensor = pool(2)
/** {@link pool1d} over (N, D, H, W, C). */
export const pool3d: (pooling: PoolingLike, x: TensorLike, options: PoolOptions) => Tensor = pool(3)

/** Values and where they were: positions row by row within a channel. */
export interface Indexed {
  readonly values: Tensor
  readonly indices: Tensor
}

type MaxPool = {
  (x: TensorLike, options: PoolOptions & { indices: true }): Indexed
  (x: TensorLike, options: PoolOptions & { indices?: false }): Tensor
}

function maxPool(axes: number): MaxPool {
  const who = `maxPool${axes}d`
  function run(x: TensorLike, options: PoolOptions & { indices: true }): Indexed
  function run(x: TensorLike, options: PoolOptions & { indices?: false }): Tensor
  function run(x: TensorLike, { indices = false, ...options }: PoolOptions & { indices?: boolean }): Indexed | Tensor {
    known(who, options, poolOptions)
    if (options.includePad) throw refusal(who, 'padding is never a maximum, so includePad must be false', options.includePad)
    const all = windowed(who, axes, x, options)
    const { input, size } = all
    if (!indices) return pooledWindows(who, all, max)
    if (options.out) throw refusal(who, 'with indices there must be no out', options.out)
    const taps = all.windows.map((window, axis) => allTaps(window, input.size[axis]!))
    const values = pooledWindows(who, all, max)
    const places = placesOf(input, taps, all.seen, values) ?? pooledWindows(who, all, argmax)
    return { values, indices: fromStart(input, places, size, (o) => taps[0]!.firsts[o]!) }
  }
  return run
}

/** Positions counted from the first row of each window over the first axis, counted from the beginning. */
export function fromStart(input: Batch, { data, shape }: Tensor, size: readonly number[], origin: (o: number) => number): Tensor {
  const { channels, order } = input
  const bins = input.size.slice(1).reduce((count, axis) => count * axis, 1)
  const perFrame = size.slice(1).reduce((count, axis) => count * axis, 1)
  const row = order === 'last' ? perFrame * channels : perFrame
  const indices = new Int32Array(data.length)
  for (let from = 0, o = 0; from < data.length; from += row, o = (o + 1) % size[0]!) {
    const first = origin(o) * bins
    for (let i = from; i < from + row; i++) indices[i] = data[i]! < 0 ? -1 : data[i]! + first
  }
  return { data: indices, shape }
}

/**
 * Max pooling. Padding is never seen; a NaN that is seen is the maximum.
 *
 * Shape: (N, L, C) → (N, L', C), or channels first. With `indices: true` also where the maxima are: positions in the channel, row by row, the first of ties, the last NaN.
 *
 * @throws as {@link pool1d}
 * @source torch.nn.functional.max_pool1d, keras.layers.MaxPooling1D, ONNX MaxPool
 * @example
 * maxPool2d({ data: [1, 2, 3, 4, 5, 6, 7, 8, 9], shape: [1, 3, 3, 1] }, { size: 2, padding: 'same' }).data // 5, 6, 8, 9
 */
export const maxPool1d: MaxPool = maxPool(1)
/** {@link maxPool1d} over (N, H, W, C). */
export const maxPool2d: MaxPool = maxPool(2)
/** {@link maxPool1d} over (N, D, H, W, C). */
export const maxPool3d: MaxPool = maxPool(3)

type AveragePool = (x: TensorLike, options: PoolOptions & { divisor?: number }) => Tensor

function averagePool(axes: number): AveragePool {
  const who = `avgPool${axes}d`
  return (x, { divisor, ...options }) => {
    known(who, options, poolOptions)
    const { dialect, includePad = dialect === 'torch' } = options
    if (divisor !== undefined && number(who, 'divisor', divisor) === 0) throw refusal(who, 'divisor must not be 0', divisor)
    checkAverage(who, options)
    const all = windowed(who, axes, x, { ...options, includePad })
    const pooled = pooledWindows(who, all, divisor === undefined ? mean : sum)
    if (divisor !== undefined) for (let i = 0; i < pooled.data.length; i++) pooled.data[i]! /= divisor
    return pooled
  }
}

/** PyTorch's average pooling has no dilation. */
export function checkAverage(who: string, { dialect, dilation = 1 }: PoolOptions): void {
  if (dialect === 'torch' && [dilation].flat().some((d) => d !== 1)) throw refusal(who, "with dialect 'torch' dilation must be 1", dilation)
}

/**
 * Average pooling. By default only real elements count, as in Keras and ONNX; in the dialect of PyTorch padding counts too, but never what overruns it.
 *
 * Shape: (N, L, C) → (N, L', C), or channels first.
 *
 * @param options.divisor what sums are divided by, whatever was counted
 * @throws as {@link pool1d}, and for a divisor of 0
 * @source torch.nn.functional.avg_pool1d, keras.layers.AveragePooling1D, ONNX AveragePool
 * @example
 * avgPool1d({ data: [1, 2, 3, 4, 5], shape: [1, 5, 1] }, { size: 3, stride: 2, padding: 'same' }).data // 1.5, 3, 4.5
 */
export const avgPool1d: AveragePool = averagePool(1)
/** {@link avgPool1d} over (N, H, W, C). */
export const avgPool2d: AveragePool = averagePool(2)
/** {@link avgPool1d} over (N, D, H, W, C). */
export const avgPool3d: AveragePool = averagePool(3)

type LpPool = (x: TensorLike, options: PoolOptions & { p?: number }) => Tensor

function lpPool(axes: number): LpPool {
  const who = `lpPool${axes}d`
  return (x, { p = 2, ...options }) => {
    known(who, options, poolOptions)
    const torch = options.dialect === 'torch'
    if (torch && (options.padding ?? 0) !== 0) throw refusal(who, "with dialect 'torch' padding must be 0", options.padding)
    const all = windowed(who, axes, x, options)
    const pooled = pooledWindows(who, all, poolings.lp({ p, signed: torch }))
    if (torch) inflate(pooled.data, all, p)
    return pooled
  }
}

/** PyTorch takes the average times the full size of the window, so that a short last window's norm is as if it were full: (K / n)^(1/p) more. */
function inflate(norms: Tensor['data'], { input, windows, size }: Windowed, p: number): void {
  const factors = windows.map((window, axis) =>
    Float64Array.from(allTaps(window, input.size[axis]!).counts, (count) => (window.size / count) ** (1 / p)),
  )
  if (factors.every((axis) => axis.every((factor) => factor === 1))) return
  for (let i = 0; i < norms.length; i++) {
    let position = input.order === 'last' ? Math.floor(i / input.channels) : i
    let factor = 1
    for (let axis = size.length - 1; axis >= 0; axis--) {
      factor *= factors[axis]![position % size[axis]!]!
      position = Math.floor(position / size[axis]!)
    }
    norms[i]! *= factor
  }
}

/**
 * Lp pooling: (Σ|x|ᵖ)^(1/p), a norm and no mean. In the dialect of PyTorch (Σxᵖ)^(1/p), where signs cancel for odd p and a negative sum gives NaN, and a short last
 * window counts as if it were full.
 *
 * Shape: (N, L, C) → (N, L', C), or channels first.
 *
 * @param options.p above 0, default 2
 * @throws as {@link pool1d}
 * @source ONNX LpPool, torch.nn.functional.lp_pool1d
 * @example
 * lpPool1d({ data: [3, -4], shape: [1, 2, 1] }, { size: 2 }).data // 5
 */
export const lpPool1d: LpPool = lpPool(1)
/** {@link lpPool1d} over (N, H, W, C). */
export const lpPool2d: LpPool = lpPool(2)
/** {@link lpPool1d} over (N, D, H, W, C). */
export const lpPool3d: LpPool = lpPool(3)
