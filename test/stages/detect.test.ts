import { serialize } from 'node:v8'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Frames, frames, slice } from '../../src/core/frames.ts'
import { apply, open, type Stage } from '../../src/core/stage.ts'
import { freshPeaks, isPeak } from '../../src/stages/boundaries/peaks.ts'
import { contentWindows, detectNovelty, detectOnsets, detectSpeech, markBoundaries, segmentPool } from '../../src/stages/index.ts'
import { cuts, sequence, streams } from '../laws/laws.ts'
import { noise } from './signals.ts'

const bands = 80
const rate = 100

/** Logarithms of the power of noise, means of three exponential values as bands of a few bins are: `level(t, band)` nats. */
function spectrogram(length: number, level: (t: number, band: number) => number, seed = 1): Frames {
  const x = noise(length * bands * 3, seed)
  const exponential = (i: number) => -Math.log((x[i]! + 1) / 2 + 1e-9)
  const data = Float32Array.from({ length: length * bands }, (_, i) => {
    const power = (exponential(3 * i) + exponential(3 * i + 1) + exponential(3 * i + 2)) / 3
    return Math.log(power) + level(Math.floor(i / bands), i % bands)
  })
  return frames(data, { bins: bands, hop: 1 / rate })
}

/** 8 nats above the noise in half of the bands, from one frame to another. */
const spoken = (t: number, band: number, ...stretches: [number, number][]) =>
  band % 2 === 0 && stretches.some(([from, to]) => t >= from && t < to) ? 8 : 0

const marksOf = ({ boundaries }: Frames): number[] => [...boundaries!.entries()].filter(([, mark]) => mark === 1).map(([t]) => t)

/** One for each place and no more, within so many frames. */
function near(found: readonly number[], places: readonly number[], tolerance: number): void {
  expect(found.length, `${found.join(', ')} for ${places.join(', ')}`).toBe(places.length)
  for (const [i, t] of found.entries()) expect(Math.abs(t - places[i]!), `${t} for ${places[i]}`).toBeLessThanOrEqual(tolerance)
}

const detectors: [string, Stage][] = [
  ['detectSpeech', detectSpeech({ shortest: 2 })],
  ['detectSpeech without margins', detectSpeech({ shortest: 1, before: 0, after: 0, outside: 'keep', marks: 'add' })],
  ['detectNovelty', detectNovelty({ radius: 3 })],
  ['detectNovelty by cosines', detectNovelty({ radius: 2, apart: 4, threshold: 0, distance: 'cosine', marks: 'add' })],
  ['detectOnsets', detectOnsets({ around: 2, apart: 3, threshold: 0.01 })],
  ['contentWindows', contentWindows({ min: 2, max: 5 })],
  ['contentWindows of any length', contentWindows({ max: 3, cost: 0.1, marks: 'add' })],
  ['markBoundaries', markBoundaries({ at: [0, 2, '30ms', 1000] })],
]

/** At a regular rate, which sounds have. */
const regular = (most: number) =>
  sequence(most, { bins: 3, channels: 2 }).map(({ spans: _, ...block }) => {
    const { clock } = block.layout
    return { ...block, layout: { ...block.layout, clock: { ...clock, hop: 0.01, span: 0.01 } } }
  })

test.each(detectors)('%s: the same bits whatever the blocks, saved or not, length known or not', (_, stage) => {
  fc.assert(fc.property(regular(40), cuts, fc.nat(60), (block, sizes, at) => streams(stage, block, sizes, at)))
})

test.each(detectors)('%s: what unseen frames hold moves no mark and no weight', (_, stage) => {
  fc.assert(
    fc.property(regular(40), (block) => {
      const hidden = { ...block, data: block.data.map((x, i) => (block.weights?.[Math.floor(i / 6)] === 0 ? NaN : x)) }
      const [a, b] = [apply(hidden, stage), apply(block, stage)]
      expect(a.boundaries).toEqual(b.boundaries)
      expect(a.weights).toEqual(b.weights)
    }),
  )
})

