import { integer, known, oneOf, refusal, tried } from '../core/check.ts'
import { checkBlock, type Frames, type FramesOptions, frames, numbersIn, type Values } from '../core/frames.ts'
import { checked, type Option, oneOf as oneOfThese, type Read } from '../core/options.ts'
import { commonWindowOptions } from '../core/window.ts'

/** Numbers in row-major order and their shape. */
export interface Tensor {
  readonly data: Values | Int32Array
  readonly shape: readonly number[]
}

/** The tensors people have: ours, TensorFlow.js' (`dataSync`), ONNX Runtime's and Transformers.js' (`dims`), and ndarray-likes. */
export type TensorLike =
  | {
      readonly data: ArrayLike<number | bigint>
      readonly shape: readonly number[]
      readonly stride?: readonly number[]
      readonly offset?: number
    }
  | { readonly data: ArrayLike<number | bigint> | unknown; readonly dims: readonly number[] }
  | { readonly shape: readonly number[]; dataSync(): ArrayLike<number> }

/** Where the channels are: last as in Keras, or right after the batch as in PyTorch and ONNX. */
export type Channels = 'first' | 'last'

/**
 * Reads any of the tensors people have. Float32Array and Float64Array are not copied where they are contiguous.
 *
 * @throws TypeError for what is no tensor; RangeError where the shape and the number of values differ
 * @example
 * tensor({ data: [1, 2, 3, 4], shape: [2, 2] })
 */
export function tensor(like: TensorLike, who = 'tensor'): { data: Values; shape: readonly number[] } {
  if (typeof who !== 'string') throw refusal('tensor', 'expected a name for messages', who)
  const parts = tried(like as Partial<Parts>, partsOf)
  if (!parts) throw refusal(who, 'expected a tensor such as { data, shape }', like)
  const { raw, shape, type, stride, offset } = parts
  const sizes = shape.map((size) =>
    integer(who, 'every size of the shape', typeof size === 'number' || typeof size === 'bigint' ? Number(size) : Number.NaN, 0, most),
  )
  const count = integer(
    who,
    'the number of values',
    sizes.reduce((product, size) => product * size, 1),
    0,
    most,
  )
  // Halves come as their bits where the engine has no Float16Array, which would pass for whole numbers.
  if (raw instanceof Uint16Array && type === 'float16') throw refusal(who, "expected float32, as tensor.to('float32') gives it", 'float16')
  const length = tried(raw as ArrayLike<number>, (all) => typeof all === 'object' && all.length)
  if (typeof length !== 'number') throw refusal(who, 'expected data as an array of numbers', raw)
  // Transformers.js' tensors have a method of that name.
  const strided = Array.isArray(stride)
  if (!strided && length !== count)
    throw new RangeError(`${who}: expected ${count} values for the shape [${sizes.join(', ')}], got ${length}`)
  const data = tried(raw as ArrayLike<number | bigint>, (all) => (strided ? unstride(all, sizes, stride, offset) : valuesOf(all)))
  if (!data) throw refusal(who, 'expected data as an array of numbers', raw)
  return { data, shape: sizes }
}

// Values of a tensor: more is a mistake, found before memory runs out.
const most = 2 ** 40

interface Parts {
  data: unknown
  dims: unknown
  shape: unknown
  dataSync: unknown
  type: unknown
  stride: unknown
  offset: unknown
}

function partsOf(like: Partial<Parts>) {
  const { type, stride, offset = 0 } = like
  const shape = 'dims' in like ? like.dims : like.shape
  const raw = typeof like.dataSync === 'function' ? like.dataSync() : like.data
  const isList = (Array.isArray(shape) || ArrayBuffer.isView(shape)) && (shape as unknown[]).length < 64
  return isList ? { raw: raw as unknown, shape: Array.from(shape as ArrayLike<unknown>), type, stride, offset } : undefined
}

/** Numbers, and integers of any length as such; whatever else there is makes them none. */
function valuesOf(all: ArrayLike<number | bigint>): Values | undefined {
  return numbersIn(all as ArrayLike<number>) ?? numbersIn(Array.from(all, (value) => (typeof value === 'bigint' ? Number(value) : value)))
}

