import fc from 'fast-check'
import type { OptionsOf } from 'poolwise'
import { expect, test } from 'vitest'
import { type Frames, frames, signal } from '../../src/core/frames.ts'
import { apply } from '../../src/core/stage.ts'
import { stageFrom } from '../../src/index.ts'
import { log, mel, pcen, spectrogram } from '../../src/stages/index.ts'
import { rounded, spectra, spectrum, voice } from './signals.ts'

type PcenOptions = OptionsOf<typeof pcen>

const of = (block: Frames, options?: PcenOptions) => [...apply(block, pcen(options)).data]
const series = (...x: number[]) => frames(x, { hop: 0.01 })

/** By the formula, in float64, each parameter one for each bin. */
function reference({ data, length, layout: { bins, channels }, weights }: Frames, p: { [name: string]: readonly number[] }): number[] {
  const out: number[] = new Array(data.length).fill(0)
  for (let k = 0; k < bins; k++) {
    const of = (name: string) => p[name]![k % p[name]!.length]!
    for (let c = 0; c < channels; c++) {
      let smoothed = p.initial && of('initial')
      for (let t = 0; t < length; t++) {
        if (weights?.[t] === 0) continue
        const i = (t * bins + k) * channels + c
        smoothed = smoothed === undefined ? data[i]! : (1 - of('smoothing')) * smoothed + of('smoothing') * data[i]!
        const even = data[i]! / (1e-6 + smoothed) ** of('gain')
        out[i] = of('exponent') === 0 ? Math.log(1 + even) : (even + of('bias')) ** of('exponent') - of('bias') ** of('exponent')
      }
    }
  }
  return out
}

/** Either close in float32, or as close as the subtraction of two roots near 1 in float64 allows. */
function nearly(got: readonly number[], expected: readonly number[]): void {
  expect(got.length).toBe(expected.length)
  for (const [i, y] of expected.entries()) expect(Math.abs(got[i]! - y)).toBeLessThanOrEqual(2 ** -23 * Math.abs(y) + 1e-14)
}

const definedOf = (given: { [name: string]: readonly number[] | undefined }) =>
  Object.fromEntries(Object.entries(given).flatMap(([name, list]) => (list ? [[name, list]] : [])))

const parameter = (values: readonly number[]) =>
  fc.oneof(
    fc.constantFrom(...values).map((x) => [x]),
    fc.array(fc.constantFrom(...values), { minLength: 3, maxLength: 3 }),
  )

test('every lane is the formula in float64, with one parameter for all or one for each bin', () => {
  const parameters = fc.record({
    gain: parameter([0, 0.5, 0.98, 1]),
    bias: parameter([0, 0.5, 2]),
    exponent: parameter([0, 0.25, 0.5, 1]),
    smoothing: parameter([0, 0.04, 0.5, 1]),
    initial: fc.option(parameter([0, 1, 0.5]), { nil: undefined }),
  })
  fc.assert(
    fc.property(spectra(10, 3, 2), parameters, (block, given) => {
      const options = Object.fromEntries(
        Object.entries(definedOf(given)).map(([name, list]) => [name, list.length === 1 ? list[0]! : list]),
      )
      nearly(of(block, options), reference(block, definedOf(given)))
    }),
  )
})

test('defaults are what librosa 0.11.0 gives for the same smoothed start', () => {
  // librosa.pcen(S, sr=100, hop_length=1, time_constant=0.05, zi=(1 − b)·S[0]).
  rounded(
    of(series(1, 4, 0, 0, 2, 1e-3), { timeConstant: 0.05 }),
    [0.31783696229440733, 0.7340295939083052, 0, 0, 0.4988139432945431, 0.00035669395903271294],
  )
})

