// The laws that every pooling and every machine keeps, as functions: a new pooling or stage is tested by naming it.
import fc from 'fast-check'
import { expect } from 'vitest'
import { type Frames, join, lanesOf, slice } from '../../src/core/frames.ts'
import { Bank, type Pooling } from '../../src/core/pooling.ts'
import { guarded, type Machine, type Stage } from '../../src/core/stage.ts'
import { frames } from '../../src/index.ts'

/** Finite values of several magnitudes, ties among them. */
export const value: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.float({ min: -10, max: 10, noNaN: true }),
  fc.float({ min: 995, max: 1005, noNaN: true }),
)

export interface Shape {
  planes?: number
  bins?: number
  channels?: number
}

/** Sequences of up to `most` frames, with or without weights, boundaries and regular clocks. */
export function sequence(most: number, shape: Shape = {}): fc.Arbitrary<Frames> {
  const lanes = (shape.planes ?? 1) * (shape.bins ?? 1) * (shape.channels ?? 1)
  return fc.nat(most).chain((length) =>
    fc
      .record({
        data: fc.array(value, { minLength: length * lanes, maxLength: length * lanes }),
        weights: fc.option(fc.array(fc.constantFrom(0, 0, 1, 1, 0.5, 2.25), { minLength: length, maxLength: length }), { nil: undefined }),
        boundaries: fc.option(fc.array(fc.constantFrom(0, 0, 1), { minLength: length, maxLength: length }), { nil: undefined }),
        regular: fc.boolean(),
      })
      .map(({ data, weights, boundaries, regular }) => {
        const block = frames(data, { ...shape, hop: 0.01, ...(weights && { weights }), ...(boundaries && { boundaries }) })
        if (regular) return block
        const { hop: _, span: __, ...clock } = block.layout.clock
        return {
          ...block,
          layout: { ...block.layout, clock },
          spans: Float64Array.from({ length: 2 * length }, (_, i) => 0.01 * (i + (i % 3))),
        }
      }),
  )
}

/** Cuts a sequence into blocks whose sizes repeat `sizes`. */
export function cut(block: Frames, sizes: readonly number[]): Frames[] {
  const parts: Frames[] = []
  for (let from = 0, i = 0; from < block.length; i++) {
    const to = Math.min(block.length, from + sizes[i % sizes.length]!)
    parts.push(slice(block, from, to))
    from = to
  }
  return parts
}

export const cuts: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 })

/** Everything a block says, with what may be left out filled in, so that blocks compare bit for bit. */
export function said(block: Frames | undefined): unknown {
  if (!block || block.length === 0) return 'nothing'
  const { layout, start, length, data, weights, boundaries, spans } = block
  const { length: _, ...shape } = layout
  return {
    // As data: what plans windows of time over a clock is of one copy of the library.
    shape: structuredClone(shape),
    start,
    length,
    // As arrays of their kind, which are found equal byte by byte; copies, since a block may be asked before and after.
    data: data.slice(),
    weights: weights?.slice() ?? new Float32Array(length).fill(1),
    boundaries: boundaries?.slice() ?? new Uint8Array(length),
    spans: spans?.slice(),
  }
}

function open(stage: Stage, input: Frames, known: boolean): { machine: Machine; plan: ReturnType<Stage['plan']> } {
  const { length: _, ...unknown } = input.layout
  const layout = known ? { ...unknown, length: input.length } : unknown
  const plan = guarded('law', stage.plan(layout), layout)
  return { plan, machine: plan.open() }
}

function finish(machine: Machine, parts: readonly Frames[]): Frames | undefined {
  return join([...parts.map((part) => machine.push(part)), machine.close()])
}

/**
 * Cutting, saving, peeking and knowing the length beforehand change nothing; the plan's layout is what arrives; the input stays as it was.
 * Adaptive windows alone depend on whether the length is known, and how many segments or firings there are nobody knows.
 */
