import fc from 'fast-check'
import type { OptionsOf } from 'poolwise'
import { expect, test } from 'vitest'
import { type Frames, frames, join, signal, slice } from '../../src/core/frames.ts'
import { apply } from '../../src/core/stage.ts'
import { spectrogram, stft } from '../../src/stages/index.ts'
import { tapers } from '../../src/stages/spectra/transform.ts'
import { cuts, streams } from '../laws/laws.ts'
import { dft, noise, samples, tone } from './signals.ts'

type StftOptions = OptionsOf<typeof stft>

const framings = fc
  .record({
    length: fc.integer({ min: 1, max: 12 }),
    more: fc.nat(5),
    hop: fc.integer({ min: 1, max: 15 }),
    window: fc.constantFrom(...tapers),
    align: fc.constantFrom('start' as const, 'center' as const),
    padded: fc.constantFrom({}, { center: true, padding: 'zeros' as const }),
  })
  .map(({ more, padded, ...rest }): StftOptions => ({ ...rest, fft: rest.length + more, ...padded }))

test('the same bits whatever the blocks, saved or not, length known or not', () => {
  fc.assert(
    fc.property(framings, samples(60, 2), cuts, fc.nat(60), (options, input, sizes, at) => streams(stft(options), input, sizes, at)),
    { numRuns: 300 },
  )
})

test('the same bits with reflect padding', () => {
  fc.assert(
    fc.property(framings, samples(60), cuts, fc.nat(60), (options, input, sizes, at) => {
      const { padding: _, ...rest } = options
      fc.pre(input.length > 20)
      streams(spectrogram({ ...rest, center: true }), input, sizes, at)
    }),
  )
})

/** What a frame is by the definition: torch.stft's padding, placing and periodic Hann window, in float64. */
function reference(x: ArrayLike<number>, size: number, length: number, hop: number, padded: 'reflect' | 'zeros' | 'none') {
  const half = padded === 'none' ? 0 : Math.floor(size / 2)
  const at = (t: number) => {
    if (t >= 0 && t < x.length) return x[t]!
    if (padded === 'zeros') return 0
    return t < 0 ? x[-t]! : x[2 * (x.length - 1) - t]!
  }
  const lead = Math.floor((size - length) / 2)
  const rows: { re: number[]; im: number[] }[] = []
  for (let start = -half; start + size <= x.length + half; start += hop) {
    const frame = Array.from({ length: size }, (_, n) => {
      const k = n - lead
      return k < 0 || k >= length ? 0 : at(start + n) * (0.5 - 0.5 * Math.cos((2 * Math.PI * k) / length))
    })
    rows.push(dft(frame))
  }
  return rows
}

test.each([
  [16, 16, 4, 'reflect'],
  [15, 15, 4, 'reflect'],
  [16, 11, 5, 'reflect'],
  [21, 10, 7, 'reflect'],
  [16, 12, 3, 'zeros'],
  [16, 11, 5, 'none'],
  [13, 13, 20, 'none'],
] as const)('size %i, length %i, hop %i, padding %s equal the definition in float64', (size, length, hop, padded) => {
  // The longest is more than a machine holds at once.
  for (const count of [size, size + 1, 50, 64, 500]) {
    const x = noise(count, count)
    const options = { fft: size, length, hop, align: 'center' as const }
    const got = apply(signal(x, { rate: 8000 }), stft(padded === 'none' ? options : { ...options, center: true, padding: padded }))
    const expected = reference(x, size, length, hop, padded)
    expect(got.length).toBe(expected.length)
    const flat = expected.flatMap(({ re, im }) => [...re, ...im])
    expect(got.data.length).toBe(flat.length)
    flat.forEach((value, i) => {
      expect(Math.abs(got.data[i]! - value)).toBeLessThan(2e-6)
    })
  }
})

test.each([3, 8, 16, 40])('reflect padding with hop %i gives the bits of a signal reflected by hand, whatever its length', (hop) => {
  for (let count = 9; count < 400; count++) {
    const x = noise(count, count)
    const by = Float32Array.from({ length: count + 16 }, (_, i) => x[count - 1 - Math.abs(count - 1 - Math.abs(i - 8))]!)
    const centered = apply(signal(x, { rate: 8000 }), spectrogram({ fft: 16, hop, center: true }))
    const byHand = apply(signal(by, { rate: 8000 }), spectrogram({ fft: 16, hop }))
    expect([...centered.data]).toEqual([...byHand.data])
  }
})

