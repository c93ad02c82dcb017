// Numbers of 16 bits by the kernel: what a division gives.
import { beforeAll, expect, test } from 'vitest'
import { ready } from '../../src/kernels/arena.ts'
import { widen } from '../../src/kernels/samples.ts'

beforeAll(async () => expect(await ready()).toBe(true))

test.each([0, 1, 7, 8, 16384, 16385, 65536])('%i numbers, none written behind the last', (length) => {
  const data = Int16Array.from({ length }, (_, i) => i * 40503)
  const out = new Float32Array(length + 1).fill(7)
  expect(widen(data, 2 ** -15, out)).toBe(true)
  expect(out.subarray(0, length)).toEqual(Float32Array.from(data, (x) => x / 32768))
  expect(out[length]).toBe(7)
})