export function streams(stage: Stage, input: Frames, sizes: readonly number[], at: number): void {
  const before = said(input)
  const { machine, plan } = open(stage, input, true)
  const whole = finish(machine, input.length > 0 ? [input] : [])
  const expected = said(whole)
  const parts = cut(input, sizes)
  expect(said(finish(open(stage, input, true).machine, parts))).toEqual(expected)
  const name = stage.spec.stage
  goesOn(stage, input, parts, at, name.startsWith('adaptivePool'), expected)

  expect(said(input)).toEqual(before)
  if (whole && whole.length > 0) {
    const { length, ...layout } = plan.layout
    const { length: _, ...arrived } = whole.layout
    expect(arrived).toEqual(layout)
    const ofTime = input.spans && String(stage.spec.size).includes('s')
    if (!['segmentPool', 'firePool', 'trim'].includes(name) && !ofTime) expect(whole.length).toBe(length)
    expect(whole.data.length).toBe(whole.length * lanesOf(layout))
  } else if (plan.layout.length !== undefined) {
    expect(plan.layout.length).toBe(0)
  }
}

/** Saved half way and restored, or looked at and gone on with, a machine gives what it gives without. */
function goesOn(stage: Stage, input: Frames, parts: readonly Frames[], at: number, known: boolean, expected: unknown): void {
  expect(said(finish(open(stage, input, known).machine, parts))).toEqual(expected)
  const first = open(stage, input, known)
  const half = at % (parts.length + 1)
  const head = parts.slice(0, half).map((part) => first.machine.push(part))
  const saved = first.machine.save()
  const ready = open(stage, input, true).machine
  for (const part of parts.slice(0, half)) ready.push(part)
  ready.peek()
  const peeked = said(first.machine.peek())
  expect(said(first.machine.peek())).toEqual(peeked)
  const tail = parts.slice(half)
  // Going on does not change what was saved, and what was saved survives being copied.
  expect(said(join([...head, finish(first.machine, tail)]))).toEqual(expected)
  expect(said(join([...head, finish(first.plan.open(structuredClone(saved)), tail)]))).toEqual(expected)
  expect(said(join([...head, finish(first.plan.open(saved), tail)]))).toEqual(expected)
}

/** A frame of weight 0 is invisible, whatever it holds. */
export function ignoresUnseen(stage: Stage, input: Frames): void {
  const lanes = lanesOf(input.layout)
  const data = input.data.map((x, i) => (input.weights?.[Math.floor(i / lanes)] === 0 ? Number.NaN : x))
  const hidden = finish(open(stage, { ...input, data }, true).machine, [{ ...input, data }])
  expect(said(hidden)).toEqual(said(finish(open(stage, input, true).machine, [input])))
}

/** What a pooling gives for these frames of one lane, in float64. */
export function pooled(pooling: Pooling, rows: readonly Row[], origin = 0): number[] {
  const bank = new Bank(pooling, 1, Bank.fresh(pooling, 1, 1))
  add(bank, 0, rows)
  return result(bank, 0, origin)
}

/** A value of one lane, its weight, and its position, by default its place in the list. */
export type Row = readonly [x: number, weight: number, position?: number]

export function add(bank: Bank, i: number, rows: readonly Row[], from = 0): void {
  for (const [f, [x, weight, position = from + f]] of rows.entries()) {
    // Poolings that go by the order of taps get unseen ones too.
    if (weight === 0 && bank.pooling.keeps !== 'order') continue
    addRow(bank, i, Float32Array.of(x), weight, position)
  }
}

/** A frame of its own, at a position. */
export function addRow(bank: Bank, i: number, row: Float32Array | Float64Array, weight: number, index: number): void {
  bank.pooling.add(bank.state(i), { data: row, offset: 0, lanes: row.length, rows: 1, weights: Float64Array.of(weight), index, step: 1 })
  bank.weigh(i, weight)
}

/** The outputs of state `i` with nothing rounded to float32. */
export function result(bank: Bank, i: number, origin = 0): number[] {
  const lanes = bank.pooling.across === 'one' ? 1 : bank.lanes
  const out = Object.fromEntries(bank.pooling.outputs.map((output) => [output, new Float64Array(lanes)]))
  bank.pooling.result(bank.state(i), out as unknown as Record<string, Float32Array>, origin)
  return bank.pooling.outputs.flatMap((output) => [...out[output]!])
}

/** Equal within a relative tolerance of the larger and of the spread of the data; NaN equals NaN. */
export function close(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, spread = 0): void {
  expect(actual.length).toBe(expected.length)
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [actual[i]!, expected[i]!]
    const near = Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b), spread)
    if (!near) expect.fail(`value ${i}: expected ${b}, got ${a} (tolerance ${tolerance})`)
  }
}
