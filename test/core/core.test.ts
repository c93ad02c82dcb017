import {
  adaptivePool1d,
  adaptivePool2d,
  apply,
  chain,
  definePooling,
  frames,
  globalPool,
  laneNames,
  layoutOf,
  mixed,
  open,
  pool1d,
  pool2d,
  power,
  pyramidPool,
  signal,
  slice,
  spanOf,
  spanPool,
  stageFrom,
  std,
} from 'poolwise'
import { describe, expect, test } from 'vitest'
import { didYouMean, show } from '../../src/core/check.ts'
import { type Clock, rateOf } from '../../src/core/frames.ts'
import { read } from '../../src/core/options.ts'
import { adaptiveWindows, outputLength, paddingFor, resolveWindow, type WindowOptions, windowOptions } from '../../src/core/window.ts'

const x = frames([1, 2, 3, 4, 5, 6], { hop: 0.01 })

describe('options are refused before data flows, with who, what was expected and what came', () => {
  // biome-ignore lint/suspicious/noExplicitAny: wrong arguments, as a program without types would give them
  const wrong = (run: (any: any) => unknown) => () => run(undefined)
  test.each<[string, () => unknown]>([
    ['pool1d: stride must be an integer ≥ 1, got 0', () => pool1d('max', { size: 2, stride: 0 })],
    ['pool1d: size must be an integer ≥ 1, got 2.5', () => pool1d('max', { size: 2.5 })],
    ['pool1d: size must be an integer ≥ 1, got NaN', () => pool1d('max', { size: Number.NaN })],
    ['pool1d: size must be given, got undefined', wrong((any) => pool1d('max', { size: any }))],
    [
      "pool1d: size must be a number of frames or a duration such as '1s' or '100ms', got \"1 s\"",
      () => pool1d('max', { size: '1 s' as '1s' }),
    ],
    ['pool1d: size must be a finite number > 0, got 0', () => pool1d('max', { size: '0s' })],
    ['pool1d: padding before must be an integer from 0 to 2, got 3', () => pool1d('max', { size: 3, padding: 3 })],
    ['pool1d: padding after must be an integer from 0 to 2, got -1', () => pool1d('max', { size: 3, padding: [0, -1] })],
    [
      "pool1d: padding must be 'valid', 'same', 'same-lower', a number or a pair of numbers, got \"full\"",
      () => pool1d('max', { size: 3, padding: 'full' as 'same' }),
    ],
    [
      'pool1d: partial must be one of drop, keep, got "kep"; did you mean "keep"?',
      () => pool1d('max', { size: 3, partial: 'kep' as 'keep' }),
    ],
    ['pool1d: unknown option "strid"; did you mean "stride"?', () => pool1d('max', { size: 3, strid: 1 } as { size: number })],
    ['pool1d: unknown pooling "men"; did you mean "mean"?', () => pool1d('men' as 'mean', { size: 3 })],
    ['pool2d: size over bins must be an integer ≥ 1, got 0', () => pool2d('max', { size: [2, 0] })],
    [
      'pool2d: size must be one value or a pair for time and bins, got [1,2,3]',
      () => pool2d('max', { size: [1, 2, 3] as unknown as [number, number] }),
    ],
    ['pool2d: size over bins must be an integer ≥ 1, got "1s"', () => pool2d('max', { size: [1, '1s' as unknown as number] })],
    ['adaptivePool1d: count must be an integer ≥ 1, got 0', () => adaptivePool1d('max', { count: 0 })],
    ['pyramidPool: levels must be a list such as [1, 2, 4], got []', () => pyramidPool('max', { levels: [] })],
    ['pooling: a list of poolings must name at least one, got []', () => globalPool([])],
    ['mixed: every part must have one output, "stats" has 2, got ["mean","std"]', () => mixed([['stats', 1]])],
    ['mixed: a proportion must be a finite number, got NaN', () => mixed([['max', Number.NaN]])],
    ['power: p must be a number > 0, got 0', () => power({ p: 0 })],
    ['std: correction must be a finite number ≥ 0 and ≤ 1, got 2', () => std({ correction: 2 as 1 })],
    ['frames: data must hold whole frames of 4 values, got 6', () => frames([1, 2, 3, 4, 5, 6], { bins: 4 })],
    ['frames: weights must hold one for each of the 2 frames, got 1', () => frames([1, 2], { weights: [1] })],
    ['frames: weights must be finite numbers ≥ 0, got -1 at frame 1', () => frames([1, 2], { weights: [1, -1] })],
    ['signal: rate must be a finite number > 0, got 0', () => signal([1], { rate: 0 })],
    ['signal: channels must be an integer ≥ 1, got 0', () => signal([1], { rate: 8000, channels: 0 })],
    ['layout: hop must be a finite number > 0, got 0', () => layoutOf({ hop: 0 })],
    ['layout: names.bins must hold 2 names, got 1', () => layoutOf({ bins: 2, names: { bins: ['a'] } })],
  ])('%s', (message, run) => {
    expect(run).toThrow(message)
  })
})