test('by hand: M starts at the first frame and moves a third of the way', () => {
  // S / (1 + M): 1 / 2, then 4 / (1 + 2); and 0 leaves M at 2·2/3.
  rounded(of(series(1, 4, 0, 7), { gain: 1, eps: 1, bias: 0, exponent: 1, smoothing: 1 / 3 }), [1 / 2, 4 / 3, 0, 7 / (1 + 4 / 3 + 17 / 9)])
})

test('the time constant is in seconds: T frames give s with T²s² + s = 1', () => {
  const step = (hop: number) => of(frames([0, 1], { hop }), { timeConstant: 0.06, gain: 1, bias: 0, exponent: 1 })[1]!
  for (const hop of [0.01, 0.06, 0.6]) {
    // The second frame's M is s itself.
    const s = 1 / step(hop) - 1e-6
    expect((0.06 / hop) ** 2 * s * s + s).toBeCloseTo(1, 5)
  }
  // T = 0.06 s / 0.01 s = 6: the formula as librosa writes it.
  expect(1 / step(0.01) - 1e-6).toBeCloseTo((Math.sqrt(1 + 4 * 36) - 1) / (2 * 36), 6)
})

test('a steady level is evened out to nearly the same, whatever it is', () => {
  const quiet = of(series(...new Array(50).fill(1)), { gain: 1 })
  const loud = of(series(...new Array(50).fill(1000)), { gain: 1 })
  expect(new Set(quiet).size).toBe(1)
  expect(new Set(loud).size).toBe(1)
  expect(loud[0]).toBeCloseTo(quiet[0]!, 6)
  // (1 + 2)^½ − 2^½.
  expect(quiet[0]).toBeCloseTo(Math.sqrt(3) - Math.SQRT2, 6)
})

test('what is much smaller than the bias is not lost', () => {
  // √(2 + x) − √2 = x / √8 to first order, far below what float64 keeps of 2.
  const x = Math.fround(1e-25)
  const [y] = of(series(x), { gain: 0, smoothing: 1 })
  expect(y! / (x / Math.sqrt(8))).toBeCloseTo(1, 6)
})

test('a fall by more than float64 has digits is followed', () => {
  // With a share of 1 the level is the frame's own: 1 / (1 + 1).
  expect(of(series(1e20, 1), { gain: 1, eps: 1, bias: 0, exponent: 1, smoothing: 1 })[1]).toBe(0.5)
})

test('silence gives 0; NaN gives NaN, and neither it nor what is unseen moves the level', () => {
  expect(of(series(0, 0, 0))).toEqual([0, 0, 0])
  const options = { smoothing: 0.5 }
  const plain = of(series(1, 3, 5), options)
  expect(of(series(1, NaN, 3, Infinity, 5), options)).toEqual([plain[0], NaN, plain[1], NaN, plain[2]])
  expect(of(series(NaN, 1, 3, 5), options)).toEqual([NaN, ...plain])
  expect(of({ ...series(9, 1, 9, 3, 5), weights: Float32Array.of(0, 1, 0, 1, 1) }, options)).toEqual([0, plain[0], 0, plain[1], plain[2]])
})

test('finite levels of any size give no NaN', () => {
  const extreme = fc.constantFrom(0, 1e-45, 1e-38, 1, 3.4e38)
  const parameters = fc.record({
    gain: fc.constantFrom(0, 1),
    bias: fc.constantFrom(0, 1e-300, 2, 1e300),
    exponent: fc.constantFrom(1e-9, 0.5, 1),
    eps: fc.constantFrom(1e-300, 1e-6, 1),
    smoothing: fc.constantFrom(0, 0.5, 1),
  })
  fc.assert(
    fc.property(fc.array(extreme, { maxLength: 5 }), parameters, (x, options) => {
      expect(of(series(...x), options).some(Number.isNaN)).toBe(false)
    }),
  )
})

