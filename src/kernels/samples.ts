import { arenaIfReady } from './arena.ts'

// So many at a time, which stay in cache.
const values = 2 ** 14
const dataAt = 16
const outAt: number = dataAt + 2 * values + 16

/**
 * Numbers of 16 bits times `factor`, a power of two, so that nothing is rounded.
 *
 * @returns false where nothing was done: the kernels are not there
 */
export function widen(data: Int16Array, factor: number, out: Float32Array): boolean {
  const arena = arenaIfReady()
  if (!arena) return false
  const { kernels, floats, bytes } = arena
  for (let from = 0; from < data.length; from += values) {
    const some = data.subarray(from, from + values)
    bytes.set(new Uint8Array(some.buffer, some.byteOffset, some.byteLength), dataAt)
    kernels.widen(dataAt, outAt, some.length, factor)
    out.set(floats.subarray(outAt / 4, outAt / 4 + some.length), from)
  }
  return true
}
