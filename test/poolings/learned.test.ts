import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lanesOf } from '../../src/core/frames.ts'
import {
  adaptivePool1d,
  apply,
  type Frames,
  frames,
  gated,
  globalPool,
  pool1d,
  pool2d,
  type Stage,
  stageFrom,
  tree,
} from '../../src/index.ts'
import '../../src/poolings/learned/learnedRegistry.ts'
import { close, cuts, ignoresUnseen, sequence, streams } from '../laws/laws.ts'

/** A tap: its value and its weight, 0 where it was not seen. */
type Tap = readonly [x: number, weight: number]
const sigma = (z: number) => 1 / (1 + Math.exp(-z))
const product = (weights: readonly number[], taps: readonly Tap[]) =>
  weights.reduce((sum, w, k) => sum + w * (taps[k] && taps[k][1] > 0 ? taps[k][0] : 0), 0)

function gatedOf(weights: readonly number[], bias: number, taps: readonly Tap[]): number {
  const seen = taps.filter(([, weight]) => weight > 0)
  if (seen.length === 0) return 0
  const high = Math.max(...seen.map(([x]) => x))
  const mean = seen.reduce((sum, [x, w]) => sum + w * x, 0) / seen.reduce((sum, [, w]) => sum + w, 0)
  const g = sigma(product(weights, taps) + bias)
  return g * high + (1 - g) * mean
}

interface Node {
  gate?: readonly number[]
  left?: Node
  right?: Node
  leaf?: readonly number[]
}
/** The tree as nodes that hold nodes, from lists level by level. */
function grown(leaves: readonly (readonly number[])[], gates: readonly (readonly number[])[]): Node {
  let level: Node[] = leaves.map((leaf) => ({ leaf }))
  let end = gates.length
  while (level.length > 1) {
    const above = gates.slice(end - level.length / 2, end)
    end -= level.length / 2
    level = above.map((gate, i) => ({ gate, left: level[2 * i]!, right: level[2 * i + 1]! }))
  }
  return level[0]!
}
function treeOf({ gate, left, right, leaf }: Node, taps: readonly Tap[]): number {
  if (leaf) return product(leaf, taps)
  const g = sigma(product(gate!, taps))
  return g * treeOf(left!, taps) + (1 - g) * treeOf(right!, taps)
}

const vector = (n: number) => fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: n, maxLength: n })

/** The taps of each 1-D window of one lane; what lies outside was not seen. */
function windows(input: Frames, lane: number, size: number, stride: number, before: number, count: number): Tap[][] {
  const width = lanesOf(input.layout)
  return Array.from({ length: count }, (_, o) =>
    Array.from({ length: size }, (_, k): Tap => {
      const t = o * stride - before + k
      if (t < 0 || t >= input.length) return [0, 0]
      return [input.data[t * width + lane]!, input.weights?.[t] ?? 1]
    }),
  )
}

