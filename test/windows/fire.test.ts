import fc from 'fast-check'
import { apply, type Frames, firePool, frames, globalPool, open, quantile, type Stage, spanOf, stageFrom } from 'poolwise'
import { describe, expect, test } from 'vitest'
import type { PoolingName } from '../../src/poolings/named.ts'
import { close, cuts, ignoresUnseen, said, sequence, streams } from '../laws/laws.ts'

const names: PoolingName[] = ['mean', 'sum', 'stats', 'max', 'argmax', 'first', 'logSumExp', 'covariance']

/** What each firing takes of each frame: where a frame's share of the weights, laid one after the other, meets a piece of a threshold's length. */
function firingsOf(weights: readonly number[], threshold: number, tail: number): number[][] {
  const ends = weights.map((_, t) => weights.slice(0, t + 1).reduce((sum, weight) => sum + weight, 0))
  const total = ends.at(-1) ?? 0
  const full = Math.floor(total / threshold)
  const left = total - full * threshold
  return Array.from({ length: full + Number(left > 0 && left >= tail) }, (_, i) =>
    weights.map((weight, t) => Math.max(0, Math.min(ends[t]!, (i + 1) * threshold) - Math.max(ends[t]! - weight, i * threshold))),
  )
}

const seen = ({ length, weights }: Frames) => Array.from({ length }, (_, t) => weights?.[t] ?? 1)
const vectors = ({ data, length }: Frames) =>
  Array.from({ length }, (_, i) => [...data.subarray((i * data.length) / length, ((i + 1) * data.length) / length)])

