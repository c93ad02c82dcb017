import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apply, frames, globalPool, histogram } from '../../src/index.ts'
import { close, pooled, value } from '../laws/laws.ts'

const rows = fc.array(fc.tuple(fc.oneof(value, fc.constantFrom(0.25, 0.5, 1)), fc.constantFrom(0, 1, 0.5, 2.25)), { maxLength: 14 })

/** numpy's rule, edge by edge. */
function shares(edges: readonly number[], all: readonly (readonly [number, number])[]): number[] {
  const total = all.reduce((sum, [, weight]) => sum + weight, 0)
  return edges.slice(1).map((high, b) => {
    const inside = all.filter(([given]) => {
      const x = Math.fround(given)
      return x >= edges[b]! && (x < high || (x === high && b === edges.length - 2))
    })
    return total === 0 ? 0 : inside.reduce((sum, [, weight]) => sum + weight, 0) / total
  })
}

describe('histogram', () => {
  test('is the share of the weight in each bin, values outside counted in the total', () => {
    const edges = fc
      .uniqueArray(fc.double({ min: -20, max: 1010, noNaN: true }), { minLength: 2, maxLength: 9, selector: (edge) => edge + 0 })
      .map((list) => list.sort((a, b) => a - b))
    fc.assert(
      fc.property(rows, edges, (all, edges) => {
        close(pooled(histogram({ edges }), all), shares(edges, all), 1e-12)
      }),
    )
  })
  test('bins of equal width have the edges that they say', () => {
    fc.assert(
      fc.property(rows, (all) => {
        close(pooled(histogram({ bins: 4, low: -1, high: 1 }), all), shares([-1, -0.5, 0, 0.5, 1], all), 1e-12)
      }),
    )
    expect(histogram().outputs).toEqual('0..0.1 0.1..0.2 0.2..0.3 0.3..0.4 0.4..0.5 0.5..0.6 0.6..0.7 0.7..0.8 0.8..0.9 0.9..1'.split(' '))
  })
  test('an edge belongs to the bin above it, the last one to the last bin', () => {
    const of = (x: number) => pooled(histogram({ edges: [0, 1, 2] }), [[x, 1]])
    expect([of(-0.01), of(0), of(1), of(2), of(2.01)]).toEqual([
      [0, 0],
      [1, 0],
      [0, 1],
      [0, 1],
      [0, 0],
    ])
  })
  test('gives a plane a bin, after one name each', () => {
    const { layout, data } = apply(frames([0.1, 5, 0.9, 0.2], { bins: 2 }), globalPool(histogram({ bins: 2 })))
    expect([layout.names.planes, [...data]]).toEqual([
      ['0..0.5', '0.5..1'],
      [0.5, 0.5, 0.5, 0],
    ])
  })
  test('is that of the time when it was made', () => {
    const edges = [0, 1, 2]
    const { spec, outputs } = histogram({ edges })
    edges.push(3)
    expect([spec, outputs]).toEqual([{ pooling: 'histogram', edges: [0, 1, 2] }, ['0..1', '1..2']])
  })
  test('refuses edges that do not rise, and both forms at once', () => {
    expect(() => histogram({ edges: [0, 0] })).toThrow(/histogram: edges must be from 2 to 4097 numbers in rising order, got \[0,0\]/)
    expect(() => histogram({ edges: [1] })).toThrow(/from 2 to 4097/)
    expect(() => histogram({ edges: [0, Number.NaN] })).toThrow(/edges\[1\] must be a finite number/)
    expect(() => histogram({ edges: [0, 1], bins: 2 })).toThrow(/histogram: expected edges alone, or bins, low and high, got/)
    expect(() => histogram({ bins: 0 })).toThrow(/bins must be an integer from 1 to 4096/)
    expect(() => histogram({ low: 2 })).toThrow(/high must be a finite number > 2, got 1/)
    // So near each other that no number lies between.
    expect(() => histogram({ bins: 3, low: 1, high: 1 + 2 ** -52 })).toThrow(/rising order/)
  })
})