test.each(detectors)('%s: data stay as they are, and frame t comes as soon as frame t + look-ahead has', (_, stage) => {
  const block = spectrogram(150, (t, band) => spoken(t, band, [40, 70], [90, 130]))
  const { latency } = stage.plan(block.layout).reach
  const machine = open(stage, block.layout)
  let count = 0
  for (let t = 0; t < block.length; t++) {
    count += machine.push(slice(block, t, t + 1))?.length ?? 0
    expect(count).toBe(Math.max(0, t + 1 - latency))
  }
  expect(count + (machine.close()?.length ?? 0)).toBe(block.length)
  const out = apply(block, stage)
  expect(out.data).toEqual(block.data)
})

test('look-aheads are those that are documented', () => {
  const { layout } = spectrogram(1, () => 0)
  const latency = (stage: Stage) => stage.plan(layout).reach.latency
  expect(latency(detectSpeech())).toBe(29)
  expect(latency(detectSpeech({ shortest: '100ms', before: 0 }))).toBe(32)
  expect(latency(detectNovelty({ radius: '150ms' }))).toBe(28)
  expect(latency(detectNovelty({ radius: 5, apart: 2 }))).toBe(5)
  expect(latency(detectOnsets())).toBe(3)
  expect(latency(contentWindows({ max: '300ms' }))).toBe(59)
  expect(latency(markBoundaries({ at: [] }))).toBe(0)
})

test.each(detectors)('%s: the state does not grow with what has passed', (_, stage) => {
  const block = spectrogram(1500, (t, band) => spoken(t % 100, band, [40, 70]))
  const machine = open(stage, block.layout)
  const sizes = [0, 500, 1000].map((from) => {
    machine.push(slice(block, from, from + 500))
    return serialize(machine.save()).length
  })
  // Counters take a few bytes more; one row of one frame would be 320.
  for (const size of sizes) expect(Math.abs(size - sizes[1]!)).toBeLessThan(100)
})

test('detectSpeech: stretches in noise begin and end where they do, at any level, and silence has weight 0', () => {
  const stretches: [number, number][] = [
    [60, 110],
    [140, 170],
    [200, 260],
  ]
  for (const level of [-4.6, 0, 4.6]) {
    const out = apply(
      spectrogram(320, (t, band) => level + spoken(t, band, ...stretches)),
      detectSpeech(),
    )
    near(marksOf(out), stretches.flat(), 4)
    const ends = [...marksOf(out)]
    for (let t = 0; t < out.length; t++) {
      const inside = [0, 2, 4].some((i) => t >= ends[i]! && t < ends[i + 1]!)
      expect(out.weights![t]).toBe(inside ? 1 : 0)
    }
    expect(apply(out, segmentPool('stats')).length).toBe(3)
    expect(apply(out, segmentPool('stats', { unseen: 'keep' })).length).toBe(7)
  }
})

test('detectSpeech: noise that drifts, jumps, or comes out of digital silence is no speech for long', () => {
  const drift = (t: number) => 1.4 * Math.sin((2 * Math.PI * t) / 300)
  const drifting = apply(
    spectrogram(900, (t, band) => drift(t) + spoken(t, band, [300, 360], [520, 560])),
    detectSpeech(),
  )
  near(marksOf(drifting), [300, 360, 520, 560], 5)
  // 20 dB louder at once: it takes the two seconds of the minimum to tell that from speech.
  const jumping = apply(
    spectrogram(900, (t, band) => (t < 300 ? 0 : 4.6) + spoken(t, band, [700, 760])),
    detectSpeech(),
  )
  const [begin, end, ...rest] = marksOf(jumping)
  expect(Math.abs(begin! - 300)).toBeLessThanOrEqual(4)
  expect(end!).toBeLessThanOrEqual(300 + 210)
  near(rest, [700, 760], 5)
  const silent = spectrogram(300, (t, band) => spoken(t, band, [100, 150]))
  const digital = { ...silent, data: silent.data.map((x, i) => (i < 100 * bands || i >= 150 * bands ? Math.fround(Math.log(1e-10)) : x)) }
  // To the frame, and the margins.
  expect(marksOf(apply(digital, detectSpeech()))).toEqual([99, 152])
  expect(marksOf(apply({ ...digital, data: digital.data.fill(Math.log(1e-10)) }, detectSpeech()))).toEqual([])
})