describe('firePool', () => {
  test('integrates and fires as the figure of the paper does', () => {
    // Dong & Xu 2020: 0.2 h₁ + 0.8 h₂, then 0.1 h₂ + 0.6 h₃ + 0.3 h₄; 0.3 h₄ + 0.1 h₅ are left.
    const input = frames([1, 10, 100, 1000, 10_000], { weights: [0.2, 0.9, 0.6, 0.6, 0.1] })
    close(apply(input, firePool('mean')).data, [8.2, 361], 1e-6)
    close(apply(input, firePool('mean', { tail: 0.4 })).data, [8.2, 361, (300 + 1000) / 0.4], 1e-6)
    close(apply(input, firePool('sum', { tail: 0.4 })).data, [8.2, 361, 1300], 1e-6)
  })

  test('is global pooling of what the weights give to each firing, with its span, its weight and its marks', () => {
    const options = fc.record({ threshold: fc.constantFrom(0.5, 1, 1.75, 3), tail: fc.constantFrom(0, 0.25, 1, 9) })
    fc.assert(
      fc.property(sequence(40, { bins: 2 }), fc.constantFrom(...names), options, (input, name, { threshold, tail }) => {
        const out = apply(input, firePool(name, { threshold, tail }))
        const firings = firingsOf(seen(input), threshold, tail)
        expect(out.length).toBe(firings.length)
        const total = seen(input).reduce((sum, weight) => sum + weight, 0)
        let covered = 0
        for (const [i, weights] of firings.entries()) {
          const whole = { ...input, weights: Float32Array.from(weights) }
          const expected = apply(whole, globalPool(name))
          const spread = Math.max(...input.data) - Math.min(...input.data)
          if (name === 'argmax') expect(vectors(out)[i]).toEqual([...expected.data].map((at) => at - weights.findIndex((x) => x > 0)))
          else close(vectors(out)[i]!, expected.data, 1e-6, Math.max(spread, spread ** 2))
          const [first, last] = [weights.findIndex((x) => x > 0), weights.findLastIndex((x) => x > 0)]
          expect(spanOf(out, i)).toEqual([spanOf(input, first)[0], spanOf(input, last)[1]])
          expect(out.weights![i]).toBe(name === 'sum' ? 1 : expected.weights![0])
          // Marks after the last firing are the tail's.
          const isTail = i === Math.floor(total / threshold)
          const marks = input.boundaries?.subarray(covered, isTail ? input.length : last + 1) ?? new Uint8Array()
          expect(out.boundaries?.[i] ?? 0).toBe(Number(marks.includes(1)))
          covered = last + 1
        }
      }),
    )
  })

  test('a lane weighs frames by its logistic function, times their weights', () => {
    fc.assert(
      fc.property(sequence(40, { bins: 3 }), (input) => {
        const gates = seen(input).map((weight, t) => weight / (1 + Math.exp(-input.data[3 * t + 1]!)))
        const weighed = { ...input, weights: Float32Array.from(gates) }
        const [by, given] = [firePool('mean', { lane: 1, tail: 0.3 }), firePool('mean', { tail: 0.3 })].map((stage, i) =>
          apply([input, weighed][i]!, stage),
        )
        // Weights are rounded to float32 on the way, so that a firing at the very end may not be one.
        const length = Math.min(by!.length, given!.length)
        expect(Math.abs(by!.length - given!.length)).toBeLessThanOrEqual(1)
        close(by!.data.subarray(0, 3 * length - 3), given!.data.subarray(0, 3 * length - 3), 1e-3, 10)
      }),
    )
    const hidden = frames([0, 5, NaN, 6, 0, 7, 0, 8], { bins: 2 })
    expect([...apply(hidden, firePool('mean', { lane: 0 })).data]).toEqual([0, 6, 0, 8])
  })

  test('streams, and never sees a frame of weight 0', () => {
    const stages: Stage[] = [
      ...names.map((name) => firePool(name)),
      firePool('stats', { threshold: 2.5, tail: 0 }),
      firePool(['mean', 'max'], { lane: 0, threshold: 0.3 }),
    ]
    fc.assert(
      fc.property(sequence(40, { bins: 2 }), fc.constantFrom(...stages), cuts, fc.nat(), (input, stage, sizes, at) => {
        streams(stage, input, sizes, at)
        ignoresUnseen(stage, input)
        expect(said(apply(input, stageFrom(stage.spec)))).toEqual(said(apply(input, stage)))
      }),
    )
  })

  test('sums that rounding keeps from the threshold fire all the same', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1e-9, max: 3, noNaN: true }), { minLength: 1, maxLength: 60 }), (weights) => {
        const input = frames(new Float32Array(weights.length), { weights })
        const total = seen(input).reduce((sum, weight) => sum + weight, 0)
        const out = apply(input, firePool('mean', { threshold: 0.1, tail: 1 }))
        expect(Math.abs(out.length - total / 0.1)).toBeLessThan(1 + 1e-6)
        for (const weight of out.weights ?? []) expect(weight).toBeCloseTo(0.1, 7)
      }),
    )
  })

  test('a sum that is rounded to the threshold fires, and sees nothing more', () => {
    // 1 − 2⁻⁶⁰ is 1 in float64.
    const weights = [1 - 2 ** -24, 2 ** -24 - 2 ** -48, 2 ** -48 - 2 ** -60, 0.25]
    const out = apply(frames([1, 2, 3, 9], { weights }), firePool('max'))
    expect([...out.data]).toEqual([3])
    expect(spanOf(out, 0)).toEqual([0, 3])
  })

  test('keeps the digits of a large offset', () => {
    const data = Float32Array.from({ length: 160 }, (_, t) => 1e6 + (t % 16) / 16)
    const out = apply(frames(data, { weights: new Float32Array(160).fill(0.1) }), firePool('std', { threshold: 1.6 }))
    // Of 0, 1, … 15 sixteenths: √((16² − 1) / 12) / 16.
    close(out.data, new Float32Array(10).fill(Math.sqrt(255 / 12) / 16), 1e-6)
  })

  test('a live source gives a vector as soon as it fires', () => {
    const block = frames([2, 4, 8], { weights: [0.5, 0.5, 0.5] })
    const { length: _, ...rest } = block.layout
    const layout = { ...rest, live: true as const }
    expect(said(open(firePool('mean'), layout).push({ ...block, layout }))).toMatchObject({ length: 1, data: Float32Array.of(3) })
  })

  test('nothing fires where nothing is there', () => {
    expect(apply(frames([]), firePool('mean', { tail: 0 })).length).toBe(0)
    expect(apply(frames([1, 2], { weights: [0, 0] }), firePool('mean', { tail: 0 })).length).toBe(0)
  })

  test('refuses what cannot fire', () => {
    expect(() => firePool('mean', { threshold: 0 })).toThrow('firePool: threshold must be a finite number > 0, got 0')
    expect(() => firePool('mean', { tail: -1 })).toThrow('firePool: tail must be a finite number ≥ 0, got -1')
    expect(() => firePool('mean', { lane: 0.5 })).toThrow('firePool: lane must be an integer ≥ 0, got 0.5')
    expect(() => firePool('mean', { size: 3 } as object)).toThrow('firePool: unknown option "size"')
    expect(() => firePool('mean', { lane: 2 }).plan(frames([1, 2], { bins: 2 }).layout)).toThrow("lane must be one of the input's 2, got 2")
    expect(() => firePool(quantile()).plan(frames([1]).layout)).toThrow('expected a pooling that merges')
    expect(() => apply(frames([1], { weights: [1e30] }), firePool('mean'))).toThrow('a frame must weigh at most 65536 thresholds')
  })
})
