import { DataError, show } from '../core/check.ts'
import { viewOf } from './bytes.ts'

/** An entry of a Kaldi archive: a key, and a matrix; a vector is one of a row. */
export interface ArkEntry {
  readonly key: string
  readonly rows: number
  readonly columns: number
  readonly data: Float32Array
}

/** Whether a text may be a key: Kaldi's go up to the first white space. */
export function isArkKey(text: string): boolean {
  return text !== '' && !/[\s\p{Cc}]/u.test(text)
}

/**
 * An entry in Kaldi's binary form: its key, and what an index points at.
 * @source https://kaldi-asr.org/doc/io.html; kaldi-matrix.cc and kaldi-vector.cc, Write
 */
export function arkEntry(key: string, columns: number, rows: readonly Float32Array[], form: 'vector' | 'matrix'): [Uint8Array, Uint8Array] {
  const sizes = form === 'vector' ? [columns] : [rows.length, columns]
  const head = new Uint8Array(5 + 5 * sizes.length)
  head.set(new TextEncoder().encode(form === 'vector' ? '\0BFV ' : '\0BFM '))
  for (const [i, size] of sizes.entries()) {
    head[5 + 5 * i] = 4
    viewOf(head).setInt32(6 + 5 * i, size, true)
  }
  const body = new Uint8Array(head.length + 4 * columns * rows.length)
  body.set(head)
  for (const [i, row] of rows.entries()) body.set(new Uint8Array(row.buffer, row.byteOffset, row.byteLength), head.length + 4 * columns * i)
  return [new TextEncoder().encode(`${key} `), body]
}

const kinds = new Map([
  ['FV ', { bytes: 4, axes: 1 }],
  ['FM ', { bytes: 4, axes: 2 }],
  ['DV ', { bytes: 8, axes: 1 }],
  ['DM ', { bytes: 8, axes: 2 }],
])

/**
 * Reads a Kaldi archive of binary vectors and matrices of float32 or float64, which become float32.
 *
 * @param name what to call the bytes in messages
 * @throws DataError for bytes of another form, text and compressed matrices among them, and for a length that lies
 */
export function* readArk(bytes: Uint8Array, name: string): Generator<ArkEntry, void, undefined> {
  const view = viewOf(bytes)
  const refused = (at: number, expected: string, got: unknown) =>
    new DataError(`readArk: expected ${name} to have ${expected} at byte ${at}, got ${show(got)}`, { sequence: name })
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0x20, at)
    const key = new TextDecoder().decode(bytes.subarray(at, end < 0 ? bytes.length : end))
    if (end < 0 || !isArkKey(key)) throw refused(at, 'a key and a space', key.slice(0, 40))
    at = end + 1
    const form = String.fromCharCode(...bytes.subarray(at, at + 5))
    const kind = form.startsWith('\0B') ? kinds.get(form.slice(2)) : undefined
    if (!kind) throw refused(at, 'a vector or a matrix of floats in binary', form)
    at += 5
    const sizes: number[] = []
    for (let axis = 0; axis < kind.axes; axis++, at += 5) {
      const size = at + 5 <= bytes.length && bytes[at] === 4 ? view.getInt32(at + 1, true) : -1
      if (size < 0) throw refused(at, 'a size', [...bytes.subarray(at, at + 5)])
      sizes.push(size)
    }
    const [rows, columns] = kind.axes === 1 ? [1, sizes[0]!] : [sizes[0]!, sizes[1]!]
    const count = rows * columns
    if (count * kind.bytes > bytes.length - at) throw refused(at, `${count} numbers`, bytes.length - at)
    const data = new Float32Array(count)
    for (let i = 0; i < count; i++, at += kind.bytes) data[i] = kind.bytes === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true)
    yield { key, rows, columns, data }
  }
}
