// Windows by the kernels, and by loops that say what a window comes to: the bits are the same.
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Place, Rows, Shape } from '../../src/core/grid.ts'
import type { Measure } from '../../src/core/pooling.ts'
import { rootOf } from '../../src/core/roots.ts'
import type { Taps } from '../../src/core/window.ts'
import { arenaIfReady, ready, tablesAt } from '../../src/kernels/arena.ts'
import { WindowKernel } from '../../src/kernels/windows.ts'
import { drawn } from '../drawn.ts'
import { bitsOf } from './bits.ts'

beforeAll(async () => expect(await ready()).toBe(true))

const every: readonly Measure[] = ['max', 'min', 'peak', 'sum', 'mean', 'norm2', 'power2', 'power3', 'norm5', 'std']

type Grid = Shape & Rows

function poolWindows(measures: readonly Measure[], grid: Grid, tall: Taps, wide: Taps, out: Place): boolean {
  return new WindowKernel(measures, grid, wide).pool(grid, tall, out)
}

interface Column {
  weight: number
  sum: number
  energy: number
  cubes: number
  fifths: number
  shift: number
  squares: number
}

/** What one column of a window comes to; the values seen go to `values`. */
function columnOf(seen: readonly (readonly [value: number, weight: number])[], values: number[]): Column {
  const state: Column = { weight: 0, sum: 0, energy: 0, cubes: 0, fifths: 0, shift: 0, squares: 0 }
  const first = seen[0]?.[0] ?? 0
  state.shift = Number.isFinite(first) ? first : 0
  for (const [x, w] of seen) {
    const d = x - state.shift
    state.weight += w
    state.sum += w * x
    state.energy += w * x * x
    state.cubes += w * Math.abs(x * x * x)
    state.fifths += w * Math.abs(x * x * x * x * x)
    state.squares += w * d * d
    values.push(x)
  }
  return state
}

function merge(into: Column, { weight, sum, energy, cubes, fifths, shift, squares }: Column): void {
  if (weight === 0) return
  if (into.weight === 0) into.shift = shift
  const d = shift - into.shift
  into.squares += d === 0 ? squares : squares + d * (2 * (sum - weight * shift) + d * weight)
  into.weight += weight
  into.sum += sum
  into.energy += energy
  into.cubes += cubes
  into.fifths += fifths
}

function resultOf(measure: Measure, { weight, sum, energy, cubes, fifths, shift, squares }: Column, values: readonly number[]): number {
  if (measure === 'max') return values.reduce((a, b) => Math.max(a, b), -Infinity) + 0
  if (measure === 'min') return values.reduce((a, b) => Math.min(a, b), Infinity) + 0
  if (measure === 'peak') return values.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
  if (measure === 'sum') return sum
  if (measure === 'norm2') return Math.sqrt(energy)
  if (measure === 'norm5') return rootOf(fifths, 5)
  if (weight === 0) return 0
  if (measure === 'mean') return sum / weight
  if (measure === 'power2') return Math.sqrt(energy / weight)
  if (measure === 'power3') return rootOf(cubes / weight, 3)
  const d = sum / weight - shift
  return Math.sqrt(Math.max(0, squares - weight * d * d) / weight)
}

function poolPlainly(measures: readonly Measure[], grid: Grid, tall: Taps, wide: Taps, out: Place): void {
  const { data, offset, images, apart, pitch, channels, weights } = grid
  for (let n = 0; n < images; n++) {
    for (let y = 0; y < tall.firsts.length; y++) {
      for (let x = 0; x < wide.firsts.length; x++) {
        for (let c = 0; c < channels; c++) {
          const state: Column = { weight: 0, sum: 0, energy: 0, cubes: 0, fifths: 0, shift: 0, squares: 0 }
          const values: number[] = []
          for (let k = 0; k < wide.counts[x]!; k++) {
            const seen: [number, number][] = []
            for (let r = 0; r < tall.counts[y]!; r++) {
              const row = tall.firsts[y]! + r * tall.step
              const weight = weights?.[row] ?? 1
              const at = offset + n * apart + row * pitch + (wide.firsts[x]! + k * wide.step) * channels + c
              if (weight > 0) seen.push([data[at]!, weight])
            }
            merge(state, columnOf(seen, values))
          }
          measures.forEach((measure, m) => {
            out.data[out.offset + n * out.image + y * out.row + m * out.measure + x * channels + c] = resultOf(measure, state, values)
          })
        }
      }
    }
  }
}

interface Case {
  readonly measures: readonly Measure[]
  readonly grid: Grid
  readonly tall: Taps
  readonly wide: Taps
  /** Whether measures stand side by side in a row of results or each by itself, and values between rows of them. */
  readonly beside: boolean
  readonly gap: number
}

