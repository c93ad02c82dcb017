import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apply, frames, globalPool, type PoolingLike, pool1d, stats, std } from '../../src/index.ts'
import { poolingOf } from '../../src/poolings/named.ts'
import { close, result } from '../laws/laws.ts'
import { addRows, bankOf, pooledRows, type Weighted } from './frames.ts'

const names = ['wespeaker', 'speechbrain', 'ecapa', 'pyannote', 'kaldi'] as const

/** Mean and deviation in two passes, as each system has them. */
function expected(name: (typeof names)[number], seen: readonly (readonly [x: number, weight: number])[]): [number, number] {
  const sum = (of: (x: number, w: number) => number) => seen.reduce((total, [x, w]) => total + of(x, w), 0)
  const [v, v2] = [sum((_, w) => w), sum((_, w) => w * w)]
  const mean = sum((x, w) => w * x) / v
  const about = (m: number) => sum((x, w) => w * (x - m) ** 2)
  const unbiased = seen.length === 1 ? Number.NaN : about(mean) / (v - v2 / v)
  switch (name) {
    case 'wespeaker':
      return [mean, Math.sqrt(unbiased + 1e-7)]
    case 'speechbrain':
      return [mean, Math.sqrt(unbiased) + 1e-5]
    case 'ecapa':
      return [mean, Math.sqrt(Math.max(about(mean) / v, 1e-12))]
    case 'kaldi':
      return [mean, Math.sqrt(Math.max(about(mean) / v, 1e-10))]
    case 'pyannote': {
      // In float32, in which pyannote computes, 1 + 1e-8 is 1.
      const v1 = v < 1 ? v + 1e-8 : v
      const m = sum((x, w) => w * x) / v1
      return [m, Math.sqrt(about(m) / (v1 - v2 / v1 + 1e-8))]
    }
  }
}

const rows = fc
  .array(fc.tuple(fc.float({ min: -10, max: 10, noNaN: true }), fc.constantFrom(0, 1, 1, 0.5, 2.25)), { minLength: 1, maxLength: 12 })
  .filter((all) => all.some(([, w]) => w > 0))
const asRows = (all: readonly (readonly [number, number])[]) => all.map(([x, w]): Weighted => [[x], w])

describe.each(names)('%s', (convention) => {
  test('equals its formula in two passes', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const seen = all.filter(([, w]) => w > 0)
        fc.pre(seen.length > 1)
        const [mean, deviation] = expected(convention, seen)
        close(pooledRows(stats({ convention }), asRows(all)), [mean, deviation], 1e-9, 1)
        close(pooledRows(std({ convention }), asRows(all)), [deviation], 1e-9, 1)
      }),
    )
  })

  test('far from 0, and merged', () => {
    const all = Array.from({ length: 2000 }, (_, t): Weighted => [[t < 200 ? 0 : 1000 + (-1) ** t], t % 3 === 0 ? 0.5 : 1])
    const flat = all.map(([[x], w]) => [x!, w] as const)
    close(pooledRows(stats({ convention }), all), expected(convention, flat), 1e-9)
    const bank = bankOf(stats({ convention }), all.slice(0, 700), 1, 2)
    addRows(bank, 1, all.slice(700))
    bank.merge(0, 1)
    close(result(bank, 0), expected(convention, flat), 1e-9)
    close(pooledRows(stats({ convention }), all.slice(200)), expected(convention, flat.slice(200)), 1e-9)
  })

  test('nothing seen gives zeros', () => {
    expect(pooledRows(stats({ convention }), [[[1], 0]])).toEqual([0, 0])
    expect(pooledRows(std({ convention }), [])).toEqual([0])
  })

  test('travels as JSON', () => {
    const { spec } = globalPool(stats({ convention }))
    expect(spec).toEqual({ stage: 'globalPool', pooling: { pooling: 'stats', convention } })
    const again = poolingOf(JSON.parse(JSON.stringify(stats({ convention }).spec)), 'test')
    expect(
      pooledRows(again, [
        [[1], 1],
        [[5], 1],
      ]),
    ).toEqual(
      pooledRows(stats({ convention }), [
        [[1], 1],
        [[5], 1],
      ]),
    )
  })
})

test('one frame: unbiased estimates are NaN, floors are floors, and pyannote leaves nothing', () => {
  const of = (options: Parameters<typeof stats>[0], weight = 1) => pooledRows(stats(options), [[[3], weight]])
  // 0.1 − 0.1² / 0.1 is not 0 in floating point.
  for (const weight of [1, 0.1]) {
    for (const options of [{ convention: 'wespeaker' }, { convention: 'speechbrain' }, { correction: 1 }] as const)
      close(of(options, weight), [3, Number.NaN], 1e-12)
  }
  close(of({ convention: 'ecapa' }), [3, 1e-6], 1e-12)
  close(of({ convention: 'kaldi' }), [3, 1e-5], 1e-12)
  expect(of({})).toEqual([3, 0])
  for (const weight of [1, 2.25, 3000]) {
    for (const x of [3, -16, 3000, 1e-3]) expect(pooledRows(stats({ convention: 'pyannote' }), [[[x], weight]])).toEqual([x, 0])
  }
  // Of smaller weights what is left of w − w²/w is rounding beside 1e-8.
  const given = of({ convention: 'pyannote' }, 0.25)
  close(given, expected('pyannote', [[3, 0.25]]), 1e-6)
  expect(given[1]).toBeLessThan((6e-5 * 3) / Math.sqrt(0.25))
  expect(given[1]).toBeGreaterThan(0)
})

