import fc from 'fast-check'
import type { OptionsOf } from 'poolwise'
import { expect, test } from 'vitest'
import { type Frames, frames, signal, slice } from '../../src/core/frames.ts'
import { apply } from '../../src/core/stage.ts'
import { stageFrom } from '../../src/index.ts'
import { descriptors, rms, spectrogram, zeroCrossings } from '../../src/stages/index.ts'
import { cut, cuts } from '../laws/laws.ts'
import { rounded, samples, spectra, spectrum, tone, voice } from './signals.ts'

type DescriptorsOptions = OptionsOf<typeof descriptors>

const of = (block: Frames, options?: DescriptorsOptions) => [...apply(block, descriptors(options)).data]
const one = (name: NonNullable<DescriptorsOptions['of']>[number], ...rows: number[][]) => of(spectrum(...rows), { of: [name] })

/** All six of every channel of seen frames by their formulas, in float64; zeros for the others. */
function reference({ data, length, layout: { bins, channels }, weights }: Frames, share: number): number[] {
  const out: number[] = []
  let previous = -1
  for (let t = 0; t < length; t++) {
    const seen = weights?.[t] !== 0
    const rows: number[][] = []
    for (let c = 0; c < channels; c++) {
      const at = (frame: number, k: number) => data[(frame * bins + k) * channels + c]!
      const ks = Array.from({ length: bins }, (_, k) => k)
      const total = ks.reduce((sum, k) => sum + at(t, k), 0)
      const center = total === 0 ? 0 : ks.reduce((sum, k) => sum + 100 * k * at(t, k), 0) / total
      const variance = total === 0 ? 0 : ks.reduce((sum, k) => sum + (100 * k - center) ** 2 * at(t, k), 0) / total
      const rolloff = ks.find((k) => ks.slice(0, k + 1).reduce((sum, j) => sum + at(t, j), 0) >= share * total)!
      const floored = ks.map((k) => Math.max(at(t, k), 1e-10))
      const flatness = floored.reduce((product, x) => product * x ** (1 / bins), 1) / (floored.reduce((sum, x) => sum + x) / bins)
      const crest = total === 0 ? 1 : (Math.max(...ks.map((k) => at(t, k))) * bins) / total
      const flux = previous < 0 ? 0 : Math.hypot(...ks.map((k) => at(t, k) - at(previous, k)))
      rows.push(seen ? [center, Math.sqrt(variance), 100 * rolloff, flatness, crest, flux] : [0, 0, 0, 0, 0, 0])
    }
    for (let d = 0; d < 6; d++) for (const row of rows) out.push(row[d]!)
    if (seen) previous = t
  }
  return out
}

test('all are their formulas in float64, whatever the channels and the weights', () => {
  const input = fc.integer({ min: 2, max: 9 }).chain((bins) => spectra(8, bins, 2))
  fc.assert(
    fc.property(input, fc.constantFrom(0.5, 0.85, 1), (block, share) => rounded(of(block, { rolloff: share }), reference(block, share))),
  )
})

test('centroid, spread, rolloff and flatness of four spectra are what librosa 0.11.0 prints', () => {
  const block = spectrum([0, 1, 2, 1, 0.5], [0.1, 0, 0, 3, 0], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0])
  rounded(of(block, { of: ['centroid'] }), [222.22222222222223, 290.3225806451613, 200, 0])
  // librosa's first frame: √((1·122.2² + 2·22.2² + 77.8² + 0.5·177.8²) / 4.5).
  rounded(of(block, { of: ['spread'] }), [91.62456945817023, 53.00540879082252, 141.4213562373095, 0])
  expect(of(block, { of: ['rolloff'] })).toEqual([300, 300, 400, 0])
  // By librosa in float64 of float64 input; 0.1 is another number in float32.
  const flatness = of(block, { of: ['flatness'] })
  expect(flatness[0]).toBeCloseTo(0.011111111110864191, 9)
  expect(flatness[1]).toBeCloseTo(1.2677469121299315e-6, 12)
  expect(flatness.slice(2)).toEqual([1, 1])
})

