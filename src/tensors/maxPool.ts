import { refusal } from '../core/check.ts'
import { boolean, type Given, read } from '../core/options.ts'
import { allTaps } from '../core/window.ts'
import { argmax } from '../poolings/argmax.ts'
import { max } from '../poolings/max.ts'
import { placesOf } from './batch.ts'
import { byColumns, checkIndexOrder, indexOrderOptions } from './indexOrder.ts'
import { slid } from './slid.ts'
import type { Batch, Tensor, TensorLike } from './tensor.ts'
import { type PoolOptions, pooledWindows, poolOptions, windowed } from './windowed.ts'

/** Values and where they were: positions row by row within a channel. */
export interface Indexed {
  readonly values: Tensor
  readonly indices: Tensor
}

/** Whether positions are wanted too. */
export function indicesOptions() {
  return {
    /** Whether to give where the maxima are, too. */
    indices: boolean().default(false),
  }
}

type MaxOptions = PoolOptions & Given<ReturnType<typeof indexOrderOptions>>

type MaxPool = {
  (x: TensorLike, options: MaxOptions & { indices: true }): Indexed
  (x: TensorLike, options: MaxOptions & { indices?: false }): Tensor
}

function maxPool(axes: number, wayOf?: typeof slid): MaxPool {
  const who = `maxPool${axes}d`
  const declared = { ...poolOptions(axes), ...indicesOptions(), ...indexOrderOptions() }
  function run(x: TensorLike, options: MaxOptions & { indices: true }): Indexed
  function run(x: TensorLike, options: MaxOptions & { indices?: false }): Tensor
  function run(x: TensorLike, options: MaxOptions & { indices?: boolean }): Indexed | Tensor {
    const { indices, indexOrder, ...values } = read(who, declared, options)
    checkIndexOrder(who, { ...values, indexOrder })
    if (indexOrder === 'column' && !indices) throw refusal(who, "with indexOrder 'column' indices must be true", indices)
    if (values.includePad) throw refusal(who, 'padding is never a maximum, so includePad must be false', values.includePad)
    const all = windowed(who, axes, x, values)
    const { input, size } = all
    if (!indices) return pooledWindows(who, all, max, wayOf)
    if (all.out) throw refusal(who, 'with indices there must be no out', all.out)
    const taps = all.windows.map((window, axis) => allTaps(window, input.size[axis]!))
    const maxima = pooledWindows(who, all, max, wayOf)
    const places = placesOf(input, taps, all.seen, maxima) ?? pooledWindows(who, all, argmax, wayOf)
    const found = fromStart(input, places, size, (o) => taps[0]!.firsts[o]!)
    return { values: maxima, indices: indexOrder === 'row' ? found : inColumns(found, input.size) }
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

function inColumns({ data, shape }: Tensor, lengths: readonly number[]): Tensor {
  return { data: Int32Array.from(data, (place) => (place < 0 ? place : byColumns(place, lengths))), shape }
}

/**
 * Max pooling. Padding is never seen; a NaN that is seen is the maximum.
 *
 * Shape: (N, L, C) → (N, L', C), or channels first. With `indices: true` also where the maxima are: positions in the channel, row by row, the first of ties, the last NaN;
 * −1, beside −∞, where a window sees padding alone.
 *
 * @throws as {@link pool1d}
 * @source torch.nn.functional.max_pool1d, keras.layers.MaxPooling1D, ONNX MaxPool
 * @example
 * maxPool2d({ data: [1, 2, 3, 4, 5, 6, 7, 8, 9], shape: [1, 3, 3, 1] }, { size: 2, padding: 'same' }).data // 5, 6, 8, 9
 */
export const maxPool1d: MaxPool = /* @__PURE__ */ maxPool(1, slid)
/** {@link maxPool1d} over (N, H, W, C). */
export const maxPool2d: MaxPool = /* @__PURE__ */ maxPool(2)
/** {@link maxPool1d} over (N, D, H, W, C). */
export const maxPool3d: MaxPool = /* @__PURE__ */ maxPool(3)
