// What a voice sounds like: loudness, formants, spectral balance, smoothing, each against its definition in float64.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Frames, frames, signal } from '../../src/core/frames.ts'
import { apply, chain } from '../../src/core/stage.ts'
import {
  beside,
  formants,
  harmonics,
  loudness,
  mask,
  pick,
  resample,
  reveal,
  smooth,
  spectralBalance,
  spectrogram,
} from '../../src/stages/index.ts'
import { byAutocorrelation, byBurg, rootsOf } from '../../src/stages/spectra/linearPrediction.ts'
import { sequence } from '../laws/laws.ts'
import { noise, rounded, tone, voice } from './signals.ts'

const rate = 16_000
const power = spectrogram({ length: '20ms', hop: '10ms', window: 'hamming' })

/** Rows of a spectrum of 16 kHz as float64. */
function rowsOf({ data, layout: { bins } }: Frames): number[][] {
  return Array.from({ length: data.length / bins }, (_, t) => [...data.subarray(t * bins, (t + 1) * bins)])
}
const hertz = (bins: number, k: number, of = rate) => (k * of) / 2 / (bins - 1)

test('loudness is the sum of the cube roots of weighted mel bands, by its definition', () => {
  const mel = (f: number) => 1127 * Math.log(1 + f / 700)
  for (const of of [16_000, 8000, 44_100]) {
    const block = apply(signal(voice(of / 4, of), { rate: of }), power)
    const top = Math.min(8000, of / 2)
    const [from, step] = [mel(20), (mel(top) - mel(20)) / 27]
    const expected = rowsOf(block).map((row) => {
      let sum = 0
      for (let band = 1; band <= 26; band++) {
        const center = 700 * (Math.exp((from + band * step) / 1127) - 1)
        const w2 = (2 * Math.PI * center) ** 2
        // Hermansky 1990, in radians a second.
        const ear = ((w2 + 56.8e6) * w2 * w2) / ((w2 + 6.3e6) ** 2 * (w2 + 0.38e9))
        const energy = row.reduce(
          (total, p, k) => total + p * Math.max(0, 1 - Math.abs(mel(hertz(row.length, k, of)) - from - band * step) / step),
          0,
        )
        sum += Math.cbrt(ear * energy)
      }
      return sum
    })
    const got = apply(block, loudness()).data
    for (const [i, x] of expected.entries()) expect(Math.abs(got[i]! / x - 1)).toBeLessThan(2e-3)
  }
})

test('loudness grows with the cube root of power; silence has none, and NaN stays', () => {
  const of = (gain: number) =>
    apply(
      signal(
        voice(3200, rate).map((x) => x * gain),
        { rate },
      ),
      power,
      loudness(),
    ).data[3]!
  expect(of(10) / of(1)).toBeCloseTo(10 ** (2 / 3), 4)
  expect(of(0)).toBe(0)
  expect(of(NaN)).toBeNaN()
})

test('spectral balance is its four definitions in float64, in silence too', () => {
  const sound = voice(8000, rate)
  sound.fill(0, 4000)
  const block = apply(signal(sound, { rate }), power)
  const expected = rowsOf(block).flatMap((row) => {
    const at = row.map((p, k) => [hertz(row.length, k), Math.max(p, 1e-10)] as const)
    const within = (low: number, high: number, closed = false) => at.filter(([f]) => f >= low && (f < high || (closed && f === high)))
    const sum = (part: typeof at) => part.reduce((total, [, p]) => total + p, 0)
    const top = (part: typeof at) => Math.max(...part.map(([, p]) => p))
    const slope = (part: typeof at) => {
      const [x, y] = [part.map(([f]) => f), part.map(([, p]) => 10 * Math.log10(p))]
      const [mx, my] = [x, y].map((all) => all.reduce((a, b) => a + b) / all.length) as [number, number]
      return x.reduce((total, f, i) => total + (f - mx) * (y[i]! - my), 0) / x.reduce((total, f) => total + (f - mx) ** 2, 0)
    }
    const [below, above] = [within(50, 1000), within(1000, 5000, true)]
    return [
      row.every((p) => p === 0) ? 0 : 10 * Math.log10(sum(above) / sum(below)),
      10 * Math.log10(top(within(0, 2000)) / top(within(2000, 5000, true))),
      slope(within(0, 500)),
      slope(within(500, 1500, true)),
    ]
  })
  const got = apply(block, spectralBalance()).data
  for (const [i, x] of expected.entries()) expect(Math.abs(got[i]! - x), `${i}`).toBeLessThan(1e-4 * Math.max(1, Math.abs(x)))
})