function agree({ measures, grid, tall, wide, beside, gap }: Case): void {
  const across = wide.firsts.length * grid.channels
  const [down, many] = [tall.firsts.length, measures.length]
  const row = (beside ? many : 1) * across + gap
  const measure = beside ? across : down * row
  const image = (beside ? 1 : many) * down * row + gap
  const place = (data: Float32Array): Place => ({ data, offset: 3, image, row, measure })
  const [ours, theirs] = [0, 1].map(() => new Float32Array(3 + grid.images * image + 5).fill(7)) as [Float32Array, Float32Array]
  expect(poolWindows(measures, grid, tall, wide, place(ours))).toBe(true)
  poolPlainly(measures, grid, tall, wide, place(theirs))
  // Named one by one, since arrays so long are slow to compare and to show.
  const [mine, plain] = [bitsOf(ours), bitsOf(theirs)]
  const other = mine.findIndex((bits, i) => bits !== plain[i])
  expect([other, ours[other]]).toEqual([-1, theirs[other]])
}

/** Windows of a size, clipped where they reach beyond the first or the last position. */
function clipped(length: number, size: number, stride: number, step: number, before: number): Taps {
  const [firsts, counts]: [number[], number[]] = [[], []]
  for (let start = -before; start < length; start += stride) {
    const inside = Array.from({ length: size }, (_, k) => start + k * step).filter((at) => at >= 0 && at < length)
    firsts.push(inside[0] ?? 0)
    counts.push(inside.length)
  }
  return { firsts: Int32Array.from(firsts), counts: Int32Array.from(counts), step }
}

/** Any windows, in any order. */
function anyhow(length: number, seed: readonly number[]): Taps {
  const firsts = seed.map((x) => x % length)
  return {
    firsts: Int32Array.from(firsts),
    counts: Int32Array.from(firsts, (first, i) => (i % 5 === 2 ? 0 : Math.min(1 + (i % 4), length - first))),
    step: 1,
  }
}

function tapsOver(length: number): fc.Arbitrary<Taps> {
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3 }), fc.nat(3))
        .map(([size, stride, step, before]) => clipped(length, size, stride, step, before)),
    },
    { weight: 1, arbitrary: fc.constant(clipped(length, 1, 1, 1, 0)) },
    { weight: 1, arbitrary: fc.array(fc.nat(1000), { minLength: 1, maxLength: 12 }).map((seed) => anyhow(length, seed)) },
  )
}

const special = [0, -0, 1, -1, 1e-45, -1e-40, 3.4e38, -3.4e38, 1000.25, Infinity, -Infinity, Number.NaN]
const ordinary = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 })
const numbers = fc.oneof(
  fc.array(ordinary, { minLength: 40, maxLength: 90 }),
  fc.array(fc.oneof({ weight: 12, arbitrary: ordinary }, { weight: 1, arbitrary: fc.constantFrom(...special) }), {
    minLength: 40,
    maxLength: 90,
  }),
)
const weighings = [[1], [1, 0], [0], [1, 1, 0.5, 2.3], [0, 0.3, 1e-45, 2, 0, 1]]

const cases: fc.Arbitrary<Case> = fc
  .record({
    images: fc.integer({ min: 1, max: 3 }),
    high: fc.integer({ min: 1, max: 14 }),
    columns: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 20 })),
    channels: fc.constantFrom(1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 64),
  })
  .chain(({ images, high, columns, channels }) => {
    // So many values that the kernels pay.
    const rows = high + Math.ceil(32 / (columns * channels))
    return fc
      .record({
        measures: fc.oneof(
          fc.constantFrom(...every).map((one) => [one]),
          fc.array(fc.constantFrom(...every), { minLength: 1, maxLength: 10 }),
        ),
        values: numbers,
        offset: fc.nat(5),
        extra: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3 * columns * channels })),
        between: fc.constantFrom(0, 0, 7),
        weights: fc.option(
          fc
            .tuple(fc.constantFrom(...weighings), fc.array(fc.nat(100), { minLength: rows, maxLength: rows }))
            .map(([some, which]) => Float32Array.from(which, (i) => some[i % some.length]!)),
          { nil: undefined },
        ),
        tall: tapsOver(rows),
        wide: tapsOver(columns),
        beside: fc.boolean(),
        gap: fc.constantFrom(0, 0, 3),
      })
      .map(({ values, offset, extra, between, measures, weights, tall, wide, beside, gap }) => {
        const pitch = columns * channels + extra
        const apart = rows * pitch + between
        // Nothing behind the last column of the last row, as in a view that ends there.
        const length = offset + (images - 1) * apart + (rows - 1) * pitch + columns * channels
        const data = Float32Array.from({ length }, (_, i) => values[(i * 7) % values.length]!)
        return { measures, grid: { data, offset, images, apart, rows, pitch, columns, channels, weights }, tall, wide, beside, gap }
      })
  })

