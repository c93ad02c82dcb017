// Windows given by their ends: adaptive, fractional; and the way back, unpooling.
import fc from 'fast-check'
import {
  adaptiveAvgPool1d,
  adaptiveMaxPool2d,
  adaptivePool1d,
  adaptivePool2d,
  type FractionalOptions,
  fractionalAvgPool2d,
  fractionalMaxPool2d,
  maxPool1d,
  maxPool2d,
  maxUnpool1d,
  maxUnpool2d,
  maxUnpool3d,
} from 'poolwise/tensors'
import { describe, expect, test } from 'vitest'

/** 0, 1, 2 … as one channel: maxima are last positions, and first − last ones are minima. */
const ramp = (...size: number[]) => ({
  data: Float32Array.from({ length: size.reduce((product, length) => product * length, 1) }, (_, i) => i),
  shape: [1, ...size, 1],
})

/** First and last + 1 position of each adaptive window. */
const windowsOf = (rule: 'torch' | 'spp' | 'caffe', length: number, size: number) => {
  const { data } = adaptivePool1d(['min', 'max'], ramp(length), { size, rule })
  return Array.from({ length: data.length / 2 }, (_, i) => [data[2 * i]!, data[2 * i + 1]! + 1])
}

describe('the three adaptive rules, by name', () => {
  test('torch: ⌊iL/n⌋ … ⌈(i+1)L/n⌉', () => {
    expect(windowsOf('torch', 11, 4)).toEqual([
      [0, 3],
      [2, 6],
      [5, 9],
      [8, 11],
    ])
  })

  test('spp: windows of ⌈L/n⌉ at strides of ⌊L/n⌋, which makes 5 of 11 into 4', () => {
    expect(windowsOf('spp', 11, 4)).toEqual([
      [0, 3],
      [2, 5],
      [4, 7],
      [6, 9],
      [8, 11],
    ])
    // The paper's own example, 13 × 13 into 3 × 3: windows of 5 at strides of 4.
    expect(windowsOf('spp', 13, 3)).toEqual([
      [0, 5],
      [4, 9],
      [8, 13],
    ])
  })

  test('caffe: windows and strides of ⌈L/n⌉ over half of the missing as padding', () => {
    // 4 · 3 − 11 = 1 is missing; ⌊(1 + 1) / 2⌋ = 1 before.
    expect(windowsOf('caffe', 11, 4)).toEqual([
      [0, 2],
      [2, 5],
      [5, 8],
      [8, 11],
    ])
  })

  test('more windows than positions repeat them; null leaves an axis as it is', () => {
    expect(Array.from(adaptiveAvgPool1d(ramp(2), { size: 4 }).data)).toEqual([0, 0, 1, 1])
    expect(adaptivePool2d('max', ramp(4, 6), { size: [null, 2] }).shape).toEqual([1, 4, 2, 1])
  })

  test('any length and number, by loops', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), (length, size) => {
        const expected = Array.from({ length: size }, (_, i) => [Math.floor((i * length) / size), Math.ceil(((i + 1) * length) / size)])
        expect(windowsOf('torch', length, size)).toEqual(expected)
      }),
    )
  })

  test('places count through the whole map', () => {
    const { values, indices } = adaptiveMaxPool2d(ramp(4, 4), { size: 2, indices: true })
    expect(Array.from(values.data)).toEqual([5, 7, 13, 15])
    expect(Array.from(indices.data)).toEqual([5, 7, 13, 15])
  })
})

