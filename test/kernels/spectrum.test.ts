// Every kernel against plain code, bit for bit.
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Given, read } from '../../src/core/options.ts'
import { ready } from '../../src/kernels/arena.ts'
import { type Analysis, analysis } from '../../src/kernels/spectrum.ts'
import { logarithmOf, logOptions } from '../../src/stages/spectra/log.ts'
import { filterbank, melOptions } from '../../src/stages/spectra/mel.ts'
import { frequenciesOf, taper, type tapers, windowed, writePower } from '../../src/stages/spectra/transform.ts'
import { drawn } from '../drawn.ts'
import { bitsOf } from './bits.ts'

beforeAll(async () => expect(await ready()).toBe(true))

interface Case {
  size: number
  length: number
  lead: number
  window: (typeof tapers)[number]
  power: 1 | 2
  bands: Given<typeof melOptions> | undefined
  log: Given<typeof logOptions> | undefined
}

const rate = 16000

/** The filters of a bank; without one every bin is a band. */
function filtersOf(options: Given<typeof melOptions> | undefined, size: number): Analysis['filters'] {
  const bins = Math.floor(size / 2) + 1
  const count = (length: number) => Int32Array.from({ length }, (_, k) => k)
  if (!options) return { firsts: count(bins), starts: count(bins + 1), weights: new Float32Array(bins).fill(1) }
  return filterbank('test', read('test', melOptions, options), frequenciesOf(rate, size))
}

function kernelOf({ size, length, lead, window, power, bands, log }: Case) {
  return analysis({
    size,
    lead,
    taper: taper(window, length, true),
    power,
    filters: filtersOf(bands, size),
    ...(log && { logarithm: logarithmOf('test', read('test', logOptions, log)) }),
  })
}

/** One frame after the other, as the stages of the features compute them. */
function plain({ size, length, lead, window, power, bands, log }: Case) {
  const transform = windowed(size, lead, taper(window, length, true))
  const bins = Math.floor(size / 2) + 1
  const bank = bands && filterbank('test', read('test', melOptions, bands), frequenciesOf(rate, size))
  const logarithm = log ? logarithmOf('test', read('test', logOptions, log)).of : (x: number) => x
  const spectrum = new Float32Array(bins)
  const width = bank?.bands ?? bins
  return {
    width,
    frame(samples: Float32Array, at: number): Float32Array {
      const out = new Float32Array(width)
      writePower(transform(samples, at), power, spectrum, 0, 1)
      if (bank) bank.apply(spectrum, 0, 1, out, 0, 1)
      else out.set(spectrum)
      return out.map(logarithm)
    },
  }
}

/** Frames that the kernel wrote against plain ones; what it left to plain code must be what is not finite. */
function compare(options: Case, samples: Float32Array, hop: number, count: number, at: number, step: number): number[] {
  const { width, frame } = plain(options)
  const out = new Float32Array(count * width * step + 5).fill(7)
  const redone: number[] = []
  expect(kernelOf(options)(samples, at, hop, count, out, 3, step, (i) => redone.push(i))).toBe(true)
  const expected = new Float32Array(out.length).fill(7)
  for (let i = 0; i < count; i++) {
    const row = frame(samples, at + i * hop)
    for (let band = 0; band < width; band++) {
      const place = 3 + (i * width + band) * step
      expected[place] = row[band]!
      if (redone.includes(i)) out[place] = row[band]!
    }
  }
  expect(bitsOf(out)).toEqual(bitsOf(expected))
  return redone
}

const logs: (Given<typeof logOptions> | undefined)[] = [
  undefined,
  {},
  { base: 10 },
  { offset: 1e-6 },
  { floor: 0 },
  { floor: 1e-3, base: 10 },
]
const sizes = [
  1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 16, 20, 25, 30, 31, 32, 36, 49, 60, 64, 75, 97, 100, 128, 200, 256, 400, 480, 512, 1000, 1024, 2048,
  4096,
]

const cases: fc.Arbitrary<Case> = fc.constantFrom(...sizes).chain((size) =>
  fc.integer({ min: 1, max: size }).chain((length) =>
    fc.record({
      size: fc.constant(size),
      length: fc.constant(length),
      lead: fc.integer({ min: 0, max: size - length }),
      window: fc.constantFrom('hann', 'hamming', 'povey', 'rectangular'),
      power: fc.constantFrom(1, 2),
      bands:
        size < 16
          ? fc.constant(undefined)
          : fc.option(fc.record({ bands: fc.integer({ min: 1, max: 41 }), norm: fc.constantFrom('slaney', null) }), { nil: undefined }),
      log: fc.constantFrom(...logs),
    }),
  ),
)

