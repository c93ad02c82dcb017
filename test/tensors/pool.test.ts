import fc from 'fast-check'
import { globalPool, maxPool1d, maxPool2d, maxPool3d, type PoolOptions, pool1d, pool2d, pool3d, type Tensor } from 'poolwise/tensors'
import { describe, expect, test } from 'vitest'
import { type Axis, loops, starts } from './loops.ts'

const pools = { 1: pool1d, 2: pool2d, 3: pool3d }
const maxPools = { 1: maxPool1d, 2: maxPool2d, 3: maxPool3d }

interface Case {
  data: number[]
  shape: number[]
  axes: Axis[]
  keep: boolean
  includePad: boolean
  rows: number[]
  lengths: number[]
}

const axis = fc
  .record({
    size: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    before: fc.nat(),
    after: fc.nat(),
  })
  .map((axis) => {
    const extent = axis.dilation * (axis.size - 1) + 1
    return { ...axis, before: axis.before % extent, after: axis.after % extent }
  })

const cases = (dimensions: number): fc.Arbitrary<Case> =>
  fc
    .record({
      axes: fc.array(axis, { minLength: dimensions, maxLength: dimensions }),
      lengths: fc.array(fc.integer({ min: 1, max: dimensions === 3 ? 4 : 7 }), { minLength: dimensions, maxLength: dimensions }),
      batch: fc.integer({ min: 1, max: 3 }),
      channels: fc.integer({ min: 1, max: 2 }),
      keep: fc.boolean(),
      includePad: fc.boolean(),
    })
    .filter(({ axes, lengths, keep }) => axes.every((axis, i) => starts(lengths[i]!, axis, keep).length > 0))
    .chain(({ axes, lengths, batch, channels, keep, includePad }) => {
      const count = lengths.reduce((product, length) => product * length, batch * channels)
      const list = <Item>(item: fc.Arbitrary<Item>, length: number) => fc.array(item, { minLength: length, maxLength: length })
      return fc.record({
        // Eighths and quarters: every sum is exact, so that only the division rounds.
        data: list(fc.integer({ min: -40, max: 40 }), count).map((values) => values.map((value) => value / 8)),
        rows: list(fc.constantFrom(0, 0, 0.25, 1, 2.5), batch * lengths[0]!),
        lengths: list(fc.integer({ min: 0, max: lengths[0]! }), batch),
        shape: fc.constant([batch, ...lengths, channels]),
        axes: fc.constant(axes),
        keep: fc.constant(keep),
        includePad: fc.constant(includePad),
      })
    })

const optionsOf = ({ axes, keep }: Case): PoolOptions => ({
  size: axes.map(({ size }) => size),
  stride: axes.map(({ stride }) => stride),
  dilation: axes.map(({ dilation }) => dilation),
  padding: axes.length === 1 ? [axes[0]!.before, axes[0]!.after] : axes.map(({ before, after }) => [before, after] as const),
  partial: keep ? 'keep' : 'drop',
})

/** Equal shapes and, but for the rounding to float32, values. */
function same(actual: Tensor, shape: readonly number[], expected: readonly number[]): void {
  expect(actual.shape).toEqual(shape)
  expect(Array.from(actual.data)).toEqual(expected.map((value) => Math.fround(value) + 0))
}

