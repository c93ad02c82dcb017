import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Clock, type Frames, join, lanesOf, layoutOf } from '../../src/core/frames.ts'
import { read } from '../../src/core/options.ts'
import { Bank, type Pooling } from '../../src/core/pooling.ts'
import type { Stage } from '../../src/core/stage.ts'
import { adaptiveWindows, outputLength, paddingFor, resolveWindow, type WindowOptions, windowOptions } from '../../src/core/window.ts'
import {
  adaptivePool1d,
  adaptivePool2d,
  apply,
  blocks,
  chain,
  channelPool,
  frames,
  globalPool,
  globalPool2d,
  mixed,
  pool1d,
  pool2d,
  pyramidPool,
  pyramidPool2d,
  quantile,
  stochastic,
} from '../../src/index.ts'
import * as leaves from '../../src/poolings/leaves.ts'
import { type PoolingLike, type PoolingName, poolingOf } from '../../src/poolings/named.ts'
import { drawn } from '../drawn.ts'
import { countingMerges } from '../windows/countingMerges.ts'
import { addRow, close, cut, cuts, ignoresUnseen, pooled, type Row, result, said, sequence, streams } from './laws.ts'

const shape = { planes: 2, bins: 5, channels: 2 }
const some: PoolingLike[] = [
  'max',
  'stats',
  'first',
  ['mean', 'last', 'min'],
  'logSumExp',
  stochastic({ seed: 3 }),
  mixed([
    ['max', [0.5, 0.25]],
    ['mean', 0.5],
  ]),
]
const all = Object.keys(leaves) as PoolingName[]
const names = all.filter((name) => !poolingOf(name, 'test').across)
const pairs: [string, PoolingLike][] = [
  ...names.map((name): [string, PoolingLike] => [name, name]),
  ['quantile(error)', quantile({ error: 0.05 })],
  ['stochastic(seed)', stochastic({ seed: 3 })],
]
const across = all.filter((name) => poolingOf(name, 'test').across)

const window1d: fc.Arbitrary<WindowOptions> = fc
  .record({
    size: fc.integer({ min: 1, max: 23 }),
    stride: fc.integer({ min: 1, max: 8 }),
    dilation: fc.constantFrom(1, 1, 1, 2, 3),
    same: fc.boolean(),
    keep: fc.boolean(),
    includePad: fc.boolean(),
    before: fc.nat(30),
    after: fc.nat(30),
  })
  .map(({ size, stride, dilation, same, keep, includePad, before, after }) => {
    const extent = dilation * (size - 1) + 1
    if (same) return { size, stride, dilation, includePad, padding: 'same' }
    return { size, stride, dilation, includePad, padding: [before % extent, after % extent], partial: keep ? 'keep' : 'drop' }
  })

/** One window over time: where it begins and what it reads, −1 for zeros that count, −2 for what is not seen. */
interface Region {
  origin: number
  taps: number[]
}

/** A pooled lane from its taps' frames, one after the other: the definition. `bins` are the lane's bins, with plane and channel as lanes. */
function naive(
  pooling: Pooling,
  input: Frames,
  { origin, taps }: Region,
  bins: readonly number[],
  lane: (bin: number) => number,
  step: number,
): number[] {
  const width = lanesOf(input.layout)
  // What is nowhere comes after what was before it.
  let last = -1e6
  const rows = taps.flatMap((t) =>
    bins.map((bin): Row => {
      last = t < 0 || bin < 0 ? last + 1e-3 : step === 1 ? t : t * step + bin
      if (t < 0) return [0, t + 2, last]
      return [bin < 0 ? 0 : input.data[t * width + lane(bin)]!, input.weights?.[t] ?? 1, last]
    }),
  )
  return pooled(pooling, rows, origin * step)
}

function spread(input: Frames): number {
  return input.length === 0 ? 0 : Math.max(...input.data) - Math.min(...input.data)
}