test('detectSpeech: logarithms of nothing, of NaN, and noise of other statistics', () => {
  const block = spectrogram(300, (t, band) => spoken(t, band, [100, 150]))
  const nothing = { ...block, data: block.data.map((x, i) => (i < 100 * bands || i >= 150 * bands ? -Infinity : x)) }
  near(marksOf(apply(nothing, detectSpeech())), [100, 150], 4)
  const gap = { ...block, data: block.data.map((x, i) => (i % bands === 7 || Math.floor(i / bands) === 20 ? NaN : x)) }
  near(marksOf(apply(gap, detectSpeech())), [100, 150], 4)
  // Single exponential values, as of single bins of a spectrum, vary more than means of three.
  const x = noise(400 * bands, 5)
  const wild = x.map((u, i) => Math.log(-Math.log((u + 1) / 2 + 1e-9)) + spoken(Math.floor(i / bands), i % bands, [200, 260]))
  near(marksOf(apply(frames(wild, { bins: bands, hop: 0.01 }), detectSpeech())), [200, 260], 4)
})

test('detectSpeech: pauses and clicks shorter than the shortest are passed over, longer ones are not', () => {
  const at = (gap: number) =>
    apply(
      spectrogram(300, (t, band) => -4 + 1.5 * spoken(t, band, [100, 150], [150 + gap, 220])),
      detectSpeech(),
    )
  near(marksOf(at(4)), [100, 220], 4)
  near(marksOf(at(20)), [100, 150, 170, 220], 4)
  expect(
    marksOf(
      apply(
        spectrogram(300, (t, band) => spoken(t, band, [150, 152])),
        detectSpeech({ shortest: '150ms' }),
      ),
    ),
  ).toEqual([])
})

test('detectSpeech: margins lengthen speech, and outside may stay as it is', () => {
  const block = spectrogram(200, (t, band) => spoken(t, band, [80, 120]))
  const [begin, end] = marksOf(apply(block, detectSpeech({ before: 0, after: 0 }))) as [number, number]
  expect(marksOf(apply(block, detectSpeech({ before: '50ms', after: '30ms' })))).toEqual([begin - 5, end + 3])
  expect(apply(block, detectSpeech({ outside: 'keep' })).weights).toBeUndefined()
  const short = slice(block, 0, 100)
  expect(marksOf(apply({ ...short, layout: { ...short.layout, length: 100 } }, detectSpeech()))).toHaveLength(1)
})

test('detectNovelty: where means or variances change, whatever the scale of a lane', () => {
  const x = noise(300 * 2)
  const data = (scale: number) =>
    Float32Array.from({ length: 600 }, (_, i) => {
      const [t, lane] = [i >> 1, i % 2]
      const value = t < 100 ? x[i]! : t < 200 ? x[i]! + (lane === 0 ? 4 : 0) : 6 * x[i]! + (lane === 0 ? 4 : 0)
      return lane === 0 ? scale * value + 1000 * scale : value
    })
  for (const scale of [1, 0.001, 1000]) {
    near(marksOf(apply(frames(data(scale), { bins: 2 }), detectNovelty({ radius: 30, threshold: 1.5 }))), [100, 200], 2)
  }
  // Directions alone.
  const turning = Float32Array.from({ length: 240 }, (_, i) => (1 + (i >> 1)) * (i >> 1 < 60 === (i % 2 === 0) ? 1 : 0.1))
  expect(marksOf(apply(frames(turning, { bins: 2 }), detectNovelty({ radius: 10, distance: 'cosine' })))).toEqual([60])
})

