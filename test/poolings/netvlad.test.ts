import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TensorFile } from '../../src/files/safetensors.ts'
import { apply, frames, globalPool, netVlad, pool1d, pool2d, pyramidPool } from '../../src/index.ts'
import { close, cuts, ignoresUnseen, result, sequence, streams } from '../laws/laws.ts'
import { addRows, bankOf, model, pooledRows, random, rows, sequenceOf, type Weighted } from './frames.ts'

function vladModel(clusters: number, lanes: number, seed: number, { bias = true, centers = clusters, scale = 3 } = {}): TensorFile {
  const next = random(seed)
  return model(
    { 'pool.conv.weight': [clusters, lanes, 1, 1], ...(bias && { 'pool.conv.bias': [clusters] }), 'pool.centroids': [centers, lanes] },
    (name) => (name === 'pool.conv.weight' ? scale * next() : next()),
  )
}

/** V_k = Σ_t softmax_k(w·x_t + b)(x_t − c_k), each of length 1, then all. */
function vlad({ tensors }: TensorFile, seen: readonly Weighted[], ghosts: number): number[] {
  const lanes = seen[0]![0].length
  const [w, b, c] = ['conv.weight', 'conv.bias', 'centroids'].map((name) => tensors.get(`pool.${name}`)?.data)
  const all = w!.length / lanes
  const sums = Array.from({ length: all - ghosts }, () => new Array<number>(lanes).fill(0))
  for (const [x, weight] of seen) {
    if (weight === 0) continue
    const logits = Array.from({ length: all }, (_, k) => x.reduce((sum, value, i) => sum + w![k * lanes + i]! * value, b?.[k] ?? 0))
    const top = Math.max(...logits)
    const total = logits.reduce((sum, s) => sum + Math.exp(s - top), 0)
    for (const [k, sum] of sums.entries()) {
      for (let i = 0; i < lanes; i++) sum[i]! += weight * (Math.exp(logits[k]! - top) / total) * (x[i]! - c![k * lanes + i]!)
    }
  }
  const unit = (v: number[]) => v.map((x) => x / Math.max(Math.hypot(...v), 1e-12))
  return unit(sums.flatMap(unit))
}

const seed = fc.integer({ min: 1, max: 2 ** 30 })
const pooling = netVlad({ tensors: vladModel(4, 4, 21), ghosts: 1, prefix: 'pool' })

test('equals the formula: with ghosts, with centers of ghosts or without, with a bias or none, masks and weights included', () => {
  fc.assert(
    fc.property(rows(3, 12, 1), seed, fc.nat(3), fc.boolean(), fc.boolean(), (all, s, ghosts, bias, short) => {
      const weights = vladModel(4, 3, s, { bias, centers: short ? 4 - ghosts : 4 })
      close(pooledRows(netVlad({ tensors: weights, ghosts, prefix: 'pool' }), all), vlad(weights, all, ghosts), 1e-9, 1)
    }),
  )
})

test('logits of ±10,000 give a frame to one cluster', () => {
  fc.assert(
    fc.property(rows(3, 12, 1), seed, (all, s) => {
      const weights = vladModel(4, 3, s, { scale: 1e4 })
      const given = pooledRows(netVlad({ tensors: weights, prefix: 'pool' }), all)
      expect(given.every(Number.isFinite)).toBe(true)
      close(given, vlad(weights, all, 0), 1e-9, 1)
    }),
  )
})

test('1000 ± 1 keeps its digits where the centers are near', () => {
  const next = random(3)
  const weights = model({ 'pool.conv.weight': [2, 2], 'pool.centroids': [2, 2] }, (name) =>
    name === 'pool.centroids' ? 1000 + next() : next(),
  )
  const all = Array.from({ length: 300 }, (_, t): Weighted => [[1000 + (-1) ** t, 1000 + Math.sin(t)], 1])
  close(pooledRows(netVlad({ tensors: weights, prefix: 'pool' }), all), vlad(weights, all, 0), 1e-9)
})

test('planes are clusters, each of length 1/√K, all of them of length 1', () => {
  const input = frames(
    Float32Array.from({ length: 40 }, (_, i) => Math.sin(i * i)),
    { bins: 4, hop: 0.01 },
  )
  const { layout, data } = apply(input, globalPool(pooling))
  expect(layout.names.planes).toEqual(['cluster0', 'cluster1', 'cluster2'])
  for (let k = 0; k < 3; k++) expect(Math.hypot(...data.subarray(4 * k, 4 * k + 4))).toBeCloseTo(1 / Math.sqrt(3), 6)
  expect(pooling.spec).toEqual({ pooling: 'netVlad', tensors: 'model.safetensors', ghosts: 1, prefix: 'pool' })
})

test('nothing seen gives zeros', () => {
  expect(pooledRows(pooling, [[[1, 2, 3, 4], 0]])).toEqual(new Array(12).fill(0))
})

test('a NaN that is seen makes everything NaN', () => {
  expect(
    pooledRows(pooling, [
      [[1, 2, 3, 4], 1],
      [[1, Number.NaN, 0, 0], 1],
      [[1, 2, 3, 4], 1],
    ]).every(Number.isNaN),
  ).toBe(true)
})

