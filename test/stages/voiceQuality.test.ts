// Harmonicity, jitter and shimmer of voices made with known amounts of each.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { signal } from '../../src/core/frames.ts'
import { apply } from '../../src/core/stage.ts'
import { globalPool, harmonicity, jitter, pitch, reveal, shimmer, voice } from '../../src/stages/index.ts'
import { cuts, streams } from '../laws/laws.ts'
import { noise } from './signals.ts'

const rates = [8000, 16_000, 48_000]

interface Voice {
  readonly samples: Float32Array
  /** As Praat defines them, of the periods that were made. */
  readonly jitter: number
  readonly shimmer: number
}

/** Pulses through a throat of three resonances, each by itself, placed between samples; periods and amplitudes vary by so much at most. */
function voiceOf(rate: number, hertz: number, { jitter: uneven = 0, shimmer: rough = 0 }): Voice {
  const seconds = 1.5
  const [first, second] = [noise(2000, 11), noise(2000, 23)]
  const samples = new Float32Array(seconds * rate)
  const [lengths, amplitudes]: [number[], number[]] = [[], []]
  for (let t = 0.01, i = 0; t < seconds; i++) {
    const length = (1 + uneven * first[i]!) / hertz
    const amplitude = 0.3 * (1 + rough * second[i]!)
    lengths.push(length)
    amplitudes.push(amplitude)
    // Resonances that begin like t², so that they hold next to nothing above half the lowest rate.
    for (let k = Math.ceil(t * rate); k < Math.min((t + 0.05) * rate, samples.length); k++) {
      const s = k / rate - t
      const rise = 1 - Math.exp(-s * 3000)
      for (const [f, width] of [
        [500, 90],
        [1500, 110],
        [2500, 150],
      ] as const)
        samples[k]! += (amplitude * rise * rise * Math.exp(-Math.PI * width * s) * Math.sin(2 * Math.PI * f * s)) / 3
    }
    t += length
  }
  const local = (all: readonly number[]) => {
    const steps = all.slice(1).map((x, i) => Math.abs(x - all[i]!))
    return (steps.reduce((a, b) => a + b) / steps.length / all.reduce((a, b) => a + b)) * all.length
  }
  return { samples, jitter: local(lengths), shimmer: local(amplitudes) }
}

const made = rates.flatMap((rate) => [110, 220].map((hertz) => [rate, hertz] as const))

test.each(made)('jitter and shimmer are what was made, at a rate of %i, of a voice of %i Hz', (rate, hertz) => {
  // The more uneven a voice, the more of one period still sounds in the next, and the less its frames weigh.
  for (const [uneven, share] of [
    [0, 0],
    [0.01, 0.12],
    [0.02, 0.12],
    [0.05, 0.2],
  ] as const) {
    const voice = voiceOf(rate, hertz, { jitter: uneven })
    const found = apply(signal(voice.samples, { rate }), jitter(), globalPool('mean')).data[0]!
    console.log(`jitter: made ${voice.jitter.toFixed(4)}, found ${found.toFixed(4)}`)
    expect(Math.abs(found - voice.jitter)).toBeLessThan(share * voice.jitter + 2e-4)
  }
  for (const [rough, share] of [
    [0, 0],
    [0.05, 0.08],
    [0.1, 0.08],
    [0.3, 0.15],
  ] as const) {
    const voice = voiceOf(rate, hertz, { shimmer: rough })
    const found = apply(signal(voice.samples, { rate }), shimmer(), globalPool('mean')).data[0]!
    console.log(`shimmer: made ${voice.shimmer.toFixed(4)}, found ${found.toFixed(4)}`)
    expect(Math.abs(found - voice.shimmer)).toBeLessThan(share * voice.shimmer + 2e-3)
  }
})

