import { DataError, isOf, refusal, show } from '../core/check.ts'
import { viewOf } from './bytes.ts'

/** An n-d array in C order: the last index runs fastest. */
export interface NdArray {
  readonly shape: readonly number[]
  readonly data: Float32Array | Float64Array
}

const magic = '\x93NUMPY'

/** How one number of each kind is read; integers and booleans, since masks come as such. */
const kinds = new Map<string, { readonly size: number; read(view: DataView, at: number, little: boolean): number }>([
  ['f4', { size: 4, read: (view, at, little) => view.getFloat32(at, little) }],
  ['f8', { size: 8, read: (view, at, little) => view.getFloat64(at, little) }],
  ['i8', { size: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) }],
  ['i4', { size: 4, read: (view, at, little) => view.getInt32(at, little) }],
  ['i1', { size: 1, read: (view, at) => view.getInt8(at) }],
  ['u1', { size: 1, read: (view, at) => view.getUint8(at) }],
  ['b1', { size: 1, read: (view, at) => view.getUint8(at) }],
])

/**
 * Reads NumPy's `.npy` form, versions 1 to 3, of float32, float64, int8, int32, int64, uint8 and bool, in C or Fortran order and either byte order.
 *
 * Shape: as in the header; float32 stays float32, all else becomes float64.
 *
 * @param name what to call the bytes in messages
 * @source https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * @throws DataError for bytes of another form or kind, and where the header's shape does not fit the bytes that follow
 * @example
 * readNpy(await readFile('embeddings.npy')).shape // [128, 768]
 */
export function readNpy(bytes: Uint8Array, name = 'the bytes'): NdArray {
  if (!isOf(bytes, Uint8Array)) throw refusal('readNpy', 'bytes must be a Uint8Array', bytes)
  if (typeof name !== 'string') throw refusal('readNpy', 'name must be a text', name)
  const view = viewOf(bytes)
  const latin1 = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to))
  if (latin1(0, magic.length) !== magic) throw refused(name, 'to begin with "\\x93NUMPY"', latin1(0, magic.length))
  const version = bytes[6]!
  if (!(version >= 1 && version <= 3)) throw refused(name, 'to be of version 1, 2 or 3', version)
  const from = version === 1 ? 10 : 12
  const length = bytes.length < from ? 0 : version === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (from + length > bytes.length) throw refused(name, `to hold a header up to byte ${from + length}`, bytes.length)
  const { kind, little, fortran, shape } = headerOf(new TextDecoder().decode(bytes.subarray(from, from + length)), name)
  const count = shape.reduce((product, size) => product * size, 1)
  const held = bytes.length - from - length
  if (count * kind.size !== held) throw refused(name, `to hold ${shape.join(' × ') || 'one'} numbers of ${kind.size} bytes`, held)
  const data = kind === kinds.get('f4') ? new Float32Array(count) : new Float64Array(count)
  for (let i = 0, at = from + length; i < count; i++, at += kind.size) data[i] = kind.read(view, at, little)
  return { shape, data: fortran ? transposed(data, shape) : data }
}

/** The header is a literal of a Python dictionary, always with these three keys. */
function headerOf(header: string, name: string) {
  const kind = /'descr':\s*'([<>|=])(\w\d)'/.exec(header)
  const order = /'fortran_order':\s*(True|False)/.exec(header)
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(header)
  const found = kinds.get(kind?.[2] ?? '')
  if (!kind || !found) throw refused(name, `to hold numbers of ${[...kinds.keys()].join(', ')}`, header.trim())
  if (!order || !shape) throw refused(name, "to say 'fortran_order' and 'shape'", header.trim())
  const sizes = shape[1]!.split(',').map((size) => size.trim())
  return {
    kind: found,
    little: kind[1] !== '>',
    fortran: order[1] === 'True',
    shape: sizes.filter((size) => size !== '').map(Number),
  }
}

/** From Fortran order, the first index fastest, to C order. */
function transposed<Data extends Float32Array | Float64Array>(data: Data, shape: readonly number[]): Data {
  const out = data.slice() as Data
  const index = shape.map(() => 0)
  for (let to = 0; to < data.length; to++) {
    let from = 0
    for (let axis = shape.length - 1; axis >= 0; axis--) from = from * shape[axis]! + index[axis]!
    out[to] = data[from]!
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < shape[axis]!) break
      index[axis] = 0
    }
  }
  return out
}

/** Bytes of a header that {@link npyHeader} makes: room for any shape, and a multiple of 64, so that the data are aligned for memory mapping. */
export const npyHeaderSize = 128

/**
 * What stands before the numbers of an array in C order, in version 1.0; always of one size, so that it can be written once the shape is known.
 *
 * @param descr as NumPy names the kind of number: '<f4', '|i1', '|u1'
 * @source NumPy's NEP 1
 */
export function npyHeader(descr: string, shape: readonly number[]): Uint8Array {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`
  const bytes = Uint8Array.from(`${magic}\x01\x00\x00\x00${text.padEnd(npyHeaderSize - 11)}\n`, (letter) => letter.charCodeAt(0))
  new DataView(bytes.buffer).setUint16(8, npyHeaderSize - 10, true)
  return bytes
}

function refused(name: string, expected: string, got: unknown): DataError {
  return new DataError(`readNpy: expected ${name} ${expected}, got ${show(got)}`)
}