test('power is re² + im² and magnitude its root, rounded to float32', () => {
  const input = signal(noise(100), { rate: 8000 })
  const options = { fft: 20, hop: 7 }
  const { data } = apply(input, stft(options))
  const power = apply(input, spectrogram(options)).data
  const magnitude = apply(input, spectrogram({ ...options, exponent: 1 })).data
  power.forEach((value, i) => {
    const [frame, k] = [Math.floor(i / 11), i % 11]
    const [re, im] = [data[frame * 22 + k]!, data[frame * 22 + 11 + k]!]
    expect(value).toBe(Math.fround(Math.fround(re * re) + Math.fround(im * im)))
    expect(magnitude[i]).toBe(Math.fround(Math.sqrt(value)))
  })
})

test('a tone lands in the bin that is named after its frequency, in every frame and channel', () => {
  const [left, right] = [tone(4000, 16000, 1000), tone(4000, 16000, 5000)]
  const stereo = Float32Array.from({ length: 8000 }, (_, i) => (i % 2 === 0 ? left : right)[i >> 1]!)
  const out = apply(signal(stereo, { rate: 16000, channels: 2 }), spectrogram({ fft: 512 }))
  const { bins, names } = out.layout
  for (let i = 0; i < out.length; i++) {
    const loudest = [0, 1].map((c) => {
      const values = Array.from({ length: bins }, (_, k) => out.data[(i * bins + k) * 2 + c]!)
      return names.bins[values.indexOf(Math.max(...values))]
    })
    expect(loudest).toEqual(['hz1000', 'hz5000'])
  }
})

test('the layout: bins by frequency, time of the window, exact length', () => {
  const { layout } = apply(signal(new Float32Array(16000), { rate: 16000 }), spectrogram())
  expect(layout.bins).toBe(257)
  expect(layout.names.bins.slice(0, 3)).toEqual(['hz0', 'hz31.25', 'hz62.5'])
  expect(layout.clock).toEqual({ unit: 'second', start: 0, hop: 0.01, span: 0.025 })
  expect(layout.length).toBe(98)
  const centered = stft({ fft: 512, length: 400, hop: 160, center: true, align: 'center' }).plan(signal([], { rate: 16000 }).layout)
  expect(centered.layout.clock.start).toBe(-200 / 16000)
  expect(centered.layout.names.planes).toEqual(['re', 'im'])
  expect(centered.reach).toEqual({ size: 400, stride: 160, latency: 399, local: true })
})

test('frames are unseen where a sample is, marked where a sample they are first to cover is, and NaN where a sample is not finite', () => {
  const x = noise(20)
  x[13] = Number.POSITIVE_INFINITY
  const at = (t: number) => Array.from({ length: 20 }, (_, i) => (i === t ? 1 : 0))
  const input = frames(x, { hop: 0.001, weights: at(6).map((one) => 1 - one), boundaries: at(10) })
  const out = apply(input, spectrogram({ fft: 4, hop: 3 }))
  // Frames cover 0–3, 3–6, 6–9, 9–12, 12–15, 15–18.
  expect([...out.weights!]).toEqual([1, 0, 0, 1, 1, 1])
  expect([...out.boundaries!]).toEqual([0, 0, 0, 1, 0, 0])
  const broken = Array.from({ length: 6 }, (_, i) => [...out.data.subarray(3 * i, 3 * i + 3)].map(Number.isNaN))
  expect(broken.map((row) => row.every(Boolean))).toEqual([false, false, false, false, true, false])
  expect(broken.flat().filter(Boolean)).toHaveLength(3)
})

test('many samples that are unseen or marked: every frame as the definition has it', () => {
  // Longer than what a machine holds at once.
  const flags = fc.array(fc.constantFrom(0, 0, 0, 0, 0, 1), { minLength: 400, maxLength: 400 })
  const sizes = fc.integer({ min: 1, max: 9 })
  const hops = fc.integer({ min: 1, max: 90 })
  fc.assert(
    fc.property(sizes, hops, fc.boolean(), flags, flags, (size, hop, center, unseen, boundaries) => {
      const input = frames(new Float32Array(400), { hop: 0.001, weights: unseen.map((one) => 1 - one), boundaries })
      const padded = center ? { center, padding: 'zeros' as const } : {}
      const { length, weights, boundaries: marks } = apply(input, spectrogram({ fft: size, hop, ...padded }))
      const lead = center ? Math.floor(size / 2) : 0
      const anyIn = (flagged: readonly number[], from: number, to: number) => flagged.slice(Math.max(0, from), to).includes(1)
      for (let i = 0; i < length; i++) {
        const from = i * hop - lead
        expect(weights?.[i] ?? 1).toBe(anyIn(unseen, from, from + size) ? 0 : 1)
        expect(marks?.[i] ?? 0).toBe(anyIn(boundaries, i === 0 ? 0 : from - hop + size, from + size) ? 1 : 0)
      }
    }),
  )
})