/** The pooled frames equal the naive ones: windows over time, and over bins as lists of taps, in 2-D with positions of their own. */
function equalsNaive(stage: Stage, name: PoolingLike, input: Frames, times: Region[], bins: number[][], flat = false): void {
  const pooling = poolingOf(name, 'test')
  const output = apply(input, stage)
  const { planes, channels } = input.layout
  expect(output.length).toBe(times.length)
  const expected: number[] = []
  for (const region of times) {
    const frame: number[][] = []
    for (let plane = 0; plane < planes; plane++) {
      for (const group of bins) {
        for (let channel = 0; channel < channels; channel++) {
          const lane = (bin: number) => (plane * input.layout.bins + bin) * channels + channel
          frame.push(naive(pooling, input, region, group, lane, flat ? input.layout.bins : 1))
        }
      }
    }
    for (const o of pooling.outputs.keys()) for (const lane of frame) expected.push(Math.fround(lane[o]!) + 0)
  }
  if (pooling.exact) expect([...output.data].map((x) => x + 0)).toEqual(expected)
  else close(output.data, expected, 1e-6, spread(input))
  const weights = times.map(({ taps }) => taps.reduce((sum, t) => sum + (t < 0 ? t + 2 : (input.weights?.[t] ?? 1)), 0))
  expect([...(output.weights ?? [])]).toEqual(weights.map((weight) => (pooling.extensive ? Number(weight > 0) : weight)))
}

const every = (count: number) => Array.from({ length: count }, (_, i) => [i])
const adaptive = (count: number, length: number): Region[] =>
  Array.from({ length: count }, (_, i) => {
    const [from, to] = adaptiveWindows('torch', count, length)[i]!
    return { origin: from, taps: Array.from({ length: to - from }, (_, j) => from + j) }
  })
const windowOf = (options: WindowOptions, clock?: Clock) => resolveWindow('test', read('test', windowOptions, options), clock)
function windowsOf(options: WindowOptions, length: number): Region[] {
  const window = windowOf(options)
  const before = paddingFor(window, length)[0]
  const [low, high] = window.includePad ? [-before, length + paddingFor(window, length)[1]] : [0, length]
  return Array.from({ length: outputLength(window, length) }, (_, i) => {
    const all = Array.from({ length: window.size }, (_, k) => i * window.stride - before + k * window.dilation)
    const inside = all.filter((t) => t >= 0 && t < length)
    // Taps in their places, since some poolings go by these: zeros that count, and what is not there.
    const taps = all.map((t) => (t >= 0 && t < length ? t : t >= low && t < high ? -1 : -2))
    return { origin: inside[0] ?? 0, taps }
  })
}
const tapsOf = (regions: Region[]) => regions.map(({ taps }) => taps.filter((t) => t > -2))
/** Windows over bins that poolings of this kind take. */
const fits = (name: PoolingLike, bins: number[][]) =>
  poolingOf(name, 'test').keeps !== 'order' || bins.every(({ length }) => length === bins[0]!.length)

describe.each(pairs)('%s equals the recomputation of each window', (_, name) => {
  const runs = drawn(60)
  test('1-D windows, small and sliding', () => {
    fc.assert(
      fc.property(sequence(60, { bins: 2, channels: 2 }), window1d, (input, options) => {
        fc.pre(!(poolingOf(name, 'test').positional && options.includePad))
        equalsNaive(pool1d(name, options), name, input, windowsOf(options, input.length), every(2))
      }),
      runs,
    )
  })
  test('2-D windows', () => {
    const axis = fc.record({
      size: fc.integer({ min: 1, max: 5 }),
      stride: fc.integer({ min: 1, max: 3 }),
      dilation: fc.integer({ min: 1, max: 2 }),
      padding: fc.nat(9),
    })
    fc.assert(
      fc.property(
        sequence(25, { planes: 2, bins: 6, channels: 2 }),
        axis,
        axis,
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        (input, time, bins, same, keep, includePad) => {
          const limit = ({ size, dilation, padding }: typeof time) => padding % (dilation * (size - 1) + 1)
          fc.pre(bins.dilation * (bins.size - 1) + 1 <= 6 && !(poolingOf(name, 'test').positional && includePad))
          const options = {
            ...(same
              ? { padding: 'same' as const }
              : { padding: [limit(time), limit(bins)] as const, partial: keep ? ('keep' as const) : ('drop' as const) }),
          }
          const along = (axis: typeof time, i: 0 | 1): WindowOptions => ({
            size: axis.size,
            stride: axis.stride,
            dilation: axis.dilation,
            includePad,
            ...(same ? { padding: 'same' } : { padding: options.padding[i] as number, partial: keep ? 'keep' : 'drop' }),
          })
          const stage = pool2d(name, {
            size: [time.size, bins.size],
            stride: [time.stride, bins.stride],
            dilation: [time.dilation, bins.dilation],
            includePad,
            ...options,
          })
          const groups = tapsOf(windowsOf(along(bins, 1), 6))
          fc.pre(fits(name, groups))
          equalsNaive(stage, name, input, windowsOf(along(time, 0), input.length), groups, true)
        },
      ),
      runs,
    )
  })
  test('global, adaptive', () => {
    fc.assert(
      fc.property(
        sequence(40, { bins: 5, channels: 2 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 7 }),
        (input, count, bins) => {
          const whole = [{ origin: 0, taps: Array.from({ length: input.length }, (_, t) => t) }]
          equalsNaive(globalPool(name), name, input, whole, every(5))
          equalsNaive(globalPool2d(name), name, input, whole, [[0, 1, 2, 3, 4]], true)
          equalsNaive(adaptivePool1d(name, { count: count }), name, input, adaptive(count, input.length), every(5))
          const groups = tapsOf(adaptive(bins, 5))
          if (fits(name, groups))
            equalsNaive(adaptivePool2d(name, { count: [count, bins] }), name, input, adaptive(count, input.length), groups, true)
        },
      ),
      runs,
    )
  })
})

