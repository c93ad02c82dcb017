import fc from 'fast-check'
import { apply, frames, globalPool, l2Normalize, quantize, stageFrom, truncate } from 'poolwise'
import { describe, expect, test } from 'vitest'
import { cuts, sequence, streams } from '../laws/laws.ts'
import { property } from '../property.ts'

const shape = fc.record({
  planes: fc.integer({ min: 1, max: 2 }),
  bins: fc.integer({ min: 1, max: 9 }),
  channels: fc.integer({ min: 1, max: 2 }),
})

describe('truncate', () => {
  property([shape, fc.nat(30)])('keeps the first values of each frame, and their names', (shape, more) => {
    const lanes = shape.planes * shape.bins * shape.channels
    const size = 1 + (more % lanes)
    const rows = Array.from({ length: 3 }, (_, t) => Array.from({ length: lanes }, (_, i) => 100 * t + i))
    const input = frames(rows.flat(), { ...shape, weights: [1, 0, 2] })
    const out = apply(input, truncate({ dimensions: size }))
    expect([...out.data]).toEqual(rows.flatMap((row) => row.slice(0, size)))
    expect(out.weights).toEqual(input.weights)
    expect(out.layout).toMatchObject({ planes: 1, bins: size, channels: 1 })
  })

  test('comes before the norm in Matryoshka embeddings, by name and from JSON', () => {
    const vector = frames([3, 4, 12], { bins: 3, names: { bins: ['a', 'b', 'c'] } })
    const out = apply(vector, truncate({ dimensions: 2 }), l2Normalize())
    expect([...out.data]).toEqual([0.6, 0.8].map(Math.fround))
    expect(out.layout.names.bins).toEqual(['a', 'b'])
    expect(apply(vector, stageFrom(JSON.parse(JSON.stringify(truncate({ dimensions: 1 }).spec)))).data).toEqual(Float32Array.of(3))
  })

  test('refuses sizes that are none, or more than there is', () => {
    expect(() => truncate({ dimensions: 0 })).toThrow('truncate: dimensions must be an integer ≥ 1, got 0')
    expect(() => truncate({} as { dimensions: number })).toThrow(TypeError)
    expect(() => apply(frames([1, 2], { bins: 2 }), truncate({ dimensions: 3 }))).toThrow(
      'truncate: dimensions must be at most the 2 values of a frame, got 3',
    )
  })
})

