// Windows of time over frames that come when they come.
import {
  apply,
  eventClock,
  type Frames,
  frames,
  layoutOf,
  type PoolingName,
  pool1d,
  pool2d,
  quantile,
  segmentPool,
  stochastic,
} from 'poolwise'
import { expect, test } from 'vitest'
import { guarded } from '../../src/core/stage.ts'
import * as leaves from '../../src/poolings/leaves.ts'
import { type PoolingLike, poolingOf } from '../../src/poolings/named.ts'
import { edgeOf, paneAt, resolveTimeWindow } from '../../src/windows/timeWindow.ts'
import { streams } from '../laws/laws.ts'
import { equalsRecomputation, mergesAnEvent, numbers, randomRun } from './events.ts'

const all = Object.keys(leaves) as PoolingName[]
const names = all.filter((name) => !poolingOf(name, 'test').across)
const pairs: [string, PoolingLike][] = [
  ...names.map((name): [string, PoolingLike] => [name, name]),
  ['quantile(error)', quantile({ error: 0.1 })],
  ['stochastic(seed)', stochastic({ seed: 3 })],
  ['a list', ['mean', 'max', 'std']],
  ['a list of what merges and what keeps', ['mean', quantile(), 'last', 'sum']],
]

test.each(pairs)('%s over windows of time and sessions equals the recomputation of each', (_, name) => {
  for (let seed = 0; seed < 25; seed++) equalsRecomputation(randomRun(seed), name)
})

test('1,000 random streams with late, equal and reordered times equal the recomputation', () => {
  const some: PoolingLike[] = ['sum', 'std', 'last', ['mean', quantile()]]
  for (let seed = 1000; seed < 2000; seed++) equalsRecomputation(randomRun(seed), some[seed % some.length]!)
})

/** Frames at given times. */
function at(times: readonly number[], { bins = 1, watermark }: { bins?: number; watermark?: number } = {}): Frames {
  const { clock: _, ...shape } = layoutOf({ bins })
  const layout = { ...shape, clock: eventClock() }
  const next = numbers(times.length)
  return {
    layout,
    start: 0,
    length: times.length,
    data: Float32Array.from({ length: times.length * bins }, () => Math.round(64 * next()) / 8),
    weights: Float32Array.from(times, () => [0, 1, 1, 2][Math.floor(4 * next())]!),
    boundaries: Uint8Array.from(times, () => Number(next() < 0.2)),
    spans: Float64Array.from(times.flatMap((time) => [time, time])),
    ...(watermark !== undefined && { watermark }),
  }
}

const sizes = [
  { size: '1s' },
  { size: '3s', stride: '1s' },
  { size: '1s', stride: '2500ms' },
  { size: '2s', stride: '300ms', partial: 'keep' },
] as const

test('any blocks, saved, restored or looked at: the same bits', () => {
  const next = numbers(7)
  const stages = sizes.flatMap((size) =>
    (['stats', 'quantile', ['mean', 'quantile'], 'covariance', stochastic({ seed: 1 })] as const).map((name) => pool1d(name, size)),
  )
  stages.push(segmentPool('mean', { gap: '1s' }), segmentPool(['mean', 'quantile'], { gap: '700ms', max: 4 }), pool2d('max', { size: ['2s', 2], stride: ['1s', 1] })) // biome-ignore format: a list
  for (const stage of stages)
    for (let run = 0; run < 12; run++) {
      let time = -3
      const input = at(
        Array.from({ length: Math.floor(40 * next()) }, () => {
          time += [0, 0.1, 0.5, 6][Math.floor(4 * next())]!
          return time
        }),
        { bins: 2 },
      )
      streams(stage, input, [1 + Math.floor(5 * next()), 1 + Math.floor(9 * next())], Math.floor(20 * next()))
    }
})

test('over bins too: 2-D windows are 1-D ones of time, merged over their bins', () => {
  const input = at([0, 0.5, 1, 1.2, 4, 4.1, 7], { bins: 4 })
  const wide = apply(input, pool2d('sum', { size: ['2s', 2], stride: ['1s', 2] }))
  const tall = apply(input, pool1d('sum', { size: '2s', stride: '1s' }))
  expect([...wide.data]).toEqual(Array.from({ length: wide.data.length }, (_, i) => tall.data[2 * i]! + tall.data[2 * i + 1]!))
  expect(wide.spans).toEqual(tall.spans)
  expect(wide.length).toBeGreaterThan(4)
})

test('a boundary is told by the first window that ends after it', () => {
  const input = {
    ...at([0, 1, 2, 3, 4, 11, 12, 30]),
    weights: new Float32Array(8).fill(1),
    boundaries: Uint8Array.of(0, 0, 1, 0, 0, 1, 1, 0),
  }
  const { spans, boundaries } = apply(input, pool1d('mean', { size: '4s', stride: '2s' }))
  const ends = Array.from(boundaries!, (_, i) => spans![2 * i + 1]!)
  expect(ends).toEqual([2, 4, 6, 8, 12, 14, 16])
  expect([...boundaries!]).toEqual([0, 1, 0, 0, 1, 1, 0])
})