describe.each(across)('%s, whose lanes interact', (name) => {
  const shape = { planes: 2, bins: 2, channels: 1 }
  /** Each window from its frames, one after the other: the definition. */
  const equalsFrames = (stage: Stage, input: Frames, regions: Region[]) => {
    const lanes = lanesOf(input.layout)
    const pooling = poolingOf(name, 'test').fit!({ input: input.layout, lanes, taps: Infinity })
    const expected = regions.flatMap(({ taps, origin }) => {
      const bank = new Bank(pooling, lanes, Bank.fresh(pooling, lanes, 1))
      for (const t of taps) {
        const weight = t < 0 ? t + 2 : (input.weights?.[t] ?? 1)
        if (weight === 0) continue
        const row = t < 0 ? new Float32Array(lanes) : input.data.subarray(t * lanes, (t + 1) * lanes)
        addRow(bank, 0, row, weight, t)
      }
      return result(bank, 0, origin)
    })
    const { data } = apply(input, stage)
    // A product of two lanes grows with the square of what they hold.
    close(data, Float32Array.from(expected), 1e-6, spread(input) ** 2)
  }

  test('equals the recomputation of each window', () => {
    fc.assert(
      fc.property(sequence(60, shape), window1d, fc.integer({ min: 1, max: 9 }), (input, options, count) => {
        equalsFrames(pool1d(name, options), input, windowsOf(options, input.length))
        equalsFrames(globalPool(name), input, [{ origin: 0, taps: Array.from({ length: input.length }, (_, t) => t) }])
        equalsFrames(adaptivePool1d(name, { count: count }), input, adaptive(count, input.length))
      }),
    )
  })
  test('streams, and never sees a frame of weight 0', () => {
    const stages = [
      pool1d(name, { size: 5, stride: 2 }),
      pool1d(name, { size: 90, stride: 1, partial: 'keep' }),
      globalPool(name),
      pyramidPool(name),
    ]
    fc.assert(
      fc.property(sequence(40, shape), fc.constantFrom(...stages), cuts, fc.nat(), (input, stage, sizes, at) => {
        streams(stage, input, sizes, at)
        ignoresUnseen(stage, input)
      }),
    )
  })
  test('has no 2-D, and no place beside poolings of single lanes', () => {
    const { layout } = frames(new Float32Array(20), { bins: 5 })
    expect(() => pool2d(name, { size: [2, 2] }).plan(layout)).toThrow(/pools whole frames, so expected a 1-D window/)
    expect(() => globalPool2d(name).plan(layout)).toThrow(/pools whole frames/)
    if (poolingOf(name, 'test').across === 'one') expect(() => globalPool(['mean', name])).toThrow(/expected it alone/)
    else expect(apply(frames(new Float32Array(20), { bins: 5 }), globalPool(['mean', name])).length).toBe(1)
  })
})

test('long sliding windows equal the recomputation', () => {
  const input = frames(
    Float32Array.from({ length: 3000 }, (_, i) => 1000 + Math.sin(i * i)),
    { hop: 0.01 },
  )
  for (const [size, stride] of [
    [100, 1],
    [101, 1],
    [300, 10],
    [299, 7],
    [1000, 1],
    [37, 3],
  ] as const) {
    for (const name of ['max', 'stats'] as const)
      equalsNaive(pool1d(name, { size, stride }), name, input, windowsOf({ size, stride }, 3000), every(1))
  }
})