test('a bin alone: its frequency, no spread, the highest crest, hardly any flatness', () => {
  const block = spectrum([0, 0, 7, 0])
  // (10⁻³⁰·7)^¼ by (7 + 3·10⁻¹⁰) / 4.
  rounded(of(block), [200, 0, 200, (7e-30 ** 0.25 * 4) / (7 + 3e-10), 4, 0])
})

test('a tone has its frequency for centroid, and an impulse a flat spectrum', () => {
  const whole = { length: 512, hop: 512, window: 'rectangular', exponent: 1 } as const
  const [center, width] = apply(signal(tone(512, 16000, 1000), { rate: 16000 }), spectrogram(whole), descriptors()).data
  // What float32 leaves in the 256 other bins of 256 is some 1e-5 each, up to 7 kHz away.
  expect(Math.abs(center! - 1000)).toBeLessThan(1)
  expect(width).toBeLessThan(50)
  const impulse = new Float32Array(512)
  impulse[3] = 1
  const [, , rolloff, flatness, crest] = apply(signal(impulse, { rate: 16000 }), spectrogram(whole), descriptors()).data
  expect(flatness).toBeCloseTo(1, 6)
  expect(crest).toBeCloseTo(1, 5)
  // 85 % of 257 equal bins: the 219th, of index 218.
  expect(rolloff).toBe((218 * 16000) / 512)
})

test('flux is the distance from the last seen frame, 0 for the first', () => {
  expect(one('flux', [0, 0], [3, 4], [3, 4], [0, 0])).toEqual([0, 5, 0, 5])
  const gap = { ...spectrum([0, 0], [9, 9], [3, 4]), weights: Float32Array.of(1, 0, 1) }
  expect(of(gap, { of: ['flux'] })).toEqual([0, 0, 5])
  const late = { ...gap, weights: Float32Array.of(0, 1, 1) }
  expect(of(late, { of: ['flux'] })).toEqual([0, 0, Math.fround(Math.sqrt(61))])
})

test('silence is flat and has nothing else', () => {
  expect(of(spectrum([0, 0, 0], [0, 0, 0]))).toEqual([0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0])
})

test('NaN in a bin is NaN in all of the frame, and in the flux of the next one', () => {
  for (const row of [
    [NaN, 1, 1],
    [1, 1, NaN],
  ]) {
    const out = of(spectrum([1, 1, 1], row, [1, 1, 1], [1, 1, 1]))
    expect(out.slice(6, 12)).toEqual([NaN, NaN, NaN, NaN, NaN, NaN])
    expect(out.slice(12)).toEqual([100, expect.any(Number), 200, 1, 1, NaN, 100, expect.any(Number), 200, 1, 1, 0])
  }
})

test('a value below 0 is refused with the frame where it is, but not in a frame that is unseen', () => {
  const block = spectrum([1, 1], [0, 0], [-1, 2])
  const machine = descriptors().plan(block.layout).open()
  machine.push(slice(block, 0, 1))
  expect(() => machine.push(slice(block, 1, 3))).toThrow('descriptors: expected magnitudes or powers, none below 0, got -1 at frame 2')
  expect(of({ ...block, weights: Float32Array.of(1, 1, 0) }).slice(12)).toEqual([0, 0, 0, 0, 0, 0])
})

