import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Frames, frames, lanesOf, signal } from '../../src/core/frames.ts'
import { apply, type Stage } from '../../src/core/stage.ts'
import {
  cepstrum,
  chroma,
  decibels,
  deltas,
  descriptors,
  flatten,
  gain,
  kaldiFbank,
  kaldiMfcc,
  l2Normalize,
  log,
  mfcc,
  normalize,
  pcen,
  preemphasis,
  rms,
  zeroCrossings,
} from '../../src/stages/index.ts'
import { cuts, ignoresUnseen, sequence, streams } from '../laws/laws.ts'
import { noise, samples, spectra } from './signals.ts'

const onFrames: [string, Stage][] = [
  ['cepstrum', cepstrum({ coefficients: 3, lifter: 22 })],
  ['decibels', decibels()],
  ['decibels of a clip', decibels({ range: 10, reference: 'max', of: 'amplitude' })],
  ['deltas', deltas({ width: 3 })],
  ['deltas of deltas', deltas({ width: 5, order: 2 })],
  ['deltas with fitted edges', deltas({ width: 5, edges: 'interp' })],
  ['deltas of deltas with fitted edges', deltas({ width: 3, order: 2, edges: 'interp' })],
  ['flatten', flatten()],
  ['gain by rms', gain()],
  ['gain by peak', gain({ of: 'peak' })],
  ['l2Normalize', l2Normalize()],
  ['log', log({ offset: 1e-6 })],
  ['normalize', normalize()],
  ['preemphasis', preemphasis()],
]

test.each(onFrames)('%s: the same bits whatever the blocks, saved or not, length known or not', (_, stage) => {
  const input = sequence(24, { planes: 2, bins: 3, channels: 2 })
  fc.assert(fc.property(input, cuts, fc.nat(30), (block, sizes, at) => streams(stage, block, sizes, at)))
})

const onSamples: [string, Stage][] = [
  ['kaldiFbank', kaldiFbank({ bands: 3, length: 12, hop: 5, energy: 'first', rawEnergy: false })],
  ['kaldiFbank, mirrored', kaldiFbank({ bands: 3, length: 12, hop: 5, edges: 'mirror', energy: 'last' })],
  ['kaldiFbank, mirrored, far apart', kaldiFbank({ bands: 3, length: 5, hop: 12, edges: 'mirror' })],
  ['kaldiMfcc', kaldiMfcc({ bands: 4, coefficients: 3, length: 8, hop: 4, energy: true })],
  ['mfcc', mfcc({ bands: 4, coefficients: 3, length: 8, hop: 4 })],
  ['rms', rms({ length: 8, hop: 3 })],
  ['zeroCrossings', zeroCrossings({ length: 2, hop: 5 })],
]

test.each(onSamples)('%s: the same bits whatever the blocks, saved or not, length known or not', (_, stage) => {
  fc.assert(fc.property(samples(60, 2), cuts, fc.nat(60), (block, sizes, at) => streams(stage, block, sizes, at)))
})

const onSpectra: [string, Stage][] = [
  ['chroma', chroma()],
  ['descriptors', descriptors()],
  ['descriptors without memory', descriptors({ of: ['flatness', 'rolloff'], rolloff: 0.5 })],
  ['pcen', pcen({ smoothing: 0.2, bias: [2, 0, 1, 0.5] })],
  ['pcen from 1', pcen({ smoothing: 0.2, initial: 1, exponent: 0 })],
]

test.each(onSpectra)('%s: the same bits whatever the blocks, saved or not, length known or not', (_, stage) => {
  fc.assert(fc.property(spectra(24, 4, 2), cuts, fc.nat(30), (block, sizes, at) => streams(stage, block, sizes, at)))
})

test.each(onSpectra)('%s: a frame of weight 0 is invisible', (_, stage) => {
  fc.assert(fc.property(spectra(12, 4, 2), (block) => ignoresUnseen(stage, block)))
})

test.each(onFrames.filter(([name]) => name !== 'flatten'))('%s: what unseen frames hold does not reach seen ones', (_, stage) => {
  fc.assert(
    fc.property(sequence(12, { bins: 3 }), (block) => {
      const hidden = { ...block, data: block.data.map((x, i) => (block.weights?.[Math.floor(i / 3)] === 0 ? NaN : x)) }
      const seen = (out: Frames) => {
        const lanes = lanesOf(out.layout)
        return [...out.data].filter((_, i) => out.weights?.[Math.floor(i / lanes)] !== 0)
      }
      expect(seen(apply(hidden, stage))).toEqual(seen(apply(block, stage)))
    }),
  )
})