/** Frequency and bandwidth of the formants of five vowels of a man (Peterson & Barney 1952), and of two more above them. */
const vowels: { readonly [vowel: string]: readonly (readonly [number, number])[] } = {
  a: [[730, 60], [1090, 70], [2440, 110]],
  e: [[530, 60], [1840, 80], [2480, 110]],
  i: [[270, 50], [2290, 80], [3010, 120]],
  o: [[570, 60], [840, 70], [2410, 110]],
  u: [[300, 50], [870, 60], [2240, 110]],
} // biome-ignore format: a table
const above = [[3500, 150], [4500, 200]] as const // biome-ignore format: a list

/** A source through resonators one after the other, and the tilt of a voice at the lips. */
function vowel(source: ArrayLike<number>, of: number, name: string): Float32Array {
  let y = Array.from(source)
  for (const [f, b] of [...vowels[name]!, ...above]) {
    const r = Math.exp((-Math.PI * b) / of)
    const c = 2 * r * Math.cos((2 * Math.PI * f) / of)
    const z: number[] = []
    for (const [t, x] of y.entries()) z.push((1 - c + r * r) * x + c * (z[t - 1] ?? 0) - r * r * (z[t - 2] ?? 0))
    y = z
  }
  const z: number[] = []
  for (const [t, x] of y.entries()) z.push(x + 0.96 * (z[t - 1] ?? 0))
  return Float32Array.from(z)
}

/** The middle one of each lane. */
function medians({ data, length }: Frames, lanes: number): number[] {
  return Array.from(
    { length: lanes },
    (_, lane) => Array.from({ length }, (_, t) => data[t * lanes + lane]!).sort((a, b) => a - b)[length >> 1]!,
  )
}

test.each(['burg', 'autocorrelation'] as const)('formants of vowels of known ones are within 5 %%, by %s', (method) => {
  for (const of of [11_000, 16_000]) {
    const pulses = (f0: number) =>
      Float64Array.from({ length: of * 0.4 }, (_, t) => Number(Math.floor((t * f0) / of) !== Math.floor(((t - 1) * f0) / of)))
    for (const name of Object.keys(vowels)) {
      // At 90 Hz harmonics are near one another; breath has all frequencies.
      for (const source of [pulses(90), noise(of * 0.4)]) {
        const block = signal(vowel(source, of, name), { rate: of })
        const got = medians(apply(block, resample({ to: 11_000 }), formants({ method, length: '40ms' })), 9)
        for (const [n, [f]] of vowels[name]!.entries())
          expect(Math.abs(got[n]! / f - 1), `${name} F${n + 1} ${got[n]} for ${f}`).toBeLessThan(0.05)
      }
    }
  }
})

test('of one resonance, frequency, bandwidth and level are what was put in', () => {
  const of = 8000
  const [f, b] = [1000, 80]
  const r = Math.exp((-Math.PI * b) / of)
  const c = 2 * r * Math.cos((2 * Math.PI * f) / of)
  const resonance = (source: ArrayLike<number>) => {
    const y = new Float32Array(source.length)
    for (let t = 0; t < y.length; t++) y[t] = source[t]! + c * (y[t - 1] ?? 0) - r * r * (y[t - 2] ?? 0)
    return y
  }
  const measure = (x: Float32Array, method: 'burg' | 'autocorrelation') => {
    const stage = formants({ count: 1, order: 2, length: x.length, window: 'rectangular', preemphasis: 0, method })
    const { data, layout } = apply(signal(x, { rate: of }), stage)
    expect(layout.names).toEqual({ planes: ['frequency', 'bandwidth', 'amplitude'], bins: ['F1'], channels: [''] })
    return data
  }
  // 1 / |A|² at the peak: the gain there of a source whose power a sample is 1.
  const angle = (2 * Math.PI * f) / of
  const gain =
    -10 *
    Math.log10(Math.hypot(1 - c * Math.cos(angle) + r * r * Math.cos(2 * angle), c * Math.sin(angle) - r * r * Math.sin(2 * angle)) ** 2)
  // An impulse has as much power as its length is short; a decay tells nothing backwards, which Burg's method goes by, too.
  const ring = measure(resonance([1, ...new Float32Array(1599)]), 'autocorrelation')
  expect(Math.abs(ring[0]! - f)).toBeLessThan(0.1)
  expect(Math.abs(ring[1]! - b)).toBeLessThan(0.1)
  expect(Math.abs(ring[2]! - gain + 10 * Math.log10(1600))).toBeLessThan(0.01)
  for (const method of ['burg', 'autocorrelation'] as const) {
    const hiss = measure(resonance(noise(40_000)), method)
    expect(Math.abs(hiss[0]! / f - 1)).toBeLessThan(0.01)
    expect(Math.abs(hiss[1]! / b - 1)).toBeLessThan(0.15)
    // Even noise from −1 to 1 has a power of 1/3.
    expect(Math.abs(hiss[2]! - gain - 10 * Math.log10(1 / 3))).toBeLessThan(1)
  }
})