function gridOf(images: number, rows: number, columns: number, channels: number, odd = false, weights?: Float32Array, extra = 0): Grid {
  const pitch = columns * channels + extra
  const data = Float32Array.from({ length: images * rows * pitch }, (_, i) => 100 * Math.sin(i * 0.37) + (i % 11))
  if (odd) for (let i = 5; i < data.length; i += 977) data[i] = [Number.NaN, Infinity, -Infinity][i % 3]!
  return { data, offset: 0, images, apart: rows * pitch, rows, pitch, columns, channels, weights }
}

describe('windows, against loops', () => {
  test('any grid, windows, weights, measures, special values', () => {
    fc.assert(fc.property(cases, agree), drawn(600))
  })

  test.each([
    [1, 3000, 1, 80, [2, 2], [1, 1]],
    [1, 700, 1, 80, [100, 100], [1, 1]],
    [1, 2500, 80, 1, [2, 2], [2, 2]],
    [1, 800, 80, 1, [3, 1], [3, 1]],
    [1, 400, 80, 1, [32, 16], [32, 16]],
    [2, 40, 40, 64, [2, 2], [2, 2]],
    [1, 24, 60, 64, [3, 2], [3, 1]],
    [40, 14, 14, 3, [3, 2], [3, 2]],
    [70, 14, 14, 1, [14, 14], [14, 14]],
    [1, 5, 30_000, 1, [3, 1], [3, 2]],
    [1, 40, 9000, 1, [20, 7], [30, 9]],
    [1, 3, 3000, 33, [2, 1], [5, 5]],
    [1, 40_000, 1, 1, [9, 3], [1, 1]],
    [1, 30, 5500, 1, [1, 1], [1, 1]],
    [1, 30, 5500, 1, [1, 1], [2, 1]],
    [1, 3, 20, 2048, [3, 3], [2, 2]],
  ] as const)('%i images of %i x %i x %i: several parts', (images, rows, columns, channels, tallest, widest) => {
    const { bytes } = arenaIfReady()!
    const above = bytes.slice(tablesAt)
    bytes.fill(7, tablesAt)
    const tall = clipped(rows, tallest[0], tallest[1], 1, 1)
    const wide = clipped(columns, widest[0], widest[1], 1, widest[0] > 1 ? 1 : 0)
    const weights = Float32Array.from({ length: rows }, (_, row) => [1, 0.25, 0, 0, 3][(row * row) % 5]!)
    for (const [grid, measures] of [
      [gridOf(images, rows, columns, channels), every],
      [gridOf(images, rows, columns, channels, false, undefined, columns * channels - 1), every],
      [gridOf(images, rows, columns, channels, true), ['std', 'max', 'min', 'mean']],
      [gridOf(images, rows, columns, channels, true, weights), ['mean', 'std', 'norm2', 'peak']],
    ] as const)
      agree({ measures, grid, tall, wide, beside: true, gap: 0 })
    // Nothing was written where the tables of others are.
    expect(bytes.subarray(tablesAt).findIndex((byte) => byte !== 7)).toBe(-1)
    bytes.set(above, tablesAt)
  })

  test('a window too large for the arena, third powers over several columns, and few values, are left to plain code', () => {
    const out = new Float32Array(8).fill(7)
    const place: Place = { data: out, offset: 0, image: 8, row: 8, measure: 4 }
    const large = clipped(1000, 1000, 1000, 1, 0)
    expect(poolWindows(['max'], gridOf(1, 1000, 1000, 1), large, large, place)).toBe(false)
    const two = clipped(40, 2, 2, 1, 0)
    expect(poolWindows(['mean', 'skewness'], gridOf(1, 40, 40, 1), two, two, place)).toBe(false)
    const small = clipped(4, 4, 4, 1, 0)
    expect(poolWindows(['max'], gridOf(1, 4, 4, 1), small, small, place)).toBe(false)
    expect([...out]).toEqual(Array(8).fill(7))
  })

  test('no windows and no measures write nothing', () => {
    const out = new Float32Array(4).fill(7)
    const place: Place = { data: out, offset: 0, image: 4, row: 4, measure: 4 }
    const none: Taps = { firsts: new Int32Array(0), counts: new Int32Array(0), step: 1 }
    const some = clipped(40, 2, 2, 1, 0)
    expect(poolWindows(['max', 'std'], gridOf(1, 40, 40, 1), none, some, place)).toBe(true)
    expect(poolWindows(['max', 'std'], gridOf(1, 40, 40, 1), some, none, place)).toBe(true)
    expect(poolWindows([], gridOf(1, 40, 40, 1), some, some, place)).toBe(true)
    expect([...out]).toEqual([7, 7, 7, 7])
  })
})