test('detectNovelty: no two marks nearer than apart; what never changes has none; short ends count from half a size on', () => {
  const steps = Float32Array.from({ length: 120 }, (_, t) => (Math.floor(t / 12) % 2 === 0 ? 0 : 1))
  const marks = marksOf(apply(frames(steps), detectNovelty({ radius: 6, threshold: 0 })))
  expect(marks).toEqual([12, 24, 36, 48, 60, 72, 84, 96, 108])
  const far = marksOf(apply(frames(steps), detectNovelty({ radius: 6, apart: 20, threshold: 0 })))
  for (const [i, t] of far.entries()) if (i > 0) expect(t - far[i - 1]!).toBeGreaterThanOrEqual(20)
  expect(marksOf(apply(frames(new Float32Array(50).fill(3)), detectNovelty({ radius: 4 })))).toEqual([])
  const late = (after: number) => frames(Float32Array.from({ length: 20 + after }, (_, t) => (t < 20 ? 0 : 5)))
  expect(marksOf(apply(late(3), detectNovelty({ radius: 6 })))).toEqual([20])
  expect(marksOf(apply(late(2), detectNovelty({ radius: 6 })))).not.toContain(20)
})

test('detectNovelty: weights count, and a frame with NaN is none', () => {
  const heavy = frames([0, 0, 0, 0, 9, 1, 1, 1, 1], { weights: [1, 1, 1, 1, 0.001, 1, 1, 1, 1] })
  expect(marksOf(apply(heavy, detectNovelty({ radius: 3, distance: 'likelihood' })))).toEqual([4])
  const block = frames(Float32Array.from({ length: 40 }, (_, t) => (t === 5 ? NaN : t < 20 ? 0 : 1)))
  expect(marksOf(apply(block, detectNovelty({ radius: 4 })))).toEqual([20])
})

test('peaks: the largest around, the first of equals, above what the curve was like', () => {
  const peaksOf = (values: readonly number[], reach: number, { least = 0, threshold = 0, memory = 100 } = {}) => {
    const peaks = freshPeaks(reach)
    const found = [...values, ...Array<number>(reach).fill(NaN)].map((value) => isPeak(peaks, value, least, threshold, memory))
    return found.flatMap((peak, t) => (peak ? [t - reach] : []))
  }
  expect(peaksOf([0, 0, 0, 5, 5, 0, 0, 0], 1)).toEqual([3])
  expect(peaksOf([0, 0, 0, 5, 0, 6, 0, 0], 2)).toEqual([5])
  expect(peaksOf([0, 0, 0, 5, 0, 6, 0, 0], 1)).toEqual([3, 5])
  expect(peaksOf([0, 0, 0, 5, 0, 6, 0, 0], 1, { least: 5 })).toEqual([5])
  // When 9 is told of, 0, 3, 0, 9, 0 have come: mean 2.4, deviation 3.5, and 2.4 + 1.8·3.5 = 8.7; when 3 is, 0, 3, 0: 1 + 1.8·1.4 = 3.5.
  expect(peaksOf([0, 3, 0, 9, 0, 0, 0, 0], 1, { threshold: 1.8, memory: Infinity })).toEqual([3])
  const quieter = Array.from({ length: 400 }, (_, t) => (t < 200 ? 10 + (t % 2) : t === 390 ? 3 : 0))
  expect(peaksOf(quieter, 1, { memory: 20 })).toContain(390)
  expect(peaksOf(quieter, 1, { memory: Infinity })).not.toContain(390)
})

test('detectOnsets: steady noise has none, nor what rises out of silence and stays far below the loudest', () => {
  expect(
    marksOf(
      apply(
        spectrogram(400, () => 0),
        detectOnsets(),
      ),
    ),
  ).toEqual([])
  expect(
    marksOf(
      apply(
        spectrogram(400, (t) => (t < 200 ? 0 : 2)),
        detectOnsets(),
      ),
    ),
  ).toEqual([200])
  // Every third frame falls, the others rise by 1: so does the one that is told apart, by 3.
  const saw = Float32Array.from({ length: 90 }, (_, t) => (t % 3) + (t >= 61 ? 2 : 0))
  expect(marksOf(apply(frames(saw, { hop: 0.01 }), detectOnsets()))).toEqual([61])
  const soft = frames(
    Float32Array.from({ length: 120 * 4 }, (_, i) => (i < 30 * 4 ? 0 : i < 60 * 4 ? -23 : i < 90 * 4 ? -13 : -3)),
    { bins: 4, hop: 0.01 },
  )
  expect(marksOf(apply(soft, detectOnsets()))).toEqual([90])
})

