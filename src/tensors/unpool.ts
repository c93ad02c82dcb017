import { integer as checkInteger, refusal } from '../core/check.ts'
import { type Given, integer, oneOf, read } from '../core/options.ts'
import { dialects } from '../core/window.ts'
import { batchOf, channelsOption, orderOf, type PerAxis, perAxis, type Tensor, type TensorLike, unbatch } from './tensor.ts'

const unpoolOptions = {
  /** Of the input that was pooled. */
  outputSize: perAxis(integer(1)).optional("by the window's size, stride and padding"),
  /** The window's size. */
  size: perAxis(integer(1)).optional('by outputSize'),
  /** The window's stride. */
  stride: perAxis(integer(1)).optional('size'),
  /** The window's padding. */
  padding: perAxis(integer(0)).optional('0'),
  /** Whose order of axes. */
  dialect: oneOf(...dialects).optional('none'),
  ...channelsOption,
}

export type UnpoolOptions = Given<typeof unpoolOptions>

type Unpool = (values: TensorLike, indices: TensorLike, options: UnpoolOptions) => Tensor

function maxUnpool(axes: number): Unpool {
  const who = `maxUnpool${axes}d`
  return (values, indices, options) => {
    read(who, unpoolOptions, options)
    const order = orderOf(who, options)
    const input = batchOf(who, values, axes, order)
    const places = batchOf(who, indices, axes, order)
    if (places.data.length !== input.data.length) throw refusal(who, 'expected as many indices as values', places.data.length)
    const size = input.size.map((length, axis) => sizeOf(who, options, axes, axis, length))
    const positions = size.reduce((product, length) => product * length, 1)
    const { channels, batch } = input
    const out = new Float32Array(batch * positions * channels)
    const perSample = input.data.length / batch
    for (let i = 0; i < input.data.length; i++) {
      const place = checkInteger(who, 'an index', places.data[i], 0, positions - 1)
      out[(Math.floor(i / perSample) * positions + place) * channels + (i % channels)] = input.data[i]!
    }
    return unbatch(out, input, size, channels)
  }
}

function sizeOf(
  who: string,
  { outputSize, size, stride = size, padding = 0 }: UnpoolOptions,
  axes: number,
  axis: number,
  length: number,
): number {
  const at = (name: string, value: PerAxis<number> | undefined, min: number): number => {
    if (Array.isArray(value) && value.length !== axes)
      throw refusal(who, `${name} must be one number or one for each of the ${axes} axes`, value)
    return checkInteger(who, name, Array.isArray(value) ? value[axis] : value, min)
  }
  if (outputSize !== undefined) return at('outputSize', outputSize, 1)
  const from = (length - 1) * at('stride', stride, 1) - 2 * at('padding', padding, 0) + at('size', size, 1)
  if (from < 1) throw refusal(who, 'size, stride and padding must leave at least one position', from)
  return from
}

/**
 * The inverse of max pooling as far as there is one: puts values back at their places, zeros elsewhere. Of values with the same place the last one wins.
 *
 * Shape: (N, L', C) values and as many indices, positions in the channel row by row → (N, L, C), or channels first.
 *
 * @throws RangeError for an index outside the output; RangeError or TypeError for bad options
 * @source torch.nn.functional.max_unpool1d
 * @example
 * maxUnpool1d({ data: [5, 7], shape: [1, 2, 1] }, { data: [1, 2], shape: [1, 2, 1] }, { size: 2 }).data // 0, 5, 7, 0
 */
export const maxUnpool1d: Unpool = maxUnpool(1)
/** {@link maxUnpool1d} over (N, H, W, C). */
export const maxUnpool2d: Unpool = maxUnpool(2)
/** {@link maxUnpool1d} over (N, D, H, W, C). */
export const maxUnpool3d: Unpool = maxUnpool(3)