test('a pyramid is its levels of adaptive windows, joined', () => {
  fc.assert(
    fc.property(sequence(30, { bins: 3 }), (input) => {
      const levels = [1, 2, 3]
      const joined = levels.flatMap((size) => [...apply(input, adaptivePool1d('stats', { count: size })).data])
      expect([...apply(input, pyramidPool('stats', { levels })).data]).toEqual(joined)
      const cells = levels.flatMap((size) => [...apply(input, adaptivePool2d('stats', { count: size })).data])
      expect([...apply(input, pyramidPool2d('stats', { levels })).data]).toEqual(cells)
    }),
  )
})

/** Padding cannot count where positions are asked for. */
const allowed = (name: PoolingLike, options: WindowOptions): WindowOptions => ({
  ...options,
  includePad: options.includePad === true && !poolingOf(name, 'test').positional,
})
const option = window1d.chain((options) => fc.constantFrom(...some).map((name): Stage => pool1d(name, allowed(name, options))))
const machines: fc.Arbitrary<Stage> = fc.oneof(
  { weight: 4, arbitrary: option },
  fc.constantFrom(
    ...some.flatMap((name): Stage[] => [
      globalPool(name),
      globalPool2d(name),
      adaptivePool1d(name, { count: 3 }),
      adaptivePool2d(name, { count: [4, 2] }),
      pyramidPool(name),
      pyramidPool2d(name, { levels: [1, 3] }),
      pool2d(name, { size: [2, 2] }),
      pool2d(name, { size: [9, 2], stride: 1, padding: 'same' }),
      channelPool(name),
      chain(pool1d(name, { size: 3, stride: 1, partial: 'keep' }), pool1d('max', { size: 2 }), globalPool('mean')),
    ]),
  ),
)

test('blocks, saving, peeking and known lengths change nothing', () => {
  fc.assert(
    fc.property(machines, sequence(50, shape), cuts, fc.nat(), (stage, input, sizes, at) => streams(stage, input, sizes, at)),
    drawn(400),
  )
})

/** Windows of every kind, of any pooling: small and long ones, over bins, padded, and regions. */
const kinds: fc.Arbitrary<(like: PoolingLike) => Stage> = fc.oneof(
  window1d.map((options) => (like: PoolingLike) => pool1d(like, { ...options, includePad: false })),
  fc.constantFrom<(like: PoolingLike) => Stage>(
    (like) => pool1d(like, { size: 40, stride: 1, partial: 'keep' }),
    (like) => pool1d(like, { size: 21, stride: 3, padding: 'same' }),
    (like) => pool2d(like, { size: [3, 2], stride: [1, 2] }),
    (like) => pool2d(like, { size: [30, 3], stride: [2, 1] }),
    (like) => globalPool(like),
    (like) => globalPool2d(like),
    (like) => adaptivePool1d(like, { count: 4 }),
    (like) => adaptivePool2d(like, { count: [3, 2] }),
  ),
)
// Lists of what kernels know and what they do not, of what slides and what keeps its values, of what weighs and what does not.
const members: PoolingLike[] = [...names, ['max', ['gaussian', 'countMean']], stochastic({ seed: 3 })]
const wide = { planes: 2, bins: 5, channels: 3 }

test('a list has the bits of its parts', () => {
  fc.assert(
    fc.property(kinds, fc.array(fc.constantFrom(...members), { minLength: 2, maxLength: 4 }), sequence(90, wide), (kind, list, input) => {
      const whole = apply(input, kind(list))
      const parts = list.map((name) => apply(input, kind(name)))
      for (let f = 0; f < whole.length; f++)
        expect(rowOf(whole.data, whole.length, f)).toEqual(parts.flatMap(({ data, length }) => rowOf(data, length, f)))
    }),
    drawn(400),
  )
})

test('weights of 1 change no bit', () => {
  fc.assert(
    fc.property(kinds, fc.constantFrom<PoolingLike>(...some, ...names), sequence(90, wide), cuts, (kind, like, input, sizes) => {
      const { weights: _, ...bare } = input
      const weighed = { ...bare, weights: new Float32Array(input.length).fill(1) }
      const through = (block: Frames) => {
        const machine = kind(like).plan(block.layout).open()
        return said(join([...cut(block, sizes).map((part) => machine.push(part)), machine.close()]))
      }
      const expected = through(bare)
      expect(through(weighed)).toEqual(expected)
      // Nor do they where only some blocks have them.
      const machine = kind(like).plan(input.layout).open()
      const mixedUp = cut(bare, sizes).map((part, i) => (i % 2 === 0 ? part : { ...part, weights: new Float32Array(part.length).fill(1) }))
      expect(said(join([...mixedUp.map((part) => machine.push(part)), machine.close()]))).toEqual(expected)
    }),
    drawn(400),
  )
})

