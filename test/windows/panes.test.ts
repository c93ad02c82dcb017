import { serialize } from 'node:v8'
import fc from 'fast-check'
import {
  adaptivePool1d,
  adaptivePool2d,
  apply,
  type Frames,
  frames,
  globalPool,
  type Layout,
  open,
  quantile,
  type Stage,
  spanOf,
} from 'poolwise'
import { expect, test } from 'vitest'
import { adaptiveWindows } from '../../src/core/window.ts'
import { close, cut, cuts, said, sequence } from '../laws/laws.ts'

/** What a stage gives where nobody says how long the sequence is. */
function unknown(stage: Stage, input: Frames, sizes: readonly number[] = [input.length]): Frames {
  const { length: _, ...rest } = input.layout
  const layout: Layout = { ...rest, live: true }
  const machine = open(stage, layout)
  for (const part of cut({ ...input, layout }, sizes)) expect(machine.push(part)).toBeUndefined()
  return machine.close()!
}

test('up to 16 frames a window the windows are those of the known length', () => {
  fc.assert(
    fc.property(
      sequence(48, { bins: 2 }),
      fc.integer({ min: 3, max: 6 }),
      fc.constantFrom('stats' as const, 'max' as const),
      (input, size, name) => {
        const known = apply(input, adaptivePool1d(name, { count: size }))
        const { data, weights, ...rest } = unknown(adaptivePool1d(name, { count: size }), input)
        expect(rest.length).toBe(size)
        close(data, known.data, 1e-6, 1000)
        expect([...weights!]).toEqual([...known.weights!])
        for (let i = 0; i < size; i++) expect(spanOf({ ...rest, data }, i)).toEqual(spanOf(known, i))
        expect([...(rest.boundaries ?? new Uint8Array(size))]).toEqual([...(known.boundaries ?? new Uint8Array(size))])
      },
    ),
  )
})

test('however long the sequence: ends are off by at most a 16th of a window, and the values are those between them', () => {
  let worst = 0
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 1, max: 12 }), (length, size) => {
      const input = frames(
        Float32Array.from({ length }, (_, t) => 1000 + Math.sin(t * 0.7)),
        { hop: 1 },
      )
      const out = unknown(adaptivePool1d(['mean', 'max'], { count: size }), input)
      for (const [i, [from, to]] of adaptiveWindows('torch', size, length).entries()) {
        const [start, end] = spanOf(out, i)
        const off = Math.max(Math.abs(start - from), Math.abs(end - to))
        worst = Math.max(worst, (off * size) / length)
        expect(off).toBeLessThanOrEqual(length / (16 * size))
        const part = input.data.subarray(start, end)
        const mean = part.reduce((sum, x) => sum + x, 0) / part.length
        close(out.data.subarray(2 * i, 2 * i + 2), [Math.fround(mean), part.reduce((most, x) => Math.max(most, x))], 1e-6)
      }
    }),
  )
  console.log(`the farthest end of a window: ${(100 * worst).toFixed(2)} % of a window off (bound: 6.25 %)`)
})

test('blocks, saving and looking change nothing; the state does not grow', () => {
  fc.assert(
    fc.property(sequence(300, { bins: 2 }), cuts, fc.nat(), (input, sizes, at) => {
      const stage = adaptivePool2d('stats', { count: [3, 1] })
      const whole = unknown(stage, input)
      expect(said(unknown(stage, input, sizes))).toEqual(said(whole))
      const { length: _, ...layout } = input.layout
      const parts = cut({ ...input, layout }, sizes)
      const first = open(stage, layout)
      for (const part of parts.slice(0, at % (parts.length + 1))) first.push(part)
      const size = JSON.stringify(first.peek()).length
      expect(JSON.stringify(first.peek()).length).toBe(size)
      const second = open(stage, layout, structuredClone(first.save()))
      for (const part of parts.slice(at % (parts.length + 1))) second.push(part)
      expect({ ...(said(second.close()) as object), shape: 0 }).toEqual({ ...(said(whole) as object), shape: 0 })
    }),
  )
  const layout = frames([1], { hop: 1 }).layout
  const { length: _, ...endless } = layout
  const machine = open(adaptivePool1d('stats', { count: 4 }), endless)
  const bytes = () => serialize(machine.save()).length
  const push = (from: number, to: number) => {
    for (let t = from; t < to; t += 1000) machine.push({ ...frames(new Float32Array(1000).fill(2), { hop: 1 }), layout: endless, start: t })
  }
  // Of little it is small; then panes only become longer.
  const none = bytes()
  push(0, 1000)
  const before = bytes()
  expect(before).toBeGreaterThan(2 * none)
  push(1000, 100_000)
  expect(bytes()).toBeLessThan(1.1 * before)
})

test('an empty sequence gives frames of weight 0', () => {
  const out = unknown(adaptivePool1d('mean', { count: 3 }), frames([], { hop: 1 }), [1])
  expect([...out.data]).toEqual([0, 0, 0])
  expect([...out.weights!]).toEqual([0, 0, 0])
})

test('exact windows need a known length; poolings that keep their values keep them, and need an end', () => {
  const { length: _, ...rest } = frames([1, 2, 3], { hop: 1 }).layout
  expect(() => adaptivePool1d('mean', { count: 2, exact: true }).plan(rest)).toThrow(
    'adaptivePool1d: exact windows need a sequence of known length, got one of unknown length',
  )
  expect(() => adaptivePool1d('mean', { count: 2, exact: 1 as never })).toThrow('exact must be true or false')
  expect(adaptivePool1d('mean', { count: 2, exact: true }).plan({ ...rest, length: 3 }).layout.length).toBe(2)
  expect(adaptivePool1d(quantile(), { count: 2 }).plan(rest).needs).toBe('end')
  expect(() => adaptivePool1d(quantile(), { count: 2 }).plan({ ...rest, live: true })).toThrow(
    'expected a sequence that ends, got a live source',
  )
  expect(apply(frames([1, 2, 3]), adaptivePool1d('mean', { count: 1 }), globalPool('mean')).data[0]).toBe(2)
})
