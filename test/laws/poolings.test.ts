import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Bank, type Pooling } from '../../src/core/pooling.ts'
import {
  attentive,
  contour,
  gated,
  gatedLoudness,
  gem,
  histogram,
  lp,
  mixed,
  moments,
  power,
  quantile,
  randomMixed,
  runs,
  splade,
  stats,
  std,
  stochastic,
  topKMean,
  tree,
} from '../../src/index.ts'
import * as leaves from '../../src/poolings/leaves.ts'
import { type PoolingName, poolingOf } from '../../src/poolings/named.ts'
import { add, addRow, close, pooled, type Row, result, value } from './laws.ts'

const all: [string, Pooling][] = [
  ...Object.keys(leaves).map((name): [string, Pooling] => [name, poolingOf(name, 'test')]),
  ['power(∞)', power({ p: Infinity })],
  ['std(correction 1)', std({ correction: 1 })],
  [
    'mixed',
    mixed([
      ['max', 0.25],
      ['mean', [0.75]],
      [std(), 2],
    ]),
  ],
  ['power(3, signed)', power({ p: 3, signed: true })],
  ['attentive', attentive.example],
  ['stats(pyannote)', stats({ convention: 'pyannote' })],
  ['std(speechbrain)', std({ convention: 'speechbrain' })],
  ['gated', gated.example],
  ['tree', tree.example],
  ['topKMean(1)', topKMean({ k: 1 })],
  ['histogram(edges)', histogram({ edges: [-2e6, 0, 0.5, 2e6] })],
  ['moments(not excess)', moments({ excess: false })],
  ['quantile(error)', quantile({ q: 0.7, error: 0.05 })],
  ['randomMixed(seed)', randomMixed({ seed: 3 })],
  ['splade(sum)', splade({ over: 'sum' })],
  ['stochastic(seed)', stochastic({ seed: 3 })],
  ['quantile(minus)', quantile({ q: 0.8, minus: 0.2 })],
  ['gatedLoudness(range)', gatedLoudness({ of: 'range' })],
  ...(['riseDeviation', 'fall', 'fallDeviation', 'peaks'] as const).map((of): [string, Pooling] => [`contour(${of})`, contour({ of })]),
  ...(['seenDeviation', 'unseen', 'unseenDeviation', 'rate'] as const).map((of): [string, Pooling] => [`runs(${of})`, runs({ of })]),
  ['list', poolingOf(['mean', 'std', 'sum', 'max', 'std'] satisfies PoolingName[], 'test')],
  [
    'list of a mixture',
    poolingOf(
      [
        'softPool',
        'mean',
        mixed([
          ['max', 0.5],
          ['mean', 0.5],
        ]),
        ['topKMean', 'std'],
      ],
      'test',
    ),
  ],
]
// Values that a NaN may stand for: a result depends on it if two of them give different ones. One lies in each bin of a histogram.
const probes = [-1e6, 1e6, 1.5, 1, 0, ...Array.from({ length: 10 }, (_, b) => (b + 0.5) / 10)]
// Outputs that tell where: a NaN is found where it is.
const places = ['argmax', 'argmin']
// Outputs that a NaN makes NaN, though of values as few as here they may be the same whatever it stands for.
const strict = ['riseDeviation', 'fallDeviation', 'peaks']
const rows = fc.array(fc.tuple(value, fc.constantFrom(0, 1, 1, 0.5, 2.25)), { maxLength: 12 })