test('deltas: a constant has none, a ramp has its slope, the planes are named', () => {
  const constant = apply(frames([3, 3, 3, 3], { hop: 0.01 }), deltas({ order: 2 }))
  expect([...constant.data]).toEqual([3, 0, 0, 3, 0, 0, 3, 0, 0, 3, 0, 0])
  expect(constant.layout.names.planes).toEqual(['', 'delta', 'delta2'])
  const ramp = apply(frames([0, 2, 4, 6, 8, 10, 12], { hop: 0.01 }), deltas({ width: 5 }))
  // Inside the ramp its slope; at its first frame Σ n·(x[n] − x[0]) / 10 = (1·2 + 2·4) / 10.
  expect(ramp.data[2 * 3 + 1]).toBe(2)
  expect(ramp.data[1]).toBe(1)
  const stats = frames([1, 2], { planes: 2, names: { planes: ['mean', 'std'] } })
  expect(apply(stats, deltas()).layout.names.planes).toEqual(['mean', 'std', 'mean.delta', 'std.delta'])
})

test('deltas: an unseen frame is an edge', () => {
  const block = frames([1, 2, NaN, 5, 7], { hop: 0.01, weights: [1, 1, 0, 1, 1] })
  const { data } = apply(block, deltas({ width: 3 }))
  expect([data[1], data[3], data[7], data[9]]).toEqual([0.5, 0.5, 1, 1])
  // Nothing is taken from beyond the gap: (1·(4 − 3) + 2·(5 − 3)) / 10.
  const beyond = frames([1, NaN, 3, 4, 5], { hop: 0.01, weights: [1, 0, 1, 1, 1] })
  expect(apply(beyond, deltas({ width: 5 })).data[5]).toBe(0.5)
})

test('preemphasis: y[t] = x[t] − c·x[t − 1], anew after what was not seen', () => {
  const block = frames([1, 1, 2, 4], { hop: 0.01, weights: [1, 1, 0, 1] })
  expect([...apply(block, preemphasis({ coefficient: 0.5 })).data]).toEqual([1, 0.5, 1.5, 4])
})

test('normalize: every lane gets mean 0 and standard deviation 1, a constant gets 0', () => {
  const x = noise(60)
  const { data } = apply(
    frames(
      Float32Array.from({ length: 120 }, (_, i) => (i % 2 === 0 ? 1000 + x[i >> 1]! : 7)),
      { bins: 2 },
    ),
    normalize(),
  )
  const lane = [...data].filter((_, i) => i % 2 === 0)
  const mean = lane.reduce((a, b) => a + b) / 60
  expect(mean).toBeCloseTo(0, 6)
  expect(lane.reduce((sum, y) => sum + (y - mean) ** 2, 0) / 60).toBeCloseTo(1, 6)
  expect([...data].filter((_, i) => i % 2 === 1).every((y) => y === 0)).toBe(true)
  expect([...apply(frames([1, 3, NaN], { hop: 1 }), normalize()).data]).toEqual([-1, 1, NaN])
  expect([...apply(frames([1, 3], { hop: 1 }), normalize({ variance: false })).data]).toEqual([-1, 1])
  expect([...apply(frames([1, 3], { hop: 1 }), normalize({ share: 0 })).data]).toEqual([1, 3])
  expect([...apply(frames([1, 3], { hop: 1 }), normalize({ share: 0.25, variance: false })).data]).toEqual([0.5, 2.5])
})

test('gain: brings each channel to its level; silence stays silence', () => {
  const stereo = signal([0.1, 0, -0.2, 0, 0.2, 0], { rate: 8000, channels: 2 })
  const { data } = apply(stereo, gain({ of: 'peak', level: -6.020599913279624 }))
  expect([...data].map((x) => Math.round(x * 1e6) / 1e6)).toEqual([0.25, 0, -0.5, 0, 0.5, 0])
  const loud = apply(signal(noise(1000), { rate: 8000 }), gain())
  expect(Math.sqrt(loud.data.reduce((sum, x) => sum + x * x, 0) / 1000)).toBeCloseTo(0.1, 6)
})

test('l2Normalize: length 1, and zeros stay zeros', () => {
  expect([...apply(frames([3, 4, 0, 0], { bins: 2 }), l2Normalize()).data]).toEqual([0.6, 0.8, 0, 0].map(Math.fround))
})

test('flatten: every lane is a bin of its name', () => {
  const block = frames([1, 2, 3, 4], { planes: 2, channels: 2, names: { planes: ['mean', 'std'], channels: ['left', 'right'] } })
  const out = apply(block, flatten())
  expect(out.layout.names.bins).toEqual(['left.mean', 'right.mean', 'left.std', 'right.std'])
  expect([out.layout.planes, out.layout.bins, out.layout.channels]).toEqual([1, 4, 1])
  expect([...out.data]).toEqual([1, 2, 3, 4])
})

