// What librosa has by default and others have not: its lifter, and what its deltas do at the edges.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Frames, frames, signal } from '../../src/core/frames.ts'
import { apply } from '../../src/core/stage.ts'
import { cepstrum, deltas, kaldiMfcc, mfcc } from '../../src/stages/index.ts'
import { close } from '../laws/laws.ts'

describe("librosa's lifter", () => {
  // M *= 1 + (lifter / 2) · sin(π · arange(1, 1 + n_mfcc) / lifter)
  const weight = (k: number, lifter: number) => 1 + (lifter / 2) * Math.sin((Math.PI * (k + 1)) / lifter)

  test('counts coefficients from 1', () => {
    const bins = frames([1, 0], { bins: 2 })
    close(apply(bins, cepstrum({ coefficients: 2, lifter: 22, lifterFrom: 1 })).data, [1.8141, 2.8985], 1e-4)
    close(apply(bins, cepstrum({ coefficients: 2, lifter: 22 })).data, [Math.SQRT1_2, 1.8141], 1e-4)
  })

  test.each([22, 40, 6.5])('of %s is in the preset, and in no other', (lifter) => {
    const samples = Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i * i * 1e-4) * 0.3)
    const sound = signal(samples, { rate: 16000 })
    const plain = apply(sound, mfcc({ preset: 'librosa' })).data
    const lifted = [...plain].map((c, i) => c * weight(i % 20, lifter))
    close(apply(sound, mfcc({ preset: 'librosa', lifter })).data, lifted, 1e-4, 10)
    expect(apply(sound, mfcc({ preset: 'librosa', lifter, lifterFrom: 0 })).data).not.toEqual(
      apply(sound, mfcc({ preset: 'librosa', lifter })).data,
    )
    expect(apply(sound, mfcc({ preset: 'torchaudio', lifter })).data).toEqual(
      apply(sound, mfcc({ preset: 'torchaudio', lifter, lifterFrom: 0 })).data,
    )
    expect(apply(sound, mfcc({ lifter })).data).toEqual(apply(sound, mfcc({ lifter, lifterFrom: 0 })).data)
  })

  test('0 is none, wherever it counts from', () => {
    const bins = frames([1, 2, 4, 8], { bins: 4 })
    expect(apply(bins, cepstrum({ coefficients: 4, lifterFrom: 1 })).data).toEqual(apply(bins, cepstrum({ coefficients: 4 })).data)
  })

  test("Kaldi's counts from 0 and says so", () => {
    expect(() => kaldiMfcc({ lifterFrom: 1 } as never)).toThrow('kaldiMfcc: unknown option "lifterFrom"')
  })
})

/** Slopes by the normal equations, run by run of seen frames: at an edge that of the nearest `width` frames, of fewer that of all. */
function fitted({ data, length, weights }: Frames, width: number): number[] {
  const seen = (t: number) => t >= 0 && t < length && weights?.[t] !== 0
  return Array.from({ length }, (_, t) => {
    if (!seen(t)) return 0
    let [from, to] = [t, t + 1]
    while (seen(from - 1)) from--
    while (seen(to)) to++
    const count = Math.min(width, to - from)
    const start = Math.max(from, Math.min(t - (width - 1) / 2, to - count))
    const xs = Array.from({ length: count }, (_, k) => data[start + k]!)
    const middle = (count - 1) / 2
    const spread = xs.reduce((sum, _, k) => sum + (k - middle) ** 2, 0)
    return count === 1 ? 0 : xs.reduce((sum, x, k) => sum + (k - middle) * x, 0) / spread
  })
}

describe("deltas with edges 'interp'", () => {
  const slopesOf = (input: Frames, options: Parameters<typeof deltas>[0]) =>
    [...apply(input, deltas(options)).data].filter((_, i) => i % 2 === 1)

  test('what scipy gives: savgol_filter([1, 4, 9, 16, 25, 36, 50], 5, deriv=1, polyorder=1, mode="interp")', () => {
    const input = frames([1, 4, 9, 16, 25, 36, 50], { hop: 0.01 })
    close(slopesOf(input, { width: 5, edges: 'interp' }), [6, 6, 6, 8, 10.2, 10.2, 10.2], 1e-6)
  })

  test('are lines of least squares through the nearest frames, run by run', () => {
    const input = fc.integer({ min: 0, max: 40 }).chain((length) =>
      fc.record({
        data: fc.array(fc.integer({ min: -50, max: 50 }), { minLength: length, maxLength: length }),
        weights: fc.option(fc.array(fc.constantFrom(0, 1, 1, 1, 1, 1, 2), { minLength: length, maxLength: length }), { nil: undefined }),
      }),
    )
    fc.assert(
      fc.property(input, fc.constantFrom(3, 5, 9), ({ data, weights }, width) => {
        const block = frames(Float32Array.from(data), { hop: 0.01, ...(weights && { weights }) })
        close(slopesOf(block, { width, edges: 'interp' }), fitted(block, width), 1e-5, 1)
      }),
    )
  })

  test('only edges differ', () => {
    const input = frames(
      Float32Array.from({ length: 30 }, (_, t) => Math.sin(t * t)),
      { hop: 0.01 },
    )
    for (const order of [1, 2] as const) {
      const [nearest, interp] = (['nearest', 'interp'] as const).map((edges) => apply(input, deltas({ width: 5, order, edges })).data)
      const lanes = 1 + order
      const edge = 2 * order * lanes
      expect(interp!.subarray(edge, -edge)).toEqual(nearest!.subarray(edge, -edge))
      expect(interp!.subarray(0, edge)).not.toEqual(nearest!.subarray(0, edge))
    }
  })

  test('a line has its slope everywhere, and nothing has none', () => {
    const line = frames([0, 2, 4, 6, 8, 10, 12], { hop: 0.01 })
    expect(slopesOf(line, { width: 5, edges: 'interp' })).toEqual([2, 2, 2, 2, 2, 2, 2])
    expect(slopesOf(frames([3, 5], { hop: 0.01 }), { width: 9, edges: 'interp' })).toEqual([2, 2])
    expect(slopesOf(frames([3], { hop: 0.01 }), { width: 9, edges: 'interp' })).toEqual([0])
    expect(slopesOf(frames([], { hop: 0.01 }), { width: 9, edges: 'interp' })).toEqual([])
  })
})
