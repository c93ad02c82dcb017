// Loudness of ITU-R BS.1770 on the signals of EBU Tech 3341 (2016) and 3342, made as these describe them; the recorded programmes among them are left out.
import { expect, test } from 'vitest'
import { apply, chain, type Frames, frames, globalPool, kWeighting, lufs, open, pool1d, power, signal } from '../../src/index.ts'
import { noise } from './signals.ts'

const rates = [48_000, 16_000]
const integrated = chain(lufs(), globalPool('gatedLoudness'))
const range = chain(lufs({ size: '3s' }), globalPool({ pooling: 'gatedLoudness', of: 'range' }))

/** Seconds of a sine of 1 kHz at a peak level in dBFS, one level a channel; −∞ is silence. */
type Part = readonly [seconds: number, levels: number | readonly number[]]

function sound(rate: number, ...parts: readonly Part[]): Frames {
  const channels = Math.max(...parts.map(([, levels]) => [levels].flat().length), 2)
  const counts = parts.map(([seconds]) => Math.round(seconds * rate))
  const data = new Float32Array(channels * counts.reduce((sum, count) => sum + count, 0))
  // At whole rates the tone repeats after a second.
  const second = Float64Array.from({ length: rate }, (_, t) => Math.sin((2 * Math.PI * 1000 * t) / rate))
  let t = 0
  for (const [i, [, levels]] of parts.entries()) {
    const gains = Array.from({ length: channels }, (_, c) => 10 ** ((typeof levels === 'number' ? levels : levels[c]!) / 20))
    for (const end = t + counts[i]!; t < end; t++) for (let c = 0; c < channels; c++) data[t * channels + c] = second[t % rate]! * gains[c]!
  }
  return frames(data, { channels, hop: 1 / rate })
}

const one = (input: Frames, stage: Parameters<typeof apply>[1]) => apply(input, stage).data[0]!
const near = (got: number, expected: number, within = 0.1) =>
  expect(Math.abs(got - expected), `${got} for ${expected}`).toBeLessThanOrEqual(within)
const repeated = (times: number, ...parts: Part[]) => Array.from({ length: times }, () => parts).flat()

test.each(rates)('integrated loudness of EBU Tech 3341, cases 1 to 6, at %d Hz', (rate) => {
  const surround: Part = [20, [-28, -28, -24, -30, -30]]
  const cases: readonly (readonly [number, ...Part[]])[] = [
    [-23, [20, -23]],
    [-33, [20, -33]],
    [-23, [10, -36], [60, -23], [10, -36]],
    [-23, [10, -72], [10, -36], [60, -23], [10, -36], [10, -72]],
    [-23, [20, -26], [20.1, -20], [20, -26]],
    [-23, surround],
  ]
  for (const [expected, ...parts] of cases) near(one(sound(rate, ...parts), integrated), expected)
})

test.each(rates)('momentary and short-term loudness of EBU Tech 3341, cases 1, 2, 9 to 14, at %d Hz', (rate) => {
  const all = (input: Frames, size: '400ms' | '3s', hop: '100ms' | '10ms' = '100ms') => [...apply(input, lufs({ size, hop })).data]
  for (const level of [-23, -33])
    for (const size of ['400ms', '3s'] as const) for (const x of all(sound(rate, [5, level]), size)) near(x, level)
  // 9: after 3 s short-term loudness stays where it is; 12: momentary.
  for (const x of all(sound(rate, ...repeated(3, [1.34, -20], [1.66, -30])), '3s')) near(x, -23)
  for (const x of all(sound(rate, ...repeated(8, [0.18, -20], [0.22, -30])), '400ms').slice(10)) near(x, -23)
  // 10, 11: a tone of 3 s after silences of any length; 13, 14: of 0.4 s.
  for (const n of [0, 1, 7, 13, 19]) {
    near(Math.max(...all(sound(rate, [0.15 * n, -Infinity], [3, -23], [1, -Infinity]), '3s', '10ms')), -23)
    near(Math.max(...all(sound(rate, [0.02 * n + 0.001, -Infinity], [0.4, -38 + n], [1, -Infinity]), '400ms', '10ms')), -38 + n)
  }
})

