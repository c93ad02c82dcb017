// The machinery of `npm run evaluate -- boundaries` and `-- segments`, fast; what it finds is not tested but printed.
import { describe, expect, test } from 'vitest'
import { power } from './disturbance.ts'
import { gate } from './gate.ts'
import { glued, loudnesses, matched, mixes, rate, scoreOf, tones } from './mixes.ts'
import { randomOf } from './random.ts'
import { nearest } from './segments.ts'
import { errorsOf, shiftingTexts } from './shifts.ts'

const word = (seconds: number) => Float32Array.from({ length: seconds * rate }, (_, i) => 0.3 * Math.sin(i / 5))
const words = [word(0.2), word(0.35), word(0.5)]

describe('scores', () => {
  test('each mark finds one place, and each place is found once', () => {
    expect(matched([1, 1.01], [1.02], 0.05)).toBe(1)
    expect(matched([1], [0.98, 1.02], 0.05)).toBe(1)
    expect(matched([0.9, 1, 2.04], [1, 2, 3], 0.05)).toBe(2)
    expect(matched([], [1], 0.05)).toBe(0)
    expect(matched([1.2], [1], 0.05)).toBe(0)
  })

  test('precision and recall are over all recordings at once', () => {
    const score = scoreOf([
      { found: [1, 5], places: [1] },
      { found: [], places: [2, 3] },
    ])
    expect(score).toEqual({ precision: 1 / 2, recall: 1 / 3, f1: 2 / 5 })
    expect(scoreOf([{ found: [], places: [] }]).f1).toBe(0)
  })

  test('Pk and WindowDiff, by hand', () => {
    // Two segments of four: k = 2, so six windows, of which those from sentences 2 and 3 see the shift.
    const shifts = [0, 0, 0, 0, 1, 0, 0, 0]
    expect(errorsOf(shifts, shifts)).toEqual({ pk: 0, windowDiff: 0 })
    expect(errorsOf([0, 0, 0, 0, 0, 0, 0, 0], shifts)).toEqual({ pk: 2 / 6, windowDiff: 2 / 6 })
    // One sentence late: a window each is wrong on either side.
    expect(errorsOf([0, 0, 0, 0, 0, 1, 0, 0], shifts)).toEqual({ pk: 2 / 6, windowDiff: 2 / 6 })
    // Twice where it is once: Pk forgives one of the windows that see a shift, WindowDiff none.
    const { pk, windowDiff } = errorsOf([0, 0, 0, 0, 1, 1, 0, 0], shifts)
    expect([pk, windowDiff]).toEqual([1 / 6, 2 / 6])
  })
})

describe('recordings', () => {
  test('words are where they are said to be, and nothing is between them', () => {
    let next = 0
    const { samples, words: places } = glued(() => words[next++ % 3]!, 40, randomOf('glued'))
    const [sounding, silent] = [samples.map((x) => Math.abs(x)), new Float32Array(samples.length).fill(1)]
    for (const [i, [from, to]] of places.entries()) {
      const [first, end] = [Math.round(from * rate), Math.round(to * rate)]
      expect(samples.subarray(first, end).every((x, k) => x === words[i % 3]![k])).toBe(true)
      silent.fill(0, first, end)
    }
    expect(sounding.some((x, i) => silent[i] === 1 && x > 0)).toBe(false)
    const joins = places.slice(1).filter(([from], i) => places[i]![1] === from)
    // 15 of 100 of 39, with deviation 2.2.
    expect(Math.abs(joins.length - 0.15 * 39)).toBeLessThan(7)
  })

  test.each(loudnesses)('%s: joins are boundaries, boundaries ascend, and the same seed gives the same', (loudness) => {
    const [[first], [again]] = [mixes(words, loudness, 'test', 2), mixes(words, loudness, 'test', 1)]
    const { samples, boundaries, joins } = first!
    expect(again!.boundaries).toEqual(boundaries)
    expect(again!.samples.every((x, i) => x === samples[i])).toBe(true)
    expect(boundaries.every((at, i) => i === 0 || at > boundaries[i - 1]!)).toBe(true)
    expect(boundaries.length).toBe(24 - joins.length)
    for (const at of joins) expect(boundaries).toContain(at)
  })

  test('noise is 10 dB below the words on the average, whatever the level', () => {
    for (const { samples, boundaries } of mixes(words, 'white noise', 'noise', 5)) {
      const before = power(samples.subarray(0, boundaries[0]! * rate))
      const during = power(samples.subarray(boundaries[0]! * rate, boundaries[1]! * rate))
      // It drifts by 6 dB to either side, and the word has the noise on top.
      const ratio = 10 * Math.log10((during - before) / before)
      expect(ratio).toBeGreaterThan(2)
      expect(ratio).toBeLessThan(18)
    }
  })

  test('tones go on without a gap, and turn where they are said to', () => {
    const [{ samples, boundaries }] = tones('test', 1) as [ReturnType<typeof tones>[number]]
    expect(boundaries.length).toBe(15)
    const crossings = (from: number, to: number) => {
      let count = 0
      for (let i = Math.ceil(from * rate); i + 1 < to * rate; i++) if (samples[i]! < 0 !== samples[i + 1]! < 0) count++
      return count / (to - from)
    }
    for (let i = 1; i + 1 < boundaries.length; i++) {
      const [before, at, after] = boundaries.slice(i - 1, i + 2) as [number, number, number]
      // A third of an octave apart is a factor of 1.26.
      expect(Math.abs(Math.log2(crossings(before, at) / crossings(at, after)))).toBeGreaterThan(0.2)
    }
  })

  test('the gate opens and closes where a word does', () => {
    const { samples, words: places } = glued(() => words[2]!, 1, randomOf('gate'))
    const [{ from, to }] = [{ from: places[0]![0], to: places[0]![1] }]
    const found = gate({ decibels: -40, hangover: 5, shortest: 3 })({ samples, boundaries: [from, to], joins: [] })
    expect(found.length).toBe(2)
    expect(Math.abs(found[0]! - from)).toBeLessThan(0.03)
    expect(Math.abs(found[1]! - to)).toBeLessThan(0.03)
  })

  test('texts change their subject eight times, and those to choose by share no sentence with those to report on', () => {
    const [choose, report] = (['choose', 'report'] as const).map((part) => shiftingTexts(part))
    for (const runs of [...choose!, ...report!]) expect(runs.length).toBe(8)
    const sentences = (texts: readonly (readonly string[])[]) => texts.flat().flatMap((run) => run.split(/(?<=[.!?])\s+/))
    const said = new Set(sentences(choose!))
    expect(sentences(report!).filter((sentence) => said.has(sentence))).toEqual([])
  })
})

test('the nearest vector is the one at the smallest angle', () => {
  const vector = (word: string, ...values: number[]) => ({ word, window: [0, 1] as const, values: Float32Array.from(values) })
  const labelled = [vector('east', 1, 0), vector('north', 0, 1), vector('west', -1, 0)]
  expect(nearest(Float32Array.of(0.6, 0.8), labelled)).toBe('north')
  expect(nearest(Float32Array.of(0.8, 0.6), labelled)).toBe('east')
  expect(nearest(Float32Array.of(1, 0), [])).toBeUndefined()
})