/** The values of a view with strides, in row-major order. Room is made value by value: a shape may be a lie. */
function unstride(
  data: ArrayLike<number | bigint>,
  shape: readonly number[],
  stride: readonly unknown[],
  offset: unknown,
): Float64Array | undefined {
  const index = shape.map(() => 0)
  const out: number[] = []
  const count = shape.reduce((product, size) => product * size, 1)
  while (out.length < count) {
    const value = data[(offset as number) + index.reduce((sum, at, axis) => sum + at * (stride[axis] as number), 0)]
    if (typeof value !== 'number' && typeof value !== 'bigint') return undefined
    out.push(Number(value))
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0
  }
  return Float64Array.from(out)
}

/** Where channels are in what is pooled. */
export function orderOptions() {
  return {
    /** Where the channels are: last, or right after the batch. */
    channels: oneOfThese('first', 'last').optional('last; first in the dialects of PyTorch and ONNX'),
    dialect: commonWindowOptions.dialect,
  }
}

/** Where the channels are, if nothing else is said: first for PyTorch and ONNX. */
export function orderOf({ channels, dialect }: Read<ReturnType<typeof orderOptions>>): Channels {
  return channels ?? (dialect === 'torch' || dialect === 'onnx' ? 'first' : 'last')
}

/** What can only be checked beside the tensor it comes with. */
export function unchecked<Value>(): Option<Value> {
  return checked<Value>({}, (_who, _name, value) => value as Value)
}

/** For calls one after the other, each of which would fill a fresh array. */
export function outOptions() {
  return {
    /** What results are written into, and what comes back as `data`: as many values as there are results, apart from the input's. */
    out: unchecked<Float32Array>().optional('a fresh array'),
  }
}

/** Refuses what results of such a shape, of such values, cannot be written into. */
export function checkOut(who: string, out: unknown, shape: readonly number[], values: Values): void {
  if (out === undefined) return
  const count = shape.reduce((product, length) => product * length, 1)
  if (!(out instanceof Float32Array) || out.length !== count) {
    const got = out instanceof Float32Array ? out.length : out
    throw refusal(who, `out must be a Float32Array of ${count} values`, got)
  }
  const [start, end] = [out.byteOffset, out.byteOffset + out.byteLength]
  if (out.buffer === values.buffer && start < values.byteOffset + values.byteLength && values.byteOffset < end)
    throw new RangeError(`${who}: expected out apart from the input, got memory of the input`)
}

/** A batch of samples of `spatial` axes, channels last. */
export interface Batch {
  /** Channels last, and as they were given. */
  readonly data: Values
  readonly given: Values
  readonly batch: number
  readonly size: readonly number[]
  readonly channels: number
  /** Whether the batch axis was given. */
  readonly batched: boolean
  readonly order: Channels
}

/** Whether a function takes what holds no element: because of a spatial axis of 0, or of channels alone, with a batch axis or without. */
export type TakesEmpty = (empty: { readonly axis: boolean; readonly batched: boolean }) => boolean

/** PyTorch takes the channels of a sample without a batch axis for a batch, which may be empty. */
export const emptySample: TakesEmpty = ({ axis, batched }) => !axis && !batched

/**
 * A tensor as a batch of samples with `spatial` axes: (N, …, C) or (N, C, …); without its batch axis it is a batch of one.
 * The batch may be of 0 samples, other axes of 0 only where that is taken.
 */
export function batchOf(who: string, like: TensorLike, spatial: number, order: Channels, takes: TakesEmpty = () => false): Batch {
  const { data, shape } = tensor(like, who)
  const batched = shape.length === spatial + 2
  if (!batched && shape.length !== spatial + 1) {
    const axes = ['time', 'height', 'width'].slice(-spatial).join(' × ')
    throw refusal(
      who,
      `expected a tensor of batch, channels and ${spatial} spatial axes (${spatial === 1 ? 'length' : axes}), with channels ${order}`,
      shape,
    )
  }
  const [batch, ...rest] = (batched ? shape : [1, ...shape]) as [number, ...number[]]
  const size = order === 'first' ? rest.slice(1) : rest.slice(0, -1)
  const channels = order === 'first' ? rest[0]! : rest.at(-1)!
  const axis = size.includes(0)
  if ((axis || channels === 0) && !takes({ axis, batched })) throw refusal(who, 'expected no axis of size 0 but the batch', shape)
  return batchFrom({ given: data, batch, size, channels, batched, order })
}