test('detectOnsets: where bins grow louder at once, at any level; not where they fade or glide', () => {
  const struck = (level: number) =>
    frames(
      Float32Array.from({ length: 100 * 8 }, (_, i) => level + 6 * Math.exp(-((Math.floor(i / 8) % 25) / 8))),
      { bins: 8, hop: 0.01 },
    )
  for (const level of [-5, 0, 5]) expect(marksOf(apply(struck(level), detectOnsets()))).toEqual([25, 50, 75])
  const gliding = (up: boolean) =>
    frames(
      Float32Array.from({ length: 100 * 30 }, (_, i) => {
        const place = Math.floor(Math.floor(i / 30) / 4)
        return Math.abs((i % 30) - (up ? place : 29 - place)) <= 1 ? 8 : 0
      }),
      { bins: 30, hop: 0.01 },
    )
  for (const up of [true, false]) expect(marksOf(apply(gliding(up), detectOnsets({ threshold: 0.1 })))).toEqual([])
  const close = frames(
    Float32Array.from({ length: 60 }, (_, t) => [0, 0, 0, 2, 4, 4][t % 6]! + 6 * Math.floor(t / 6)),
    { hop: 0.01 },
  )
  const marks = marksOf(apply(close, detectOnsets({ around: 1, apart: 12 })))
  expect(marks.length).toBeGreaterThan(2)
  for (const [i, t] of marks.entries()) if (i > 0) expect(t - marks[i - 1]!).toBeGreaterThanOrEqual(12)
})

/** The least cost of cutting up a few numbers into windows of some lengths, by trying all ways. */
function leastCost(values: readonly number[], min: number, max: number, each: number): number {
  if (values.length === 0) return 0
  let least = Infinity
  for (let length = values.length < min ? values.length : min; length <= Math.min(max, values.length); length++) {
    const rest = leastCost(values.slice(length), min, max, each)
    least = Math.min(least, scatter(values.slice(0, length)) + each + rest)
  }
  return least
}

function scatter(values: readonly number[]): number {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  return values.reduce((sum, x) => sum + (x - mean) ** 2, 0)
}

test('contentWindows: no way of cutting costs less', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 6, maxLength: 11 }), fc.constantFrom(0.3, 1, 2), (values, cost) => {
      // All of it is seen before anything is decided; the end comes only after it, so the last window may be short.
      const marks = marksOf(apply(frames(values), contentWindows({ min: 2, max: 6, cost })))
      const windows = marks.map((from, i) => values.slice(from, marks[i + 1] ?? values.length))
      for (const [i, { length }] of windows.entries()) {
        expect(length).toBeLessThanOrEqual(6)
        if (i < windows.length - 1) expect(length).toBeGreaterThanOrEqual(2)
      }
      const each = (cost * scatter(values)) / values.length
      const paid = windows.reduce((sum, window) => sum + scatter(window) + each, 0)
      expect(paid).toBeCloseTo(leastCost(values, 2, 6, each), 9)
    }),
  )
})

test('contentWindows: steps are cut where they are, whatever the scale; ramps the finer the steeper', () => {
  const steps = Float32Array.from({ length: 90 }, (_, t) => (t < 20 ? 0 : t < 27 ? 4 : t < 60 ? -2 : 1))
  for (const scale of [1, 1e-3, 1e3]) {
    const marks = marksOf(apply(frames(steps.map((x) => scale * (x + 100))), contentWindows({ max: 40, cost: 1 })))
    expect(marks).toEqual([0, 20, 27, 60])
  }
  // Up steeply, on gently, down and so on: the second time, when the variance of all is known.
  const slopes = Float32Array.from({ length: 800 }, (_, t) => (t % 200) / (t % 400 < 200 ? 2 : 10) + (t % 400 < 200 ? 0 : 100))
  const marks = marksOf(apply(frames(slopes), contentWindows({ max: 60, cost: 0.02 })))
  const count = (from: number, to: number) => marks.filter((t) => t >= from && t < to).length
  // The best length goes with the slope to the power of −2/3, as the squared deviation of n frames grows with n³: 5^(2/3) = 2.9.
  expect(count(400, 600) / count(600, 800)).toBeGreaterThan(2.4)
  expect(count(400, 600) / count(600, 800)).toBeLessThan(3.5)
  const hole = frames([0, 0, 0, NaN, 0, 0, 9, 9, 9], { hop: 1 })
  expect(marksOf(apply(hole, contentWindows({ max: 8 })))).toEqual([0, 6])
  expect(marksOf(apply(frames(new Float32Array(10).fill(7)), contentWindows({ max: 4 })))).toEqual([0, 4, 8])
})