describe('fractional pooling', () => {
  const noise = { data: Float32Array.from({ length: 2 * 3 * 169 }, (_, i) => Math.sin(i * i)), shape: [2, 3, 13, 13] }
  const data = (options: FractionalOptions) => fractionalMaxPool2d(noise, options).data

  test.each<[string, FractionalOptions]>([
    ['torch', { size: 2, outputSize: 7 }],
    ['tensorflow', { system: 'tensorflow', channels: 'first', outputRatio: 0.7 }],
    ['tensorflow, shuffled steps', { system: 'tensorflow', channels: 'first', outputRatio: 0.7, pseudoRandom: false }],
  ])('%s: the seed says it all', (_, options) => {
    expect(data({ ...options, seed: 5 })).toEqual(data({ ...options, seed: 5 }))
    expect(data(options)).toEqual(data({ ...options, seed: 0 }))
    const seeds = [0, 1, 2, 3].map((seed) => Array.from(data({ ...options, seed })).join())
    expect(new Set(seeds).size).toBeGreaterThan(1)
  })

  test('torch: windows of the size from ⌊(i + u)α⌋ − ⌊uα⌋ on, the last at the end, with the samples given width before height', () => {
    const u = { height: 0.25, width: 0.8 }
    const samples = { data: [u.width, u.height], shape: [1, 1, 2] }
    const { values, indices } = fractionalMaxPool2d(ramp(13, 13), { size: 2, outputSize: [7, 5], samples, indices: true, channels: 'last' })
    const first = (count: number, u: number) => {
      const alpha = (13 - 2) / (count - 1)
      return Array.from({ length: count }, (_, i) => (i === count - 1 ? 11 : Math.floor((i + u) * alpha) - Math.floor(u * alpha)))
    }
    // Of a ramp the last position of each window is the maximum, and where it is.
    const expected = first(7, u.height).flatMap((row) => first(5, u.width).map((column) => (row + 1) * 13 + column + 1))
    expect(Array.from(values.data)).toEqual(expected)
    expect(Array.from(indices.data)).toEqual(expected)
  })

  /** The boundaries of TensorFlow's windows over the first axis. */
  const edges = (length: number, count: number, seed: number, pseudoRandom: boolean) => {
    const { data } = fractionalMaxPool2d(ramp(length, 1), { system: 'tensorflow', outputSize: [count, 1], seed, pseudoRandom })
    return [0, ...Array.from(data, (last) => last + 1)]
  }
  const sizes = fc
    .tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 100 }), fc.nat(1e6))
    .filter(([count, length]) => count <= length)

  test('tensorflow: steps of ⌊α⌋ or ⌊α⌋ + 1 that sum to L, whichever way they are drawn', () => {
    fc.assert(
      fc.property(sizes, fc.boolean(), ([count, length, seed], pseudoRandom) => {
        const all = edges(length, count, seed, pseudoRandom)
        const alpha = Math.floor(length / count)
        expect(all.length).toBe(count + 1)
        expect(all.at(-1)).toBe(length)
        for (let i = 0; i < count; i++) expect([alpha, alpha + 1]).toContain(all[i + 1]! - all[i]!)
      }),
      { numRuns: 1000 },
    )
  })

  test('tensorflow, pseudo-random: the boundaries are ⌈α(i + u)⌉ for one u', () => {
    fc.assert(
      fc.property(sizes, ([count, length, seed]) => {
        const alpha = length / count
        const inner = edges(length, count, seed, true).slice(1, -1)
        // ⌈α(i + u)⌉ = e + 1 (TensorFlow counts from 1) says e / α − i < u ≤ (e + 1) / α − i.
        const above = Math.max(...inner.map((edge, i) => edge / alpha - (i + 1)))
        const below = Math.min(...inner.map((edge, i) => (edge + 1) / alpha - (i + 1)))
        expect(above).toBeLessThan(below + 1e-12)
      }),
      { numRuns: 1000 },
    )
  })

  test('tensorflow, overlapping: windows take in the boundary that the next begins with', () => {
    const options = { system: 'tensorflow', outputSize: [5, 1], seed: 3 } as const
    const apart = Array.from(fractionalMaxPool2d(ramp(13, 1), options).data)
    const overlapping = Array.from(fractionalMaxPool2d(ramp(13, 1), { ...options, overlapping: true }).data)
    expect(overlapping).toEqual(apart.map((last) => Math.min(12, last + 1)))
  })

  test('the mean has the same windows as the maximum', () => {
    const options = { system: 'tensorflow', outputSize: [5, 1], seed: 3 } as const
    const last = Array.from(fractionalMaxPool2d(ramp(13, 1), options).data)
    // The mean of whole numbers in a row is halfway between the first and the last.
    const middles = last.map((end, i) => ((i === 0 ? 0 : last[i - 1]! + 1) + end) / 2)
    expect(Array.from(fractionalAvgPool2d(ramp(13, 1), options).data)).toEqual(middles)
  })

  test('samples outside 0 … 1, and of another number, are refused', () => {
    const given = (data: number[]) => () =>
      fractionalMaxPool2d(ramp(5, 5), { size: 2, outputSize: 3, samples: { data, shape: [1, 1, data.length] }, channels: 'last' })
    expect(given([0.5, 1])).toThrow('fractionalMaxPool2d: samples must be from 0 to 1, without 1, got 1')
    expect(given([0.5])).toThrow('fractionalMaxPool2d: samples must hold two for each of the 1 × 1 channels, got 1')
  })
})