describe.each(all)('%s', (_, pooling) => {
  const bank = () => new Bank(pooling, 1, Bank.fresh(pooling, 1, 3))
  const same = (actual: number[], expected: number[]) => {
    if (pooling.exact) expect(actual).toEqual(expected)
    else close(actual, expected, 1e-9, 1)
  }

  test('its example', () => {
    const { input, output } = pooling.about.example
    if (output.length === pooling.outputs.length && input.length > 0)
      close(
        pooled(
          pooling,
          input.map((x) => [Math.fround(x), 1]),
        ),
        output,
        1e-12,
      )
    else expect(pooling.spec).not.toBeTypeOf('string')
  })

  test('nothing seen gives the declared empty value', () => {
    const { empty } = pooling.about
    if (Number.isNaN(empty)) expect(Array.isArray(pooling.spec)).toBe(true)
    else expect(pooled(pooling, [])).toEqual(pooling.outputs.map(() => empty))
  })

  test('merging with the empty state changes nothing', () => {
    fc.assert(
      fc.property(rows, (seen) => {
        const b = bank()
        add(b, 0, seen)
        const alone = result(b, 0)
        b.merge(0, 1)
        expect(result(b, 0)).toEqual(alone)
        b.merge(2, 0)
        expect(result(b, 2)).toEqual(alone)
      }),
    )
  })

  test('merging continues adding, and is associative', () => {
    fc.assert(
      fc.property(rows, rows, rows, (x, y, z) => {
        const left = bank()
        add(left, 0, x)
        add(left, 1, y, x.length)
        add(left, 2, z, x.length + y.length)
        left.merge(0, 1)
        left.merge(0, 2)
        const right = bank()
        add(right, 0, x)
        add(right, 1, y, x.length)
        add(right, 2, z, x.length + y.length)
        right.merge(1, 2)
        right.merge(0, 1)
        same(result(right, 0), result(left, 0))
        same(result(left, 0), pooled(pooling, [...x, ...y, ...z]))
        expect(left.weight(0)).toBe([...x, ...y, ...z].reduce((sum, [, weight]) => sum + weight, 0))
      }),
    )
  })

  test('the result leaves the state as it was', () => {
    fc.assert(
      fc.property(rows, (seen) => {
        const b = bank()
        add(b, 0, seen)
        const before = [...b.buffer]
        expect(result(b, 0)).toEqual(result(b, 0))
        expect([...b.buffer]).toEqual(before)
      }),
    )
  })

  test('a NaN that is seen reaches every result that depends on it', () => {
    const around = (x: number) =>
      pooled(pooling, [
        [1, 1],
        [x, 1],
        [2, 0.5],
      ])
    const missing = around(Number.NaN)
    const [one, ...others] = probes.map(around) as [number[], ...number[][]]
    for (const i of missing.keys()) {
      if (places.includes(pooling.outputs[i]!)) expect(missing[i]).toBe(1)
      else if (strict.includes(pooling.outputs[i]!) || others.some((other) => other[i] !== one[i])) expect(missing[i]).toBeNaN()
      else expect(missing[i]).toBe(one[i])
    }
  })

  test('a NaN stays, whatever comes after it and whoever is merged', () => {
    const b = bank()
    add(b, 0, [[Number.NaN, 1]])
    // Two of them: of two values alone the skewness and the kurtosis are always the same.
    const after: Row[] = [
      [1, 1],
      [3, 0.5],
    ]
    add(b, 1, after)
    b.merge(0, 1)
    const [one, ...others] = probes.map((x) => pooled(pooling, [[x, 1], ...after])) as [number[], ...number[][]]
    for (const [i, x] of result(b, 0).entries()) {
      if (places.includes(pooling.outputs[i]!)) expect(x).toBe(0)
      else if (strict.includes(pooling.outputs[i]!) || others.some((other) => other[i] !== one[i])) expect(x).toBeNaN()
      else expect(x).toBe(one[i])
    }
  })

  test('lanes do not touch each other', () => {
    fc.assert(
      fc.property(rows, rows, (x, y) => {
        const b = new Bank(pooling, 2, Bank.fresh(pooling, 2, 1))
        const alone: Row[] = []
        for (let f = 0; f < Math.min(x.length, y.length); f++) {
          const row = Float32Array.of(x[f]![0], y[f]![0])
          const weight = x[f]![1]
          if (weight === 0) continue
          addRow(b, 0, row, weight, f)
          alone.push([x[f]![0], weight, f])
        }
        const expected = pooled(pooling, alone)
        expect(result(b, 0).filter((_, i) => i % 2 === 0)).toEqual(expected)
      }),
    )
  })
})

test('a list computes equal accumulators once: mean, std and sum need four slots, not eight', () => {
  expect(poolingOf(['mean', 'std', 'sum'], 'test').identity.length).toBe(4)
  expect(poolingOf(['mean', std({ correction: 1 }), 'stats'], 'test').identity.length).toBe(5)
})

test('the mean in a list has the bits of the mean alone', () => {
  fc.assert(
    fc.property(rows, (seen) => {
      expect(pooled(poolingOf(['std', 'mean'], 'test'), seen)[1]).toBe(pooled(poolingOf('mean', 'test'), seen)[0])
    }),
  )
})