test('roots are those that a polynomial is made of', () => {
  const inside = fc.tuple(fc.double({ min: 0.2, max: 0.99, noNaN: true }), fc.double({ min: 0.05, max: 3.1, noNaN: true }))
  fc.assert(
    fc.property(fc.uniqueArray(inside, { minLength: 1, maxLength: 6, selector: ([, angle]) => Math.round(angle * 8) }), (pairs) => {
      let a = [1]
      for (const [r, angle] of pairs) {
        const factor = [1, -2 * r * Math.cos(angle), r * r]
        a = Array.from({ length: a.length + 2 }, (_, n) => factor.reduce((sum, x, k) => sum + x * (a[n - k] ?? 0), 0))
      }
      const { re, im } = rootsOf(Float64Array.from(a))
      for (const [r, angle] of pairs) {
        const distances = Array.from(re, (x, k) => Math.hypot(x - r * Math.cos(angle), im[k]! - r * Math.sin(angle)))
        expect(Math.min(...distances)).toBeLessThan(1e-6)
      }
    }),
  )
})

test('both predictions leave the least error: that of their equations solved', () => {
  const x = Float64Array.from(noise(400), (y, t) => y * (0.5 - 0.5 * Math.cos((2 * Math.PI * t) / 400)))
  for (const predict of [byAutocorrelation, byBurg]) {
    const { coefficients: a, error } = predict(x, 6)
    const residual = Array.from({ length: 406 }, (_, t) => a.reduce((sum, c, k) => sum + c * (x[t - k] ?? 0), 0))
    expect(Math.abs(residual.reduce((sum, e) => sum + e * e, 0) / 400 / error - 1)).toBeLessThan(0.05)
  }
})

test('formants of silence, of noise in a short frame, and of what is not finite have values', () => {
  const of = (x: Float32Array) => [...apply(signal(x, { rate: 11_000 }), formants()).data]
  expect(of(new Float32Array(275))).toEqual(new Array(9).fill(0))
  expect(of(new Float32Array(274))).toEqual([])
  expect(of(noise(275)).every(Number.isFinite)).toBe(true)
  expect(of(tone(275, 11_000, 1000)).every(Number.isFinite)).toBe(true)
  expect(of(Float32Array.from({ length: 275 }, (_, t) => (t === 7 ? NaN : 1))).every(Number.isNaN)).toBe(true)
  expect(of(new Float32Array(275).fill(0.5)).every(Number.isFinite)).toBe(true)
})

test('smoothing is the mean of the seen frames around each, whatever the blocks', () => {
  fc.assert(
    fc.property(sequence(12, { bins: 2 }), fc.constantFrom(1, 3, 5), (block, size) => {
      const seen = (t: number) => t >= 0 && t < block.length && block.weights?.[t] !== 0
      const expected = Array.from(block.data, (_, i) => {
        const [t, lane] = [Math.floor(i / 2), i % 2]
        const around = Array.from({ length: size }, (_, k) => t + k - (size >> 1)).filter(seen)
        return seen(t) ? around.reduce((sum, k) => sum + block.data[2 * k + lane]!, 0) / around.length : 0
      })
      const out = apply(block, smooth({ size }))
      rounded(out.data, expected)
      if (block.length > 0) expect(out.weights).toEqual(block.weights)
    }),
  )
})

/** Frames of a pitch, three formants and a spectrum of bins 50 Hz apart. */
function voiced(pitch: number, of: readonly (readonly [number, number])[], spectrum: readonly number[]): Frames {
  const bins = ['pitch', ...[1, 2, 3].flatMap((n) => [`F${n}.frequency`, `F${n}.bandwidth`]), ...spectrum.map((_, k) => `hz${50 * k}`)]
  return frames([pitch, ...of.flat(), ...spectrum], { bins: bins.length, hop: 0.01, names: { bins } })
}

test('levels of harmonics are those that were put in', () => {
  // Harmonics of 200 Hz, each half as high in power as the one before, over a floor between them.
  const spectrum = Array.from({ length: 101 }, (_, k) => (k > 0 && k % 4 === 0 ? 2 ** -(k / 4) : 1e-12))
  const formantsOf = [[590, 100], [1240, 900], [2500, 60]] as const // biome-ignore format: a list
  const decibel = 10 * Math.log10(2)
  const got = apply(voiced(200, formantsOf, spectrum), harmonics()).data
  // The third; the fourth of the fourth to the eighth; the twelfth and thirteenth are as near to 2500 as one another.
  rounded(got, [decibel, 11 * decibel, -2 * decibel, -3 * decibel, -11 * decibel])
  // A harmonic that is a bit off is found, one a quarter off is not.
  const off = spectrum.map((_, k) => (k === 4 ? 1 : k === 9 ? 0.25 : k === 10 ? 100 : 0))
  expect(apply(voiced(200, formantsOf, off), harmonics()).data[0]).toBeCloseTo(10 * Math.log10(4), 4)
})

