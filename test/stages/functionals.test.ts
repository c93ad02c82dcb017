// The Geneva sets: their names, all values against their definitions, what has no voice, and the laws.
import { apply, functionals, open, signal, stageFrom, toVectors } from 'poolwise'
import { recipe } from 'poolwise/node'
import { from, lastValueFrom } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { cut, said, streams } from '../laws/laws.ts'
import { near, recordingOf } from './egemapsNear.ts'
import { noise, voice } from './signals.ts'

const rate = 16_000
const moments = ['amean', 'stddevNorm']
const course = [
  ...moments,
  ...['percentile20.0', 'percentile50.0', 'percentile80.0', 'pctlrange0-2'],
  ...['meanRisingSlope', 'stddevRisingSlope', 'meanFallingSlope', 'stddevFallingSlope'],
]
const each = (lanes: string, functionals = moments) => lanes.split(' ').flatMap((lane) => functionals.map((name) => `${lane}_${name}`))

/** As openSMILE's eGeMAPSv02 names them, in its order; with * what is not of GeMAPS. */
const published = [
  ...each('F0semitoneFrom27.5Hz_sma3nz loudness_sma3', course),
  ...each('*spectralFlux_sma3 *mfcc1_sma3 *mfcc2_sma3 *mfcc3_sma3 *mfcc4_sma3'),
  ...each('jitterLocal_sma3nz shimmerLocaldB_sma3nz HNRdBACF_sma3nz logRelF0-H1-H2_sma3nz logRelF0-H1-A3_sma3nz'),
  ...each('F1frequency_sma3nz F1bandwidth_sma3nz F1amplitudeLogRelF0_sma3nz'),
  ...each('F2frequency_sma3nz *F2bandwidth_sma3nz F2amplitudeLogRelF0_sma3nz'),
  ...each('F3frequency_sma3nz *F3bandwidth_sma3nz F3amplitudeLogRelF0_sma3nz'),
  ...each('alphaRatioV_sma3nz hammarbergIndexV_sma3nz slopeV0-500_sma3nz slopeV500-1500_sma3nz'),
  ...each('*spectralFluxV_sma3nz *mfcc1V_sma3nz *mfcc2V_sma3nz *mfcc3V_sma3nz *mfcc4V_sma3nz'),
  ...each('alphaRatioUV_sma3nz hammarbergIndexUV_sma3nz slopeUV0-500_sma3nz slopeUV500-1500_sma3nz *spectralFluxUV_sma3nz', ['amean']),
  ...['loudnessPeaksPerSec', 'VoicedSegmentsPerSec', 'MeanVoicedSegmentLengthSec', 'StddevVoicedSegmentLengthSec'],
  ...['MeanUnvoicedSegmentLength', 'StddevUnvoicedSegmentLength', '*equivalentSoundLevel_dBp'],
]
const names = {
  egemaps: published.map((name) => name.replace('*', '')),
  gemaps: published.filter((name) => !name.startsWith('*')),
}

const sound = (samples: ArrayLike<number>) => signal(Float32Array.from(samples), { rate })
const valuesOf = (samples: ArrayLike<number>, set: 'gemaps' | 'egemaps' = 'egemaps') => {
  const { data, layout, length, weights } = apply(sound(samples), functionals(set))
  expect([length, weights]).toEqual([1, undefined])
  return Object.fromEntries(layout.names.bins.map((name, i) => [name, data[i]!]))
}

test('names are the published ones, in their order', () => {
  expect([names.egemaps.length, names.gemaps.length]).toEqual([88, 62])
  for (const set of ['egemaps', 'gemaps'] as const) expect(Object.keys(valuesOf([], set))).toEqual(names[set])
  expect(() => functionals('compare' as 'gemaps')).toThrow('functionals: the set must be one of gemaps, egemaps, got "compare"')
})

test.each(['bat-v2', 'bin-v3'])('all 88 of %s are what their definitions give in float64', async (word) => {
  near(await recordingOf(word))
})

