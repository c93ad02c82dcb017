import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { draw } from '../../src/core/draw.ts'
import { Bank } from '../../src/core/pooling.ts'
import { apply, blocks, frames, globalPool, layoutOf, open, quantile, rankWeighted } from '../../src/index.ts'
import { add, pooled, type Row, result } from '../laws/laws.ts'

/** The smallest value with a share of q or more of the weight at or below it. */
function exact(rows: readonly Row[], q: number): number {
  const seen = rows.filter(([, w]) => w > 0).sort(([a], [b]) => a - b)
  const total = seen.reduce((sum, [, w]) => sum + w, 0)
  let before = 0
  for (const [x, w] of seen) {
    before += w
    if (before >= q * total) return x
  }
  return 0
}

/** Magnitudes over the whole default range, both signs, zeros and ties. Weights are such that their sums are exact. */
const wide = fc.oneof(
  fc.double({ min: -8, max: 9, noNaN: true }).map((e) => Math.fround(10 ** e)),
  fc.double({ min: -7.9, max: 8.9, noNaN: true }).map((e) => -Math.fround(10 ** e)),
  fc.integer({ min: -3, max: 3 }),
)
const rows = fc.array(fc.tuple(wide, fc.constantFrom(0, 1, 1, 0.5, 2.25)), { maxLength: 40 })
const shares = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.25, 0.5, 0.75, 1))
const errors = fc.constantFrom(0.5, 0.1, 0.01, 0.001)

describe('quantile within an error', () => {
  test('is within error·|x| of x, merged or not, rounded to float32', () => {
    fc.assert(
      fc.property(rows, rows, shares, errors, (a, b, q, error) => {
        fc.pre([...a, ...b].every(([x]) => x === 0 || (Math.abs(x) >= 1e-8 && Math.abs(x) <= 1e9)))
        const pooling = quantile({ q, error })
        const bank = new Bank(pooling, 1, Bank.fresh(pooling, 1, 2))
        add(bank, 0, a)
        add(bank, 1, b)
        bank.merge(0, 1)
        const x = exact([...a, ...b], q)
        expect(Math.abs(Math.fround(result(bank, 0)[0]!) - x)).toBeLessThanOrEqual(error * Math.abs(x))
        expect(result(bank, 0)).toEqual(pooled(pooling, [...a, ...b]))
      }),
      { numRuns: 300 },
    )
  })
  test('so it is over long recordings, blocks and lanes', () => {
    const [length, bins] = [20_000, 3]
    const x = frames(
      Float32Array.from({ length: length * bins }, (_, i) => (i % 3 === 0 ? -1 : 1) * Math.exp(6 * draw(1, i, 0) - 3)),
      { bins },
    )
    const qs = [0, 0.05, 0.5, 0.95, 1]
    const stage = globalPool(qs.map((q) => quantile({ q, error: 0.02 })))
    const machine = open(stage, x.layout)
    for (const block of blocks(x, 999)) machine.push(block)
    const { data } = machine.close()!
    for (const [k, q] of qs.entries()) {
      for (let lane = 0; lane < bins; lane++) {
        const expected = exact(
          Array.from({ length }, (_, t) => [x.data[t * bins + lane]!, 1]),
          q,
        )
        expect(Math.abs(data[k * bins + lane]! - expected)).toBeLessThanOrEqual(0.02 * Math.abs(expected))
      }
    }
  })
  test('what is below the range counts as 0, what is above as its end', () => {
    const of = (...values: number[]) =>
      pooled(
        quantile({ q: 0.5, error: 0.01, range: [0.1, 10] }),
        values.map((x) => [x, 1]),
      )[0]!
    expect([of(0.09), of(-0.09), of(0), of()]).toEqual([0, 0, 0, 0])
    for (const x of [11, 1e30, Infinity]) {
      expect(Math.abs(of(x) - 10)).toBeLessThanOrEqual(0.02 * 10)
      expect(of(-x)).toBe(-of(x))
    }
    expect(Math.abs(of(0.1) - 0.1)).toBeLessThanOrEqual(0.001)
    expect(of(1, Number.NaN)).toBeNaN()
  })
  test('a state of 80 lanes takes less than 3 MB at 1 %', () => {
    const bytes = 8 * Bank.size(quantile({ error: 0.01 }), 80)
    console.log(`quantile({ error: 0.01 }): ${bytes} bytes for 80 lanes`)
    expect(bytes).toBeLessThan(3e6)
  })
  test('runs on a live source, which the exact one refuses, saying how', () => {
    const live = layoutOf({ hop: 0.01, live: true })
    expect(() => globalPool('quantile').plan(live)).toThrow(
      'quantile: it keeps the values of a region, so the sequence must have an end, got "a live source"; give an error, as in quantile({ error: 0.01 })',
    )
    expect(() => globalPool(['mean', quantile({ q: 0.1 })]).plan(live)).toThrow(/give an error/)
    expect(() => globalPool(rankWeighted()).plan(live)).toThrow(/rankWeighted: it keeps the values/)
    const machine = open(globalPool(quantile({ q: 0.5, error: 0.01 })), live)
    machine.push({ layout: live, start: 0, length: 3, data: Float32Array.of(1, 5, 9) })
    expect(Math.abs(machine.peek()!.data[0]! - 5)).toBeLessThanOrEqual(0.05)
  })
  test('refuses what it cannot do', () => {
    expect(() => quantile({ error: 0 })).toThrow(/quantile: error must be a finite number ≥ 0.0001 and ≤ 0.5, got 0/)
    expect(() => quantile({ error: 0.1, method: 'linear' })).toThrow(/method must not be given with an error/)
    expect(() => quantile({ range: [1, 2] })).toThrow(/range must come with an error/)
    expect(() => quantile({ error: 0.1, range: [1, 1] })).toThrow(/the high end of range must be a finite number > 1/)
    expect(() => quantile({ error: 0.1, range: [0, 1] })).toThrow(/the low end of range/)
    expect(() => quantile({ error: 0.1, range: 3 as never })).toThrow(/range must be a list such as/)
  })
})

test('the exact quantile stays as it was', () => {
  expect(apply(frames([4, 1, 3, 2]), globalPool('quantile')).data[0]).toBe(2.5)
})
