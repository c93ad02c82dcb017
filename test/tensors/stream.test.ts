// The 2-D stage over a stream of rows equals the tensor function on the whole, bit for bit.
import fc from 'fast-check'
import { blocks, chain, type Frames, type PoolingLike, pool2d as stage, toFrames } from 'poolwise'
import { fromTensor, pool2d, type Tensor, toTensor } from 'poolwise/tensors'
import { concatMap, from, lastValueFrom, map, toArray } from 'rxjs'
import { expect, test } from 'vitest'

type Options = Parameters<typeof stage>[1]

const size = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }))
const stride = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }))
const dilation = fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 }))
const partial = fc.constantFrom('drop', 'keep')
const includePad = fc.boolean()
const maybe = { requiredKeys: ['size'] as ['size'] }

/** What each dialect takes; a few are refused for their data's sizes alone. */
const geometry: fc.Arbitrary<Options> = fc.oneof(
  fc.record({ dialect: fc.constant('keras'), size, stride, padding: fc.constantFrom('valid', 'same') }),
  fc.record({ dialect: fc.constant('keras'), size, stride: fc.constant(1), dilation, padding: fc.constantFrom('valid', 'same') }),
  fc
    .record(
      { dialect: fc.constant('torch'), size, stride, dilation, padding: fc.nat(2), partial, includePad },
      { requiredKeys: ['dialect', 'size'] },
    )
    .map((options) =>
      options.padding === undefined ? options : { ...options, padding: Math.min(options.padding, ...options.size.map((k) => k >> 1)) },
    ),
  fc.record({ dialect: fc.constantFrom('keras', 'onnx'), size, padding: fc.constant('same') }),
  fc.record(
    { dialect: fc.constant('onnx'), size, stride, dilation, padding: fc.constantFrom('same', 'same-lower'), includePad },
    { requiredKeys: ['dialect', 'size', 'padding'] },
  ),
  ...[{}, { dialect: fc.constant('onnx') }].map((dialect) =>
    fc
      .record({ ...dialect, size, stride, dilation, pads: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }), partial, includePad }, maybe)
      .map(({ pads = [0, 0, 0, 0], ...options }) => {
        const extents = options.size.map((k, axis) => (options.dilation?.[axis] ?? 1) * (k - 1) + 1)
        return { ...options, padding: extents.map((extent, axis) => [pads[2 * axis]! % extent, pads[2 * axis + 1]! % extent]) }
      }),
  ),
) as fc.Arbitrary<object> as fc.Arbitrary<Options>

/** Rows of bins, NaN among them. */
const map2d = fc
  .record({ time: fc.integer({ min: 1, max: 12 }), bins: fc.integer({ min: 1, max: 6 }), channels: fc.integer({ min: 1, max: 2 }) })
  .chain(({ time, bins, channels }) =>
    fc
      .array(fc.double({ min: -9, max: 9, noNaN: false, noDefaultInfinity: true }), {
        minLength: time * bins * channels,
        maxLength: time * bins * channels,
      })
      .map((data): Tensor => ({ data: Float32Array.from(data), shape: [time, bins, channels] })),
  )

const poolings: PoolingLike[] = ['max', 'mean', 'std', 'softPool', ['min', 'mean'], 'sum']

test('in blocks of any length, whether or not the length is known beforehand', () => {
  let [equal, refused] = [0, 0]
  const seen = new Map<string, number>()
  fc.assert(
    fc.property(
      geometry,
      map2d,
      fc.constantFrom(...poolings),
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
      (options, x, pooling, length, known) => {
        let whole: Tensor
        try {
          whole = pool2d(pooling, x, { ...options, channels: 'last' } as Parameters<typeof pool2d>[2])
        } catch {
          refused++
          return
        }
        // Keras' and ONNX's empty results have no bins, which frames must have.
        if (whole.shape[1] === 0) {
          expect(() => stage(pooling, options).plan(fromTensor(x).layout)).toThrow('must fit into')
          return
        }
        const rows = fromTensor(x)
        const { length: _, ...unknown } = rows.layout
        const layout = known ? rows.layout : unknown
        const machine = chain(stage(pooling, options)).plan(layout).open()
        const out = [...blocks(rows as Frames, length)].map((block) => machine.push({ ...block, layout }))
        const pooled = [...out, machine.close()].filter((block): block is Frames => block !== undefined && block.length > 0)
        const data = Float32Array.from(pooled.flatMap((block) => [...toTensor(block).data]))
        expect(pooled.reduce((count, block) => count + block.length, 0)).toBe(whole.shape[0])
        expect(data).toEqual(whole.data)
        if (pooled[0]) expect(toTensor(pooled[0]).shape.slice(1)).toEqual(whole.shape.slice(1))
        equal++
        const name = options.dialect ?? 'none'
        seen.set(name, (seen.get(name) ?? 0) + 1)
      },
    ),
    { numRuns: 2000, seed: 3 },
  )
  const dialects = [...seen].map(([name, count]) => `${name} ${count}`).join(', ')
  console.log(
    `2-D stage over rows and tensor function: ${equal} equal to the bit (dialects: ${dialects}), ${refused} refused by the tensor function`,
  )
  expect(equal).toBeGreaterThan(1000)
  expect(seen.size).toBe(4)
})

test('as an Observable of rows', async () => {
  const shape = [7, 4, 1]
  const data = Float32Array.from({ length: 28 }, (_, i) => Math.sin(i))
  const rows = Array.from({ length: 7 }, (_, t) => data.subarray(4 * t, 4 * t + 4))
  const options = { size: 3, stride: 2, padding: 'same', dialect: 'keras' } as const
  const pooled = await lastValueFrom(
    from(rows).pipe(
      toFrames({ bins: 4 }),
      stage('mean', options),
      map((block) => toTensor(block).data as Float32Array),
      concatMap((values) => from(values)),
      toArray(),
    ),
  )
  expect(Float32Array.from(pooled)).toEqual(pool2d('mean', { data, shape }, options).data)
})
