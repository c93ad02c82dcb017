// Positions counted column by column, as ONNX' storage_order 1 has them.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maxPool1d, maxPool2d, maxPool3d, maxUnpool1d, maxUnpool2d, maxUnpool3d, type Tensor } from '../../src/tensors.ts'

test("ONNX' own case, test_maxpool_with_argmax_2d_precomputed_strides", () => {
  const x = { data: Float32Array.from({ length: 25 }, (_, i) => i + 1), shape: [1, 1, 5, 5] }
  const { values, indices } = maxPool2d(x, { size: 2, stride: 2, indices: true, indexOrder: 'column', dialect: 'onnx' })
  expect([...values.data]).toEqual([7, 9, 17, 19])
  expect([...indices.data]).toEqual([6, 16, 8, 18])
})

const pools = [
  [1, maxPool1d, maxUnpool1d],
  [2, maxPool2d, maxUnpool2d],
  [3, maxPool3d, maxUnpool3d],
] as const

test.each(pools)('over %s axes: the digits of a position the other way round, and back where it came from', (axes, pool, unpool) => {
  const lengths = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: axes, maxLength: axes })
  fc.assert(
    fc.property(
      lengths,
      fc.constantFrom('first', 'last'),
      fc.boolean(),
      fc.infiniteStream(fc.integer({ min: -9, max: 9 })),
      (size, channels, onnx, numbers) => {
        const shape = channels === 'first' ? [2, 3, ...size] : [2, ...size, 3]
        const data = Float32Array.from({ length: shape.reduce((count, length) => count * length, 1) }, () => numbers.next().value)
        const options = { size: 2, stride: 1, padding: 'same', channels, indices: true, ...(onnx && { dialect: 'onnx' as const }) } as const
        const rows = pool({ data, shape }, options)
        const columns = pool({ data, shape }, { ...options, indexOrder: 'column' })
        expect(columns.values).toEqual(rows.values)
        const apart = (place: number) =>
          size.map((length, axis) => Math.floor(place / size.slice(axis + 1).reduce((a, b) => a * b, 1)) % length)
        const byHand = Array.from(rows.indices.data, (place) =>
          apart(place).reduceRight((sum, digit, axis) => sum * size[axis]! + digit, 0),
        )
        expect([...columns.indices.data]).toEqual(byHand)
        const back = (indices: Tensor, indexOrder: 'row' | 'column') =>
          unpool(rows.values, indices, { outputSize: size, channels, indexOrder })
        expect(back(columns.indices, 'column')).toEqual(back(rows.indices, 'row'))
      },
    ),
  )
})

test('the maximum of padding alone is nowhere, and is put nowhere', () => {
  const x = { data: [-3, 1], shape: [1, 2, 1] }
  const { values, indices } = maxPool1d(x, { size: 2, stride: 3, padding: 1, dilation: 3, indices: true, indexOrder: 'column' })
  expect([...values.data, ...indices.data]).toEqual([-Infinity, -1])
  expect([...maxUnpool1d(values, indices, { outputSize: 2 }).data]).toEqual([0, 0])
  expect(() => maxUnpool1d(values, { data: [-2], shape: [1, 1, 1] }, { outputSize: 2 })).toThrow(
    'an index must be an integer from 0 to 1, got -2',
  )
})

test('what cannot be said is refused', () => {
  const x = { data: [1, 2], shape: [1, 1, 2] }
  expect(() => maxPool1d(x, { size: 2, indices: true, indexOrder: 'column', dialect: 'torch' })).toThrow(
    `maxPool1d: with dialect 'torch' indexOrder must be 'row', got "column"`,
  )
  expect(() => maxUnpool1d(x, x, { size: 2, indexOrder: 'column', dialect: 'keras' })).toThrow(
    "with dialect 'keras' indexOrder must be 'row'",
  )
  expect(() => maxPool1d(x, { size: 2, indexOrder: 'column' })).toThrow(
    "maxPool1d: with indexOrder 'column' indices must be true, got false",
  )
  expect(() => maxPool1d(x, { size: 2, storage_order: 1 } as never)).toThrow('did you mean "indexOrder"?')
})