test('log and decibels: formulas, floors, ranges, NaN', () => {
  const of = (stage: Stage, ...data: number[]) => [...apply(frames(data, { hop: 1 }), stage).data]
  const near = (got: number[], expected: number[]) => {
    for (const [i, y] of got.entries()) expect(y).toBeCloseTo(expected[i]!, 5)
  }
  near(of(log({ floor: 0.5 }), 0, 1, 2), [Math.log(0.5), 0, Math.log(2)])
  near(of(log({ offset: 1 }), 0, 1), [0, Math.log(2)])
  near(of(log({ base: 10 }), 1000, 0), [3, -10])
  expect(of(log({ offset: 0 }), 0, NaN)).toEqual([-Infinity, NaN])
  near(of(decibels(), 1, 0.001), [0, -30])
  near(of(decibels({ of: 'amplitude' }), 10), [20])
  near(of(decibels({ reference: 2 }), 2, 20), [0, 10])
  near(of(decibels({ reference: 'max' }), 5, 50, NaN).slice(0, 2), [-10, 0])
  near(of(decibels({ range: 20 }), 1, 0.1, 1e-5), [0, -10, -20])
  const weighted = frames([1000, 1, 1e-5], { hop: 1, weights: [0, 1, 1] })
  expect(apply(weighted, decibels({ range: 20 })).data[2]).toBeCloseTo(-20, 5)
})

test('cepstrum: a constant has only coefficient 0, and the transform keeps lengths', () => {
  const constant = apply(frames([1, 1, 1, 1], { bins: 4 }), cepstrum({ coefficients: 4 }))
  expect(constant.data[0]).toBeCloseTo(2, 6)
  for (const y of constant.data.subarray(1)) expect(Math.abs(y)).toBeLessThan(1e-6)
  const x = noise(8)
  expect(Math.hypot(...apply(frames(x, { bins: 8 }), cepstrum({ coefficients: 8 })).data)).toBeCloseTo(Math.hypot(...x), 5)
  expect(constant.layout.names.bins).toEqual(['mfcc0', 'mfcc1', 'mfcc2', 'mfcc3'])
})

test('mfcc: presets have their sizes', () => {
  const input = signal(noise(8000), { rate: 16000 })
  const sizes = [mfcc(), mfcc({ preset: 'torchaudio' }), mfcc({ preset: 'librosa' }), mfcc({ preset: 'kaldi' })].map((stage) => {
    const { layout, length } = apply(input, stage)
    return [length, layout.bins]
  })
  expect(sizes).toEqual([
    [48, 13],
    [41, 40],
    [16, 20],
    [48, 13],
  ])
})

test('specs are plain JSON of the options that were given', () => {
  expect(deltas({ width: 3 }).spec).toEqual({ stage: 'deltas', width: 3 })
  expect(mfcc({ preset: 'kaldi', lifter: 0 }).spec).toEqual({ stage: 'mfcc', preset: 'kaldi', lifter: 0 })
})

test.each<[string, () => unknown]>([
  ['deltas: width must be odd, got 4', () => deltas({ width: 4 })],
  ['deltas: order must be an integer from 1 to 2, got 3', () => deltas({ order: 3 as 2 })],
  ['preemphasis: coefficient must be a finite number ≥ 0 and ≤ 1, got 2', () => preemphasis({ coefficient: 2 })],
  ['log: floor must be a finite number ≥ 0, got -1', () => log({ floor: -1 })],
  ["log: base must be 'e' or 10, got 2", () => log({ base: 2 as 10 })],
  ['decibels: floor must be a finite number > 0, got 0', () => decibels({ floor: 0 })],
  ['gain: level must be a finite number, got NaN', () => gain({ level: NaN })],
  ['normalize: share must be a finite number ≥ 0 and ≤ 1, got 2', () => normalize({ share: 2 })],
  ['cepstrum: coefficients must be at most the number of bins, 2, got 13', () => apply(frames([1, 2], { bins: 2 }), cepstrum())],
  ['cepstrum: coefficients must be an integer ≤ 65536, got 65537', () => cepstrum({ coefficients: 65537 })],
  [
    'cepstrum: coefficients times 5000 bins must be at most 2²⁴, got 25000000',
    () => apply(frames([], { bins: 5000 }), cepstrum({ coefficients: 5000 })),
  ],
  ['kaldiMfcc: length in samples must be an integer ≤ 16777216, got 20000000', () => kaldiMfcc({ length: 2e7 })],
  ['deltas: width must be an integer ≤ 65537, got 65539', () => deltas({ width: 65539 })],
  ['kaldiMfcc: unknown option "powers"', () => kaldiMfcc({ powers: 2 } as object)],
  ['flatten: unknown option "order"', () => flatten({ order: 1 } as never)],
])('%s', (message, run) => {
  expect(run).toThrow(message)
})