describe('analysis, against one frame after the other', () => {
  test('any size, taper, filters, logarithm, number of frames and place', () => {
    fc.assert(
      fc.property(
        cases,
        fc.integer({ min: 1, max: 600 }),
        fc.integer({ min: 1, max: 300 }),
        fc.nat(5),
        fc.constantFrom(1, 1, 2, 3),
        fc.integer(),
        (options, hop, frames, at, step, seed) => {
          const count = Math.max(1, Math.floor(frames / (1 + options.size / 64)))
          const samples = noise(at + (count - 1) * hop + options.length, seed)
          expect(compare(options, samples, hop, count, at, step)).toEqual([])
        },
      ),
      drawn(150),
    )
  })

  const usual: Case = { size: 512, length: 400, lead: 0, window: 'hann', power: 2, bands: { bands: 80 }, log: {} }

  test.each([{}, { size: 400 }, { bands: undefined }, { log: { base: 10 } as const }, { size: 2048, length: 2048 }])(
    'the usual ones: %o',
    (other) => {
      const options = { ...usual, ...other }
      expect(compare(options, noise(160 * 300 + options.length, 1), 160, 301, 0, 1)).toEqual([])
    },
  )

  // Those of a multiple of 16 samples go one by one where they are few.
  test.each([48, 64, 72, 80, 112, 144, 176, 240, 400, 512, 1024, 2048])('few frames at a time, of %i samples', (size) => {
    for (const length of [size, size - 1, size - 2, size - 7, Math.floor(size / 2), 1]) {
      for (const lead of [0, Math.floor((size - length) / 2), size - length]) {
        const options: Case = { ...usual, size, length, lead, window: 'hamming', bands: { bands: 21 } }
        const samples = noise(8 * 7 + length, size + lead)
        for (const count of [1, 2, 3, 4, 5, 6]) expect(compare(options, samples, 7, count, count, 1 + (count % 2))).toEqual([])
        expect(compare({ ...options, bands: undefined, power: 1, log: undefined }, samples, 7, 1, 0, 1)).toEqual([])
      }
    }
  })

  test('loud, quiet and silent signals', () => {
    for (const scale of [0, 1e-45, 1e-39, 1e-25, 1e-20, 1e-10, 1e5, 1e15]) {
      const samples = noise(4000, 2).map((x) => x * scale)
      for (const log of logs) for (const count of [20, 1]) expect(compare({ ...usual, log }, samples, 160, count, 0, 1)).toEqual([])
    }
  })

  test('what is not finite, or overflows on the way, is left to plain code', () => {
    for (const [value, where] of [
      [Number.NaN, 700],
      [Infinity, 1500],
      [-Infinity, 0],
      [3e38, 900],
      [1e20, 900],
    ] as const) {
      const samples = noise(4000, 3)
      samples[where] = value
      const hit = Array.from({ length: 20 }, (_, i) => i).filter((i) => where >= i * 160 && where < i * 160 + 400)
      const redone = compare({ ...usual, window: 'hamming' }, samples, 160, 20, 0, 1)
      expect(redone).toEqual(hit)
      for (let i = 0; i < 20; i++)
        expect(compare({ ...usual, window: 'hamming' }, samples, 160, 1, i * 160, 1)).toEqual(hit.includes(i) ? [0] : [])
    }
  })

  test('every logarithm, over all magnitudes', () => {
    // A transform of one sample is the sample; its power's logarithm goes through all exponents.
    const samples = Float32Array.from({ length: 40_000 }, (_, i) => 2 ** (-80 + (i / 40_000) * 143))
    for (const log of [{ floor: 0 }, { offset: 0 }, { floor: 0, base: 10 }] as const)
      expect(compare({ ...usual, size: 1, length: 1, bands: undefined, window: 'rectangular', log }, samples, 1, 40_000, 0, 1)).toEqual([])
  })

  test('two of them in turn', () => {
    const other: Case = { ...usual, size: 400, bands: { bands: 13 } }
    const samples = noise(8000, 4)
    const [first, second] = [kernelOf(usual), kernelOf(other)]
    for (let i = 0; i < 3; i++) {
      for (const [kernel, options] of [
        [first, usual],
        [second, other],
      ] as const) {
        const { width, frame } = plain(options)
        const out = new Float32Array(width)
        kernel(samples, 50 * i, 160, 1, out, 0, 1, () => expect.fail())
        expect(bitsOf(out)).toEqual(bitsOf(frame(samples, 50 * i)))
      }
    }
  })

  test('what does not fit is left to plain code', () => {
    const huge: Case = { ...usual, size: 65536, length: 65536, bands: undefined }
    const out = new Float32Array(32769).fill(7)
    expect(kernelOf(huge)(noise(65536, 5), 0, 1, 1, out, 0, 1, () => {})).toBe(false)
    expect(kernelOf(usual)(noise(100_000, 5), 0, 30_000, 4, out, 0, 1, () => {})).toBe(false)
    expect(out.every((x) => x === 7)).toBe(true)
  })
})

/** Values from −1 to 1 that follow from the seed alone. */
function noise(length: number, seed: number): Float32Array {
  let state = seed | 0
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return state / 2 ** 31
  })
}