test('what is kept for marks and unseen samples does not grow with the block', () => {
  const input = signal(new Float32Array(50_000), { rate: 8000 })
  const every = { weights: Float32Array.from({ length: 50_000 }, (_, t) => t % 2), boundaries: new Uint8Array(50_000).fill(1) }
  const numbersIn = (value: unknown): number =>
    typeof value === 'object' && value !== null ? Object.values(value).reduce((sum: number, part) => sum + numbersIn(part), 0) : 1
  const kept = (block: Frames) => {
    const machine = spectrogram({ fft: 16, hop: 50_001 }).plan(block.layout).open()
    machine.push(block)
    return numbersIn(machine.save().state)
  }
  // The frame to come is a boundary: one number more.
  expect(kept({ ...input, ...every })).toBe(kept(input) + 1)
})

test('a look before there are enough samples to reflect shows nothing, and the rest goes on', () => {
  const input = signal(noise(40), { rate: 8000 })
  const machine = spectrogram({ fft: 16, hop: 4, center: true }).plan(input.layout).open()
  const first = machine.push(slice(input, 0, 8))
  expect([first, machine.peek()]).toEqual([undefined, undefined])
  const rest = join([machine.push(slice(input, 8, 40)), machine.close()])
  expect([...rest!.data]).toEqual([...apply(input, spectrogram({ fft: 16, hop: 4, center: true })).data])
})

test('a reflected sample that is unseen makes the frame unseen', () => {
  const weights = Array.from({ length: 12 }, (_, t) => (t === 2 ? 0 : 1))
  const out = apply(frames(noise(12), { hop: 0.001, weights }), spectrogram({ fft: 6, hop: 6, center: true }))
  // Frame 0 covers −3 … 2, that is samples 3 … 0 … 2; frame 1 covers 3 … 8; frame 2 covers 9 … 14, that is 9, 10, 11, 10, 9, 8.
  expect([...out.weights!]).toEqual([0, 1, 1])
})

test('weights are left out where all frames are seen', () => {
  const out = apply(frames(noise(9), { hop: 0.001, weights: new Array(9).fill(0.5) }), spectrogram({ fft: 3, hop: 3 }))
  expect(out.weights).toBeUndefined()
  expect(out.length).toBe(3)
})

test('short signals', () => {
  const of = (count: number, options: StftOptions) => apply(signal(noise(count), { rate: 8000 }), stft(options))
  expect(of(0, { fft: 8, hop: 4, center: true }).length).toBe(0)
  expect(of(7, { fft: 8, hop: 4 }).length).toBe(0)
  expect(of(5, { fft: 8, hop: 4, center: true }).length).toBe(2)
  expect(() => of(4, { fft: 8, hop: 4, center: true })).toThrow('stft: expected at least 5 samples for reflect padding, got 4')
  expect(of(1, { fft: 8, hop: 4, center: true, padding: 'zeros' }).length).toBe(1)
})

test.each<[string, () => unknown]>([
  ['stft: unknown option "ftt"; did you mean "fft"?', () => stft({ ftt: 4 } as StftOptions)],
  ['stft: fft must be an integer ≥ 1, got 0', () => stft({ fft: 0 })],
  ['stft: fft in samples must be an integer ≤ 16777216, got 16777217', () => stft({ fft: 2 ** 24 + 1 })],
  [
    'spectrogram: length in samples must be an integer ≤ 16777216, got 16800000',
    () => apply(signal([], { rate: 8000 }), spectrogram({ length: '2100s' })),
  ],
  ['stft: length must be at most the size of the transform, 8, got 9', () => stft({ fft: 8, length: 9 })],
  ['stft: window must be one of hann, hamming, blackman, povey, gaussian, rectangular, got "han"', () => stft({ window: 'han' as 'hann' })],
  ['stft: padding has an effect only with center: true, got zeros without', () => stft({ padding: 'zeros' })],
  ['spectrogram: exponent must be one of 1, 2, got 3', () => spectrogram({ exponent: 3 as 2 })],
  ['stft: expected samples, one value for each channel, got frames of 1 × 2 × 1', () => apply(frames([1, 2], { bins: 2, hop: 1 }), stft())],
  ['stft: expected frames at a regular rate in seconds, got tokens', () => apply(frames([1, 2]), stft({ fft: 2, hop: 1 }))],
])('%s', (message, run) => {
  expect(run).toThrow(message)
})

test('a number as a text gets no hint that repeats it', () => {
  expect(() => spectrogram({ exponent: '2' as unknown as 2 })).toThrow(/got "2"$/)
})
