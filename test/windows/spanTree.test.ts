import fc from 'fast-check'
import { apply, frames, globalPool, slice, spanOf, spanPool } from 'poolwise'
import { expect, test } from 'vitest'
import { type PoolingName, poolingOf } from '../../src/poolings/named.ts'
import { close, cuts, ignoresUnseen, sequence, streams } from '../laws/laws.ts'

const names: PoolingName[] = ['mean', 'stats', 'max', 'argmax', 'last', 'logSumExp', 'quantile', 'covariance']

const spansIn = (length: number) =>
  fc.array(
    fc.tuple(fc.nat(length - 1), fc.nat(length)).map(([from, more]): [number, number] => [from, Math.min(length, from + 1 + more)]),
    { minLength: 1, maxLength: 12 },
  )
const cases = sequence(200, { bins: 2 })
  .filter(({ length }) => length > 0)
  .chain((input) => fc.tuple(fc.constant(input), spansIn(input.length)))

test('spanPool is global pooling of each span, whatever their order and overlap', () => {
  fc.assert(
    fc.property(cases, fc.constantFrom(...names), ([input, spans], name) => {
      const out = apply(input, spanPool(name, { spans }))
      const lanes = out.data.length / out.length
      const spread = Math.max(...input.data) - Math.min(...input.data)
      for (const [i, [from, to]] of spans.entries()) {
        const part = slice(input, from, to)
        const expected = apply({ ...part, start: 0 }, globalPool(name))
        const got = out.data.subarray(i * lanes, (i + 1) * lanes)
        if (poolingOf(name, 'test').exact) expect([...got]).toEqual([...expected.data])
        else close(got, expected.data, 1e-6, Math.max(spread, spread ** 2))
        expect(out.weights![i]).toBe(expected.weights![0])
        expect(spanOf(out, i)).toEqual([spanOf(input, from)[0], spanOf(input, to - 1)[1]])
        expect(out.boundaries?.[i] ?? 0).toBe(Number(part.boundaries?.includes(1) ?? false))
      }
    }),
  )
})

test('spanPool streams, and never sees a frame of weight 0', () => {
  fc.assert(
    fc.property(cases, cuts, fc.nat(), fc.constantFrom(...names), ([input, spans], sizes, at, name) => {
      const stage = spanPool(name, { spans })
      ignoresUnseen(stage, input)
      streams(stage, input, sizes, at)
    }),
  )
})

test('spanPool keeps the digits of a large offset', () => {
  const input = frames(Float32Array.from({ length: 5000 }, (_, t) => 1000 + Math.sin(t * t)))
  const spans = Array.from({ length: 50 }, (_, i): [number, number] => [i * 37, 5000 - i * 41])
  const out = apply(input, spanPool('stats', { spans }))
  for (const [i, [from, to]] of spans.entries()) {
    const values = [...input.data.subarray(from, to)]
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length
    const std = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length)
    close(out.data.subarray(2 * i, 2 * i + 2), [Math.fround(mean), Math.fround(std)], 1e-6)
  }
})

test('spanPool refuses what are no spans', () => {
  expect(() => spanPool('mean', { spans: [[3, 3]] })).toThrow("spanPool: a span's end must be an integer ≥ 4, got 3")
  expect(() => spanPool('mean', { spans: [[-1, 3]] })).toThrow("a span's first frame must be an integer ≥ 0, got -1")
  expect(() => spanPool('mean', { spans: 3 as never })).toThrow('spans must be a list such as')
  expect(() => apply(frames([1, 2]), spanPool('mean', { spans: [[0, 3]] }))).toThrow(
    'spanPool: spans must end within the 2 frames of the sequence, got [0, 3]',
  )
})