test('marks that came are replaced, or stay', () => {
  const block = frames([1, 1, 1, 5, 5, 5], { boundaries: [0, 1, 0, 0, 0, 0] })
  expect([...apply(block, detectNovelty({ radius: 2 })).boundaries!]).toEqual([0, 0, 0, 1, 0, 0])
  expect([...apply(block, detectNovelty({ radius: 2, marks: 'add' })).boundaries!]).toEqual([0, 1, 0, 1, 0, 0])
  expect([...apply(block, markBoundaries({ at: [0, 4] })).boundaries!]).toEqual([1, 0, 0, 0, 1, 0])
  expect([...apply(block, markBoundaries({ at: [4], marks: 'add' })).boundaries!]).toEqual([0, 1, 0, 0, 1, 0])
  expect([...apply(frames([1, 2, 3], { hop: 0.5 }), markBoundaries({ at: ['0.9s'] })).boundaries!]).toEqual([0, 0, 1])
})

test.each<[string, () => unknown]>([
  ['detectSpeech: threshold must be a finite number > 0, got 0', () => detectSpeech({ threshold: 0 })],
  ['detectSpeech: shortest must be an integer ≥ 1, got 0', () => detectSpeech({ shortest: 0 })],
  ['detectSpeech: outside must be one of unseen, keep, got "drop"', () => detectSpeech({ outside: 'drop' as 'keep' })],
  ['detectSpeech: unknown option "treshold"; did you mean "threshold"?', () => detectSpeech({ treshold: 1 } as object)],
  ['detectSpeech: expected frames at a regular rate in seconds, got tokens', () => apply(frames([1]), detectSpeech())],
  ['detectNovelty: radius must be given, got undefined', () => detectNovelty({} as { radius: number })],
  [
    'detectNovelty: distance must be one of likelihood, cosine, got "euclid"',
    () => detectNovelty({ radius: 2, distance: 'euclid' as 'cosine' }),
  ],
  [
    'detectNovelty: radius must be a number of frames where the input has tokens, got "1s"',
    () => apply(frames([1]), detectNovelty({ radius: '1s' })),
  ],
  ['contentWindows: max must be at least min, 5, got 4', () => contentWindows({ min: 5, max: 4 })],
  ['contentWindows: cost must be a finite number ≥ 0, got -1', () => contentWindows({ max: 4, cost: -1 })],
  ['detectOnsets: threshold must be a finite number > 0, got -1', () => detectOnsets({ threshold: -1 })],
  ['detectOnsets: marks must be one of replace, add, got "none"', () => detectOnsets({ marks: 'none' as 'add' })],
  ["markBoundaries: at must be a list such as [0, 12] or ['1.5s'], got 3", () => markBoundaries({ at: 3 as unknown as [] })],
  ['markBoundaries: at[0] must be an integer ≥ 1, got -2', () => markBoundaries({ at: [-2] })],
])('%s', (message, run) => {
  expect(run).toThrow(message)
})

test('what would hold an hour of single samples is refused when planned', () => {
  expect(() => detectNovelty({ radius: 2, apart: '3600s' }).plan(frames([1, 2], { hop: 1 / 8000 }).layout)).toThrow(
    'detectNovelty: must look at most 1048576 frames ahead, as its options say, got 28800000',
  )
  expect(() => contentWindows({ max: '3600s' }).plan(frames([1, 2], { hop: 0.01 }).layout)).toThrow(
    'contentWindows: max must be at most 4096 frames, got 360000',
  )
})
