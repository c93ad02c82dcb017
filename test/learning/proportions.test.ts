import fc from 'fast-check'
import {
  apply,
  blocks,
  type Failure,
  type Frames,
  frames,
  gated,
  globalPool,
  type PoolingSpec,
  pool1d,
  pyramidPool,
  type Sequence,
  stageFrom,
} from 'poolwise'
import { toGated, toMixed } from 'poolwise/node'
import { from, lastValueFrom, type OperatorFunction, of, throwError, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { placeOf } from '../../src/learning/gate.ts'
import type { Labelled } from '../../src/learning/labelled.ts'
import { bestShares } from '../../src/learning/scatter.ts'
import { property } from '../property.ts'
import { random } from '../stages/corpus.ts'

const whole = globalPool as (pooling: Parameters<typeof globalPool>[0]) => ReturnType<typeof globalPool>
const sequence = (label: string | undefined, block: Frames, id = 'a'): Sequence => ({ id, frames: of(block), ...(label && { label }) })

async function learnt(operator: OperatorFunction<Sequence, PoolingSpec | Failure>, sequences: readonly Sequence[]) {
  return lastValueFrom(from(sequences).pipe(operator, toArray()))
}

/** What the last item says of each part. */
async function shares(operator: OperatorFunction<Sequence, PoolingSpec | Failure>, sequences: readonly Sequence[]): Promise<number[][]> {
  const { parts } = (await learnt(operator, sequences)).at(-1) as unknown as { parts: [unknown, number[]][] }
  return parts.map(([, list]) => list)
}

/** Frames of bins given one after the other, each of as many values. */
function binsOf(...bins: readonly (readonly number[])[]): Frames {
  return frames(
    bins[0]!.flatMap((_, f) => bins.map((bin) => bin[f]!)),
    { bins: bins.length },
  )
}

const numbers = random(7)
const draws = () => numbers() + 0.5
const between = (low: number, high: number) => low + (high - low) * draws()
const labels = ['a', 'b', 'c']

describe('toMixed', () => {
  // In m − d, m + d the mean is m, the maximum m + d; the label's number is m + αd, but for little.
  const pair = (label: number, alpha: number, d: number) => {
    const m = label - alpha * d + between(-0.01, 0.01)
    return [m - d, m + d]
  }
  const ds = Array.from({ length: 100 }, () => between(1, 9))
  const sequences = Array.from({ length: 300 }, (_, i) => {
    const label = i % 3
    // The same for each label, so that it tells nothing.
    const d = ds[Math.floor(i / 3)]!
    return sequence(labels[label], binsOf(pair(label, 0.3, d), pair(label, 0.8, d), pair(label, -0.5, d), pair(label, 1.5, d), [5, 5]))
  })

  test('finds the proportions by which labels differ, for each bin, and none below 0', async () => {
    const [max, mean] = await shares(toMixed(['max', 'mean'], whole), sequences)
    for (const [bin, alpha] of [0.3, 0.8, 0, 1, 0.5].entries()) {
      expect(Math.abs(max![bin]! - alpha)).toBeLessThan(0.002)
      expect(max![bin]! + mean![bin]!).toBeCloseTo(1, 5)
    }
  })

  test('is the same each time, and however the frames are cut', async () => {
    const items = await learnt(toMixed(['max', 'mean'], whole), sequences)
    expect(await learnt(toMixed(['max', 'mean'], whole), sequences)).toEqual(items)
    const cut = sequences.map((one) => ({ ...one, frames: from(blocks(blocksOf(one)[0]!, 1)) }))
    expect(await learnt(toMixed(['max', 'mean'], whole), cut)).toEqual(items)
  })

  test('an offset and a scale change nothing', async () => {
    const far = sequences.map((one) => {
      const [block] = blocksOf(one)
      return { ...one, frames: of({ ...block!, data: block!.data.map((x) => 100 + 2 * x) }) }
    })
    const [a, b] = [await shares(toMixed(['max', 'mean'], whole), sequences), await shares(toMixed(['max', 'mean'], whole), far)]
    for (const [k, list] of a.entries()) for (const [bin, share] of list.entries()) expect(Math.abs(b[k]![bin]! - share)).toBeLessThan(1e-4)
  })

  test('of three poolings, and over the windows of a pyramid', async () => {
    // lo, x, hi of mean m: 0.2·hi + 0.5·m + 0.3·lo is the label's number.
    const three = (label: number) => {
      const [up, down] = [between(1, 1.5), between(1, 1.5)]
      const m = label - 0.2 * up + 0.3 * down + between(-0.001, 0.001)
      return [m - down, m - up + down, m + up]
    }
    const many = Array.from({ length: 300 }, (_, i) => sequence(labels[i % 3], binsOf([...three(i % 3), ...three(-(i % 3))])))
    const found = await shares(
      toMixed(['max', 'mean', 'min'], (pooling) => pyramidPool(pooling, { levels: [2] })),
      many,
    )
    for (const [k, share] of [0.2, 0.5, 0.3].entries()) expect(Math.abs(found[k]![0]! - share)).toBeLessThan(0.002)
  })

  test('gives a spec that pools', async () => {
    const spec = (await learnt(toMixed(['max', 'mean'], whole), sequences)).at(-1) as Exclude<PoolingSpec, string | readonly PoolingSpec[]>
    const pooled = apply(binsOf([0, 10], [0, 10], [0, 10], [0, 10], [0, 10]), stageFrom({ stage: 'globalPool', pooling: spec }))
    for (const [bin, value] of [6.5, 9, 5, 10, 7.5].entries()) expect(Math.abs(pooled.data[bin]! - value)).toBeLessThan(0.02)
  })

  test('leaves out sequences without a label, and those that fail, and says so', async () => {
    const broken: Sequence = { id: 'broken', label: 'a', frames: throwError(() => new Error('cut off')) }
    const bad = sequence('a', binsOf([1, Number.NaN], [1, 1], [1, 1], [1, 1], [1, 1]), 'nan')
    const narrow = sequence('b', binsOf([1, 2]), 'narrow')
    const items = await learnt(toMixed(['max', 'mean'], whole), [
      ...sequences,
      sequence(undefined, binsOf([1, 2]), 'anonymous'),
      broken,
      bad,
      narrow,
    ])
    expect(items.slice(0, -1)).toMatchObject([
      { id: 'anonymous', error: { name: 'DataError', message: 'fit: expected a sequence with a label, got one without' } },
      { id: 'broken', error: { message: 'cut off' } },
      { id: 'nan', error: { message: 'fit: expected finite numbers, got NaN in frame 0' } },
      { id: 'narrow', error: { message: 'fit: expected vectors of 5 values in 5 bins, as those before, got 1 in 1' } },
    ])
    expect(items.at(-1)).toEqual((await learnt(toMixed(['max', 'mean'], whole), sequences)).at(-1))
  })

  test.each<[string, Sequence[], string]>([
    ['no labels', [sequence(undefined, binsOf([1, 2]))], 'fit: expected vectors of at least two labels, got of 0'],
    ['one label', [sequence('a', binsOf([1, 2])), sequence('a', binsOf([3, 4]))], 'fit: expected vectors of at least two labels, got of 1'],
    ['a vector each', [sequence('a', binsOf([1, 2])), sequence('b', binsOf([3, 4]))], 'fit: expected a label that several vectors have'],
  ])('refuses %s', async (_, few, message) => {
    await expect(learnt(toMixed(['max', 'mean'], whole), few)).rejects.toThrow(message)
  })

  test.each<[() => unknown, string]>([
    [() => toMixed(['max'], whole), 'toMixed: parts must be a list of 2 to 8 poolings, got ["max"]'],
    [() => toMixed(['max', 'stats'], whole), 'mixed: every part must have one output, "stats" has 2'],
    [() => toMixed(['max', 'maen' as 'mean'], whole), 'toMixed: unknown pooling "maen"; did you mean "mean"?'],
    [() => toGated(0, whole), 'toGated: taps must be an integer from 1 to 4096, got 0'],
  ])('refuses bad parts at once: %#', (make, message) => {
    expect(make).toThrow(message)
  })
})

describe('bestShares', () => {
  /** A matrix times itself, which is no less than 0. */
  const square = fc
    .array(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }), { minLength: 3, maxLength: 3 })
    .map((m) => m.map((_, j) => m.map((__, k) => m.reduce((sum, row) => sum + row[j]! * row[k]!, 0))))

  property([square, square])('nothing on a grid is better', async (inner, between) => {
    const within = inner.map((row, j) => row.map((x, k) => x + (j === k ? 0.01 : 0)))
    const form = (m: number[][], a: number[]) => m.reduce((sum, row, j) => sum + row.reduce((more, x, k) => more + a[j]! * a[k]! * x, 0), 0)
    const ratio = (a: number[]) => form(between, a) / form(within, a)
    const best = await bestShares({ between, within })
    expect(Math.min(...best)).toBeGreaterThanOrEqual(0)
    expect(best.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 9)
    for (let i = 0; i <= 20; i++) {
      for (let j = 0; i + j <= 20; j++)
        expect(ratio([i / 20, j / 20, (20 - i - j) / 20])).toBeLessThanOrEqual(ratio(best) * (1 + 1e-6) + 1e-9)
    }
  })
})

