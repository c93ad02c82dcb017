import fc from 'fast-check'
import { avgPool2d, type Comparison, compareDialects, type Geometry, maxPool2d, type PoolOptions, pool2d } from 'poolwise/tensors'
import { expect, test } from 'vitest'

const row = (geometry: Geometry, dialect: Comparison['dialect']) => compareDialects(geometry).find((one) => one.dialect === dialect)!

test('same over 5 with a window of 3 and stride 2: Keras divides by 2 at both ends, PyTorch has no such padding', () => {
  const geometry: Geometry = { shape: [5], size: 3, stride: 2, padding: 'same' }
  expect(compareDialects(geometry).map(({ dialect }) => dialect)).toEqual(['poolwise', 'keras', 'torch', 'onnx'])
  expect(row(geometry, 'keras')).toEqual({ dialect: 'keras', output: [3], stride: [2], padding: [[1, 1]], average: { first: 2, last: 2 } })
  expect(row(geometry, 'torch')).toEqual({ dialect: 'torch', refused: 'padding must be a number, got "same"' })
})

test('without a stride windows lie side by side, but in ONNX one apart', () => {
  const strides = compareDialects({ shape: [6, 6], size: [2, 3] }).map((one) => ('stride' in one ? one.stride : one.refused))
  expect(strides).toEqual([
    [2, 3],
    [2, 3],
    [2, 3],
    [1, 1],
  ])
})

test('PyTorch counts padding in averages, and drops the window that would start in the padding after', () => {
  // torch.nn.AvgPool2d(4, stride=4, padding=2, ceil_mode=True) over 9 × 9 gives 3 × 3.
  const geometry: Geometry = { shape: [9, 9], size: 4, stride: 4, padding: 2, partial: 'keep' }
  expect(row(geometry, 'torch')).toMatchObject({ output: [3, 3], average: { first: 16, last: 16 } })
  expect(row(geometry, 'onnx')).toMatchObject({ output: [3, 3], average: { first: 4, last: 9 } })
})

test('dilation: Keras only with stride 1, PyTorch only in maxima', () => {
  expect(row({ shape: [9], size: 3, stride: 2, dilation: 2 }, 'keras')).toEqual({
    dialect: 'keras',
    refused: 'stride must be 1 where dilation is 2, got 2',
  })
  expect(row({ shape: [9], size: 3, stride: 2, dilation: 2 }, 'torch')).toMatchObject({
    output: [3],
    average: { refused: 'dilation must be 1, got 2' },
  })
})

test('what all refuse alike is thrown', () => {
  const wrong = (geometry: object) => () => compareDialects(geometry as Geometry)
  expect(wrong({ shape: [], size: 2 })).toThrow('compareDialects: shape must hold 1 to 3 lengths, got []')
  expect(wrong({ shape: [0], size: 2 })).toThrow('compareDialects: a length must be an integer ≥ 1, got 0')
  expect(wrong({ shape: [5], size: [2, 2] })).toThrow('compareDialects: size must be one value or one for each of the 1 axes, got [2,2]')
  expect(wrong({ shape: [5], size: 2, pad: 1 })).toThrow('compareDialects: unknown option "pad"')
  expect(wrong({ shape: [5], size: 20, stride: 2 })).toThrow('compareDialects: a window of 20 must fit into the padded axis of 5')
})

test('every row is what the functions do', () => {
  const small = fc.integer({ min: 1, max: 4 })
  const geometry = fc.record(
    {
      shape: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 2 }),
      size: fc.tuple(small, small),
      stride: small,
      dilation: fc.constantFrom(1, 1, 2),
      padding: fc.oneof(fc.constantFrom('valid', 'same', 'same-lower'), fc.nat(2), fc.tuple(fc.tuple(fc.nat(2), fc.nat(2)), fc.nat(1))),
      partial: fc.constantFrom('drop', 'keep'),
    },
    { requiredKeys: ['shape', 'size'] },
  )
  let [made, refused] = [0, 0]
  const attempt = <Value>(run: () => Value) => {
    try {
      return run()
    } catch (error) {
      return error as Error
    }
  }
  fc.assert(
    fc.property(geometry as fc.Arbitrary<Geometry>, (one) => {
      const { shape, ...options } = one
      const rows = attempt(() => compareDialects(one))
      const x = { data: new Float32Array(shape[0]! * shape[1]!).fill(1), shape: [1, ...shape, 1] }
      for (const dialect of ['poolwise', 'keras', 'torch', 'onnx'] as const) {
        const given: PoolOptions = { ...options, ...(dialect !== 'poolwise' && { dialect }), channels: 'last' }
        const max = attempt(() => maxPool2d(x, given))
        const found = rows instanceof Error ? undefined : rows.find((row) => row.dialect === dialect)!
        if (!found || 'refused' in found) {
          expect(max).toBeInstanceOf(Error)
          refused++
          continue
        }
        made++
        expect((max as { shape: readonly number[] }).shape).toEqual([1, ...found.output, 1])
        const mean = attempt(() => avgPool2d(x, given))
        if ('refused' in found.average) {
          expect(mean).toBeInstanceOf(Error)
          continue
        }
        if (found.output.includes(0)) continue
        // Over ones the sum is the number of real elements, and the mean that by the divisor.
        const sum = pool2d('sum', x, given).data
        const means = (mean as { data: Float32Array }).data
        const divisor = (at: number) => (means.at(at) === 0 ? 0 : Math.round(sum.at(at)! / means.at(at)!))
        if (divisor(0) > 0) expect(found.average.first).toBe(divisor(0))
        if (divisor(-1) > 0) expect(found.average.last).toBe(divisor(-1))
      }
    }),
    { numRuns: 1500, seed: 4 },
  )
  console.log(`compareDialects: ${made} rows equal to the functions, ${refused} refused by both`)
  expect(made).toBeGreaterThan(1500)
})