test('moments keep their digits far from 0: a silent start, then 1000 ± 1', () => {
  const rows = Array.from({ length: 100_000 }, (_, i): [number, number] => [i < 1000 ? 0 : 1000 + (i % 2 === 0 ? 1 : -1), 1])
  const tail = rows.slice(1000)
  const b = new Bank(poolingOf('stats', 'test'), 1, Bank.fresh(poolingOf('stats', 'test'), 1, 2))
  add(b, 0, tail)
  close(result(b, 0), [1000, 1], 1e-12)
  const n = rows.length
  const mean = (1000 * tail.length) / n
  const variance = (tail.length * (1000 ** 2 + 1)) / n - mean ** 2
  close(pooled(poolingOf('stats', 'test'), rows), [mean, Math.sqrt(variance)], 1e-9)
})

test('infinities have their limits', () => {
  const of = (name: PoolingName, ...values: number[]) =>
    pooled(
      poolingOf(name, 'test'),
      values.map((x) => [x, 1]),
    )[0]
  const [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  expect([of('softPool', low, 1), of('softPool', 1, low), of('softPool', low, low), of('softPool', 1, high)]).toEqual([1, 1, low, high])
  expect(of('logSumExp', low, 0)).toBeCloseTo(-Math.LN2, 12)
  expect([of('logSumExp', low, low), of('logSumExp', 1, high), of('mean', 1, high), of('max', low, low)]).toEqual([low, high, high, low])
  expect(of('std', 1, high)).toBeNaN()
})

test('large powers neither overflow nor underflow: the formula in logarithms', () => {
  const magnitudes = fc.array(fc.float({ min: Math.fround(1e-30), max: Math.fround(1e30), noNaN: true }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(magnitudes, magnitudes, fc.double({ min: 0.5, max: 400, noNaN: true }), (before, after, p) => {
      const both = [...before, ...after]
      const logs = both.map((x) => p * Math.log(x))
      const top = Math.max(...logs)
      const sum = top + Math.log(logs.reduce((total, y) => total + Math.exp(y - top), 0))
      const norm = Math.exp(sum / p)
      const mean = Math.exp((sum - Math.log(both.length)) / p)
      const cases: [Pooling, number][] = [
        [power({ p }), mean],
        [gem({ p, eps: 1e-40 }), mean],
        [lp({ p }), norm],
      ]
      for (const [pooling, expected] of cases) {
        const b = new Bank(pooling, 1, Bank.fresh(pooling, 1, 2))
        const rows = (values: number[]) => values.map((x): Row => [pooling.outputs[0] === 'gem' ? x : -x, 1])
        add(b, 0, rows(before))
        add(b, 1, rows(after))
        b.merge(0, 1)
        // A logarithm of up to p·70 has an error of p·70·2⁻⁵³, which the root divides by p.
        close(result(b, 0), [expected], 1e-12)
        close(pooled(pooling, rows(both)), [expected], 1e-12)
      }
    }),
  )
  expect(pooled(gem({ p: 60 }), [[0, 1]])).toEqual([1e-6])
  close(
    pooled(power({ p: 300 }), [
      [-23, 1],
      [-20, 1],
    ]),
    [23 * 0.5 ** (1 / 300)],
    1e-12,
  )
})

test('powers of zeros, infinities and signs', () => {
  const [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  const of = (pooling: Pooling, ...values: number[]) =>
    pooled(
      pooling,
      values.map((x) => [x, 1]),
    )[0]
  for (const pooling of [power({ p: 3 }), lp({ p: 3 }), power({ p: Infinity })]) {
    expect([of(pooling, 0, -0), of(pooling, 1, high, 2), of(pooling, low, low), of(pooling, high, 0)]).toEqual([0, high, high, high])
    expect(of(pooling, high, Number.NaN, 1)).toBeNaN()
  }
  expect([of(gem(), low, -1), of(gem(), high, 1, high)]).toEqual([1e-6, high])
  // Ten zeros: 10^(1/p) alone would be Infinity.
  expect(of(lp({ p: 0.001 }), ...new Array(10).fill(0))).toBe(0)
  const signed = lp({ p: 3, signed: true })
  close([of(signed, 2, -2), of(signed, 1, -2, 2)], [0, 1], 1e-12)
  expect([of(signed, -2), of(signed, 1, -2), of(signed, high, low)]).toEqual([Number.NaN, Number.NaN, Number.NaN])
  expect(of(lp({ p: 2, signed: true }), -3, 4)).toBe(5)
})

test('no result is −0: maxima of vectors do not tell the zeros apart', () => {
  for (const name of ['max', 'min'] as const) expect(Object.is(pooled(poolingOf(name, 'test'), [[-0, 1]])[0], 0)).toBe(true)
})
