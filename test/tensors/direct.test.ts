// Windows of a tensor done directly, by a kernel and by plain loops, against machines that add frame by frame: the bits are the same.
import fc from 'fast-check'
import { logMel, signal } from 'poolwise'
import {
  type AdaptiveOptions,
  adaptivePool1d,
  adaptivePool2d,
  avgPool1d,
  lpPool1d,
  maxPool1d,
  type PoolOptions,
  pool1d,
  pool2d,
  type TensorLike,
} from 'poolwise/tensors'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { ready } from '../../src/kernels/arena.ts'
import { bitsOf } from '../kernels/bits.ts'

beforeAll(async () => expect(await ready()).toBe(true))

const special = [0, -0, 1e-45, 3.4e38, -3.4e38, Infinity, -Infinity, Number.NaN]
// Of all magnitudes, so that float64 sums round, and depend on their order.
const value = fc.oneof(
  { weight: 60, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 1, arbitrary: fc.constantFrom(...special) },
)
const axis = fc.record({
  length: fc.integer({ min: 1, max: 40 }),
  size: fc.constantFrom(1, 2, 2, 3, 3, 4, 5),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.constantFrom(1, 1, 2),
  before: fc.nat(3),
  after: fc.nat(3),
  target: fc.integer({ min: 1, max: 9 }),
})
const cases = fc.record({
  axes: fc.array(axis, { minLength: 1, maxLength: 2 }),
  batch: fc.integer({ min: 1, max: 6 }),
  count: fc.constantFrom(1, 1, 1, 2, 3, 4, 5, 7, 8),
  channels: fc.constantFrom('first', 'last'),
  padding: fc.constantFrom('same', 'same-lower', 'given'),
  includePad: fc.boolean(),
  partial: fc.constantFrom('drop', 'keep'),
  pooling: fc.constantFrom('max', 'min', 'mean', 'sum'),
  values: fc.array(value, { minLength: 50, maxLength: 120 }),
})

type Case = typeof cases extends fc.Arbitrary<infer Value> ? Value : never

/** Float64 input and weights of 1 take the way of the machines. */
function agree({ axes, batch, count, channels, values, ...rest }: Case, adaptive: boolean): boolean {
  const size = axes.map(({ length }) => length)
  const shape = channels === 'first' ? [batch, count, ...size] : [batch, ...size, count]
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => values[(i * 7) % values.length]!)
  const { padding, includePad, partial, pooling } = rest
  const options: PoolOptions = {
    size: axes.map((a) => a.size),
    stride: axes.map((a) => a.stride),
    dilation: axes.map((a) => a.dilation),
    padding:
      padding === 'given'
        ? axes.map((a) => [Math.min(a.before, a.dilation * (a.size - 1)), Math.min(a.after, a.dilation * (a.size - 1))] as const)
        : padding,
    includePad,
    partial: padding === 'given' ? partial : 'drop',
    channels,
  }
  const wanted: AdaptiveOptions = { size: axes.map((a) => a.target), channels }
  const run = (x: Float32Array | Float64Array) =>
    adaptive
      ? (axes.length === 1 ? adaptivePool1d : adaptivePool2d)(pooling, { data: x, shape }, wanted)
      : (axes.length === 1 ? pool1d : pool2d)(pooling, { data: x, shape }, options)
  let machines: ReturnType<typeof run>
  try {
    machines = run(Float64Array.from(data))
  } catch (error) {
    expect(() => run(data)).toThrow(error as Error)
    return false
  }
  const direct = run(data)
  expect(direct.shape).toEqual(machines.shape)
  expect(bitsOf(direct.data as Float32Array)).toEqual(bitsOf(machines.data as Float32Array))
  return true
}

describe.each([
  ['by a kernel', true],
  ['by plain loops', false],
])('%s', (_, kernels) => {
  test.each([
    ['windows', false],
    ['adaptive windows', true],
  ])('%s of any size, padding and order of channels', async (_, adaptive) => {
    let equal = 0
    const arena = await import('../../src/kernels/arena.ts')
    const off = kernels ? undefined : vi.spyOn(arena, 'arenaIfReady').mockReturnValue(undefined)
    fc.assert(
      fc.property(cases, (options) => {
        if (agree(options, adaptive)) equal++
      }),
      { numRuns: 250 },
    )
    off?.mockRestore()
    expect(equal).toBeGreaterThan(120)
  })
})