describe('toGated', () => {
  // Where the first value is the larger, the label's number is the maximum; where it is the smaller, the mean.
  const region = (label: number) => {
    const d = between(1, 3)
    return draws() < 0.5 ? [label, label - 2 * d] : [label - d, label + d]
  }
  const sequences = Array.from({ length: 300 }, (_, i) => sequence(labels[i % 3], binsOf([...region(i % 3), ...region(i % 3)])))
  const pool = (pooling: Parameters<typeof pool1d>[0]) => pool1d(pooling, { size: 2 })
  const gateOf = async (given: readonly Sequence[]) =>
    (await learnt(toGated(2, pool), given)).at(-1) as unknown as { gate: number[]; bias: number }
  const pooledBy = ({ gate, bias }: { gate: number[]; bias: number }, one: Sequence) => [
    ...apply(blocksOf(one)[0]!, pool(gated({ gate, bias }))).data,
  ]

  test('finds a gate that looks at the region', async () => {
    const { gate, bias } = await gateOf(sequences)
    expect(gate[0]).toBeGreaterThan(0.5)
    expect(gate[1]).toBeLessThan(-0.5)
    // Maximum and mean alone are off by 2 where they are the wrong one, half of the time.
    const errors = sequences.flatMap((one, i) => pooledBy({ gate, bias }, one).map((x) => Math.abs(x - (i % 3))))
    expect(errors.reduce((sum, x) => sum + x, 0) / errors.length).toBeLessThan(0.15)
  })

  test('is the same each time', async () => {
    expect(await learnt(toGated(2, pool), sequences)).toEqual(await learnt(toGated(2, pool), sequences))
  })

  test.each([
    ['the maximum', 1],
    ['the mean', 0],
  ])('where all that tells is %s, it gives what tells as well', async (_, alpha) => {
    const many = Array.from({ length: 90 }, (__, i) => {
      const d = between(1, 9)
      const m = (i % 3) - alpha * d + between(-0.01, 0.01)
      return sequence(labels[i % 3], binsOf([m + d, m - d]))
    })
    const gate = await gateOf(many)
    const values = many.map((one) => pooledBy(gate, one)[0]!)
    // Half way between two labels stands nothing of either.
    const of = (label: number) => values.filter((___, i) => i % 3 === label)
    const spread = Math.max(...of(0)) - Math.min(...of(0))
    expect(Math.min(...of(2)) - Math.max(...of(0))).toBeGreaterThan(4 * spread)
  })

  test('climbs along the gradient', () => {
    const vectors = Array.from({ length: 12 }, (_, i): Labelled => {
      const [mean, more, ...taps] = Array.from({ length: 4 }, () => Float32Array.from({ length: 6 }, () => draws() + (i % 3) / 4))
      return { label: labels[i % 3]!, count: 2, lanes: 3, bins: 3, parts: [mean!.map((x, k) => x + more![k]!), mean!, ...taps] }
    })
    const moments = [
      { mean: 0.3, deviation: 2 },
      { mean: 0.1, deviation: 0.5 },
    ]
    const gate = Float64Array.of(0.4, -0.7, 0.2)
    const { slope } = placeOf(vectors, moments, gate)
    for (const k of gate.keys()) {
      const [above, below] = [1e-5, -1e-5].map((step) => placeOf(vectors, moments, gate.with(k, gate[k]! + step)).height)
      expect(slope[k]! / ((above! - below!) / 2e-5)).toBeCloseTo(1, 5)
    }
  })

  test('says where regions have another number of taps', async () => {
    const [failure] = await lastValueFrom(from([...sequences.slice(0, 1)]).pipe(toGated(3, pool), toArray())).catch((error: Error) => [
      error,
    ])
    expect(String((failure as Error).message)).toContain('fit: expected vectors of at least two labels')
    const items: unknown[] = []
    await new Promise<void>((done) =>
      from(sequences.slice(0, 1))
        .pipe(toGated(3, pool))
        .subscribe({ next: (item) => items.push(item), error: () => done() }),
    )
    expect(items).toMatchObject([
      { id: 'a', error: { message: expect.stringContaining('gated: regions must have 3 taps, one for each number, got 2') } },
    ])
  })
})

/** The blocks of a sequence that is at hand. */
function blocksOf({ frames: source }: Sequence): Frames[] {
  const all: Frames[] = []
  source.subscribe((block) => all.push(block))
  return all
}
