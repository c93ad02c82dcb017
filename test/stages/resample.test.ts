import fc from 'fast-check'
import { expect, test } from 'vitest'
import { frames, signal } from '../../src/core/frames.ts'
import { apply } from '../../src/core/stage.ts'
import { resample } from '../../src/stages/index.ts'
import { cuts, streams } from '../laws/laws.ts'
import { samples, tone } from './signals.ts'

test('the same bits whatever the blocks, saved or not, length known or not', () => {
  const rates = fc.constantFrom(1000, 500, 333, 2000, 1500, 100, 7000)
  fc.assert(
    fc.property(rates, fc.integer({ min: 1, max: 7 }), samples(80, 2), cuts, fc.nat(80), (to, width, input, sizes, at) =>
      streams(resample({ to, width }), input, sizes, at),
    ),
    { numRuns: 200 },
  )
})

const rms = (x: Float32Array) => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length)

test.each([
  [44100, 16000],
  [48000, 16000],
  [16000, 44100],
  [8000, 11025],
])('from %i to %i Hz a tone keeps its wave, one above the cut-off vanishes', (from, to) => {
  const { data, length, layout } = apply(signal(tone(from / 2, from, 1000), { rate: from }), resample({ to, width: 32 }))
  expect(length).toBe(Math.ceil(to / 2))
  expect(layout.clock).toEqual({ unit: 'second', start: 0, hop: 1 / to, span: 1 / to })
  const expected = tone(length, to, 1000)
  for (let i = 500; i < length - 500; i++) expect(Math.abs(data[i]! - expected[i]!)).toBeLessThan(0.01)
  if (to > from) return
  const { data: beyond } = apply(signal(tone(from / 2, from, to * 0.6), { rate: from }), resample({ to, width: 32 }))
  expect(20 * Math.log10(rms(beyond.subarray(500, -500)) / Math.SQRT1_2)).toBeLessThan(-60)
})

test('a NaN stays where the filter reaches, marks keep their time', () => {
  const data = new Float32Array(400).fill(0.5)
  data[200] = NaN
  const boundaries = data.map((_, t) => (t === 100 ? 1 : 0))
  const out = apply(frames(data, { hop: 0.001, boundaries }), resample({ to: 500 }))
  const broken = [...out.data.keys()].filter((i) => Number.isNaN(out.data[i]))
  // The filter reaches 6 / 0.99 output samples to each side.
  expect(broken).toEqual(Array.from({ length: 13 }, (_, i) => 94 + i))
  expect([...out.boundaries!.keys()].filter((i) => out.boundaries![i] === 1)).toEqual([50])
})

test.each<[string, () => unknown]>([
  ['resample: to must be an integer ≥ 1, got 0', () => resample({ to: 0 })],
  ['resample: to must be an integer ≤ 384000, got 384001', () => resample({ to: 384001 })],
  [
    'resample: width, rolloff and the two rates must make filters of at most 2²⁴ values, got 2169175403',
    () => apply(signal([0], { rate: 16000 }), resample({ to: 8000, width: 2 ** 29 })),
  ],
  [
    "resample: to must be at most 1000 times the input's rate of 15 Hz, got 16000",
    () => apply(signal([0], { rate: 15 }), resample({ to: 16000 })),
  ],
  [
    'resample: 65535 lanes, width and the two rates must make at most 2²⁴ values at a time, got 851955000',
    () => apply(frames(new Float32Array(65535), { channels: 65535, hop: 1 / 16 }), resample({ to: 16000 })),
  ],
  [
    'resample: expected blocks that give at most 2³⁰ values, got one that gives 1228800000',
    () => apply(signal(new Float32Array(300 * 4096), { rate: 16, channels: 4096 }), resample({ to: 16000, width: 1 })),
  ],
  ['resample: rolloff must be a finite number > 0 and ≤ 1, got 0', () => resample({ to: 1, rolloff: 0 })],
  [
    'resample: the input must have a whole number of samples per second, got 1.5',
    () => apply(frames([1], { hop: 1 / 1.5 }), resample({ to: 3 })),
  ],
])('%s', (message, run) => {
  expect(run).toThrow(message)
})