test('GeMAPS has the values of eGeMAPS', () => {
  const samples = voice(rate / 2, rate)
  const larger = valuesOf(samples)
  expect(valuesOf(samples, 'gemaps')).toEqual(Object.fromEntries(names.gemaps.map((name) => [name, larger[name]])))
})

describe('without a voice', () => {
  const spoken = names.egemaps.filter(
    (name) => /^(F\d|jitter|shimmer|HNR|logRel|.*V[05_]|.*Voiced)/.test(name) && !/UV|Unvoiced/.test(name),
  )

  test('silence is 0, but for its length and its level', () => {
    const values = valuesOf(new Float32Array(rate))
    const { MeanUnvoicedSegmentLength: pause, equivalentSoundLevel_dBp: level, ...others } = values
    expect(pause).toBe(Math.fround(1.01))
    expect(level).toBeCloseTo(-100, 4)
    // A cosine transform of equal bands is 0 but for rounding.
    for (const [name, value] of Object.entries(others)) expect(Math.abs(value), name).toBeLessThan(1e-4)
  })

  test('noise has 0 for all that is of voiced frames', () => {
    const values = valuesOf(noise(rate))
    expect(spoken.length).toBe(10 + 2 * (3 + 2 + 9 + 4 + 5) + 3)
    for (const name of spoken) expect(values[name], name).toBe(0)
    expect(values.loudness_sma3_amean).toBeGreaterThan(1)
    expect(values.equivalentSoundLevel_dBp).toBeCloseTo(10 * Math.log10(1 / 3), 1)
  })

  test.each([0, 1, 100, rate / 20])('%i samples are enough for defined values', (length) => {
    for (const value of Object.values(valuesOf(voice(rate, rate).subarray(0, length)))) expect(value).toSatisfy(Number.isFinite)
  })
})

test('50 ms of a voice have a pitch', () => {
  const values = valuesOf(voice(rate, rate).subarray(0, rate / 20))
  expect(values['F0semitoneFrom27.5Hz_sma3nz_amean']).toBeCloseTo(12 * Math.log2(120 / 27.5), 0)
})

describe('in a stream', () => {
  const block = sound(voice(rate / 4, rate))

  test('any blocks, saved and resumed, give the same bits', () => {
    streams(functionals('egemaps'), block, [160, 1, 999], 2)
  })

  test('what there is so far can be asked for; what never ends is refused', () => {
    const { length: _, ...layout } = block.layout
    const machine = open(functionals('egemaps'), layout)
    for (const part of cut(block, [441])) machine.push({ ...part, layout })
    expect(machine.peek()!.data).toEqual(apply(block, functionals('egemaps')).data)
    expect(() => open(functionals('egemaps'), { ...layout, live: true })).toThrow('so the sequence must have an end, got "a live source"')
  })

  test('other rates and channels are brought to one of 16 kHz', async () => {
    const left = voice(5000, 22_050)
    const stereo = Float32Array.from({ length: 2 * left.length }, (_, i) => (i % 2 === 0 ? left[i >> 1]! : 0))
    const { vector, names } = await lastValueFrom(
      from([signal(stereo, { rate: 22_050, channels: 2 })]).pipe(functionals('gemaps'), toVectors()),
    )
    expect([vector.length, names!.length, vector.every(Number.isFinite)]).toEqual([62, 62, true])
  })
})

test('it is a pipeline in JSON: the recipe of the task, and what is changed there changes', () => {
  const { spec } = functionals('egemaps')
  expect(recipe('audio', { task: 'paralinguistics' })).toEqual({ source: { source: 'audioFiles' }, stages: spec.stages })
  const block = sound(voice(rate / 4, rate))
  expect(said(apply(block, stageFrom(JSON.parse(JSON.stringify(spec)))))).toEqual(said(apply(block, functionals('egemaps'))))
  const higher = JSON.parse(JSON.stringify(spec).replaceAll('"stage":"voice"', '"stage":"voice","min":200'))
  expect(apply(block, stageFrom(higher)).data[0]).not.toBe(apply(block, functionals('egemaps')).data[0])
  expect(() => recipe('text', { task: 'paralinguistics' })).toThrow(
    'recipe: task must be one of similarity, classification, got "paralinguistics"',
  )
})