describe('unpooling', () => {
  test('puts values back where they were, zeros elsewhere', () => {
    const x = { data: [1, 5, 2, 4, 3, 6, 0, 7], shape: [1, 8, 1] }
    const { values, indices } = maxPool1d(x, { size: 2, indices: true })
    expect(maxUnpool1d(values, indices, { size: 2 })).toEqual({ data: Float32Array.of(0, 5, 0, 4, 0, 6, 0, 7), shape: [1, 8, 1] })
  })

  test('of values with the same place the last one wins', () => {
    const at = { data: [2, 2, 0], shape: [1, 3, 1] }
    expect(Array.from(maxUnpool1d({ data: [7, 8, 9], shape: [1, 3, 1] }, at, { outputSize: 4 }).data)).toEqual([9, 0, 8, 0])
  })

  test('sizes follow from the window, (L′ − 1)·stride − 2·padding + size, or are given', () => {
    const map = { data: [1, 2, 3, 4], shape: [1, 2, 2, 1] }
    const places = { data: [0, 1, 2, 3], shape: [1, 2, 2, 1] }
    expect(maxUnpool2d(map, places, { size: 3, stride: 2, padding: 1 }).shape).toEqual([1, 3, 3, 1])
    expect(maxUnpool2d(map, places, { outputSize: [5, 4] }).shape).toEqual([1, 5, 4, 1])
    expect(maxUnpool2d(map, places, { size: 2, dialect: 'torch' }).shape).toEqual([1, 2, 4, 2])
    expect(maxUnpool3d({ data: [1], shape: [1, 1, 1, 1] }, { data: [7], shape: [1, 1, 1, 1] }, { size: 2 }).data).toEqual(
      Float32Array.of(0, 0, 0, 0, 0, 0, 0, 1),
    )
  })

  test('after pooling gives back maps that hold nothing but maxima', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1, max: 9, noNaN: true }), { minLength: 12, maxLength: 12 }), (maxima) => {
        // One value above zero in every window of 2 × 2, the other three zero: 2 samples, 2 × 3 windows.
        const data = new Float32Array(48)
        for (const [i, value] of maxima.entries()) {
          const [n, row, column] = [Math.floor(i / 6), Math.floor((i % 6) / 3), i % 3]
          data[n * 24 + (2 * row + (i % 2)) * 6 + 2 * column + (i % 3 === 0 ? 1 : 0)] = value
        }
        const shape = [2, 4, 6, 1]
        const { values, indices } = maxPool2d({ data, shape }, { size: 2, indices: true })
        expect(maxUnpool2d(values, indices, { size: 2 })).toEqual({ data, shape })
      }),
    )
  })
})
