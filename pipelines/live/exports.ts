import type { Vector } from 'poolwise'

/**
 * Vectors of one length as NumPy's .npy form, version 1.0: float32, one vector a row; 0 × 0 of none.
 *
 * Source: NumPy's NEP 1.
 */
export function npyOf(vectors: readonly Vector[]): Uint8Array<ArrayBuffer> {
  const size = vectors[0]?.vector.length ?? 0
  const other = vectors.find(({ vector }) => vector.length !== size)
  if (other) throw new RangeError(`npyOf: expected vectors of ${size} values, got ${other.vector.length}`)
  const header = 128
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${vectors.length}, ${size}), }`
  const bytes = new Uint8Array(header + 4 * vectors.length * size)
  const view = new DataView(bytes.buffer)
  bytes.set(Uint8Array.from(`\x93NUMPY\x01\x00  ${text.padEnd(header - 11)}\n`, (letter) => letter.charCodeAt(0)))
  view.setUint16(8, header - 10, true)
  let at = header
  for (const { vector } of vectors) {
    for (const value of vector) {
      view.setFloat32(at, value, true)
      at += 4
    }
  }
  return bytes
}

const nanoseconds = (seconds: number) => Math.round(seconds * 1e9) / 1e9

/** Vectors as JSON Lines, one a line with its time; the digits tell each float32 from all others. What is not finite is null, as JSON has it. */
export function jsonlOf(vectors: readonly Vector[]): string {
  const line = ({ id, start, end, weight, vector }: Vector) =>
    JSON.stringify({
      id,
      start: nanoseconds(start),
      end: nanoseconds(end),
      weight,
      vector: Array.from(vector, (value) => Number(value.toPrecision(9))),
    })
  return vectors.map((vector) => `${line(vector)}\n`).join('')
}