test('after mel bands it keeps names and clock, streams, and is made again from its spec', () => {
  const bands = apply(signal(voice(4000, 16000), { rate: 16000 }), spectrogram(), mel({ bands: 4 }))
  const gain = [0.9, 0.98, 1, 0.5]
  const stage = pcen({ gain, timeConstant: 0.1 })
  gain[0] = 0
  const out = apply(bands, stage)
  expect(out.layout).toEqual(bands.layout)
  expect(stage.spec).toEqual({ stage: 'pcen', gain: [0.9, 0.98, 1, 0.5], timeConstant: 0.1 })
  expect(apply(bands, stageFrom(stage.spec)).data).toEqual(out.data)
  const { length: _, ...layout } = bands.layout
  const plan = stage.plan({ ...layout, live: true })
  expect([plan.needs, plan.layout.live, plan.reach]).toEqual([undefined, true, { size: Infinity, stride: 1, latency: 0 }])
})

test.each<[string, () => unknown]>([
  ['pcen: gain must be a finite number ≥ 0 and ≤ 1, got 1.2', () => pcen({ gain: 1.2 })],
  ['pcen: gain[1] must be a finite number ≥ 0 and ≤ 1, got NaN', () => pcen({ gain: [0.5, NaN] })],
  ['pcen: exponent must be a finite number ≥ 0 and ≤ 1, got -1', () => pcen({ exponent: -1 })],
  ['pcen: bias must be a finite number ≥ 0, got -1', () => pcen({ bias: -1 })],
  ['pcen: eps must be a finite number > 0, got 0', () => pcen({ eps: 0 })],
  ['pcen: timeConstant must be a finite number > 0, got 0', () => pcen({ timeConstant: 0 })],
  ['pcen: smoothing must be a finite number ≥ 0 and ≤ 1, got "all"', () => pcen({ smoothing: 'all' as never })],
  ['pcen: expected timeConstant or smoothing, got both', () => pcen({ timeConstant: 1, smoothing: 0.1 })],
  ['pcen: bias must be a number or a list of 3, one for each bin, got 2', () => of(spectrum([1, 2, 3]), { bias: [1, 2] })],
  ['pcen: bias must be a list such as [0.5, 0.6], got []', () => of(spectrum([1, 2, 3]), { bias: [] })],
  ['pcen: expected frames at a regular rate in seconds, got tokens', () => of(frames([1]))],
  ['pcen: unknown option "alpha"', () => pcen({ alpha: 1 } as object)],
  ['pcen: expected magnitudes or powers, none below 0, got -1 at frame 1', () => of(series(1, -1))],
  ['pcen: expected magnitudes or powers, none below 0, got', () => apply(series(0.1, 0.2), log(), pcen())],
])('%s', (message, run) => {
  expect(run).toThrow(message)
})

test("librosa's start: a steady 4 at smoothing 0.5 is 0.491 at first, and its logarithm", () => {
  const options = { gain: 0.98, bias: 2, exponent: 0.5, eps: 1e-6, smoothing: 0.5 }
  // M[0] = (1 + 4) / 2.
  const even = 4 / (1e-6 + 2.5) ** 0.98
  const [first] = of(series(4, 4, 4), { ...options, initial: 1 })
  expect(first).toBeCloseTo(Math.sqrt(even + 2) - Math.sqrt(2), 6)
  expect(first).toBeCloseTo(0.491, 3)
  expect(of(series(4, 4, 4), options)[0]).toBeCloseTo(0.326, 3)
  expect(of(series(4), { ...options, initial: 1, exponent: 0 })[0]).toBeCloseTo(Math.log(1 + even), 6)
  expect(of(series(0, 0), { exponent: 0 })).toEqual([0, 0])
})

test('the start is checked when planned', () => {
  expect(() => pcen({ initial: -1 })).toThrow('pcen: initial must be a finite number ≥ 0, got -1')
  expect(() => of(frames([1, 2, 3], { bins: 3, hop: 0.01 }), { initial: [1, 2] })).toThrow('initial must be a number or a list of 3')
})