describe.each([1, 2, 3] as const)('%d-D windows equal nested loops', (dimensions) => {
  const runs = { numRuns: 300, seed: dimensions }

  test('whole batches, padding that counts, places of the maxima', () => {
    fc.assert(
      fc.property(cases(dimensions), (one) => {
        const { data, shape, axes, keep, includePad } = one
        const expected = loops(data, shape, axes, { keep, includePad })
        same(pools[dimensions]('mean', { data, shape }, { ...optionsOf(one), includePad }), expected.shape, expected.mean)
        const { values, indices } = maxPools[dimensions]({ data, shape }, { ...optionsOf(one), indices: true })
        same(values, expected.shape, expected.max)
        same(indices, expected.shape, expected.places)
      }),
      runs,
    )
  })

  test('ragged batches by lengths', () => {
    fc.assert(
      fc.property(cases(dimensions), (one) => {
        const { data, shape, axes, keep, lengths } = one
        // What lies past a sample's end is never seen, NaN included.
        const perRow = shape.slice(2).reduce((product, size) => product * size, 1)
        const holes = data.map((x, i) => {
          const row = Math.floor(i / perRow)
          return row % shape[1]! < lengths[Math.floor(row / shape[1]!)]! ? x : Number.NaN
        })
        const expected = loops(data, shape, axes, { keep, weight: (n, t) => (t < lengths[n]! ? 1 : 0) })
        const x = { data: holes, shape }
        same(pools[dimensions]('mean', x, { ...optionsOf(one), lengths }), expected.shape, expected.mean)
        const { values, indices } = maxPools[dimensions](x, { ...optionsOf(one), lengths, indices: true })
        same(values, expected.shape, expected.max)
        same(indices, expected.shape, expected.places)
      }),
      runs,
    )
  })

  test('weights and masks, with holes in them', () => {
    fc.assert(
      fc.property(cases(dimensions), (one) => {
        const { data, shape, axes, keep, rows } = one
        const expected = loops(data, shape, axes, { keep, weight: (n, t) => rows[n * shape[1]! + t]! })
        const weights = { data: rows, shape: shape.slice(0, 2) }
        const both = pools[dimensions](['mean', 'max'], { data, shape }, { ...optionsOf(one), weights })
        // A list's outputs stand side by side in the channels, output slowest.
        const channels = shape.at(-1)!
        const joined = expected.mean.flatMap((_, i) =>
          i % channels === 0 ? [...expected.mean.slice(i, i + channels), ...expected.max.slice(i, i + channels)] : [],
        )
        same(both, [...expected.shape.slice(0, -1), 2 * channels], joined)
      }),
      runs,
    )
  })

  test('channels first, and without the batch axis', () => {
    fc.assert(
      fc.property(cases(dimensions), (one) => {
        const { data, shape } = one
        const expected = maxPools[dimensions]({ data, shape }, { ...optionsOf(one), indices: true })
        const first = maxPools[dimensions](channelsFirst({ data: Float32Array.from(data), shape }), {
          ...optionsOf(one),
          channels: 'first',
          indices: true,
        })
        expect(first).toEqual({ values: channelsFirst(expected.values), indices: channelsFirst(expected.indices) })
        const size = data.length / shape[0]!
        const alone = maxPools[dimensions]({ data: data.slice(0, size), shape: shape.slice(1) }, optionsOf(one))
        expect(alone.shape).toEqual(expected.values.shape.slice(1))
        expect(alone.data).toEqual(expected.values.data.slice(0, alone.data.length))
      }),
      runs,
    )
  })
})

/** (N, …, C) as (N, C, …). */
function channelsFirst({ data, shape }: Tensor): Tensor {
  const [batch, channels] = [shape[0]!, shape.at(-1)!]
  const positions = data.length / batch / channels
  const out = data.slice()
  for (let n = 0; n < batch; n++)
    for (let p = 0; p < positions; p++)
      for (let c = 0; c < channels; c++) out[(n * channels + c) * positions + p] = data[(n * positions + p) * channels + c]!
  return { data: out, shape: [batch, channels, ...shape.slice(1, -1)] }
}

describe('global pooling', () => {
  const x = { data: Array.from({ length: 24 }, (_, i) => i), shape: [2, 3, 2, 2] }

  test('over all positions of a channel, of ragged samples too', () => {
    // Channel 0 holds the even numbers, 12 a sample.
    expect(globalPool('mean', x)).toEqual({ data: Float32Array.of(5, 6, 17, 18), shape: [2, 2] })
    expect(globalPool('max', x, { lengths: [1, 3] })).toEqual({ data: Float32Array.of(2, 3, 22, 23), shape: [2, 2] })
    expect(globalPool('mean', x, { lengths: [0, 1] }).data).toEqual(Float32Array.of(0, 0, 13, 14))
  })

  test('keeps the pooled axes as ONNX does, or when told to', () => {
    expect(globalPool('max', x, { keepdims: true }).shape).toEqual([2, 1, 1, 2])
    expect(globalPool(['max', 'mean'], x, { dialect: 'onnx' }).shape).toEqual([2, 6, 1, 1])
    expect(globalPool('max', x, { dialect: 'torch' }).shape).toEqual([2, 3])
  })
})
