import { isOf, type Json, listIn, refusal, show, tried } from '../core/check.ts'
import { viewOf } from './bytes.ts'

/** One named array of trained or fitted numbers. */
export interface FileTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array | Float64Array
}

/** Trained or fitted numbers, as a safetensors file holds them. */
export interface TensorFile {
  /** Where they are from, for specs and messages: a path, or any name. */
  readonly name: string
  readonly tensors: ReadonlyMap<string, FileTensor>
  readonly metadata: ReadonlyMap<string, string>
}

/** Bytes of each kind of number. */
const kinds = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, U32: 4, I16: 2, U16: 2, I8: 1, U8: 1 } as const
// What readers of the format agree on.
const longest = 100_000_000

/**
 * Reads a safetensors file: float64 stays, float32, float16, bfloat16, and integers of one byte or two become float32, longer integers (counters, indices) float64.
 *
 * @param name stands in specs and messages
 * @throws RangeError or TypeError for what is no safetensors file: headers that lie about lengths, shapes that do not fit their bytes, bytes of no tensor or of
 * two, other kinds of numbers
 * @source https://github.com/huggingface/safetensors, format
 * @example
 * parseTensors(formatTensors({ name: 'a', tensors: new Map([['x', { shape: [2], data: Float32Array.of(1, 2) }]]), metadata: new Map() }), 'a').tensors.get('x')
 */
export function parseTensors(bytes: Uint8Array, name: string): TensorFile {
  if (!isOf(bytes, Uint8Array)) throw refusal('parseTensors', 'bytes must be a Uint8Array', bytes)
  if (typeof name !== 'string') throw refusal('parseTensors', 'name must be a text', name)
  const bad = (expected: string, got: unknown) => refusal(name, expected, got)
  if (bytes.length < 8) throw bad('expected a safetensors file', `${bytes.length} bytes`)
  const view = viewOf(bytes)
  const length = Number(view.getBigUint64(0, true))
  if (length > bytes.length - 8 || length > longest) throw bad(`expected a safetensors header within ${bytes.length} bytes`, length)
  const header = headerOf(bytes.subarray(8, 8 + length), name)
  const entries = Object.entries(header)
  const metadata = entries.find(([key]) => key === '__metadata__')?.[1] ?? {}
  if (typeof metadata !== 'object' || Array.isArray(metadata)) throw bad('__metadata__ must be an object', metadata)
  for (const [key, text] of Object.entries(metadata))
    if (typeof text !== 'string') throw bad(`__metadata__ ${show(key)} must be a text`, text)
  const places = entries.filter(([key]) => key !== '__metadata__').map(([key, entry]) => placeOf(key, entry, bad))
  let end = 0
  // Tensors fill the file without gaps; those that share bytes would take more memory than the file has.
  for (const { key, offsets } of [...places].sort((a, b) => a.offsets[0] - b.offsets[0] || a.offsets[1] - b.offsets[1])) {
    if (offsets[0] !== end) throw bad(`tensor ${show(key)} must begin at byte ${end}, where another ends`, offsets)
    end = offsets[1]
  }
  if (8 + length + end !== bytes.length) throw bad(`expected a file of ${8 + length + end} bytes`, bytes.length)
  const tensors = places.map(({ key, kind, shape, offsets }) => [key, { shape, data: numbersAt(view, 8 + length, kind, offsets) }] as const)
  return { name, tensors: new Map(tensors), metadata: new Map(Object.entries(metadata)) }
}

function headerOf(bytes: Uint8Array, name: string): { readonly [key: string]: unknown } {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as { [key: string]: unknown }
  } catch {
    // Said below.
  }
  throw refusal(name, 'expected a safetensors file, whose header is a JSON object', `${bytes.length} other bytes`)
}

type Kind = keyof typeof kinds

interface Place {
  readonly key: string
  readonly kind: Kind
  readonly shape: readonly number[]
  readonly offsets: readonly [begin: number, end: number]
}

/** Where a tensor's bytes are, if they are as many as its shape has. */
function placeOf(key: string, entry: unknown, bad: (expected: string, got: unknown) => Error): Place {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown }
  if (typeof dtype !== 'string' || !Object.hasOwn(kinds, dtype))
    throw bad(`tensor ${show(key)}: dtype must be one of ${Object.keys(kinds).join(', ')}`, dtype)
  const whole = (list: unknown): list is number[] => Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0)
  if (!whole(shape) || !whole(offsets) || offsets.length !== 2)
    throw bad(`tensor ${show(key)}: shape and data_offsets must be lists of whole numbers`, entry)
  const count = shape.reduce((product, n) => product * n, 1)
  const [begin, end] = offsets as [number, number]
  if (end - begin !== count * kinds[dtype as Kind]) throw bad(`tensor ${show(key)}: expected the bytes of ${count} values`, offsets)
  return { key, kind: dtype as Kind, shape, offsets: [begin, end] }
}

