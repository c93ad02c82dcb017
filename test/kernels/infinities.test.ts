// Powers of infinities are added up as any others: compared with the definition over all short tuples, and in every way that windows run, with compiled kernels and without.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Frames, join } from '../../src/core/frames.ts'
import type { Stage } from '../../src/core/stage.ts'
import { cut } from '../laws/laws.ts'

type Library = typeof import('../../src/index.ts')

const libraries: { kernels?: Library; plain?: Library } = {}
beforeAll(async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  libraries.kernels = await import('../../src/index.ts')
  vi.resetModules()
  vi.stubGlobal('WebAssembly', undefined)
  libraries.plain = await import('../../src/index.ts')
  expect(await libraries.plain.kernelsReady()).toBe(false)
  warn.mockRestore()
})
afterAll(() => {
  vi.unstubAllGlobals()
})

const exponents = [0.5, 1, 2, 2.5, 3, 4, 5, 6, 7, 8, 9]
const cases = exponents.flatMap((p) =>
  (['lp', 'power'] as const).flatMap((pooling) => [false, true].map((signed) => ({ pooling, p, signed }))),
)
const values = [Infinity, -Infinity, 1, -1, 0]
/** All tuples of so many values, one after the other, so that windows lie across them, too. */
const tuples = (length: number): number[][] =>
  length === 0 ? [[]] : tuples(length - 1).flatMap((tuple) => values.map((value) => [...tuple, value]))

/** By the definition, of some values and zeros up to `count`: a sum of powers; a root of what is below 0 is no number but where the sign is put back. */
function expected({ pooling, p, signed }: (typeof cases)[number], seen: readonly number[], count = seen.length): number {
  const powerOf = (x: number) => (signed ? (x < 0 ? (-1) ** p * (-x) ** p : x ** p) : Math.abs(x) ** p)
  const sum = seen.reduce((total, x) => total + powerOf(x), 0)
  const root = (x: number) => (x < 0 && p !== 1 ? Number.NaN : x ** (1 / p))
  if (pooling === 'lp') return p === 1 ? sum : root(sum)
  return Math.sign(sum) * Math.abs(sum / count) ** (1 / p)
}

/** Equal, but for the rounding of what is finite and the sign of zero. */
function agree(got: number, wanted: number): boolean {
  return Number.isFinite(wanted) ? Math.abs(got - wanted) <= 1e-6 * Math.abs(wanted) : Object.is(got, wanted)
}

describe.each(['kernels', 'plain'] as const)('%s', (way) => {
  test.each(cases)('$pooling, p $p, signed $signed: all tuples', (pooling) => {
    const { apply, frames, globalPool, pool1d } = libraries[way]!
    for (const length of [1, 2, 3, 4]) {
      const all = tuples(length)
      const wanted = all.map((tuple) => expected(pooling, tuple))
      for (const Values of [Float32Array, Float64Array]) {
        const inRow = apply(frames(Values.from(all.flat())), pool1d(pooling, { size: length }))
        // As the lanes of one frame, they are merged pane by pane.
        const side = Values.from(Array.from({ length }, (_, k) => all.map((tuple) => tuple[k]!)).flat())
        const whole = apply(frames(side, { bins: all.length }), globalPool(pooling))
        for (const [i, want] of wanted.entries()) {
          for (const got of [inRow.data[i]!, whole.data[i]!]) {
            if (!agree(got, want)) expect.fail(`[${all[i]}]: expected ${want}, got ${got}`)
          }
        }
      }
    }
  })

  test.each(cases)('$pooling, p $p, signed $signed: sliding, dilated, in blocks and merged', (pooling) => {
    const { apply, frames, globalPool, globalPool2d, pool1d } = libraries[way]!
    const flat = tuples(4).flat()
    const input = frames(Float32Array.from(flat))
    for (const [size, stride, dilation] of [
      [8, 1, 1],
      [20, 3, 1],
      [3, 1, 2],
    ] as const) {
      const stage = pool1d(pooling, { size, stride, dilation })
      const whole = apply(input, stage).data
      expect(inBlocks(stage, input)).toEqual(whole)
      for (const [i, got] of whole.entries()) {
        const seen = Array.from({ length: size }, (_, k) => flat[i * stride + k * dilation]!)
        const want = expected(pooling, seen)
        if (!agree(got, want)) expect.fail(`[${seen}]: expected ${want}, got ${got}`)
      }
    }
    // Bins are merged after time.
    for (const seen of tuples(3)) {
      const got = apply(frames(Float32Array.from(seen), { bins: 3 }), globalPool2d(pooling)).data[0]!
      const want = expected(pooling, seen)
      if (!agree(got, want)) expect.fail(`[${seen}] in three bins: expected ${want}, got ${got}`)
    }
    // Panes of 4096 frames are merged in a tree; a tuple a lane, far apart.
    const all = tuples(2)
    const rows = 4096 + 10
    const long = new Float32Array(rows * all.length)
    for (const [i, tuple] of all.entries()) for (const [k, x] of tuple.entries()) long[(k * 4096 + 7) * all.length + i] = x
    for (const [i, got] of apply(frames(long, { bins: all.length }), globalPool(pooling)).data.entries()) {
      const want = expected(pooling, all[i]!, rows)
      if (!agree(got, want)) expect.fail(`[${all[i]}] in two panes: expected ${want}, got ${got}`)
    }
  })
})

test('the bits are those of plain code', () => {
  const input = Float32Array.from(tuples(4).flat())
  for (const pooling of cases) {
    const [one, other] = [libraries.kernels!, libraries.plain!].map(({ apply, frames, pool1d }) =>
      [4, 9].map((size) => apply(frames(input), pool1d(pooling, { size, stride: 1 })).data),
    )
    expect(one).toEqual(other)
  }
})

function inBlocks(stage: Stage, input: Frames) {
  const machine = stage.plan(input.layout).open()
  return join([...cut(input, [37, 5]).map((block) => machine.push(block)), machine.close()])!.data
}