const windowOf = (options: WindowOptions, clock?: Clock) => resolveWindow('test', read('test', windowOptions, options), clock)

describe('plans refuse what does not fit the layout', () => {
  test.each<[string, () => unknown]>([
    [
      'pool1d: size must be a number of frames where the input has tokens, got "1s"',
      () => apply(frames([1]), pool1d('max', { size: '1s' })),
    ],
    ['pool1d: padding before must be an integer from 0 to 1, got 2', () => apply(x, pool1d('max', { size: '20ms', padding: 2 }))],
    ['pool2d: a window of 2 bins must fit into the 1 bins of the input, got 2', () => apply(x, pool2d('max', { size: 2 }))],
    ['mixed: a list of proportions must divide the 1 lanes, got 2', () => apply(x, globalPool(mixed([['max', [1, 2]]])))],
    ['apply: expected a block that starts at frame 0, got 2; see fromHere()', () => apply(slice(x, 2, 4), globalPool('max'))],
    [
      'pyramidPool: expected a sequence that ends, got a live source',
      () => pyramidPool('max').plan({ ...layoutOf({ hop: 1 }), live: true }),
    ],
    [
      'spanPool: expected a sequence that ends, got a live source',
      () => spanPool('max', { spans: [[0, 1]] }).plan({ ...layoutOf({ hop: 1 }), live: true }),
    ],
  ])('%s', (message, run) => {
    expect(run).toThrow(message)
  })
})

test('saved state of another stage, version or shape is refused', () => {
  const plan = globalPool('max').plan(x.layout)
  const saved = plan.open().save()
  expect(() => globalPool('min').plan(x.layout).open(saved)).toThrow('globalPool: saved state must be of')
  expect(() => plan.open({ ...saved, version: 1 as 2 })).toThrow('globalPool: saved state must be of version 2, got 1')
  expect(() =>
    globalPool('max')
      .plan({ ...x.layout, bins: 2 })
      .open(saved),
  ).toThrow('globalPool: saved state must be of')
})

describe('window geometry', () => {
  const length = (options: WindowOptions, n: number) => outputLength(windowOf(options), n)
  test('lengths of Keras valid and same, and the tail rule', () => {
    expect(length({ size: 2, stride: 2 }, 3)).toBe(1)
    expect(length({ size: 2, stride: 2, padding: 'same' }, 3)).toBe(2)
    expect(length({ size: 2, stride: 2, partial: 'keep' }, 3)).toBe(2)
    expect(length({ size: 3, stride: 1, partial: 'keep' }, 5)).toBe(3)
    expect(length({ size: 5 }, 4)).toBe(0)
    expect(length({ size: 5, partial: 'keep' }, 4)).toBe(1)
    expect(length({ size: 5, partial: 'keep' }, 0)).toBe(0)
    // PyTorch's ceil mode: a last window must start inside the input or the padding before it.
    expect(length({ size: 2, stride: 3, padding: 1, partial: 'keep' }, 2)).toBe(1)
    expect(length({ size: 3, dilation: 2 }, 5)).toBe(1)
  })
  test('same: the odd frame of padding comes after', () => {
    expect(paddingFor(windowOf({ size: 3, stride: 2, padding: 'same' }), 5)).toEqual([1, 1])
    expect(paddingFor(windowOf({ size: 2, stride: 1, padding: 'same' }), 5)).toEqual([0, 1])
    expect(paddingFor(windowOf({ size: 4, stride: 2, padding: 'same' }), 5)).toEqual([1, 2])
  })
  test('the average divides by real elements only', () => {
    const mean = (size: number, stride: number) => [
      ...apply(frames([1, 2, 3, 4, 5]), pool1d('mean', { size, stride, padding: 'same' })).data,
    ]
    expect(mean(3, 2)).toEqual([1.5, 3, 4.5])
  })
  test('adaptive windows in integers, beyond 2²⁴', () => {
    expect(adaptiveWindows('torch', 3, 2 ** 24 + 1)[2]).toEqual([11184811, 16777217])
    expect(adaptiveWindows('torch', 5, 2)[0]).toEqual([0, 1])
  })
  test('durations round to frames, at least one', () => {
    const size = (value: '15ms' | '1ms' | '1s') => windowOf({ size: value }, x.layout.clock).size
    expect([size('15ms'), size('1ms'), size('1s')]).toEqual([2, 1, 100])
  })
})