test.each([
  ['max', 2, 2],
  ['min', 2, 2],
  ['max', 2, 1],
  ['mean', 2, 2],
  ['mean', 3, 1],
  ['max', 3, 1],
] as const)('%s of %i×%i windows, which have a way of their own', (pooling, size, stride) => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 9 * 10 * 5, maxLength: 9 * 10 * 5 }), fc.constantFrom(1, 5), (values, channels) => {
      const data = Float32Array.from(values)
      const [rows, columns] = [channels === 1 ? 9 * 5 : 9, 10]
      const direct = pool2d(pooling, { data, shape: [1, rows, columns, channels] }, { size, stride })
      // Weights of 1 say nothing, but there is no direct way with weights.
      const weights = { data: new Float32Array(rows).fill(1), shape: [1, rows] }
      const machines = pool2d(pooling, { data, shape: [1, rows, columns, channels] }, { size, stride, weights })
      expect(bitsOf(direct.data as Float32Array)).toEqual(bitsOf(machines.data as Float32Array))
    }),
    { numRuns: 30 },
  )
})

const x: TensorLike = { data: Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)), shape: [2, 3, 4] }
const two = { size: 2, stride: 1, dialect: 'torch' } as const
test.each<[string, (out?: { out: Float32Array }) => { data: ArrayLike<number> }]>([
  ['a maximum', (out) => maxPool1d(x, { ...two, ...out })],
  ['an average over a divisor', (out) => avgPool1d(x, { ...two, divisor: 3, ...out })],
  ['a norm', (out) => lpPool1d(x, { ...two, ...out })],
  ['a list, the channels of which are exchanged', (out) => pool1d(['std', 'mean'], x, { ...two, ...out })],
  ['adaptive windows', (out) => adaptivePool1d('min', x, { size: 3, dialect: 'torch', ...out })],
])('%s written into an array that is there', (_, run) => {
  const fresh = run()
  const out = new Float32Array(fresh.data.length).fill(Number.NaN)
  expect(run({ out }).data).toBe(out)
  expect(out).toEqual(fresh.data)
  const short = out.subarray(1)
  expect(() => run({ out: short })).toThrow(`out must be a Float32Array of ${out.length} values, got ${short.length}`)
})

test('nothing is written into the input', () => {
  const memory = new Float32Array(30)
  const like = { data: memory.subarray(0, 12), shape: [1, 12, 1] }
  expect(() => maxPool1d(like, { size: 2, out: memory.subarray(11, 17) })).toThrow('expected out apart from the input')
  expect(maxPool1d(like, { size: 2, out: memory.subarray(12, 18) }).data.length).toBe(6)
  expect(maxPool1d({ ...like, data: memory.subarray(6, 18) }, { size: 2, out: memory.subarray(0, 6) }).data.length).toBe(6)
  expect(() => maxPool1d(like, { size: 2, indices: true, out: new Float32Array(6) })).toThrow('with indices there must be no out')
})

test('the largest windows leave the tables of spectra alone, which share their memory', () => {
  const sound = signal(
    Float32Array.from({ length: 3000 }, (_, i) => Math.sin(i * i * 1e-4)),
    { rate: 16000 },
  )
  // One plan, whose tables stay in the kernels' memory.
  const plan = logMel().plan(sound.layout)
  const mels = () => bitsOf(plan.open().push(sound)!.data)
  const before = mels()
  for (const [images, rows, columns, channels, size] of [
    [1, 80, 9000, 1, 3],
    [1, 3, 41_000, 1, [1, 40_000]],
    [4, 75, 275, 1, [75, 275]],
    [4, 150, 200, 1, [150, 200]],
    [1, 1, 60_000, 1, [1, 60_000]],
    [8, 128, 160, 1, [128, 160]],
    [1, 9, 900, 64, [4, 100]],
    [1, 2000, 12, 5, [2, 3]],
  ] as const) {
    const x = { data: new Float32Array(images * rows * columns * channels).fill(Number.NaN), shape: [images, rows, columns, channels] }
    for (const pooling of ['mean', 'max'] as const) {
      pool2d(pooling, x, { size, stride: size === 3 ? 1 : size })
      expect(mels()).toEqual(before)
    }
  }
})
