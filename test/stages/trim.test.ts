import { apply, frames, globalPool, logMel, open, signal, slice, trim } from 'poolwise'
import { describe, expect, test } from 'vitest'

const levels = (...data: number[]) => frames(data, { hop: 0.5 })

describe('trim', () => {
  test('leaves out what is quiet at the ends, and nothing within', () => {
    const { data, spans, length } = apply(levels(0, 0, 9, 1, 8, 0), trim({ width: 1 }))
    expect([...data]).toEqual([9, 1, 8])
    expect(length).toBe(3)
    expect([...spans!]).toEqual([1, 1.5, 1.5, 2, 2, 2.5])
  })

  test('takes the share from the quietest to the loudest, so that neither level nor noise matters', () => {
    const input = [-5, -3, 5, -5]
    const kept = (share: number, map = (x: number) => x) => [...apply(levels(...input.map(map)), trim({ width: 1, share })).data]
    expect(kept(0.19)).toEqual([-3, 5])
    expect(kept(0.21)).toEqual([5])
    expect(kept(1)).toEqual([5])
    expect(kept(0)).toEqual(input)
    expect(kept(0.21, (x) => x + 100)).toEqual([105])
  })

  test('smooths over frames, the edges repeated', () => {
    // Means of three: 0, 3, 3, 3, 0, 3, 6: a click of one frame is kept with its neighbors.
    expect([...apply(levels(0, 0, 9, 0, 0, 0, 9), trim({ width: 3, share: 0.5 })).data]).toEqual([0, 9, 0, 0, 0, 9])
    expect([...apply(levels(0, 0, 9, 0, 0, 0, 9), trim({ width: 3, share: 0.6 })).data]).toEqual([9])
  })

  test('does not see frames of weight 0, nor values that are not finite', () => {
    const input = frames([100, NaN, 0, 9, 8, NaN, 100], { hop: 0.5, weights: [0, 0, 1, 1, 1, 1, 0] })
    expect([...apply(input, trim({ width: 1 })).data]).toEqual([9, 8])
    const pairs = frames([0, 0, NaN, 9, 0, 0], { bins: 2, hop: 0.5 })
    expect([...apply(pairs, trim({ width: 1 })).data]).toEqual([NaN, 9])
    const { length } = apply(frames([1, 2], { hop: 1, weights: [0, 0] }), trim())
    expect(length).toBe(0)
    expect(apply(frames([], { hop: 1 }), trim(), globalPool('mean')).weights?.[0]).toBe(0)
  })

  test('is the same whatever the blocks, and after saving', () => {
    const input = levels(...Array.from({ length: 40 }, (_, i) => Math.sin(i / 7) * Math.cos(i)))
    const whole = apply(input, trim())
    const stage = trim()
    const machine = open(stage, input.layout)
    machine.push(slice(input, 0, 13))
    const again = open(stage, input.layout, structuredClone(machine.save()))
    again.push(slice(input, 13, 40))
    expect(again.close()?.data).toEqual(whole.data)
  })

  test('finds a tone between two silences, whatever its level', () => {
    const tone = Float32Array.from({ length: 16000 }, (_, i) => (i >= 4000 && i < 8000 ? Math.sin(i / 5) : 0) + 1e-3 * Math.sin(i * i))
    for (const factor of [1, 0.01]) {
      const { spans } = apply(
        signal(
          tone.map((x) => factor * x),
          { rate: 16000 },
        ),
        logMel({ bands: 40 }),
        trim(),
      )
      // The tone is from 0.25 to 0.5 s; frames of 25 ms begin before it, and means of seven reach 30 ms further.
      expect(spans![0]).toBeGreaterThan(0.19)
      expect(spans![0]).toBeLessThan(0.26)
      expect(spans!.at(-1)).toBeGreaterThan(0.49)
      expect(spans!.at(-1)).toBeLessThan(0.56)
    }
  })

  test('refuses what it cannot do', () => {
    expect(() => trim({ share: 2 })).toThrow('trim: share')
    expect(() => trim({ width: 4 })).toThrow('trim: width must be odd, got 4')
    expect(() => trim({ level: 1 } as never)).toThrow('trim: ')
    expect(() => trim().plan({ ...levels(1).layout, live: true })).toThrow('trim: expected a sequence that ends')
  })
})