describe('layouts and clocks', () => {
  test('lanes are named bin, channel, plane', () => {
    const stereo = apply(frames(new Float32Array(8), { bins: 2, channels: 2, names: { channels: ['left', 'right'] } }), globalPool('stats'))
    expect(laneNames(stereo.layout)).toEqual([
      'bin0.left.mean',
      'bin0.right.mean',
      'bin1.left.mean',
      'bin1.right.mean',
      'bin0.left.std',
      'bin0.right.std',
      'bin1.left.std',
      'bin1.right.std',
    ])
    const nested = apply(frames(new Float32Array(16), { bins: 4, hop: 1 }), pool2d('stats', { size: 2 }), pool2d('max', { size: [2, 2] }))
    expect(laneNames(nested.layout)).toEqual(['mean.max', 'std.max'])
  })
  test('a pooled frame spans its window', () => {
    const pooled = apply(x, pool1d('max', { size: 3, stride: 2 }))
    expect(spanOf(pooled, 1)[0]).toBeCloseTo(0.02, 12)
    expect(spanOf(pooled, 1)[1]).toBeCloseTo(0.05, 12)
    expect(spanOf(apply(x, globalPool('max')), 0)).toEqual([0, 0.060000000000000005])
    expect(spanOf(apply(x, adaptivePool1d('max', { count: 2 })), 1)).toEqual([0.03, 0.060000000000000005])
  })
  test('rates survive the hop', () => {
    for (const rate of [8000, 11025, 16000, 22050, 44100, 48000, 96000])
      expect(rateOf(signal([0], { rate }).layout.clock, 'test')).toBe(rate)
    expect(() => rateOf(frames([1]).layout.clock, 'test')).toThrow('test: expected frames at a regular rate in seconds, got tokens')
  })
  test('an empty sequence gives one frame of weight 0 that holds the empty values', () => {
    const none = apply(frames([], { bins: 2 }), globalPool(['mean', 'max']))
    expect([...none.data]).toEqual([0, 0, -Infinity, -Infinity])
    expect([...none.weights!]).toEqual([0])
  })
  test('boundaries go to the window that first covers them', () => {
    const marked = frames([1, 2, 3, 4, 5, 6], { boundaries: [1, 0, 0, 1, 0, 0] })
    expect([...apply(marked, pool1d('max', { size: 3, stride: 1 })).boundaries!]).toEqual([1, 1, 0, 0])
  })
})

test('a pooling of one’s own runs everywhere', () => {
  const range = definePooling({
    name: 'range',
    slots: { low: Infinity, high: -Infinity },
    outputs: ['range'],
    about: { formula: 'max x − min x', source: 'test', use: 'test', example: { input: [1, 5, 2], output: [4] }, empty: -Infinity },
    add({ low, high }, { data, offset, lanes, rows }) {
      for (let j = 0; j < rows * lanes; j++) {
        low[j % lanes] = Math.min(low[j % lanes]!, data[offset + j]!)
        high[j % lanes] = Math.max(high[j % lanes]!, data[offset + j]!)
      }
    },
    merge(into, from) {
      for (let i = 0; i < into.low.length; i++) {
        into.low[i] = Math.min(into.low[i]!, from.low[i]!)
        into.high[i] = Math.max(into.high[i]!, from.high[i]!)
      }
    },
    result({ low, high }, out) {
      for (let i = 0; i < low.length; i++) out.range[i] = high[i]! - low[i]!
    },
  })
  expect([...apply(x, pool1d(range, { size: 5, stride: 1 })).data]).toEqual([4, 4])
  expect([...apply(x, globalPool([range, 'max'])).data]).toEqual([5, 6])
  expect([
    ...apply(
      x,
      chain(
        pool1d(range, { size: 2 }),
        globalPool(
          mixed([
            [range, 1],
            ['mean', 2],
          ]),
        ),
      ),
    ).data,
  ]).toEqual([2])
})

