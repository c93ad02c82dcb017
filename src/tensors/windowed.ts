import { refusal } from '../core/check.ts'
import { checked, copied, type Given, integer } from '../core/options.ts'
import type { Pooling } from '../core/pooling.ts'
import {
  allTaps,
  commonWindowOptions,
  extentOf,
  outputLength,
  paddingFor,
  resolveWindow,
  type Window,
  type WindowOptions,
} from '../core/window.ts'
import { slides } from '../windows/sliding.ts'
import { poolBatch, type SeenWeights, seenOptions, seenWeights } from './batch.ts'
import { type Batch, batchOf, channelsOption, orderOf, outOption, type PerAxis, perAxis, type Tensor, type TensorLike } from './tensor.ts'

/** The options of pooling windows of a tensor. */
export const poolOptions = {
  /** How many taps a window has (kernel_size, pool_size). */
  size: perAxis(integer(1)),
  /** From one window to the next (strides); 1 in the dialect of ONNX. */
  stride: perAxis(integer(1)).optional('size'),
  /** From one tap to the next. */
  dilation: perAxis(integer(1)).optional('1'),
  /** 'valid', 'same', 'same-lower', a number, or for each axis a number or `[before, after]`. */
  padding: checked<'valid' | 'same' | 'same-lower' | number | readonly (number | readonly [before: number, after: number])[]>(
    {},
    (_, __, value) => value as number,
  ).optional("'valid'"),
  ...commonWindowOptions,
  ...channelsOption,
  ...seenOptions,
  ...outOption,
}

export type PoolOptions = Given<typeof poolOptions>

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

/** The options of one axis. */
function axisOptions(who: string, { size, stride, dilation, padding, ...common }: PoolOptions, axes: number, axis: number): WindowOptions {
  const at = <Value>(name: string, value: PerAxis<Value>): Value => {
    if (!Array.isArray(value)) return value as Value
    if (value.length !== axes) throw refusal(who, `${name} must be one value or one for each of the ${axes} axes`, value)
    return value[axis] as Value
  }
  // In 1-D a pair of numbers is what stands before and after.
  const alone = axes === 1 && Array.isArray(padding) && padding.length === 2
  const { includePad, partial, dialect } = common
  return copied({
    size: at('size', size),
    stride: stride === undefined ? undefined : at('stride', stride),
    dilation: dilation === undefined ? undefined : at('dilation', dilation),
    padding: padding === undefined || alone ? (padding as WindowOptions['padding']) : at('padding', padding as PerAxis<number>),
    includePad,
    partial,
    dialect,
  }) as WindowOptions
}

/** TensorFlow and ONNX give an empty result where their formula for its length gives 0, and refuse what is below. */
function givesNone(window: Window, length: number): boolean {
  if (window.dialect !== 'keras' && window.dialect !== 'onnx') return false
  const [before, after] = paddingFor(window, length)
  const steps = (length + before + after - window.extent) / window.stride
  return (window.partial === 'keep' ? Math.ceil(steps) : Math.floor(steps)) === -1
}

/** Pools the windows, in the order of the input. */
export function pooledWindows(who: string, { input, windows, seen, out }: Windowed, pooling: Pooling): Tensor {
  const [time] = windows as [Window, ...Window[]]
  // What slides, and what goes by the order of taps, pads its axis itself.
  const slid = slides(time) || pooling.keeps === 'order' ? time : undefined
  const extents = windows.map((window, axis) =>
    axis === 0 && slid ? { low: 0, high: input.size[0]! } : extentOf(window, input.size[axis]!),
  )
  const taps = windows.map((window, axis) => allTaps(window, input.size[axis]!))
  return poolBatch(who, input, taps, seen, pooling, { extents, slid, out })
}