/** A batch from its values as they were given. */
export function batchFrom(parts: Omit<Batch, 'data'>): Batch {
  const { given, batch, channels, order } = parts
  let last: Values | undefined = order === 'last' ? given : undefined
  return {
    ...parts,
    get data() {
      last ??= swap(given, batch, channels)
      return last
    },
  }
}

/** A result, channels last, in the order of the batch it is from; copied into `out` where there is one. */
export function unbatch(
  data: Values | Int32Array,
  { batch, batched, order }: Pick<Batch, 'batch' | 'batched' | 'order'>,
  size: readonly number[],
  channels: number,
  out?: Float32Array,
): Tensor {
  const positions = size.reduce((product, length) => product * length, 1)
  const result = order === 'last' ? data : swap(data, batch, positions)
  out?.set(result)
  return { data: out ?? result, shape: shapeOf({ batch, batched, order }, size, channels) }
}

/** The shape of a result in the order of the batch it is from. */
export function shapeOf(
  { batch, batched, order }: Pick<Batch, 'batch' | 'batched' | 'order'>,
  size: readonly number[],
  channels: number,
): number[] {
  const sample = order === 'last' ? [...size, channels] : [channels, ...size]
  return batched ? [batch, ...sample] : sample
}

/** Exchanges the two inner axes of (batch, rows, columns). */
function swap<Data extends Values | Int32Array>(data: Data, batch: number, rows: number): Data {
  const out = new (data.constructor as new (length: number) => Data)(data.length)
  const columns = batch * rows === 0 ? 0 : data.length / batch / rows
  for (let n = 0; n < batch; n++) {
    const base = n * rows * columns
    for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[base + c * rows + r] = data[base + r * columns + c]!
  }
  return out
}

const fromOptions = ['channels', 'hop', 'unit', 'span', 'live', 'names', 'weights', 'boundaries']

/**
 * One sample of a tensor as Frames: its first axis is time, the second bins, and channels stay channels.
 *
 * Shape: (T, C), (T, B, C) or channels first (C, T), (C, T, B) → T frames of 1 × B × C.
 *
 * @throws RangeError or TypeError for a tensor of other axes, and for bad options
 * @example
 * fromTensor({ data: [1, 2, 3, 4], shape: [2, 2, 1] }, { hop: 0.01 }).length // 2
 */
export function fromTensor(
  like: TensorLike,
  options: Omit<FramesOptions, 'bins' | 'channels' | 'planes'> & { channels?: Channels } = {},
): Frames<Values> {
  const { channels: order = 'last', ...rest } = known('fromTensor', options, fromOptions)
  oneOf('fromTensor', 'channels', order, ['first', 'last'])
  const axes = tensor(like, 'fromTensor').shape.length
  const { data, size, channels } = batchOf('fromTensor', like, axes - 1, order)
  if (size.length > 2) throw refusal('fromTensor', 'expected time, at most one axis of bins, and channels', tensor(like).shape)
  return frames(data, { ...rest, bins: size[1] ?? 1, channels })
}

/**
 * Frames as a tensor: time × bins × channels, planes side by side in the channels.
 *
 * Shape: T frames of P × B × C → (T, B, P·C), or channels first (P·C, T, B).
 *
 * @example
 * toTensor(frames([1, 2, 3, 4], { bins: 2 })).shape // [2, 2, 1]
 */
export function toTensor(block: Frames<Values>, order: Channels = 'last'): Tensor {
  checkBlock('toTensor', block)
  oneOf('toTensor', 'channels', order, ['first', 'last'])
  const { layout, length, data } = block
  const { planes, bins, channels } = layout
  const size = [length, bins]
  return unbatch(joinPlanes(data, length, planes, bins, channels), { batch: 1, batched: false, order }, size, planes * channels)
}

/** (frames, planes, bins, channels) → (frames, bins, planes·channels). */
export function joinPlanes(data: Values, frameCount: number, planes: number, bins: number, channels: number): Values {
  if (planes === 1) return data
  const out = new (data.constructor as new (length: number) => Values)(data.length)
  for (let f = 0; f < frameCount; f++) {
    for (let p = 0; p < planes; p++) {
      for (let b = 0; b < bins; b++) {
        const [from, to] = [((f * planes + p) * bins + b) * channels, ((f * bins + b) * planes + p) * channels]
        for (let c = 0; c < channels; c++) out[to + c] = data[from + c]!
      }
    }
  }
  return out
}