function rowOf(data: Float32Array, rows: number, row: number): number[] {
  const width = data.length / rows
  return [...data.subarray(row * width, (row + 1) * width)]
}

test('unseen frames are invisible', () => {
  fc.assert(
    // What a channel pool gives for an unseen frame is unseen, and may be anything.
    fc.property(
      machines.filter(({ spec }) => spec.stage !== 'channelPool'),
      sequence(40, shape),
      (stage, input) => ignoresUnseen(stage, input),
    ),
    drawn(200),
  )
})

test('long recordings: the tree of panes is the sum of its frames', () => {
  for (const n of [4096, 4097, 3 * 4096 + 100, 7 * 4096]) {
    const input = frames(
      Float32Array.from({ length: n }, (_, i) => i % 1000),
      { hop: 0.01 },
    )
    const [sum, last, max] = apply(input, globalPool(['sum', 'last', 'max'])).data
    // Whole numbers below 2⁵³ add up without rounding, but for the last one to float32.
    expect(sum).toBe(Math.fround(input.data.reduce((total, x) => total + x, 0)))
    expect([last, max]).toEqual([(n - 1) % 1000, 999])
    const machine = globalPool('stats').plan(input.layout).open()
    for (const block of blocks(input, 1000)) machine.push(block)
    expect(said(machine.close())).toEqual(said(apply(input, globalPool('stats'))))
  }
})

test('moments follow the data: after a silent start, a million and some sixteenths', () => {
  const input = frames(
    Float32Array.from({ length: 6000 }, (_, i) => (i < 500 ? 0 : 1e6 + ((i * i) % 37) / 16)),
    { hop: 0.01 },
  )
  /** In two passes, which lose nothing. */
  const deviation = (values: Float32Array) => {
    const mean = values.reduce((sum, x) => sum + (x - 1e6), 0) / values.length
    return Math.sqrt(values.reduce((sum, x) => sum + (x - 1e6 - mean) ** 2, 0) / values.length)
  }
  for (const pooling of ['std', ['max', 'std'], mixed([['std', 1]])] satisfies PoolingLike[]) {
    for (const [size, stride] of [
      [300, 100],
      [4000, 1000],
      [300, 2],
      [4000, 100],
    ] as const) {
      const pooled = apply(input, pool1d(pooling, { size, stride }))
      const end = (pooled.length - 1) * stride + size
      expect(pooled.data.at(-1)! / deviation(input.data.subarray(end - size, end))).toBeCloseTo(1, 6)
    }
    const loud = frames(input.data.subarray(500), { hop: 0.01 })
    expect(apply(loud, globalPool(pooling)).data.at(-1)! / deviation(loud.data)).toBeCloseTo(1, 6)
  }
})

test('the mean of window means is the mean of the whole, with the weights that travel along', () => {
  fc.assert(
    fc.property(sequence(60, { bins: 2 }), fc.integer({ min: 1, max: 9 }), (input, size) => {
      const direct = apply(input, globalPool('mean'))
      const nested = apply(input, pool1d('mean', { size, partial: 'keep' }), globalPool('mean'))
      close(nested.data, direct.data, 1e-6, spread(input))
      expect([...nested.weights!]).toEqual([...direct.weights!])
    }),
  )
})

test('at most four merges a pushed frame, whatever the window', () => {
  for (const size of [1, 2, 4, 5, 6, 7, 8, 10, 33, 100, 1000, 9999, 10_000]) {
    for (const stride of [1, 3, 10]) {
      const { pooling, merges } = countingMerges()
      let most = 0
      const machine = pool1d(pooling, { size, stride })
        .plan(layoutOf({ hop: 1 }))
        .open()
      const layout = layoutOf({ hop: 1 })
      for (let t = 0; t < 2.5 * size + 10; t++) {
        const before = merges()
        machine.push({ layout, start: t, length: 1, data: Float32Array.of(t % 7) })
        most = Math.max(most, merges() - before)
      }
      expect(most, `window ${size}, stride ${stride}`).toBeLessThanOrEqual(4)
    }
  }
})