test('messages show values briefly and never throw', () => {
  const loop: Record<string, unknown> = {}
  loop.self = loop
  expect([show('a'.repeat(100)).length < 70, show(loop), show(10n), show(null), show(new Uint8Array(3))]).toEqual([
    true,
    '[object Object]',
    '10n',
    'null',
    'a Uint8Array of 3 bytes',
  ])
  expect(didYouMean('a'.repeat(10_000_000), ['max'])).toBe('')
  expect([didYouMean('maen', ['max', 'mean']), didYouMean('globalpool', ['globalPool']), didYouMean('x', ['max'])]).toEqual([
    '; did you mean "mean"?',
    '; did you mean "globalPool"?',
    '',
  ])
})

describe('machines, lists and names', () => {
  const y = frames([1, 2, 3, 4], { bins: 4, hop: 0.01 })

  test('a machine opened by hand trusts nobody', () => {
    const machine = open(globalPool('mean'), x.layout)
    expect(() => machine.push(slice(x, 2, 4))).toThrow('globalPool: expected a block that starts at frame 0, got 2; see fromHere()')
    expect(() => machine.push(frames([1, 2], { bins: 2 }))).toThrow('globalPool: expected frames of 1 × 1 × 1, got 1 × 2 × 1')
    expect(() => machine.push({ ...x, weights: Float32Array.of(1, -1, 1, 1, 1, 1) })).toThrow(
      'weights must be finite numbers ≥ 0, got -1 at frame 1',
    )
    expect(() => machine.push({ ...x, boundaries: new Uint8Array(99) })).toThrow('boundaries must be a Uint8Array of 6 values, got 99')
    expect(() => machine.push({ ...x, spans: new Float64Array(1) })).toThrow('spans must be a Float64Array of 12 values, got 1')
    expect(() => machine.push({ ...x, data: [1] as unknown as Float32Array })).toThrow(
      'globalPool: data must be a Float32Array of 6 values, got [1]',
    )
    const { hop: _, span: __, ...clock } = x.layout.clock
    expect(() => apply({ ...x, layout: { ...x.layout, clock } }, globalPool('mean'))).toThrow(
      'frames of an irregular clock must have spans, got none',
    )
  })

  test('it is saved, and another goes on', () => {
    const stage = pool1d('mean', { size: 4, stride: 1 })
    const { length: _, ...layout } = x.layout
    const first = open(stage, layout)
    const head = first.push(slice(x, 0, 5))
    const second = open(stage, layout, structuredClone(first.save()))
    expect([...head!.data, ...second.push(slice(x, 5, 6))!.data]).toEqual([...apply(x, stage).data])
    expect(() => second.push(slice(x, 5, 6))).toThrow('expected a block that starts at frame 6')
  })

  test('a state saved for one length is refused for another', () => {
    const stage = adaptivePool1d('mean', { count: 2 })
    const saved = stage
      .plan({ ...x.layout, length: 5 })
      .open()
      .save()
    for (const layout of [{ ...x.layout, length: 9 }, layoutOf({ hop: 0.01 })])
      expect(() => stage.plan(layout).open(saved)).toThrow('adaptivePool1d: saved state must be of')
  })

  test('proportions go with the pooled lanes', () => {
    const perLane = mixed([['max', [1, 10, 100, 1000]]])
    expect([...apply(y, pool1d(perLane, { size: 1 })).data]).toEqual([1, 20, 300, 4000])
    expect(() => apply(y, pool2d(perLane, { size: [1, 2] }))).toThrow('mixed: a list of proportions must divide the 2 lanes, got 4')
  })

  test('in PyTorch’s dialect a mean in a list must say whether padding counts', () => {
    const options = { size: 3, stride: 1, padding: 1, dialect: 'torch' } as const
    expect([...apply(frames([1, 2, 3]), pool1d('mean', options)).data]).toEqual([1, 2, Math.fround(5 / 3)])
    expect([...apply(frames([1, 2, 3]), pool1d(['mean'], { ...options, includePad: true })).data]).toEqual([1, 2, Math.fround(5 / 3)])
    expect(() => apply(x, pool1d(['mean', 'max'], options))).toThrow(
      'pool1d: with dialect \'torch\' expected includePad, true or false, for a mean among ["mean","max"], got neither',
    )
    expect(() => apply(x, pool1d('argmax', { size: 3, padding: 1, includePad: true }))).toThrow(
      'pool1d: includePad must be false where positions are asked for, got true',
    )
  })

  test('options are those of the time when the stage was made', () => {
    const options = { size: 2 }
    const stage = pool1d('max', options)
    options.size = 3
    expect([stage.spec.size, apply(x, stage).length]).toEqual([2, 3])
  })

  test('windows over the same bins have names of their own', () => {
    expect(apply(frames([1, 2], { bins: 2 }), adaptivePool2d('max', { count: [1, 5] })).layout.names.bins).toEqual([
      'bin0',
      'bin0.2',
      'bin0-bin1',
      'bin1',
      'bin1.2',
    ])
    expect(apply(frames([1, 2], { bins: 2 }), pool2d('max', { size: [1, 2] })).layout.names.bins).toEqual([''])
  })

  test('looked at early, adaptive windows end where the frames do', () => {
    const machine = open(adaptivePool1d('max', { count: 2 }), frames(new Float32Array(10), { hop: 1 }).layout)
    machine.push(slice(frames(new Float32Array(10), { hop: 1 }), 0, 3))
    expect([...machine.peek()!.spans!]).toEqual([0, 3, 0, 0])
  })

  test('sizes that no machine holds are refused, and named', () => {
    expect(() => layoutOf({ bins: 1e9 })).toThrow('layout: bins must be an integer ≤ 16777216, got 1000000000')
    expect(() => pyramidPool('max', { levels: [1e8] })).toThrow('pyramidPool: levels[0] must be an integer from 1 to 4096, got 100000000')
    expect(() => adaptivePool1d('max', { count: 1e9 })).toThrow('adaptivePool1d: count must be an integer ≤ 1048576, got 1000000000')
    expect(() => pool1d('max', { size: 1e10 })).toThrow('pool1d: size must be an integer ≤ 2147483648, got 10000000000')
    expect(() => apply(x, pool1d('max', { size: 1e9, stride: 1 }))).toThrow('pooling: states must be at most 2²⁸ numbers')
    expect(() => apply(x, pool1d('max', { size: '9999999999s' }))).toThrow('pool1d: size in frames must be an integer ≤ 2147483648')
  })

  // biome-ignore lint/suspicious/noExplicitAny: wrong arguments, as a program without types would give them
  const wrong = (run: (any: any) => unknown, value: unknown) => () => run(value)
  test.each<[string, () => unknown]>([
    ['pool1d: options must be an object, got null', wrong((any) => pool1d('max', any), null)],
    ['globalPool: unknown option "size"', wrong((any) => globalPool('max', any), { size: 4 })],
    ['apply: expected Frames, as frames() and toFrames() give, got [1,2,3]', wrong((any) => apply(any, globalPool('max')), [1, 2, 3])],
    ['apply: expected Frames, as frames() and toFrames() give, got undefined', wrong((any) => apply(any), undefined)],
    ['apply: expected a stage, got "max"', wrong((any) => apply(x, any), 'max')],
    ['apply: expected a stage, got a function', wrong((any) => apply(x, any), pool1d)],
    ['stageFrom: expected a stage such as { stage: … }, got null', wrong((any) => stageFrom(any), null)],
    ['globalPool: unknown option "size"', () => stageFrom({ stage: 'globalPool', pooling: 'max', size: 4 })],
    ['chain: unknown option "foo"', () => stageFrom({ stage: 'chain', stages: [], foo: 1 })],
    [
      'mixed: unknown option "proportion"',
      () => stageFrom({ stage: 'globalPool', pooling: { pooling: 'mixed', parts: [['max', 1]], proportion: 1 } }),
    ],
    ["mixed: a part must be a pair such as ['max', 0.5], got null", wrong((any) => mixed(any), [null])],
    [
      'globalPool: max takes no options, got {"parts":[]}',
      () => stageFrom({ stage: 'globalPool', pooling: { pooling: 'max', parts: [] } }),
    ],
    ['frames: names: unknown option "bin"; did you mean "bins"?', wrong((any) => frames([1], { names: any }), { bin: ['a'] })],
    ['frames: names.bins must be a list of names, got "ab"', wrong((any) => frames([1, 2], { bins: 2, names: any }), { bins: 'ab' })],
    ['frames: data must be an array of numbers, got "abc"', wrong((any) => frames(any), 'abc')],
    ['layout: live must be true or false, got "yes"', wrong((any) => layoutOf({ live: any }), 'yes')],
  ])('%s', (message, run) => {
    expect(run).toThrow(message)
  })
})
