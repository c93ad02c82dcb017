import fc from 'fast-check'
import { apply, equalizeChange, frames, globalPool } from 'poolwise'
import { describe, expect, test } from 'vitest'
import { cuts, ignoresUnseen, sequence, streams } from '../laws/laws.ts'

const lane = (...data: number[]) => frames(data, { hop: 0.5 })
const bare = { steady: 0, width: 1 }

describe('equalizeChange', () => {
  test('puts frames where equally much has changed', () => {
    // All the change, 8, is in the last two steps: a quarter of it is at 2, three quarters at 6.
    const { data, spans, length } = apply(lane(0, 0, 0, 4, 8), equalizeChange({ count: 2, ...bare }))
    expect([...data]).toEqual([2, 6])
    expect(length).toBe(2)
    expect([...spans!]).toEqual([1, 2, 1.5, 2.5])
  })

  test('what is drawn out twice as long gives the same', () => {
    const once = [0, 3, 5, 4, 9]
    const twice = once.flatMap((x) => [x, x])
    const out = (data: number[]) => [...apply(lane(...data), equalizeChange({ count: 6, ...bare })).data]
    for (const [i, x] of out(twice).entries()) expect(x).toBeCloseTo(out(once)[i]!, 5)
  })

  test('time counts as a part of the mean change', () => {
    // Changes 0 and 4, the mean 2: with 1 × 2 for each step the way is 2 + 6, and its middle, 4, a third into the second step.
    expect(apply(lane(1, 1, 5), equalizeChange({ count: 1, steady: 1, width: 1 })).data[0]).toBeCloseTo(1 + 4 / 3, 5)
    // Without change, time alone.
    expect([...apply(lane(7, 7, 7), equalizeChange({ count: 2 })).data]).toEqual([7, 7])
    expect([...apply(lane(7, 7, 7), equalizeChange({ count: 2 })).spans!]).toEqual([0, 1, 0.5, 1.5])
  })

  test('change is smoothed, frames are not', () => {
    // Means of three are 0, 3, 3, 3, 0, so the way is 3, 0, 0, 3 and, with ½ × 1.5 for each step, 3.75, 0.75, 0.75, 3.75: its middle is the third frame.
    expect([...apply(lane(0, 0, 9, 0, 0), equalizeChange({ count: 1 })).data]).toEqual([9])
    // Where time is nearly all that counts, a sixth of the way is two thirds of the first of four steps.
    expect(apply(lane(0, 5, 9, 5, 0), equalizeChange({ count: 3, width: 5, steady: 1e9 })).data[0]).toBeCloseTo(10 / 3, 5)
  })

  test('a NaN is no change, and reaches the frames beside it', () => {
    // Changes 2, 0, 0, 2: nobody stops at the NaN, unless time counts.
    expect([...apply(lane(0, 2, NaN, 4, 6), equalizeChange({ count: 4, ...bare })).data]).toEqual([0.5, 1.5, 4.5, 5.5])
    // With 1 for each step the way is 3, 1, 1, 3, and its middle the NaN.
    expect([...apply(lane(0, 2, NaN, 4, 6), equalizeChange({ count: 3, steady: 1, width: 1 })).data].map(Number.isNaN)).toEqual([
      false,
      true,
      false,
    ])
  })

  test('one frame gives itself, none give frames of weight 0', () => {
    expect([...apply(lane(3), equalizeChange({ count: 2 })).data]).toEqual([3, 3])
    expect([...apply(lane(-Infinity), equalizeChange({ count: 2 })).data]).toEqual([-Infinity, -Infinity])
    const { length, weights } = apply(lane(), equalizeChange({ count: 2 }))
    expect([length, ...weights!]).toEqual([2, 0, 0])
    expect(apply(lane(), equalizeChange(), globalPool('max')).weights?.[0]).toBe(0)
  })

  test('the same bits whatever the blocks, saved or not', () => {
    const input = sequence(24, { planes: 2, bins: 3, channels: 2 })
    fc.assert(fc.property(input, cuts, fc.nat(30), (block, sizes, at) => streams(equalizeChange({ count: 5 }), block, sizes, at)))
  })

  test('a frame of weight 0 is invisible', () => {
    fc.assert(fc.property(sequence(12, { bins: 3 }), (block) => ignoresUnseen(equalizeChange({ count: 4 }), block)))
  })

  test('refuses what it cannot do', () => {
    expect(() => equalizeChange({ count: 0 })).toThrow('equalizeChange: count')
    expect(() => equalizeChange({ steady: -1 })).toThrow('equalizeChange: steady')
    expect(() => equalizeChange({ width: 2 })).toThrow('equalizeChange: width must be odd, got 2')
    expect(() => equalizeChange().plan({ ...lane(1).layout, live: true })).toThrow('equalizeChange: expected a sequence that ends')
  })
})