test('merging continues adding, and is associative; the result leaves the state as it was', () => {
  fc.assert(
    fc.property(rows(4, 6), rows(4, 6, 1), rows(4, 6), (x, y, z) => {
      const merged = (order: readonly (readonly [number, number])[]) => {
        const bank = bankOf(pooling, [], 4, 4)
        for (const [i, part] of [x, y, z].entries()) addRows(bank, i, part)
        for (const [into, from] of order) bank.merge(into, from)
        const before = [...bank.buffer]
        const given = result(bank, 0)
        expect([...bank.buffer]).toEqual(before)
        return given
      }
      const whole = pooledRows(pooling, [...x, ...y, ...z])
      // Where a cluster's differences cancel, what is left is rounding, and has a length of 1 as all have.
      fc.pre(lengths([...x, ...y, ...z]).every((length) => length === 0 || length > 1e-3))
      close(
        merged([
          [0, 1],
          [0, 2],
        ]),
        whole,
        1e-9,
        1,
      )
      close(
        merged([
          [1, 2],
          [0, 1],
        ]),
        whole,
        1e-9,
        1,
      )
      expect(merged([[0, 3]])).toEqual(merged([]))
    }),
  )
})

/** How long each cluster's sum is before it is normalized. */
function lengths(all: readonly Weighted[]): number[] {
  const bank = bankOf(pooling, all, 4)
  return Object.values(bank.state(0) as Record<string, Float64Array>).map((sum) => Math.hypot(...sum))
}

test('streams, and never sees a frame of weight 0', () => {
  const stages = [
    pool1d(pooling, { size: 5, stride: 2 }),
    pool1d(pooling, { size: 90, stride: 1, partial: 'keep' }),
    globalPool(pooling),
    globalPool([pooling, 'mean']),
    pyramidPool(pooling),
  ]
  fc.assert(
    fc.property(sequence(30, { planes: 2, bins: 2 }), fc.constantFrom(...stages), cuts, fc.nat(), (input, stage, sizes, at) => {
      streams(stage, input, sizes, at)
      ignoresUnseen(stage, input)
    }),
  )
})

test('long windows slide over what they hold', () => {
  const all = Array.from({ length: 120 }, (_, t): Weighted => [[Math.sin(t), Math.cos(t * t), t % 3, 1], t % 7 === 0 ? 0 : 1])
  const { data, length } = apply(sequenceOf(all, 4), pool1d(pooling, { size: 50, stride: 1 }))
  expect(length).toBe(71)
  for (let o = 0; o < length; o++)
    close(data.subarray(12 * o, 12 * o + 12), Float32Array.from(pooledRows(pooling, all.slice(o, o + 50))), 1e-5, 1)
})

describe('refuses', () => {
  const shaped =
    (shapes: { readonly [name: string]: readonly number[] }, ghosts = 0) =>
    () =>
      netVlad({ tensors: model(shapes, random(1)), ghosts })
  test.each<[string, () => unknown, string | RegExp]>([
    ['no tensors', () => netVlad({} as never), 'netVlad: tensors must be given, got undefined'],
    ['no prefix where there is one', () => netVlad({ tensors: vladModel(4, 3, 1) }), /must hold "conv.weight" of shape \[any, any\]/],
    [
      'as many ghosts as clusters',
      shaped({ 'conv.weight': [4, 3], centroids: [4, 3] }, 4),
      'netVlad: ghosts must be an integer from 0 to 3, got 4',
    ],
    ['ghosts below 0', shaped({ 'conv.weight': [4, 3], centroids: [4, 3] }, -1), 'netVlad: ghosts must be an integer ≥ 0, got -1'],
    ['no cluster', shaped({ 'conv.weight': [0, 3], centroids: [0, 3] }), /netVlad: ghosts must be/],
    [
      'centers of other lanes',
      shaped({ 'conv.weight': [4, 3], centroids: [4, 2] }),
      'netVlad: tensor "centroids" must have shape [any, 3], got [4,2]',
    ],
    [
      'centers of other clusters',
      shaped({ 'conv.weight': [4, 3], centroids: [2, 3] }, 1),
      'netVlad: tensor "centroids" must have 3 rows, or 4 with those of the ghosts, got 2',
    ],
    [
      'a kernel of three',
      shaped({ 'conv.weight': [4, 3, 3, 1], centroids: [4, 3] }),
      /tensor "conv.weight" must have shape \[any, any, 1, 1\]/,
    ],
    ['an unknown option', () => netVlad({ tensors: vladModel(4, 3, 1), clusters: 4 } as never), /unknown option "clusters"/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message)
  })
  test('frames of other lanes, and 2-D', () => {
    expect(() => globalPool(pooling).plan(frames(new Float32Array(5), { bins: 5 }).layout)).toThrow(
      'netVlad: tensors are for frames of 4 lanes, got 5',
    )
    expect(() => pool2d(pooling, { size: 2 }).plan(frames(new Float32Array(4), { bins: 4 }).layout)).toThrow(/pools whole frames/)
  })
})

test('its example: two clusters of one lane, −1 and 1', () => {
  // 5 belongs to the second but for e^−10 of it, and differs from both centers upwards.
  close(pooledRows(netVlad.example, [[[5], 1]]), [Math.SQRT1_2, Math.SQRT1_2], 1e-12)
  close(pooledRows(netVlad.example, [[[0], 1]]), [Math.SQRT1_2, -Math.SQRT1_2], 1e-12)
})
