// Contours, stretches, variation and ranges of quantiles against their definitions, written another way.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { adaptivePool1d, apply, contour, type Frames, frames, pool1d, quantile, runs } from '../../src/index.ts'
import { close } from '../laws/laws.ts'

const hop = 0.01
const sequences = fc
  .array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.constantFrom(0, 1, 1, 1, 0.5)), { maxLength: 24 })
  .map((rows) => frames(rows.map(([x]) => x), { hop, weights: rows.map(([, w]) => w) })) // biome-ignore format: one call
const whole = (block: Frames, ...poolings: Parameters<typeof adaptivePool1d>[0][]) => [
  ...apply(block, adaptivePool1d(poolings as never, { count: 1 })).data,
]

/** Stretches of frames that are all seen, or all unseen. */
function stretches({ data, weights }: Frames): { seen: boolean; values: number[] }[] {
  const all: { seen: boolean; values: number[] }[] = []
  for (const [t, x] of data.entries()) {
    const seen = weights![t]! > 0
    if (all.at(-1)?.seen === seen) all.at(-1)!.values.push(x)
    else all.push({ seen, values: [x] })
  }
  return all
}

/** The corners of a stretch: its ends, and where it turns, the last frame of a plateau. */
function corners(values: readonly number[]): [t: number, x: number][] {
  const moves = values.flatMap((x, t) => (t > 0 && x !== values[t - 1] ? [{ t, up: x > values[t - 1]! }] : []))
  const turns = moves.filter(({ up }, i) => i > 0 && up !== moves[i - 1]!.up).map(({ t }) => t - 1)
  return [0, ...turns, values.length - 1].map((t) => [t, values[t]!])
}

const mean = (x: readonly number[]) => (x.length > 0 ? x.reduce((a, b) => a + b) / x.length : 0)
const deviation = (x: readonly number[]) => Math.sqrt(mean(x.map((y) => (y - mean(x)) ** 2)))

test('contours are the slopes from corner to corner, and the tops among these', () => {
  const outputs = ['rise', 'riseDeviation', 'fall', 'fallDeviation', 'peaks'] as const
  fc.assert(
    fc.property(sequences, (block) => {
      const parts = stretches(block).filter(({ seen }) => seen).map(({ values }) => corners(values)) // biome-ignore format: a chain
      const slopes = parts.flatMap((all) => all.slice(1).map(([t, x], i) => (x - all[i]![1]) / ((t - all[i]![0] || 1) * hop)))
      const tops = parts.flatMap((all) => all.slice(1, -1).filter(([, x], i) => x > all[i]![1])).length
      const [up, down] = [slopes.filter((s) => s > 0), slopes.filter((s) => s < 0).map((s) => -s)]
      const expected = [mean(up), deviation(up), mean(down), deviation(down), tops / (block.length * hop || 1)]
      close(whole(block, ...outputs.map((of) => contour({ of, per: 'second' }))), expected, 1e-5, 1e-4)
      close(whole(block, contour({ of: 'peaks' })), [tops / (block.length || 1)], 1e-6)
    }),
  )
})

test('runs are the lengths of stretches of seen and of unseen frames', () => {
  const outputs = ['seen', 'seenDeviation', 'unseen', 'unseenDeviation', 'rate'] as const
  fc.assert(
    fc.property(sequences, (block) => {
      const all = stretches(block)
      const lengths = (seen: boolean) => all.filter((one) => one.seen === seen).map(({ values }) => values.length * hop)
      const [voiced, pauses] = [lengths(true), lengths(false)]
      const expected = [mean(voiced), deviation(voiced), mean(pauses), deviation(pauses), voiced.length / (block.length * hop || 1)]
      close(whole(block, ...outputs.map((of) => runs({ of, per: 'second' }))), expected, 1e-5, 1e-6)
    }),
  )
})

test('variation is the deviation by the mean, negative where that is', () => {
  expect(apply(frames([1, 5]), adaptivePool1d('variation', { count: 1 })).data[0]).toBeCloseTo(2 / 3, 6)
  expect(apply(frames([-1, -5]), adaptivePool1d('variation', { count: 1 })).data[0]).toBeCloseTo(-2 / 3, 6)
  expect([...apply(frames([-1, 1, 0, 0]), pool1d('variation', { size: 2 })).data]).toEqual([0, 0])
})

test('a range of quantiles is the one less the other', () => {
  const block = frames([9, 1, 4, 16, 25, 36], { weights: [1, 2, 1, 0.5, 1, 0] })
  const [range, high, low] = whole(block, quantile({ q: 0.8, minus: 0.2 }), quantile({ q: 0.8 }), quantile({ q: 0.2 })) as [
    number,
    number,
    number,
  ]
  expect(range).toBeCloseTo(high - low, 5)
  expect(apply(block, adaptivePool1d(quantile({ q: 0.8, minus: 0.2 }), { count: 1 })).layout.names.planes).toEqual(['quantile0.8-0.2'])
})

test.each<[string, () => unknown]>([
  ['quantile: minus must not be given with an error, got 0.2', () => quantile({ q: 0.8, minus: 0.2, error: 0.1 })],
  ['contour: per: \'second\' needs a regular clock of seconds, got "token"', () => whole(frames([1, 2]), contour({ per: 'second' }))],
  ['runs: of must be one of', () => runs({ of: 'voiced' as 'seen' })],
])('%s', (message, run) => {
  expect(run).toThrow(message)
})