describe('quantize', () => {
  const finite = fc.float({ min: -4, max: 4, noNaN: true })

  property([
    fc
      .integer({ min: 1, max: 5 })
      .chain((lanes) => fc.array(fc.array(finite, { minLength: lanes, maxLength: lanes }), { minLength: 1, maxLength: 6 })),
    finite,
    fc.double({ min: 0.01, max: 5, noNaN: true }),
  ])('int8 and uint8: 255 steps from low to high, one range or one each', (rows, low, width) => {
    const lanes = rows[0]!.length
    const input = frames(rows.flat(), { bins: lanes })
    const lows = rows[0]!.map((_, i) => low + i / 4)
    const highs = lows.map((from, i) => from + width * (i + 1))
    const byte = (x: number, from: number, to: number, least: number) => {
      const level = (x - from) / ((to - from) / 255) + least
      return level < least ? least : level > least + 255 ? least + 255 : level < 0 ? Math.ceil(level) + 0 : Math.floor(level)
    }
    for (const [precision, least] of [
      ['int8', -128],
      ['uint8', 0],
    ] as const) {
      const each = apply(input, quantize({ precision, ranges: [lows, highs] }))
      expect([...each.data]).toEqual(rows.flatMap((row) => row.map((x, i) => byte(x, lows[i]!, highs[i]!, least))))
      expect(each.layout).toEqual(input.layout)
      const one = apply(input, quantize({ precision, ranges: [low, low + width] }))
      expect([...one.data]).toEqual(rows.flatMap((row) => row.map((x) => byte(x, low, low + width, least))))
    }
  })

  test('int8 of NumPy, and the ends of the type beyond the ranges', () => {
    const input = frames([-1, -0.999, -0.5, 0, 0.001, 0.5, 1, 7, -7, NaN, Infinity], { bins: 11 })
    // np.trunc((x + 1) / (2 / 255) - 128); 1 / (2 / 255) is 127.5, which less 128 is −0.5, towards 0.
    expect([...apply(input, quantize({ precision: 'int8', ranges: [-1, 1] })).data]).toEqual([
      -128,
      -127,
      -64,
      0,
      0,
      63,
      127,
      127,
      -128,
      NaN,
      127,
    ])
    expect([...apply(input, quantize({ precision: 'uint8', ranges: [-1, 1] })).data]).toEqual([
      0,
      0,
      63,
      127,
      127,
      191,
      255,
      255,
      0,
      NaN,
      255,
    ])
  })

  test('the ranges of vectors are their smallest and largest values', () => {
    const vectors = frames([1, -3, 5, 7, 2, 0], { bins: 2 })
    const { data } = apply(vectors, globalPool(['min', 'max']))
    const ranges = [[...data.subarray(0, 2)], [...data.subarray(2)]] as const
    expect([...apply(vectors, quantize({ precision: 'uint8', ranges })).data]).toEqual([0, 0, 255, 255, 63, 76])
  })

  property([
    shape.chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.array(fc.oneof(finite, fc.constant(0), fc.constant(NaN)), {
          minLength: 2 * shape.planes * shape.bins * shape.channels,
          maxLength: 2 * shape.planes * shape.bins * shape.channels,
        }),
      ),
    ),
  ])('binary: a bit a value, 1 above 0, the most significant first', ([shape, values]) => {
    const lanes = values.length / 2
    const bytes = [0, 1].flatMap((t) => {
      const bits = values.slice(t * lanes, (t + 1) * lanes).map((x) => (x > 0 ? '1' : '0'))
      return Array.from({ length: Math.ceil(lanes / 8) }, (_, k) =>
        Number.parseInt(
          bits
            .slice(8 * k, 8 * k + 8)
            .join('')
            .padEnd(8, '0'),
          2,
        ),
      )
    })
    const input = frames(values, shape)
    expect([...apply(input, quantize({ precision: 'ubinary' })).data]).toEqual(bytes)
    expect([...apply(input, quantize({ precision: 'binary' })).data]).toEqual(bytes.map((byte) => byte - 128))
  })

  test('binary names the values in each byte', () => {
    const bins = Array.from({ length: 17 }, (_, i) => `dim${i}`)
    const { layout } = apply(frames(new Float32Array(17), { bins: 17, names: { bins } }), quantize({ precision: 'binary' }))
    expect(layout).toMatchObject({ planes: 1, bins: 3, channels: 1, names: { bins: ['dim0-dim7', 'dim8-dim15', 'dim16'] } })
  })

  test('refuses ranges that are none', () => {
    const make = (options: unknown) => () => quantize(options as { precision: 'int8' })
    expect(make({ precision: 'int4' })).toThrow('quantize: precision must be one of int8, uint8, binary, ubinary, got "int4"')
    expect(make({ precision: 'int8' })).toThrow("quantize: precision 'int8' must come with ranges such as [-1, 1]")
    expect(make({ precision: 'int8', ranges: [1] })).toThrow('must come with ranges')
    expect(make({ precision: 'int8', ranges: [0, NaN] })).toThrow('a bound of ranges must be a finite number, got NaN')
    expect(make({ precision: 'int8', ranges: [[], 1] })).toThrow('ranges must hold numbers')
    expect(make({ precision: 'binary', ranges: [0, 1] })).toThrow("ranges have no effect with precision 'binary'")
    const plan = (ranges: readonly [number | number[], number | number[]]) => () =>
      apply(frames([1, 2], { bins: 2 }), quantize({ precision: 'int8', ranges }))
    expect(plan([[0, 0, 0], 1])).toThrow('quantize: ranges must hold one number or one for each of the 2 values of a frame, got 3')
    expect(plan([1, 1])).toThrow('quantize: ranges must rise from low to high')
    expect(plan([0, [1, -1]])).toThrow('ranges must rise')
  })
})

test.each([truncate({ dimensions: 2 }), quantize({ precision: 'int8', ranges: [-3, [1, 2, 3]] }), quantize({ precision: 'binary' })])(
  'the same bits whatever the blocks, saved or not, length known or not',
  (stage) => {
    fc.assert(fc.property(sequence(24, { bins: 3 }), cuts, fc.nat(30), (block, sizes, at) => streams(stage, block, sizes, at)))
    expect(stageFrom(JSON.parse(JSON.stringify(stage.spec))).spec).toEqual(stage.spec)
  },
)