test('harmonics of a sound through formants and a spectrum side by side', () => {
  const sound = Float32Array.from({ length: 8000 }, (_, t) => {
    const angle = (2 * Math.PI * 200 * t) / 16_000
    return 0.5 * Math.sin(angle) + 0.25 * Math.sin(2 * angle) + 0.05 * Math.sin(12 * angle)
  })
  const block = apply(
    signal(sound, { rate: 16_000 }),
    beside([formants({ length: '60ms' }), spectrogram({ length: '60ms', window: 'gaussian', fft: 8192 })]),
  )
  const bins = ['pitch', ...block.layout.names.bins]
  const width = bins.length - 1
  const data = Array.from({ length: block.length }, (_, t) => [200, ...block.data.subarray(t * width, (t + 1) * width)]).flat()
  const [difference] = apply(frames(data, { bins: bins.length, hop: 0.01, names: { bins } }), harmonics()).data
  expect(Math.abs(difference! - 20 * Math.log10(2))).toBeLessThan(0.1)
})

test('without a pitch or a formant differences are 0, and NaN is NaN', () => {
  const spectrum = new Array<number>(60).fill(1)
  const some = [[500, 50], [0, 0], [2900, 50]] as const // biome-ignore format: a list
  expect([...apply(voiced(0, some, spectrum), harmonics()).data]).toEqual([0, 0, 0, 0, 0])
  expect([...apply(voiced(200, some, spectrum.fill(8, 10, 11)), harmonics()).data][3]).toBe(0)
  expect([...apply(voiced(NaN, some, spectrum), harmonics()).data]).toEqual(new Array(5).fill(NaN))
  expect([...apply(voiced(4000, some, spectrum), harmonics()).data]).toEqual([0, 0, 0, 0, 0])
})

test('masks by a value, shows what was masked as zeros, and picks values by name', () => {
  const names = { bins: ['pitch', 'level'] }
  const block = frames([0, 1, 90, 2, 80, 3, NaN, 4], { bins: 2, hop: 0.01, names, weights: [1, 1, 0.5, 1] })
  expect([...apply(block, mask({ by: 'pitch' })).weights!]).toEqual([0, 1, 0.5, 0])
  expect([...apply(block, mask({ by: 'pitch', above: 85, keep: 'others' })).weights!]).toEqual([1, 0, 0.5, 1])
  const shown = apply(block, mask({ by: 'pitch' }), reveal())
  expect([[...shown.data], shown.weights]).toEqual([[0, 0, 90, 2, 80, 3, 0, 0], undefined])
  const picked = apply(block, pick({ of: ['level', 'pitch', 'level'], as: ['a', 'b', 'c'] }))
  expect([picked.layout.names.bins, [...picked.data.subarray(0, 6)]]).toEqual([
    ['a', 'b', 'c'],
    [1, 0, 1, 2, 90, 2],
  ])
})

test.each<[string, () => unknown]>([
  ['pick: of must name values of the input, such as value, got "pitch"', () => apply(frames([1]), pick({ of: ['pitch'] }))],
  ['pick: as must name each of the 1 values, got 2 names', () => pick({ of: ['a'], as: ['b', 'c'] })],
  ['mask: by must name a value of the input, such as value, got "pitch"', () => apply(frames([1]), mask({ by: 'pitch' }))],
  ['harmonics: expected a value named pitch in each frame, got ["value"]', () => apply(frames([1]), harmonics())],
  ['smooth: size must be an odd number, got 2', () => smooth({ size: 2 })],
  ['formants: order must be at least 2·count, 6, got 4', () => formants({ order: 4 })],
  [
    'formants: order must be below the 8 samples of a frame, got 9',
    () => apply(signal(noise(99), { rate: 8000 }), formants({ length: 8 })),
  ],
  [
    'loudness: expected what spectrogram() before it gives, one plane of bins named by frequency',
    () => apply(frames([1, 2], { bins: 2 }), loudness()),
  ],
  [
    'spectralBalance: expected at least two bins from 1000 to 5000 Hz, got "33 up to 1000 Hz"',
    () => apply(signal(noise(200), { rate: 2000 }), chain(spectrogram({ length: 64 }), spectralBalance())),
  ],
])('%s', (message, run) => {
  expect(run).toThrow(message)
})
