// With compiled kernels and without, everything gives the same bits: the library is loaded twice, once where there is no WebAssembly.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Frames, PoolingLike, Stage } from '../../src/index.ts'
import { drawn } from '../drawn.ts'
import { cut, said } from '../laws/laws.ts'

type Library = typeof import('../../src/index.ts')

let [kernels, plain]: [Library, Library] = [] as never
beforeAll(async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  kernels = await import('../../src/index.ts')
  expect(await kernels.kernelsReady()).toBe(true)
  vi.resetModules()
  vi.stubGlobal('WebAssembly', undefined)
  plain = await import('../../src/index.ts')
  expect(await plain.kernelsReady()).toBe(false)
  warn.mockRestore()
})
afterAll(() => {
  vi.unstubAllGlobals()
})

const poolings: PoolingLike[] = [
  'mean',
  'sum',
  'max',
  'min',
  'std',
  'stats',
  'sqrtLength',
  'randomMixed',
  'softPool',
  'range',
  'lp',
  'power',
  'moments',
  'argmax',
  'argmin',
  'countMean',
  { pooling: 'power', p: 3 },
  { pooling: 'lp', p: 5 },
  { pooling: 'lp', p: 1 },
  { pooling: 'moments', excess: false },
  {
    pooling: 'mixed',
    parts: [
      ['max', 0.3],
      ['mean', 0.7],
      ['max', 0],
    ],
  },
]
const pooling = fc.oneof(
  fc.constantFrom(...poolings, { pooling: 'power', p: 'Infinity' } as const, 'splade', { pooling: 'std', correction: 1 } as const),
  fc.uniqueArray(fc.constantFrom(...poolings), { minLength: 2, maxLength: 5 }) as fc.Arbitrary<PoolingLike>,
)
const sizes = fc.record({
  size: fc.integer({ min: 1, max: 60 }),
  stride: fc.integer({ min: 1, max: 20 }),
  padding: fc.constantFrom('valid', 'same', 0),
  partial: fc.constantFrom('drop', 'keep'),
  includePad: fc.boolean(),
})

/** Padding cannot count where positions are asked for, and 'same' has no last part. */
function windowFor(like: PoolingLike, window: { includePad: boolean; padding: unknown; partial: string }): object {
  const partial = window.padding === 'same' ? 'drop' : window.partial
  return { ...window, partial, includePad: window.includePad && !JSON.stringify(like).includes('arg') }
}

type Make = (from: Library) => Stage

const stages: fc.Arbitrary<Make> = fc.tuple(pooling, sizes, fc.integer({ min: 1, max: 9 })).chain(([like, window, size]) =>
  fc.constantFrom<Make>(
    (from) => from.globalPool(like),
    (from) => from.globalPool2d(like),
    (from) => from.pool1d(like, windowFor(like, window) as never),
    (from) => from.pool2d(like, { size: [window.size, 2], stride: [window.stride, 1] }),
    (from) => from.adaptivePool1d(like, { count: size }),
    (from) => from.adaptivePool2d(like, { count: size }),
    (from) => from.segmentPool(like, { min: size, max: 40 + size }),
    (from) =>
      from.spanPool(like, {
        spans: [
          [0, 90],
          [size, size + 1],
          [size, 70 + size],
        ],
      }),
    (from) => from.firePool(like, { threshold: size / 3 }),
    (from) => from.pyramidPool(like),
  ),
)

const special = [0, -0, 1e-45, 3.4e38, Infinity, -Infinity, Number.NaN]
const value = fc.oneof(
  { weight: 40, arbitrary: fc.float({ noNaN: true, min: -1000, max: 1000 }) },
  { weight: 1, arbitrary: fc.constantFrom(...special) },
)
const inputs = fc.record({
  length: fc.integer({ min: 90, max: 300 }),
  bins: fc.constantFrom(2, 3, 5, 16),
  values: fc.array(value, { minLength: 50, maxLength: 200 }),
  weights: fc.option(fc.array(fc.constantFrom(0, 0, 1, 1, 1, 0.5, 2.3), { minLength: 5, maxLength: 30 }), { nil: undefined }),
  boundaries: fc.boolean(),
  sizes: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 4 }),
})

function through(library: Library, make: Make, block: Frames, parts: readonly number[]): unknown[] {
  const machine = library.open(make(library), block.layout)
  const out = cut(block, parts).map((part) => machine.push(part))
  return [...out, machine.peek(), machine.close()].map((frames) => said(frames))
}

test('poolings over any windows', () => {
  fc.assert(
    fc.property(stages, inputs, (make, { length, bins, values, weights, boundaries, sizes: parts }) => {
      const weightOf = (t: number) => weights?.[(t * t) % weights.length] ?? 1
      // What is not seen is far from what is.
      const valueAt = (i: number) => (weightOf(Math.floor(i / bins)) === 0 ? 1e30 : values[(i * 7) % values.length]!)
      const block = kernels.frames(
        Float32Array.from({ length: length * bins }, (_, i) => valueAt(i)),
        {
          bins,
          hop: 0.01,
          ...(weights && { weights: Array.from({ length }, (_, t) => weightOf(t)) }),
          ...(boundaries && { boundaries: Array.from({ length }, (_, t) => Number(t % 37 === 5)) }),
        },
      )
      expect(through(kernels, make, block, parts)).toEqual(through(plain, make, block, parts))
    }),
    drawn(300),
  )
})

test('spectra of signals in blocks', () => {
  const features: Make[] = [
    (from) => from.logMel({ bands: 23 }),
    (from) => from.logMel({ preset: 'torchaudio' }),
    (from) => from.logMel({ fft: 320, length: 320, hop: 100, align: 'center', exponent: 1, bands: 11, base: 10 }),
    (from) => from.mfcc(),
  ]
  fc.assert(
    fc.property(
      fc.constantFrom(...features),
      fc.constantFrom(1, 2),
      fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 4 }),
      fc.option(fc.integer({ min: 0, max: 15_000 }), { nil: undefined }),
      fc.boolean(),
      (make, channels, parts, missing, unseen) => {
        const samples = Float32Array.from({ length: 16_000 * channels }, (_, i) => Math.sin(i * 0.05) * Math.sin(i * 0.0003))
        if (missing !== undefined) samples[missing] = Number.NaN
        const block = kernels.signal(samples, { rate: 16_000, channels })
        const weighed = unseen ? { ...block, weights: Float32Array.from({ length: block.length }, (_, t) => Number(t % 5000 > 20)) } : block
        expect(through(kernels, make, weighed, parts)).toEqual(through(plain, make, weighed, parts))
      },
    ),
    drawn(25),
  )
})