test('finite spectra of any size give no NaN', () => {
  const extreme = fc.oneof(fc.constantFrom(0, 1e-45, 1e-38, 1, 3.4e38), fc.float({ min: 0, noNaN: true, noDefaultInfinity: true }))
  const rows = fc.array(fc.array(extreme, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(rows, (input) => {
      expect(of(spectrum(...input)).some(Number.isNaN)).toBe(false)
    }),
  )
})

test('bins are named in the order asked for, the clock stays, and it runs live', () => {
  const stage = descriptors({ of: ['rolloff', 'centroid'] })
  const block = spectrum([0, 2, 1])
  const { length: _, ...layout } = block.layout
  const plan = stage.plan({ ...layout, live: true })
  expect(plan.layout.names.bins).toEqual(['rolloff', 'centroid'])
  expect([plan.layout.live, plan.needs, plan.layout.clock]).toEqual([true, undefined, layout.clock])
  expect([plan.reach.size, descriptors().plan(layout).reach.size]).toEqual([1, 2])
  rounded(apply(block, stage).data, [200, 400 / 3])
  rounded(apply(block, stageFrom(stage.spec)).data, [200, 400 / 3])
})

test('what was asked for stays, whatever becomes of the list', () => {
  const list: NonNullable<DescriptorsOptions['of']>[number][] = ['crest']
  const stage = descriptors({ of: list })
  list.push('flux')
  expect(stage.plan(spectrum([1, 2]).layout).layout.bins).toBe(1)
})

/** Frames of a signal as {@link rms} and {@link zeroCrossings} cut it, channel by channel. */
function cutUp({ data, length: n, layout: { channels } }: Frames, length: number, hop: number): number[][] {
  const all: number[][] = []
  for (let start = 0; start + length <= n; start += hop) {
    for (let c = 0; c < channels; c++) all.push(Array.from({ length }, (_, k) => data[(start + k) * channels + c]!))
  }
  return all
}

test('rms and zero crossings are their formulas, block by block', () => {
  const sizes = fc.record({ length: fc.integer({ min: 1, max: 9 }), hop: fc.integer({ min: 1, max: 12 }) })
  fc.assert(
    fc.property(samples(40, 2), sizes, cuts, (block, { length, hop }, parts) => {
      const rows = cutUp(block, length, hop)
      const roots = rows.map((row) => Math.sqrt(row.reduce((sum, x) => sum + x * x, 0) / length))
      const signs = rows.map((row) => row.map((x) => (x < -1e-10 ? -1 : 1)))
      const changes = signs.map((row) => row.filter((sign, k) => k > 0 && sign !== row[k - 1]).length / length)
      rounded(apply(block, rms({ length, hop })).data, roots)
      rounded(apply(block, zeroCrossings({ length, hop })).data, changes)
      const machine = zeroCrossings({ length, hop }).plan(block.layout).open()
      const blocks = [...cut(block, parts).map((part) => machine.push(part)), machine.close()]
      rounded(
        blocks.flatMap((part) => (part ? [...part.data] : [])),
        changes,
      )
    }),
  )
})

test('zero crossings: zero is positive, and what is as good as zero too, as librosa 0.11.0 has it', () => {
  const crossings = (...x: number[]) => [...apply(signal(x, { rate: 8000 }), zeroCrossings({ length: x.length })).data]
  expect(crossings(1, -1, 0, 0, -1e-11, -2, -3, 4)).toEqual([0.5])
  expect(crossings(0, -0, 0, -0)).toEqual([0])
  expect(crossings(1, -1, 1, -1)).toEqual([0.75])
  expect(crossings(5)).toEqual([0])
})

test('rms: a constant has its size, a sine its size by √2, silence 0', () => {
  const of = (x: ArrayLike<number>) => [...apply(signal(x, { rate: 16000 }), rms({ length: 160 })).data]
  expect(of(new Float32Array(160).fill(-0.25))).toEqual([0.25])
  expect(of(new Float32Array(160))).toEqual([0])
  expect(of(tone(160, 16000, 200))[0]).toBeCloseTo(Math.SQRT1_2, 6)
  expect(of([...new Float32Array(159), NaN])).toEqual([NaN])
  expect(of(new Float32Array(159))).toEqual([])
})

test('frames of rms, zero crossings and the spectrogram lie at the same times, and each is named', () => {
  const speech = signal(voice(4000, 16000), { rate: 16000 })
  const [clock, length] = [apply(speech, spectrogram()).layout.clock, apply(speech, spectrogram()).length]
  for (const [name, stage] of Object.entries({ rms: rms(), zeroCrossings: zeroCrossings() })) {
    const out = apply(speech, stage)
    expect([out.layout.clock, out.length, out.layout.names.bins]).toEqual([clock, length, [name]])
    expect(stage.plan({ ...speech.layout, live: true }).layout.live).toBe(true)
  }
})

test.each<[string, () => unknown]>([
  [
    'descriptors: of[0] must be one of centroid, spread, rolloff, flatness, crest, flux, skewness, kurtosis, slope, decrease, contrast, got "centriod"; did you mean "centroid"?',
    () => descriptors({ of: ['centriod' as 'centroid'] }),
  ],
  ["descriptors: of must be a list such as ['centroid', 'spread'], got \"flux\"", () => descriptors({ of: 'flux' as never })],
  ["descriptors: of must be a list such as ['centroid', 'spread'], got []", () => descriptors({ of: [] })],
  ['descriptors: of must name each descriptor once, got ["flux","flux"]', () => descriptors({ of: ['flux', 'flux'] })],
  ['descriptors: of[0] must be one of', () => descriptors({ of: ['constructor' as 'flux'] })],
  ['descriptors: rolloff must be a finite number > 0 and ≤ 1, got 85', () => descriptors({ rolloff: 85 })],
  ['descriptors: option rolloff has an effect only on the descriptor of that name', () => descriptors({ of: ['flux'], rolloff: 0.5 })],
  ['descriptors: unknown option "off"; did you mean "of"?', () => descriptors({ off: [] } as object)],
  [
    "descriptors: expected what spectrogram() before it gives, one plane of bins named by frequency such as 'hz31.25', got",
    () => of(frames([1, 2], { bins: 2 })),
  ],
  [
    'descriptors: expected what spectrogram() before it gives, one plane of bins named by frequency',
    () => of(frames([1, 2], { bins: 2, names: { bins: ['hz100', 'hz0'] } })),
  ],
  ['rms: length must be an integer ≥ 1, got 0', () => rms({ length: 0 })],
  ['rms: hop must be a number of frames or a duration', () => rms({ hop: '10 ms' as '10ms' })],
  ['rms: unknown option "size"', () => rms({ size: 4 } as object)],
  ['zeroCrossings: expected samples, one value for each channel, got frames of 1 × 2 × 1', () => apply(spectrum([1, 1]), zeroCrossings())],
])('%s', (message, run) => {
  expect(run).toThrow(message)
})

const shapes = ['skewness', 'kurtosis', 'slope', 'decrease', 'contrast'] as const

/** The five of a row of bins 100 Hz apart by their formulas, in float64. */
function shapesOf(row: readonly number[], extremes: number): number[] {
  const total = row.reduce((sum, x) => sum + x, 0)
  const about = (power: number, center: number) => row.reduce((sum, x, k) => sum + x * (100 * k - center) ** power, 0) / total
  const center = total === 0 ? 0 : about(1, 0)
  const width = total === 0 ? 0 : Math.sqrt(about(2, center))
  const middle = (100 * (row.length - 1)) / 2
  const line = row.reduce((sum, x, k) => sum + x * (100 * k - middle), 0) / row.reduce((sum, _, k) => sum + (100 * k - middle) ** 2, 0)
  const rest = row.slice(1).reduce((sum, x) => sum + x, 0)
  const sorted = row.map((x) => Math.max(x, 1e-10)).sort((a, b) => a - b)
  const count = Math.max(1, Math.round(extremes * row.length))
  const mean = (some: number[]) => some.reduce((sum, x) => sum + x, 0) / count
  return [
    width === 0 ? 0 : about(3, center) / width ** 3,
    width === 0 ? 0 : about(4, center) / width ** 4,
    total === 0 ? 0 : line / total,
    rest > 0 ? row.slice(1).reduce((sum, x, k) => sum + (x - row[0]!) / (k + 1), 0) / rest : 0,
    10 * Math.log10(mean(sorted.slice(-count)) / mean(sorted.slice(0, count))),
  ]
}

test('skewness, kurtosis, slope, decrease and contrast are their formulas in float64', () => {
  const row = fc.array(fc.double({ min: 0, max: 8, noNaN: true }).map((x) => Math.fround(Math.round(x * 64) / 64)), { minLength: 7, maxLength: 7 }) // biome-ignore format: one call
  fc.assert(
    fc.property(row, fc.constantFrom(0.02, 0.2, 0.5), (input, extremes) => {
      const got = of(spectrum(input), { of: shapes, extremes })
      for (const [i, x] of shapesOf(input, extremes).entries()) expect(Math.abs(got[i]! - x)).toBeLessThan(1e-6 * Math.max(1, Math.abs(x)))
    }),
  )
})

test('a normal curve leans nowhere and has a kurtosis of 3; what falls has a slope and a decrease below 0', () => {
  const curve = Array.from({ length: 41 }, (_, k) => Math.exp(-((k - 20) ** 2) / 18))
  const [skewness, kurtosis] = of(spectrum(curve), { of: ['skewness', 'kurtosis'] })
  expect(skewness).toBeCloseTo(0, 5)
  expect(kurtosis).toBeCloseTo(3, 4)
  const [slope, decrease] = of(spectrum([4, 3, 2, 1]), { of: ['slope', 'decrease'] })
  // One a bin of 100 Hz, by the sum of 10; (−1/1 − 2/2 − 3/3) / 6.
  rounded([slope!, decrease!], [-0.001, -0.5])
})

test('contrast is the level of the peaks above that of the valleys, in decibels', () => {
  expect(one('contrast', [1, 100, 10])[0]).toBeCloseTo(20, 5)
  expect(one('contrast', [0, 1])[0]).toBeCloseTo(100, 5)
})

test('of bands each has what a spectrum of these bins alone has', () => {
  const bands = [
    [0, 300],
    [300, 700],
  ]
  const [low, high] = [
    [1, 3, 2],
    [5, 0, 4, 1],
  ]
  const names = ['flux', 'crest', 'contrast', 'decrease'] as const
  const block = spectrum([...low!, ...high!], [...high!.slice(0, 3), ...low!, 2])
  const stage = descriptors({ of: names, bands })
  expect(stage.plan(block.layout).layout.names.bins).toEqual([
    ...names.map((name) => `${name}0-300`),
    ...names.map((name) => `${name}300-700`),
  ])
  const apart = [of(spectrum(low!, high!.slice(0, 3)), { of: names }), of(spectrum(high!, [...low!, 2]), { of: names })]
  const got = of(block, { of: names, bands })
  for (const t of [0, 1]) expect(got.slice(8 * t, 8 * t + 8)).toEqual(apart.flatMap((part) => part.slice(4 * t, 4 * t + 4)))
  rounded(of(block, { of: ['centroid'], bands: [[300, 700]] }), [(300 * 5 + 500 * 4 + 600) / 10, (300 + 400 * 3 + 500 * 2 + 600 * 2) / 8])
})

test('silence and NaN of the others', () => {
  expect(of(spectrum([0, 0, 0]), { of: shapes })).toEqual([0, 0, 0, 0, 0])
  expect(of(spectrum([5, 0, 0]), { of: ['skewness', 'decrease'] })).toEqual([0, 0])
  for (const row of [[NaN, 1, 1], [1, NaN, 1]]) expect(of(spectrum(row), { of: shapes })).toEqual(shapes.map(() => NaN)) // biome-ignore format: one line
})

test.each<[string, () => unknown]>([
  ['descriptors: bands must be pairs such as [200, 400], low before high, got [400,200]', () => descriptors({ bands: [[400, 200]] })],
  ['descriptors: bands must be pairs', () => descriptors({ bands: [[1, 2, 3]] })],
  ['descriptors: expected bins from 110 to 120 Hz, got "some up to 200 Hz"', () => of(spectrum([1, 2, 3]), { bands: [[110, 120]] })],
  ['descriptors: option extremes has an effect only on contrast', () => descriptors({ extremes: 0.1 })],
])('%s', (message, run) => {
  expect(run).toThrow(message)
})
