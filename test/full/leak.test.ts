// A million calls leave no memory behind.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { apply, frames, globalPool, kernelsReady } from 'poolwise'
import { maxPool2d } from 'poolwise/tensors'
import { expect, test } from 'vitest'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function used(): number {
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const image = { data: Float32Array.from({ length: 8 * 8 * 8 }, (_, i) => i), shape: [1, 8, 8, 8] }
const out = new Float32Array(4 * 4 * 8)
const rows = Float32Array.from({ length: 8 * 80 }, (_, i) => i)
const stage = globalPool('stats')

test.each<[string, number, () => unknown]>([
  ['windows over a tensor', 1_000_000, () => maxPool2d(image, { size: 2, stride: 2, out })],
  ['a sequence pooled whole', 1_000_000, () => apply(frames(rows, { bins: 80 }), stage)],
])('%s, %i times', async (name, calls, run) => {
  expect(await kernelsReady()).toBe(true)
  for (let i = 0; i < 20_000; i++) run()
  const before = used()
  for (let i = 0; i < calls; i++) run()
  const kept = used() - before
  console.log(`${name}: ${calls} calls leave ${kept} bytes`)
  // Half a byte a call is not a thing that is kept.
  expect(kept).toBeLessThan(calls / 2)
})