describe.each(['gated', 'tree'] as const)('%s', (name) => {
  /** A stage over regions of `taps` taps, and its oracle. */
  const made = (taps: number) =>
    fc
      .record({ weights: vector(taps), bias: fc.double({ min: -1, max: 1, noNaN: true }), depth: fc.nat(3) })
      .chain(({ weights, bias, depth }) =>
        fc
          .record({
            leaves: fc.array(vector(taps), { minLength: 2 ** depth, maxLength: 2 ** depth }),
            gates: fc.array(vector(taps), { minLength: 2 ** depth - 1, maxLength: 2 ** depth - 1 }),
          })
          .map(({ leaves, gates }) => ({
            pooling: name === 'gated' ? gated({ gate: weights, bias }) : tree({ leaves, gates }),
            oracle: (region: readonly Tap[]) => (name === 'gated' ? gatedOf(weights, bias, region) : treeOf(grown(leaves, gates), region)),
          })),
      )
  const equals = (stage: Stage, input: Frames, oracle: (region: readonly Tap[]) => number, regions: (lane: number) => Tap[][]) => {
    const { data, length } = apply(input, stage)
    const lanes = data.length / Math.max(1, length)
    for (let lane = 0; lane < lanes; lane++) {
      const expected = regions(lane).map((region) => Math.fround(oracle(region)))
      close(
        Array.from({ length }, (_, i) => data[i * lanes + lane]!),
        expected,
        1e-6,
        3000,
      )
    }
  }

  test('equals its formula over windows with holes, padding and a last part', () => {
    fc.assert(
      fc.property(
        made(4),
        sequence(20, { bins: 2 }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(3),
        fc.boolean(),
        ({ pooling, oracle }, input, stride, before, keep) => {
          const stage = pool1d(pooling, { size: 4, stride, padding: [before, 0], partial: keep ? 'keep' : 'drop' })
          const count = apply(input, stage).length
          equals(stage, input, oracle, (lane) => windows(input, lane, 4, stride, before, count))
        },
      ),
    )
  })
  test('takes the taps of 2-D windows row by row', () => {
    fc.assert(
      fc.property(made(6), sequence(12, { bins: 7 }), ({ pooling, oracle }, input) => {
        const stage = pool2d(pooling, { size: [2, 3], stride: [1, 2] })
        equals(stage, input, oracle, (bin) =>
          Array.from({ length: Math.max(0, input.length - 1) }, (_, o) =>
            [0, 1].flatMap((t) => [0, 1, 2].map((k): Tap => [input.data[(o + t) * 7 + 2 * bin + k]!, input.weights?.[o + t] ?? 1])),
          ),
        )
      }),
    )
  })
  test('streams, and never sees a frame of weight 0', () => {
    fc.assert(
      fc.property(made(4), sequence(30, { bins: 2 }), cuts, fc.nat(), ({ pooling }, input, sizes, at) => {
        streams(pool1d(pooling, { size: 4, stride: 1 }), input, sizes, at)
        ignoresUnseen(pool1d(pooling, { size: 4, stride: 3, partial: 'keep' }), input)
      }),
    )
  })
  test('lets a shorter window of adaptive ones lack its last taps', () => {
    const pooling = name === 'gated' ? gated({ gate: [1, 2, 3] }) : tree({ leaves: [[1, 2, 3]], gates: [] })
    // Over 5 frames two windows of 3; over 4 of three windows 2 each.
    expect(apply(frames([1, 2, 3, 4, 5]), adaptivePool1d(pooling, { count: 2 })).length).toBe(2)
    expect(() => apply(frames([1, 2, 3, 4]), adaptivePool1d(pooling, { count: 3 }))).toThrow(
      /regions must have 3 taps, one for each number, got 2/,
    )
  })
  test('refuses regions of another size, and padding over bins, when planned', () => {
    const { layout } = frames(new Float32Array(30), { bins: 5 })
    const three = name === 'gated' ? gated({ gate: [1, 2, 3] }) : tree({ leaves: [[1, 2, 3]], gates: [] })
    expect(() => pool1d(three, { size: 2 }).plan(layout)).toThrow(`${name}: regions must have 3 taps, one for each number, got 2`)
    expect(() => pool2d(three, { size: [3, 1], padding: 'same' }).plan(layout)).not.toThrow()
    expect(() => pool2d(three, { size: [1, 3], padding: 'same' }).plan(layout)).toThrow(/goes by the order of taps/)
    expect(() => globalPool(three).plan(layout)).toThrow(/regions must have 3 taps/)
    expect([...apply(frames([], { bins: 2 }), globalPool(three)).data]).toEqual([0, 0])
  })
  test('is made again from its spec', () => {
    const stage = pool1d((name === 'gated' ? gated : tree).example, { size: name === 'gated' ? 3 : 2, stride: 1 })
    const x = frames([3, 1, 4, 1, 5])
    expect([...apply(x, stageFrom(JSON.parse(JSON.stringify(stage.spec)))).data]).toEqual([...apply(x, stage).data])
  })
})

test('what is no gate, and no tree, is refused', () => {
  expect(() => gated({ gate: [] })).toThrow(/gated: gate must be a list such as/)
  expect(() => gated({ gate: [1, Number.NaN] })).toThrow(/gated: gate\[1\] must be a finite number, got NaN/)
  expect(() => gated({ gate: [1], bias: Number.POSITIVE_INFINITY })).toThrow(/gated: bias must be a finite number/)
  expect(() => tree({ leaves: [[1], [2], [3]], gates: [[1], [1]] })).toThrow(/tree: leaves must be 1, 2, 4, 8 … vectors, got 3/)
  expect(() => tree({ leaves: [], gates: [] })).toThrow(/leaves must be a list such as/)
  expect(() => tree({ leaves: [[1], [2]], gates: [] })).toThrow(/gates must be one fewer than the 2 leaves, got 0/)
  expect(() => tree({ leaves: [[1], [2, 3]], gates: [[1]] })).toThrow(/must all have 1 numbers, one for each tap, got 2/)
  expect(() => tree({ leaves: 3 as never, gates: [] })).toThrow(/leaves must be a list such as \[\[0.5, 0.5\], \[1, 0\]\]/)
})

test('a gate wide open is the maximum, one shut the mean', () => {
  const x = frames([1, 5, 3])
  expect(apply(x, globalPool(gated({ gate: [0, 0, 0], bias: 100 }))).data[0]).toBe(5)
  expect(apply(x, globalPool(gated({ gate: [0, 0, 0], bias: -100 }))).data[0]).toBe(3)
})
