import fc from 'fast-check'
import { expect, test } from 'vitest'
import { adaptivePool1d, apply, frames, gaussian, globalPool, pool1d, pool2d } from '../../src/index.ts'
import { close, cuts, ignoresUnseen, sequence, streams } from '../laws/laws.ts'

/** LEAF's filter: exp(−½((t − (W − 1)/2) / (σ(W − 1)/2))²). */
function filter(sigma: number, size: number): number[] {
  const middle = (size - 1) / 2
  return Array.from({ length: size }, (_, t) => Math.exp(-0.5 * ((t - middle) / (sigma * middle)) ** 2))
}

/** A convolution with a filter a lane, zeros around the input. */
function filtered(
  data: ArrayLike<number>,
  lanes: number,
  weights: readonly number[],
  sigmas: readonly number[],
  starts: readonly number[],
  size: number,
) {
  const length = data.length / lanes
  return starts.flatMap((start) =>
    Array.from({ length: lanes }, (_, lane) =>
      filter(sigmas[lane % sigmas.length]!, size).reduce((sum, g, k) => {
        const t = start + k
        return t >= 0 && t < length && weights[t] !== 0 ? sum + g * weights[t]! * data[t * lanes + lane]! : sum
      }, 0),
    ),
  )
}

test('windows of any padding, masks and weights included', () => {
  fc.assert(
    fc.property(
      sequence(40, { bins: 4 }),
      fc.integer({ min: 2, max: 15 }),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom([0.4], [0.1, 0.5], [0.4, 0.2, 2, 0.05]),
      fc.boolean(),
      fc.nat(14),
      (input, size, stride, sigma, includePad, before) => {
        const padding = [before % size, (before * 3) % size] as const
        const stage = pool1d(gaussian({ sigma: sigma.length === 1 ? sigma[0]! : sigma }), { size, stride, padding, includePad })
        const output = apply(input, stage)
        const starts = Array.from({ length: output.length }, (_, o) => o * stride - padding[0])
        const weights = Array.from({ length: input.length }, (_, t) => input.weights?.[t] ?? 1)
        close(output.data, filtered(input.data, 4, weights, sigma, starts, size), 1e-6, 10)
        const seen = starts.map((start) => includePad || weights.slice(Math.max(0, start), Math.max(0, start + size)).some((w) => w > 0))
        if (!includePad) expect([...(output.weights ?? [])]).toEqual(seen.map(Number))
      },
    ),
  )
})

test('LEAF’s pooling of energies: 401 samples every 160, zeros around', () => {
  const length = 4000
  const energies = Float32Array.from({ length: 2 * length }, (_, i) => Math.sin(i * i) ** 2)
  const input = frames(energies, { bins: 2, hop: 1 / 16000 })
  const output = apply(input, pool1d(gaussian({ sigma: [0.4, 0.1] }), { size: 401, stride: 160, padding: 'same', includePad: true }))
  // TensorFlow's 'same': 25 windows need 24 · 160 + 401 = 4241 samples, 241 more than there are, 120 of them before.
  const starts = Array.from({ length: 25 }, (_, o) => o * 160 - 120)
  expect(output.length).toBe(25)
  close(output.data, filtered(energies, 2, new Array(length).fill(1), [0.4, 0.1], starts, 401), 1e-6)
})

test('a constant becomes the sum of the filter, and one tap is the peak', () => {
  const ones = frames(new Float32Array(9).fill(1), { hop: 1 })
  expect(apply(ones, globalPool('gaussian')).data[0]).toBeCloseTo(
    filter(0.4, 9).reduce((a, b) => a + b),
    6,
  )
  expect([...apply(frames([3, 4, 5]), pool1d(gaussian(), { size: 1 })).data]).toEqual([3, 4, 5])
  expect([...apply(frames([1, 2, 4]), globalPool(gaussian({ sigma: 1e-3 }))).data]).toEqual([2])
  expect([...apply(frames([]), globalPool('gaussian')).data]).toEqual([0])
})

test('windows of several sizes have filters of their own', () => {
  // Five frames in three windows: [0, 2), [1, 4), [3, 5).
  const output = apply(frames([1, 2, 4, 8, 16]), adaptivePool1d('gaussian', { count: 3 }))
  const [pair, three] = [filter(0.4, 2), filter(0.4, 3)]
  close(output.data, [3 * pair[0]!, 4 + 10 * three[0]!, 24 * pair[0]!], 1e-6)
})

test('over bins too, lanes in their order', () => {
  const input = frames(
    Float32Array.from({ length: 24 }, (_, i) => i),
    { bins: 4 },
  )
  const output = apply(input, pool2d(gaussian({ sigma: [0.4, 0.2] }), { size: [3, 2] }))
  // A window of 3 frames of 2 bins has six taps, frame by frame.
  const expected = [0, 1].flatMap((o) =>
    [0, 1].map((p) => {
      const taps = [0, 1, 2].flatMap((t) => [0, 1].map((b) => (3 * o + t) * 4 + 2 * p + b))
      return filter([0.4, 0.2][p]!, 6).reduce((sum, g, k) => sum + g * taps[k]!, 0)
    }),
  )
  close(output.data, expected, 1e-6)
})

test('streams, and never sees a frame of weight 0', () => {
  const stages = [
    pool1d('gaussian', { size: 5, stride: 2 }),
    pool1d(gaussian({ sigma: [0.1, 0.2] }), { size: 4, padding: 'same' }),
    globalPool('gaussian'),
    adaptivePool1d('gaussian', { count: 3 }),
  ]
  fc.assert(
    fc.property(sequence(30, { bins: 2 }), fc.constantFrom(...stages), cuts, fc.nat(), (input, stage, sizes, at) => {
      streams(stage, input, sizes, at)
      ignoresUnseen(stage, input)
    }),
  )
})

test('refuses widths that are none, and lists that do not divide the lanes', () => {
  for (const sigma of [0, -1, Number.NaN, Infinity, 'wide', [0.4, 0], null] as never[])
    expect(() => gaussian({ sigma })).toThrow(/^gaussian: sigma(\[1\])? must be a finite number > 0, got /)
  expect(() => gaussian({ sigma: [] })).toThrow('gaussian: sigma must be a list such as [0.4, 0.3], got []')
  expect(() => gaussian({ sigmas: 1 } as never)).toThrow(/unknown option "sigmas"/)
  const { layout } = frames(new Float32Array(5), { bins: 5 })
  expect(() => globalPool(gaussian({ sigma: [0.1, 0.2] })).plan(layout)).toThrow('gaussian: a list of sigma must divide the 5 lanes, got 2')
})
