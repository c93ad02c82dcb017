// Rows into accumulators by the kernel, and by the definition: the bits are the same.
import fc from 'fast-check'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { type Accumulator, accumulate, startsOf } from '../../src/core/accumulators.ts'
import { ready } from '../../src/kernels/arena.ts'
import { addRows } from '../../src/kernels/rows.ts'
import { drawn } from '../drawn.ts'
import { bitsOf } from './bits.ts'

beforeAll(async () => expect(await ready()).toBe(true))

type Slots = { [slot in Accumulator]?: Float64Array }

/** What goes together. */
const parts: readonly (readonly Accumulator[])[] = [
  ['weight', 'sum'],
  ['weight', 'sum', 'shift', 'squares'],
  ['weight', 'energy'],
  ['high'],
  ['low'],
  ['magnitude'],
  ['weight2'],
]

interface Case {
  chosen: readonly number[]
  lanes: number
  data: Float32Array
  weights: Float32Array | undefined
  shift: Float64Array
  start: number
}

const special = [0, -0, 1, -1, 1e-45, -1e-40, 3.4e38, -3.4e38, 1000.25, Infinity, -Infinity, Number.NaN]
const number = fc.oneof(
  { weight: 8, arbitrary: fc.float({ noNaN: true, min: -1000, max: 1000 }) },
  { weight: 1, arbitrary: fc.constantFrom(...special) },
)
const cases: fc.Arbitrary<Case> = fc
  .tuple(fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 16, 17, 80, 97), fc.integer({ min: 1, max: 60 }))
  .chain(([lanes, some]) => {
    const rows = some + Math.ceil(256 / lanes)
    return fc.record({
      chosen: fc.uniqueArray(fc.nat(parts.length - 1), { minLength: 1 }),
      lanes: fc.constant(lanes),
      // Long rows of few values: repeated, so that cases are made in time.
      data: fc
        .array(number, { minLength: 40, maxLength: 90 })
        .map((values) => Float32Array.from({ length: rows * lanes }, (_, i) => values[(i * 7) % values.length]!)),
      weights: fc.option(
        fc.array(fc.constantFrom(0, 1, 1, 0.5, 2.3), { minLength: rows, maxLength: rows }).map((weights) => Float32Array.from(weights)),
        { nil: undefined },
      ),
      shift: fc
        .array(fc.double({ noNaN: true, min: -1000, max: 1000 }), { minLength: lanes, maxLength: lanes })
        .map((values) => Float64Array.from(values)),
      start: fc.constantFrom(0, 3, 0.1),
    })
  })

/** Accumulators before any row, or with something in them. */
function fresh({ chosen, lanes, shift, start }: Case): Slots {
  const names = [...new Set(chosen.flatMap((k) => parts[k]!))]
  const starts = startsOf(names)
  return Object.fromEntries(
    names.map((name, s) => [name, name === 'shift' ? shift.slice() : new Float64Array(lanes).fill(starts[s]! + start)]),
  )
}

function rowByRow({ lanes, data, weights }: Case, slots: Slots): void {
  for (let row = 0; row < data.length / lanes; row++) {
    const weight = weights?.[row] ?? 1
    const run = { data, offset: row * lanes, lanes, rows: 1, weights: Float64Array.of(weight), index: row, step: 1 }
    if (weight > 0) accumulate(slots, run)
  }
  for (const name of ['high', 'low'] as const) if (slots[name]) slots[name] = slots[name].map((x) => x + 0)
}

function same(options: Case): void {
  const { data, weights, lanes } = options
  const [ours, theirs] = [fresh(options), fresh(options)]
  const shifted = new Float32Array(data.length + 3)
  shifted.set(data, 3)
  expect(addRows(ours, shifted, 3, data.length / lanes, weights)).toBe(true)
  rowByRow(options, theirs)
  for (const name of Object.keys(ours) as Accumulator[]) expect(bitsOf(ours[name]!), name).toEqual(bitsOf(theirs[name]!))
}

describe('addRows', () => {
  test('any of them together, any lanes and rows, weights, special values', () => {
    fc.assert(fc.property(cases, same), drawn(400))
  })

  test.each([
    [80, 3000],
    [3, 9000],
    [4097, 20],
    [9001, 5],
    [1, 70_000],
  ])('%i lanes of %i rows: several blocks, several parts', (lanes, rows) => {
    const data = Float32Array.from({ length: lanes * rows }, (_, i) => 100 * Math.sin(i * 0.37) + (i % lanes))
    const weights = Float32Array.from({ length: rows }, (_, row) => [1, 0.25, 0, 0, 3][(row * row) % 5]!)
    const masked = Float32Array.from({ length: rows }, (_, row) => Number(row % 700 < 300))
    for (const given of [undefined, weights, masked, new Float32Array(rows)])
      same({ chosen: [0, 1, 2, 3, 4, 5], lanes, data, weights: given, shift: new Float64Array(lanes).fill(50), start: 0 })
  })

  test('lanes of a 2-D window may have seen different weights', () => {
    const into = { weight: Float64Array.of(0.1, 0.2, 0.1), sum: new Float64Array(3) }
    const weights = new Float32Array(100).fill(0.3)
    expect(addRows(into, new Float32Array(300), 0, 100, weights)).toBe(true)
    for (const [lane, start] of [0.1, 0.2, 0.1].entries()) {
      let sum = start
      for (const weight of weights) sum += weight
      expect(into.weight[lane]).toBe(sum)
    }
  })

  test('few values are left to plain code', () => {
    const into = { high: new Float64Array(4).fill(-Infinity) }
    expect(addRows(into, new Float32Array(16), 0, 4)).toBe(false)
    expect([...into.high]).toEqual([-Infinity, -Infinity, -Infinity, -Infinity])
  })
})

test('where WebAssembly is refused, plain code is all there is, said once', async () => {
  vi.resetModules()
  vi.stubGlobal('WebAssembly', undefined)
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const fresh = await import('../../src/kernels/arena.ts')
  const rows = await import('../../src/kernels/rows.ts')
  expect(await fresh.ready()).toBe(false)
  expect(await fresh.ready()).toBe(false)
  expect(rows.addRows({ sum: new Float64Array(80) }, new Float32Array(8000), 0, 100)).toBe(false)
  expect(warn.mock.calls).toEqual([[expect.stringMatching(/^poolwise: .*WebAssembly/)]])
  vi.unstubAllGlobals()
  warn.mockRestore()
})