test.each(rates)('loudness range of EBU Tech 3342, cases 1 to 4, at %d Hz', (rate) => {
  near(one(sound(rate, [20, -20], [20, -30]), range), 10)
  near(one(sound(rate, [20, -20], [20, -15]), range), 5)
  near(one(sound(rate, [20, -40], [20, -20]), range), 20)
  near(one(sound(rate, [20, -50], [20, -35], [20, -20], [20, -35], [20, -50]), range), 15)
})

test('a full sine of 997 Hz in one channel is at −3.01 LUFS, whatever the rate', () => {
  for (const rate of [8000, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000]) {
    const tone = Float32Array.from({ length: 3 * rate }, (_, t) => Math.sin((2 * Math.PI * 997 * t) / rate))
    near(one(signal(tone, { rate }), integrated), -3.01, 0.01)
  }
})

test('at 48 kHz the filter has the coefficients of the recommendation', () => {
  const input = noise(2000)
  let out = Array.from(input, (x) => x)
  for (const [b0, b1, b2, a1, a2] of [
    [1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585],
    [1, -2, 1, -1.99004745483398, 0.99007225036621],
  ] as const) {
    const y: number[] = []
    for (let n = 0; n < out.length; n++)
      y.push(b0 * out[n]! + b1 * (out[n - 1] ?? 0) + b2 * (out[n - 2] ?? 0) - a1 * (y[n - 1] ?? 0) - a2 * (y[n - 2] ?? 0))
    out = y
  }
  const got = apply(signal(input, { rate: 48_000 }), kWeighting()).data
  for (let n = 0; n < out.length; n++) expect(Math.abs(got[n]! - out[n]!)).toBeLessThan(1e-6)
})

test('what was not seen is left out, NaN stays where it is, silence and nothing have values', () => {
  const rate = 8000
  const level = (input: Frames) => [...apply(input, lufs()).data]
  const steady = sound(rate, [2, -23])
  const hidden = { ...steady, data: steady.data.slice(), weights: new Float32Array(steady.length).fill(1) }
  hidden.weights.fill(0, 0, 4000)
  hidden.data.fill(NaN, 0, 8000)
  for (const x of level(hidden).slice(2, 5)) near(x, -23, 0.3)
  expect(apply(hidden, lufs()).weights![0]).toBe(0)
  const broken = { ...steady, data: steady.data.slice() }
  broken.data[100] = Infinity
  expect(level(broken).map(Number.isNaN).indexOf(false)).toBe(1)
  expect(level(sound(rate, [1, -Infinity]))[0]).toBe(-120)
  expect(one(sound(rate, [1, -Infinity]), integrated)).toBe(-70)
  expect(one(sound(rate, [0.1, -20]), integrated)).toBe(-70)
  expect(one(sound(rate, [0.1, -20]), range)).toBe(0)
})

test('live it gives what a file gives, whatever comes after', () => {
  const input = sound(16_000, [3, -30], [3, -20])
  const { length: _, ...layout } = input.layout
  const machine = open(integrated, { ...layout, live: true })
  machine.push(input)
  expect(machine.peek()!.data[0]).toBe(one(input, integrated))
})

test('it is the square pooled by hand', () => {
  const input = signal(noise(8000), { rate: 8000 })
  const roots = apply(input, kWeighting(), pool1d(power({ p: 2 }), { size: '400ms', stride: '100ms' })).data
  expect([...apply(input, lufs()).data]).toEqual(Array.from(roots, (x) => Math.fround(-0.691 + 10 * Math.log10(x ** 2))))
})

test.each<[string, () => unknown]>([
  ['lufs: weights must be one for each of the 2 channels, got 1', () => apply(sound(8000, [1, -20]), lufs({ weights: [1] }))],
  ['kWeighting: the input must have at least 4000 samples per second, got 1000', () => apply(signal([1, 2], { rate: 1000 }), kWeighting())],
  ['kWeighting: expected samples, one value for each channel', () => apply(frames([1, 2], { bins: 2, hop: 1e-4 }), lufs())],
])('%s', (message, run) => {
  expect(run).toThrow(message)
})