test('edges are decimals: what is at one is in the window that begins there', () => {
  for (const [size, stride] of [
    ['100ms', '100ms'],
    ['300ms', '70ms'],
    ['1.7s', '300ms'],
    ['0.001ms', '0.001ms'],
  ] as const) {
    const usual = { dilation: 1, padding: 'valid', partial: 'drop', includePad: undefined, dialect: undefined } as const
    const window = resolveTimeWindow('test', { size, stride, ...usual })!
    for (const middle of [0, -1e4, 17e6, 1.7e9 * Number(window.pane > 1)])
      for (let n = Math.round((middle * 1e6) / window.pane) - 200, last = n + 400; n < last; n++)
        expect(paneAt(window, edgeOf(window, n))).toBe(n)
  }
  // 0.3 / 0.1 is less than 3, 0.6 / 0.2 less than 3 as well.
  const tenths = Array.from({ length: 31 }, (_, i) => i / 10)
  const { weights, spans } = apply({ ...at(tenths), weights: new Float32Array(31).fill(1) }, pool1d('mean', { size: '100ms' }))
  expect([...weights!]).toEqual(new Array(30).fill(1))
  expect(spans!.filter((_, i) => i % 2 === 0)).toEqual(Float64Array.from(tenths.slice(0, 30)))
})

test('a watermark ends windows and sessions, and goes on to the next stage', () => {
  const none = { ...at([], { watermark: 20 }), start: 3, weights: new Float32Array(0), boundaries: new Uint8Array(0) }
  const events = { ...at([1, 2, 9]), weights: Float32Array.of(1, 1, 1) }
  for (const [stage, before, after] of [
    [pool1d('mean', { size: '10s' }), [], [[0, 10]]],
    [
      pool1d('mean', { size: '10s', stride: '5s' }),
      [[-5, 5]],
      [
        [0, 10],
        [5, 15],
      ],
    ],
    [segmentPool('mean', { gap: '5s' }), [[1, 2]], [[9, 9]]],
  ] as const) {
    // biome-ignore format: a list
    const machine = guarded('test', stage.plan(events.layout), events.layout).open()
    const spans = (block: Frames | undefined) =>
      Array.from({ length: block?.length ?? 0 }, (_, i) => [...block!.spans!.subarray(2 * i, 2 * i + 2)])
    expect(spans(machine.push(events))).toEqual(before)
    const out = machine.push(none)
    expect(spans(out)).toEqual(after)
    expect(machine.peek()).toBeUndefined()
    expect(() => machine.push({ ...at([19]), start: 3 })).toThrow(/in order of time, from 20 s on/)
  }
})

test('what makes no window, and frames that are nowhere, are refused', () => {
  const { layout } = at([0])
  const refused = (options: Parameters<typeof pool1d>[1]) => () => pool1d('mean', options).plan(layout)
  expect(refused({ size: '1s', stride: 2 })).toThrow(/stride must be a duration such as '1s' or '100ms', got 2/)
  expect(refused({ size: 3, stride: '1s' })).toThrow(/size must be a duration/)
  expect(refused({ size: '1s', dilation: 2 })).toThrow(/dilation must not be given where windows are of time, not of frames, got 2/)
  expect(refused({ size: '1s', padding: 'same' })).toThrow(/padding must not be given/)
  expect(refused({ size: '1s', padding: 1 })).toThrow(/padding must not be given/)
  expect(refused({ size: '1s', includePad: true })).toThrow(/includePad must not be given/)
  expect(refused({ size: '1s', dialect: 'onnx' })).toThrow(/dialect must not be given/)
  expect(refused({ size: '0.0001ms' })).toThrow(/size must be from a microsecond to 285 years/)
  expect(refused({ size: '99999999999s' })).toThrow(/size must be from a microsecond/)
  expect(() => segmentPool('mean', { gap: '1s' }).plan(layoutOf({}))).toThrow(/gap must not be given where the input has tokens/)
  for (const stage of [pool1d('mean', { size: '1s' }), segmentPool('mean', { gap: '1s' })]) {
    expect(() => apply(at([0, 2, 1]), stage)).toThrow(/expected frames in order of time, from 2 s on, .* got 1 s/)
    expect(() => apply(at([0, Number.NaN]), stage)).toThrow(/got NaN s/)
    expect(() => apply(at([1.7e12]), stage)).toThrow(/expected times in seconds, within 285 years of 0, got 1700000000000 s/)
    expect(() => apply(at([0], { watermark: Number.NaN }), stage)).toThrow(/expected times in seconds, within 285 years of 0, got NaN s/)
  }
  // Windows of so many events stay what they were.
  expect(apply(at([0, 5, 5, 90]), pool1d('max', { size: 2 })).spans).toEqual(Float64Array.of(0, 5, 5, 90))
})

test('at most three merges an event, whatever the window, and none for silence', () => {
  const shares = [10, 100, 1000, 10_000].map((events) => mergesAnEvent(events, 20_000))
  for (const share of shares) expect(share).toBeLessThanOrEqual(3)
  // Windows without anything in them are leapt over, however many they are.
  const input = { ...at([0, 1e9]), weights: new Float32Array(2).fill(1) }
  expect(apply(input, pool1d('mean', { size: '3s', stride: '1s' })).length).toBe(3)
})

test('a gap is of what was not seen, over a regular clock too', () => {
  const input = frames([1, 3, 0, 0, 5], { hop: 1, weights: [1, 1, 0, 0, 1] })
  expect([...apply(input, segmentPool('mean', { gap: '2s' })).data]).toEqual([2, 5])
  expect([...apply(input, segmentPool('mean', { gap: '4s' })).data]).toEqual([3])
})