function numbersAt(view: DataView, from: number, kind: Kind, [begin, end]: Place['offsets']): Float32Array | Float64Array {
  const count = (end - begin) / kinds[kind]
  const data = kinds[kind] === 8 || kind === 'I32' || kind === 'U32' ? new Float64Array(count) : new Float32Array(count)
  const read = readers[kind]
  for (let i = 0, at = from + begin; i < count; i++, at += kinds[kind]) data[i] = read(view, at)
  return data
}

const readers: { readonly [kind in Kind]: (view: DataView, at: number) => number } = {
  F64: (view, at) => view.getFloat64(at, true),
  F32: (view, at) => view.getFloat32(at, true),
  F16: (view, at) => half(view.getUint16(at, true)),
  BF16(view, at) {
    pattern[0] = view.getUint16(at, true) << 16
    return single[0]!
  },
  I64: (view, at) => Number(view.getBigInt64(at, true)),
  I32: (view, at) => view.getInt32(at, true),
  U32: (view, at) => view.getUint32(at, true),
  I16: (view, at) => view.getInt16(at, true),
  U16: (view, at) => view.getUint16(at, true),
  I8: (view, at) => view.getInt8(at),
  U8: (view, at) => view.getUint8(at),
}

function half(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023]
  const sign = bits & 0x8000 ? -1 : 1
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}

const pattern = new Int32Array(1)
const single = new Float32Array(pattern.buffer)

/**
 * Writes a safetensors file; the name is not in it. Equal weights give equal bytes.
 * @throws TypeError for a tensor named __metadata__, where the format has its own
 */
export function formatTensors(file: TensorFile): Uint8Array {
  const { tensors, metadata } = tensorsOf('formatTensors', file)
  for (const [name, tensor] of tensors) {
    if (typeof name !== 'string') throw refusal('formatTensors', 'a tensor must have a name', name)
    checkedTensor('formatTensors', name, tensor)
  }
  if (tensors.has('__metadata__'))
    throw refusal('formatTensors', 'a tensor must have a name that the format does not keep for itself', '__metadata__')
  // Without a prototype, so that a tensor may have any name.
  const header: { [key: string]: Json } = Object.create(null)
  if (metadata.size > 0) header.__metadata__ = Object.fromEntries(metadata)
  let end = 0
  for (const [key, { shape, data }] of tensors) {
    header[key] = { dtype: data instanceof Float64Array ? 'F64' : 'F32', shape, data_offsets: [end, end + data.byteLength] }
    end += data.byteLength
  }
  const text = JSON.stringify(header)
  // Filled up with spaces, so that numbers lie at multiples of 8.
  const json = new TextEncoder().encode(text + ' '.repeat((8 - (new TextEncoder().encode(text).length % 8)) % 8))
  const bytes = new Uint8Array(8 + json.length + end)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  let at = 8 + json.length
  for (const { data } of tensors.values()) {
    for (const x of data) {
      if (data instanceof Float64Array) view.setFloat64(at, x, true)
      else view.setFloat32(at, x, true)
      at += data.BYTES_PER_ELEMENT
    }
  }
  return bytes
}

/** Weights as they came, if that is what they are. */
export function tensorsOf(who: string, weights: TensorFile): TensorFile {
  if (tried(weights, ({ tensors, metadata, name }) => tensors instanceof Map && metadata instanceof Map && typeof name === 'string'))
    return weights
  throw refusal(who, 'tensors must be those of a safetensors file, such as await loadTensors(path)', weights)
}

/** A tensor that somebody may have made by hand. */
function checkedTensor(who: string, name: string, tensor: FileTensor | undefined): FileTensor | undefined {
  if (tensor === undefined) return tensor
  const fits = tried(tensor, ({ shape, data }) => {
    const sizes = listIn(shape, 64) as number[] | undefined
    return sizes?.every((n) => Number.isSafeInteger(n) && n >= 0) && isNumbers(data)
  })
  if (!fits)
    throw refusal(
      who,
      `tensor ${show(name)} must be { shape, data }, with a Float32Array or Float64Array of the values of its shape`,
      tensor,
    )
  const count = tensor.shape.reduce((product, n) => product * n, 1)
  if (tensor.data.length !== count)
    throw refusal(who, `tensor ${show(name)} must have the ${count} values of its shape`, tensor.data.length)
  return tensor
}

function isNumbers(data: unknown): data is Float32Array | Float64Array {
  return data instanceof Float32Array || data instanceof Float64Array
}

/** A tensor by its name; `shape` holds what each axis must measure, or undefined where anything will do. */
export function tensorOf(who: string, weights: TensorFile, name: string, shape: readonly (number | undefined)[]): FileTensor {
  const tensor = checkedTensor(who, name, tensorsOf(who, weights).tensors.get(name))
  const wanted = `[${shape.map((n) => n ?? 'any').join(', ')}]`
  if (!tensor) throw refusal(who, `tensors must hold ${show(name)} of shape ${wanted}`, [...weights.tensors.keys()])
  const fits = tensor.shape.length === shape.length && shape.every((n, axis) => n === undefined || n === tensor.shape[axis])
  if (!fits) throw refusal(who, `tensor ${show(name)} must have shape ${wanted}`, [...tensor.shape])
  return tensor
}
