import { integer as checkInteger, refusal } from '../core/check.ts'
import { type Given, integer, type Read, read } from '../core/options.ts'
import { byColumns, checkIndexOrder, indexOrderOptions } from './indexOrder.ts'
import { perAxis } from './perAxis.ts'
import { batchOf, emptySample, orderOf, orderOptions, type Tensor, type TensorLike, unbatch } from './tensor.ts'

function unpoolOptions(axes: number) {
  return {
    /** Of the input that was pooled; in the dialect of PyTorch within a stride of what follows from the window. Or give the window's `size`, `stride` and `padding`, of which it follows. */
    outputSize: perAxis(integer(0).optional(), axes),
    /** How many taps the window had (kernel_size). */
    size: perAxis(integer(1).optional(), axes),
    /** From one window to the next. */
    stride: perAxis(integer(1).optional('size'), axes),
    /** Positions before and after each axis. */
    padding: perAxis(integer(0).default(0), axes),
    ...orderOptions(),
    ...indexOrderOptions(),
  }
}

export type UnpoolOptions = Given<ReturnType<typeof unpoolOptions>>

type Unpool = (values: TensorLike, indices: TensorLike, options: UnpoolOptions) => Tensor

function maxUnpool(axes: number): Unpool {
  const who = `maxUnpool${axes}d`
  const declared = unpoolOptions(axes)
  return (values, indices, given) => {
    const options = read(who, declared, given)
    checkIndexOrder(who, options)
    const order = orderOf(options)
    const takes = options.dialect === 'torch' ? emptySample : undefined
    const input = batchOf(who, values, axes, order, takes)
    const places = batchOf(who, indices, axes, order, takes)
    if (places.data.length !== input.data.length) throw refusal(who, 'expected as many indices as values', places.data.length)
    const size = input.size.map((length, axis) => sizeOf(who, options, axis, length))
    const positions = size.reduce((product, length) => product * length, 1)
    const { channels, batch } = input
    const out = new Float32Array(batch * positions * channels)
    // Into nothing PyTorch puts nothing, whatever the indices.
    if (positions === 0) return unbatch(out, input, size, channels)
    const perSample = input.data.length / batch
    const columns = options.indexOrder === 'column' ? size.toReversed() : undefined
    for (let i = 0; i < input.data.length; i++) {
      // The maximum of padding alone is nowhere.
      if (places.data[i] === -1) continue
      const index = checkInteger(who, 'an index', places.data[i], 0, positions - 1)
      const place = columns ? byColumns(index, columns) : index
      out[(Math.floor(i / perSample) * positions + place) * channels + (i % channels)] = input.data[i]!
    }
    return unbatch(out, input, size, channels)
  }
}

function sizeOf(who: string, options: Read<ReturnType<typeof unpoolOptions>>, axis: number, length: number): number {
  const wanted = options.outputSize[axis]
  const torch = options.dialect === 'torch'
  const least = torch ? 0 : 1
  const size = options.size[axis]
  if (size === undefined) {
    if (wanted === undefined) throw refusal(who, 'outputSize or size must be given', size)
    return checkInteger(who, 'outputSize', wanted, least)
  }
  const stride = options.stride[axis] ?? size
  const from = (length - 1) * stride - 2 * options.padding[axis]! + size
  if (wanted === undefined) return checkInteger(who, 'what size, stride and padding leave', from, least)
  // PyTorch refuses what could not have been pooled by the window.
  return torch
    ? checkInteger(who, "with dialect 'torch' outputSize", wanted, Math.max(0, from - stride + 1), from + stride - 1)
    : checkInteger(who, 'outputSize', wanted, least)
}

/**
 * The inverse of max pooling as far as there is one: puts values back at their places, zeros elsewhere. Of values with the same place the last one wins.
 *
 * Shape: (N, L', C) values and as many indices, positions in the channel row by row → (N, L, C), or channels first. An index of −1, as of a window over padding alone, puts nothing.
 *
 * @throws RangeError for an index outside the output, and in the dialect of PyTorch for an `outputSize` that the window could not have been over; RangeError or TypeError for bad options
 * @source torch.nn.functional.max_unpool1d
 * @example
 * maxUnpool1d({ data: [5, 7], shape: [1, 2, 1] }, { data: [1, 2], shape: [1, 2, 1] }, { size: 2 }).data // 0, 5, 7, 0
 */
export const maxUnpool1d: Unpool = /* @__PURE__ */ maxUnpool(1)
/** {@link maxUnpool1d} over (N, H, W, C). */
export const maxUnpool2d: Unpool = /* @__PURE__ */ maxUnpool(2)
/** {@link maxUnpool1d} over (N, D, H, W, C). */
export const maxUnpool3d: Unpool = /* @__PURE__ */ maxUnpool(3)
