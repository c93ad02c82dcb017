import { isList } from '../core/check.ts'
import { type Given, integer, Option, type Read } from '../core/options.ts'
import type { Pooling } from '../core/pooling.ts'
import {
  allTaps,
  commonWindowOptions,
  extentOf,
  outputLength,
  paddingFor,
  type ReadWindow,
  resolveWindow,
  type Window,
  windowOptions,
} from '../core/window.ts'
import { poolBatch, type SeenWeights, seenOptions, seenWeights, type Way } from './batch.ts'
import { perAxis } from './perAxis.ts'
import { type Batch, batchOf, orderOf, orderOptions, outOptions, type Tensor, type TensorLike } from './tensor.ts'

/** The options of a window over each axis; a position of an axis is what a frame is in a stream. */
export function axisOptions(axes: number) {
  const { padding } = windowOptions
  const each = perAxis(padding, axes)
  return {
    /** How many taps a window has (kernel_size, pool_size). */
    size: perAxis(integer(1), axes),
    /** From one window to the next (strides). */
    stride: perAxis(integer(1).optional('size; 1 in the dialect of ONNX'), axes),
    /** From one tap to the next. */
    dilation: perAxis(windowOptions.dilation, axes),
    /** 'valid', 'same', 'same-lower', a number, or for each axis one of these or `[before, after]`. */
    padding: new Option(
      // In 1-D a pair of numbers is what stands before and after.
      (who, name, value) =>
        axes === 1 && isList(value) && value.length === 2 ? [padding.read(who, name, value)] : each.read(who, name, value),
      each.description,
      false,
      each.missing,
    ) as typeof each,
    partial: commonWindowOptions.partial,
    dialect: commonWindowOptions.dialect,
  }
}

/** The options of pooling windows of a tensor. */
export function poolOptions(axes: number) {
  return { ...axisOptions(axes), includePad: commonWindowOptions.includePad, ...orderOptions(), ...seenOptions(), ...outOptions() }
}

export type PoolOptions = Given<ReturnType<typeof poolOptions>>
export type ReadPool = Read<ReturnType<typeof poolOptions>>

/** A batch and the windows over each of its axes. */
export interface Windowed {
  readonly input: Batch
  readonly windows: readonly Window[]
  readonly size: readonly number[]
  readonly seen: SeenWeights
  readonly out: Float32Array | undefined
}

export type OnAxes = Pick<ReadPool, keyof ReturnType<typeof axisOptions> | 'includePad'>
type Adjust = (window: ReadWindow) => ReadWindow

/** Resolves the windows over a tensor; `size` is that of the output. */
export function windowed(who: string, axes: number, x: TensorLike, options: ReadPool, adjust?: Adjust): Windowed {
  const input = batchOf(who, x, axes, orderOf(options))
  return { input, ...windowsOver(who, input.size, options, adjust), seen: seenWeights(who, options, input), out: options.out }
}

/** The windows over each axis, and how many there are. */
export function windowsOver(
  who: string,
  lengths: readonly number[],
  { size: sizes, stride, dilation, padding, partial, includePad, dialect }: OnAxes,
  adjust: Adjust = (window) => window,
): { windows: readonly Window[]; size: readonly number[] } {
  const windows = lengths.map((_, axis) => {
    const onAxis = { size: sizes[axis]!, stride: stride[axis], dilation: dilation[axis]!, padding: padding[axis]! }
    return resolveWindow(who, adjust({ ...onAxis, partial, includePad, dialect }), undefined)
  })
  const size = windows.map((window, axis) => outputLength(window, lengths[axis]!))
  for (const [axis, window] of windows.entries()) {
    if (size[axis]! > 0 || givesNone(window, lengths[axis]!)) continue
    throw new RangeError(
      `${who}: a window of ${window.extent} must fit into the padded axis of ${lengths[axis]}, got shape [${lengths.join(', ')}]`,
    )
  }
  return { windows, size }
}

/** TensorFlow and ONNX give an empty result where their formula for its length gives 0, and refuse what is below. */
function givesNone(window: Window, length: number): boolean {
  if (window.dialect !== 'keras' && window.dialect !== 'onnx') return false
  const [before, after] = paddingFor(window, length)
  const steps = (length + before + after - window.extent) / window.stride
  return (window.partial === 'keep' ? Math.ceil(steps) : Math.floor(steps)) === -1
}

/** Pools the windows, in the order of the input, all at once but those that `wayOf` has another way for. */
export function pooledWindows(
  who: string,
  { input, windows, seen, out }: Windowed,
  pooling: Pooling,
  wayOf?: (first: Window, pooling: Pooling) => Way | undefined,
): Tensor {
  const way = wayOf?.(windows[0]!, pooling)
  const extents = windows.map((window, axis) =>
    axis === 0 && way ? { low: 0, high: input.size[0]! } : extentOf(window, input.size[axis]!),
  )
  const taps = windows.map((window, axis) => allTaps(window, input.size[axis]!))
  return poolBatch(who, input, taps, seen, pooling, { extents, way, out })
}