test('pyannote in float32, step by step', () => {
  const f = Math.fround
  const inFloat32 = (seen: readonly (readonly [x: number, w: number])[]) => {
    const sum = (of: (x: number, w: number) => number) => seen.reduce((total, [x, w]) => f(total + of(x, w)), 0)
    const [v, v2] = [f(sum((_, w) => w) + f(1e-8)), sum((_, w) => f(w * w))]
    const mean = f(sum((x, w) => f(x * w)) / v)
    const scatter = sum((x, w) => f(f(f(x - mean) ** 2) * w))
    return [mean, f(Math.sqrt(f(scatter / f(f(v - f(v2 / v)) + f(1e-8)))))]
  }
  expect(inFloat32([[-16, 1]])).toEqual([-16, 0])
  for (const seen of [
    [[-16, 1]],
    [[3000, 2.25]],
    [
      [2, 1],
      [2, 1],
    ],
    [
      [1, 1],
      [4, 2.25],
      [-3, 0.5],
    ],
    [
      [7, 0.5],
      [7, 0.5],
    ],
  ] as const) {
    close(pooledRows(stats({ convention: 'pyannote' }), asRows(seen)), inFloat32(seen), 1e-6)
    close(pooledRows(std({ convention: 'pyannote' }), asRows(seen)), inFloat32(seen).slice(1), 1e-6)
  }
})

test('pyannote: frames without weights are unbiased to eight digits', () => {
  const input = frames(
    Float32Array.from({ length: 50 }, (_, t) => Math.sin(t * t)),
    { hop: 0.01 },
  )
  const [unbiased, weighted] = [{ correction: 1 } as const, { convention: 'pyannote' } as const].map((options) =>
    pooledRows(stats(options), asRows([...input.data].map((x) => [x, 1]))),
  )
  close(weighted!, unbiased!, 1e-7)
  expect([...apply(input, globalPool(stats({ convention: 'pyannote' }))).data]).toEqual([
    ...apply(input, globalPool(stats({ correction: 1 }))).data,
  ])
})

test('logits in hand: their exponentials as weights, the largest subtracted', () => {
  const [x, logits] = [
    [1, 2, 5],
    [1e4, 1e4 + 1, -1e4],
  ]
  const top = Math.max(...logits)
  const input = frames(x, { weights: logits.map((s) => Math.exp(s - top)) })
  const share = 1 / (1 + Math.E)
  const mean = share * 1 + (1 - share) * 2
  const deviation = Math.sqrt(share * (1 - mean) ** 2 + (1 - share) * (2 - mean) ** 2)
  close(apply(input, globalPool(stats({ convention: 'ecapa' }))).data, [mean, deviation], 1e-6)
})

test('conventions stand in lists, windows and 2-D, and share what they sum', () => {
  const list: PoolingLike = ['mean', stats({ convention: 'pyannote' }), std({ convention: 'kaldi' }), std({ correction: 1 }), 'stats']
  // Σw, Σwx, a shift, Σw(x − c)², Σw².
  expect(poolingOf(list, 'test').identity.length).toBe(5)
  const input = frames([0, 2, 4, 8], { hop: 0.01 })
  close(
    apply(input, pool1d(list, { size: 2 })).data,
    [1, 1, Math.SQRT2, 1, Math.SQRT2, 1, 1, 6, 6, Math.sqrt(8), 2, Math.sqrt(8), 6, 2],
    1e-6,
  )
})

test('refuses both a correction and a convention, and what is neither', () => {
  for (const pooling of [std, stats]) {
    const who = pooling === std ? 'std' : 'stats'
    expect(() => pooling({ correction: 0, convention: 'kaldi' })).toThrow(`${who}: expected either correction or convention, got both`)
    expect(() => pooling({ convention: 'kaldy' as never })).toThrow(/convention must be one of .*, got "kaldy"; did you mean "kaldi"\?/)
    expect(() => pooling({ convention: 'constructor' as never })).toThrow(/convention must be one of/)
    expect(() => pooling({ correction: 2 as never })).toThrow(`${who}: correction must be a finite number ≥ 0 and ≤ 1, got 2`)
    expect(() => pooling({ conventions: 'kaldi' } as never)).toThrow(/unknown option "conventions"/)
  }
})
