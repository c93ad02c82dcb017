// Frames around the same moments, whatever their length, side by side.
import {
  apply,
  beside,
  chain,
  formants,
  frames,
  functionals,
  globalPool,
  open,
  pool1d,
  resample,
  reveal,
  rms,
  shimmer,
  signal,
} from 'poolwise'
import { expect, test } from 'vitest'
import { DataError } from '../../src/core/check.ts'
import { streams } from '../laws/laws.ts'
import { noise, voice } from './signals.ts'

test('centered frames lie around every hop, with zeros beyond the ends', () => {
  const block = signal([3, -3, 0, 4], { rate: 8000 })
  const { data, layout } = apply(block, rms({ length: 4, hop: 2, center: true }))
  expect(Array.from(data)).toEqual([[3, -3], [3, -3, 0, 4], [0, 4]].map((all) => Math.fround(Math.sqrt(all.reduce((sum, x) => sum + x * x, 0) / 4)))) // biome-ignore format: one call
  expect([layout.clock.start, layout.length]).toEqual([-2 / 8000, 3])
})

test('frames of several lengths are side by side where their middles are together', () => {
  const block = signal(noise(4000), { rate: 8000 })
  const both = beside([rms({ length: '20ms', center: true }), rms({ length: '60ms', center: true })])
  const { layout } = apply(block, both)
  expect([layout.clock.start, layout.clock.span]).toEqual([-0.03, 0.06])
  expect(() => apply(block, beside([rms({ length: '20ms' }), rms({ length: '60ms', center: true })]))).toThrow(
    'beside: stages[1] must give a frame every',
  )
  streams(both, block, [77, 500], 2)
})

test('branches that are not strict end with the shortest', () => {
  const stages = [pool1d('max', { size: 1 }), pool1d('max', { size: 3, stride: 1 })]
  const block = frames([1, 5, 2, 4], { hop: 1 })
  const out = apply(block, beside(stages, { strict: false }))
  expect([out.layout.length, Array.from(out.data)]).toEqual([2, [1, 5, 5, 5]])
  expect(() => apply(block, beside(stages))).toThrow('must give 4 frames')
  const { length: _, ...layout } = block.layout
  const machine = open(beside(stages, { strict: false }), layout)
  expect([machine.push({ ...block, layout })?.length, machine.close()?.length]).toEqual([2, undefined])
  const strict = open(beside(stages), layout)
  strict.push({ ...block, layout })
  expect(() => strict.close()).toThrow(DataError)
  // At 16 kHz 159 samples after the last frame are 110 at 11 kHz: one frame more.
  const sound = signal(voice(1600 + 159, 16_000), { rate: 16_000 })
  const two = [rms({ center: true }), chain(resample({ to: 11_000 }), formants({ length: '20ms', center: true }))]
  expect(apply(sound, beside(two, { strict: false })).length).toBe(11)
  expect(() => apply(sound, beside(two))).toThrow('must give 11 frames, as stages[0] does, got 12')
})

test('what was not seen is shown as zeros, or as itself', () => {
  const block = frames([5, 7], { weights: [0, 0.5] })
  const values = (as: 'zeros' | 'itself') => {
    const { data, weights } = apply(block, reveal({ as }))
    return [Array.from(data), weights]
  }
  expect(values('zeros')).toEqual([[0, 7], undefined])
  expect(values('itself')).toEqual([[5, 7], undefined])
})

test('shimmer in decibels is the mean difference of levels', () => {
  // Pulses of 125 Hz that are by turns 1 and 1.2 high.
  const pulses = Float32Array.from({ length: 8000 }, (_, t) => {
    const [period, at] = [Math.floor(t / 128), t % 128]
    return (period % 2 === 0 ? 0.5 : 0.6) * Math.exp(-at / 12) * Math.sin(at / 3)
  })
  const block = signal(pulses, { rate: 16_000 })
  const mean = (unit: 'share' | 'decibels') => apply(block, shimmer({ unit }), globalPool('mean')).data[0]!
  expect(mean('decibels')).toBeCloseTo(20 * Math.log10(1.2), 1)
  expect(mean('share')).toBeCloseTo(0.1 / 0.55, 1)
})

test('samples that are not finite are no voice, and what is of all frames is NaN', () => {
  const samples = voice(4800, 16_000)
  samples[2400] = NaN
  const { data, layout } = apply(signal(samples, { rate: 16_000 }), functionals('gemaps'))
  const value = (name: string) => data[layout.names.bins.indexOf(name)]!
  expect([value('loudness_sma3_amean'), value('alphaRatioUV_sma3nz_amean')]).toEqual([NaN, NaN])
  expect(value('F0semitoneFrom27.5Hz_sma3nz_amean')).toBeGreaterThan(0)
})
