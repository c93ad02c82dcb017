import type { OptionsOf } from 'poolwise'
import { expect, test } from 'vitest'
import { frames, signal } from '../../src/core/frames.ts'
import { apply } from '../../src/core/stage.ts'
import { mel, spectrogram } from '../../src/stages/index.ts'
import { noise, tone } from './signals.ts'

type MelOptions = OptionsOf<typeof mel>

/** The filters themselves: what the stage makes of spectra with one bin set. */
function filters(options: MelOptions, rate = 16000, size = 512): number[][] {
  const bins = size / 2 + 1
  const names = Array.from({ length: bins }, (_, k) => `hz${(k * rate) / size}`)
  const identity = Float32Array.from({ length: bins * bins }, (_, i) => (i % (bins + 1) === 0 ? 1 : 0))
  const out = apply(frames(identity, { bins, names: { bins: names } }), mel(options))
  const count = out.layout.bins
  return Array.from({ length: count }, (_, band) => Array.from({ length: bins }, (_, k) => out.data[k * count + band]!))
}

test("HTK's filters peak at evenly spaced mels", () => {
  const bank = filters({ bands: 20 })
  const toMel = (f: number) => 2595 * Math.log10(1 + f / 700)
  const step = toMel(8000) / 21
  bank.forEach((filter, band) => {
    const peak = filter.indexOf(Math.max(...filter)) * 31.25
    const center = 700 * (10 ** ((step * (band + 1)) / 2595) - 1)
    expect(Math.abs(peak - center)).toBeLessThanOrEqual(31.25)
  })
})

test("Slaney's scale is linear below 1 kHz, and its norm gives every filter the same area", () => {
  const bank = filters({ bands: 40, scale: 'slaney', norm: 'slaney' }, 16000, 8192)
  // Triangles of height 2 / width have area 1; a sum over bins misses that by the bins at their corners.
  for (const filter of bank) expect(filter.reduce((a, b) => a + b) * (16000 / 8192)).toBeCloseTo(1, 2)
  const peaks = filters({ bands: 40, scale: 'slaney' }, 16000, 8192).map((filter) => (filter.indexOf(Math.max(...filter)) * 16000) / 8192)
  const below = peaks.filter((hertz) => hertz < 1000)
  const gaps = below.slice(1).map((hertz, i) => hertz - below[i]!)
  expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual((2 * 16000) / 8192)
})

test("the filters of 'htk' fill what is between the first and the last peak: they sum to 1", () => {
  const bank = filters({ bands: 20 })
  const first = bank[0]!.indexOf(Math.max(...bank[0]!)) + 1
  const last = bank[19]!.indexOf(Math.max(...bank[19]!))
  for (let k = first; k < last; k++) expect(bank.reduce((sum, filter) => sum + filter[k]!, 0)).toBeCloseTo(1, 5)
})

test('channels stay apart, and bands are named', () => {
  const stereo = Float32Array.from({ length: 2000 }, (_, i) => (i % 2 === 0 ? noise(1000)[i >> 1]! : 0))
  const out = apply(signal(stereo, { rate: 8000, channels: 2 }), spectrogram(), mel({ bands: 12 }))
  const alone = apply(signal(noise(1000), { rate: 8000 }), spectrogram(), mel({ bands: 12 }))
  expect([...out.data.filter((_, i) => i % 2 === 0)]).toEqual([...alone.data])
  expect(out.data.filter((_, i) => i % 2 === 1).every((x) => x === 0)).toBe(true)
  expect(out.layout.names.bins).toEqual(Array.from({ length: 12 }, (_, band) => `mel${band}`))
})

test('a tone is loudest in the band around it', () => {
  const out = apply(signal(tone(4000, 16000, 1000), { rate: 16000 }), spectrogram(), mel({ bands: 40 }))
  const band = out.data.indexOf(Math.max(...out.data)) % 40
  const center = 700 * (10 ** (((band + 1) * 2595 * Math.log10(1 + 8000 / 700)) / 41 / 2595) - 1)
  expect(Math.abs(center - 1000)).toBeLessThan(60)
})

test('a filter may be longer than the arguments of a call', () => {
  const size = 2 ** 19
  const flat = filters({ bands: 1 }, 16000, 16)
  expect(flat).toHaveLength(1)
  const names = Array.from({ length: size / 2 + 1 }, (_, k) => `hz${(k * 16000) / size}`)
  const ones = frames(new Float32Array(names.length).fill(1), { bins: names.length, names: { bins: names } })
  // A triangle of height 1 over 0 … 8000 Hz has half its area, in bins.
  expect(apply(ones, mel({ bands: 1 })).data[0]! / names.length).toBeCloseTo(0.5, 3)
})

test.each<[string, () => unknown]>([
  ['mel: bands must be an integer ≥ 1, got 0', () => mel({ bands: 0 })],
  ['mel: bands must be an integer ≤ 65536, got 65537', () => mel({ bands: 65537 })],
  ['mel: high must be a finite number > 100, got 50', () => mel({ low: 100, high: 50 })],
  ['mel: norm must be one of slaney, null, got "peak"', () => mel({ norm: 'peak' as 'slaney' })],
  [
    'mel: high must be at most half the rate, 4000 Hz, got 5000',
    () => apply(signal(noise(400), { rate: 8000 }), spectrogram(), mel({ high: 5000 })),
  ],
  ['mel: low must be below 4000 Hz, got 4000', () => apply(signal(noise(400), { rate: 8000 }), spectrogram(), mel({ low: 4000 }))],
  [
    "mel: expected what spectrogram() before it gives, one plane of bins named by frequency such as 'hz31.25', got",
    () => apply(frames([1, 2], { bins: 2 }), mel()),
  ],
])('%s', (message, run) => {
  expect(run).toThrow(message)
})