test.each(made)('harmonicity is the ratio of a voice to the noise that is added, at a rate of %i, of a voice of %i Hz', (rate, hertz) => {
  const { samples } = voiceOf(rate, hertz, {})
  const power = samples.reduce((sum, x) => sum + x * x, 0) / samples.length
  const added = noise(samples.length, 5)
  const of = (decibels: number) => {
    // Uniform from −1 to 1 has a power of a third.
    const gain = Math.sqrt(3 * power * 10 ** (-decibels / 10))
    return apply(signal(samples.map((x, t) => x + gain * added[t]!), { rate }), harmonicity(), globalPool('mean')).data[0]! // biome-ignore format: a signal
  }
  for (const decibels of [5, 10, 20]) expect(Math.abs(of(decibels) - decibels)).toBeLessThan(0.3)
  expect(Math.abs(of(30) - 30)).toBeLessThan(1.5)
})

const stages = { harmonicity, jitter, shimmer }

test.each(Object.entries(stages))(
  '%s is of the frames that pitch finds, weighs as they do, and holds in silence, noise, NaN and what is too short',
  (_, stage) => {
    const rate = 16_000
    const { samples } = voiceOf(rate, 150, { jitter: 0.02, shimmer: 0.1 })
    samples.fill(0, 8000, 16_000)
    const sound = signal(samples, { rate })
    const [out, track] = [apply(sound, stage()), apply(sound, pitch())]
    expect(out.layout.clock).toEqual(track.layout.clock)
    expect(out.length).toBe(track.length)
    for (const [i, weight] of out.weights!.entries()) expect([0, track.weights![i]]).toContain(weight)
    expect(out.weights!.filter((weight) => weight > 0).length).toBeGreaterThan(0.9 * track.weights!.filter((weight) => weight > 0).length)
    for (const [i, value] of out.data.entries()) if (out.weights![i] === 0) expect(value).toBe(0)

    const silent = apply(signal(new Float32Array(8000), { rate }), stage(), globalPool('mean'))
    expect([...silent.data, ...silent.weights!]).toEqual([0, 0])
    for (const length of [0, 1, 800]) expect(apply(signal(samples.subarray(0, length), { rate }), stage()).length).toBe(0)
    const bad = apply(signal(samples.map((x, t) => (t === 4000 ? NaN : x)), { rate }), stage()) // biome-ignore format: a signal
    for (const [i, value] of bad.data.entries()) expect(Number.isNaN(value)).toBe(i * 160 <= 4000 && i * 160 + 960 > 4000)
  },
)

test('voice has the bits that each stage finds by itself, of frames that have no periods and of NaN, too', () => {
  const rate = 16_000
  const { samples } = voiceOf(rate, 60, { jitter: 0.2, shimmer: 0.3 })
  samples.fill(0, 8000, 12_000)
  samples[18_000] = NaN
  const sound = signal(samples, { rate })
  const alone = {
    pitch: pitch(),
    semitones: pitch({ unit: 'semitones' }),
    harmonicity: harmonicity(),
    jitter: jitter(),
    shimmer: shimmer(),
    shimmerDecibels: shimmer({ unit: 'decibels' }),
  }
  const of = Object.keys(alone) as (keyof typeof alone)[]
  const together = apply(sound, voice({ of }))
  expect(together.layout.names.bins).toEqual(of)
  expect(together.weights).toEqual(apply(sound, pitch()).weights)
  for (const [k, measure] of of.entries())
    expect(together.data.filter((_, i) => i % of.length === k)).toEqual(apply(sound, alone[measure], reveal()).data)
  expect(() => voice({ of: ['jitter', 'jitter'] })).toThrow('voice: of must name each measure once')
})

test.each(Object.entries({ ...stages, voice }))('%s gives the same bits in any blocks, saved or not', (_, stage) => {
  const { samples } = voiceOf(8000, 150, { jitter: 0.02, shimmer: 0.1 })
  const input = {
    ...signal(samples.subarray(0, 3000), { rate: 8000 }),
    weights: samples.slice(0, 3000).map((_, t) => (t > 2000 && t < 2100 ? 0 : 1)),
    boundaries: Uint8Array.from({ length: 3000 }, (_, t) => (t % 700 === 0 ? 1 : 0)),
  }
  fc.assert(fc.property(cuts, fc.nat(20), (sizes, at) => streams(stage(), input, sizes, at)), { numRuns: 4 }) // biome-ignore format: a law
})
