// Many rows added at once leave the state that they leave one by one, to the bit.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Bank, type Pooling } from '../../src/core/pooling.ts'
import { frames, gem, histogram, lp, power, quantile, splade, topKMean } from '../../src/index.ts'
import * as leaves from '../../src/poolings/leaves.ts'
import { poolingOf } from '../../src/poolings/named.ts'
import { addRow } from '../laws/laws.ts'

const poolings: [string, Pooling][] = [
  ...Object.keys(leaves).map((name): [string, Pooling] => [name, poolingOf(name, 'test')]),
  ['power(∞)', power({ p: Infinity })],
  ['power(3)', power({ p: 3 })],
  ['power(1.5, signed)', power({ p: 1.5, signed: true })],
  ['power(3, signed)', power({ p: 3, signed: true })],
  ['lp(1)', lp({ p: 1 })],
  ['gem(0.5)', gem({ p: 0.5 })],
  ['topKMean(1)', topKMean({ k: 1 })],
  ['histogram(edges)', histogram({ edges: [-1e6, 0, 0.1, 0.5, 3] })],
  ['quantile(error)', quantile({ error: 0.05 })],
  ['splade(sum)', splade({ over: 'sum' })],
  ['list', poolingOf(['mean', 'argmax', 'std', 'positionMean', 'range'], 'test')],
]
const special = [0, -0, 1e-45, -1e-45, 3e38, -3e38, Infinity, -Infinity, Number.NaN]
const value = fc.oneof(
  { weight: 30, arbitrary: fc.float({ min: -10, max: 10, noNaN: true }) },
  { weight: 10, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(...special) },
)
const inputs = fc.integer({ min: 1, max: 6 }).chain((lanes) =>
  fc.record({
    lanes: fc.constant(lanes),
    values: fc.array(value, { minLength: lanes, maxLength: 30 * lanes }),
    weights: fc.array(fc.constantFrom(1, 1, 1, 0.5, 2.25, 1e-3), { minLength: 30, maxLength: 30 }),
    sizes: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 }),
    start: fc.constantFrom(0, 5, 1_000_003),
    wide: fc.boolean(),
  }),
)

describe.each(poolings)('%s', (_, like) => {
  test('runs have the bits of rows', () => {
    fc.assert(
      fc.property(inputs, ({ lanes, values, weights, sizes, start, wide }) => {
        const rows = Math.floor(values.length / lanes)
        const data = (wide ? Float64Array : Float32Array).from(values)
        const pooling = like.across ? like.fit!({ input: frames([], { bins: lanes }).layout, lanes, taps: 30 }) : like
        const bank = new Bank(pooling, lanes, Bank.fresh(pooling, lanes, 2))
        for (let k = 0; k < rows; k++) addRow(bank, 0, data.subarray(k * lanes, (k + 1) * lanes), weights[k]!, start + k)
        for (let k = 0, s = 0; k < rows; s++) {
          const count = Math.min(rows - k, sizes[s % sizes.length]!)
          const run = {
            data,
            offset: k * lanes,
            lanes,
            rows: count,
            weights: Float64Array.from(weights.slice(k)),
            index: start + k,
            step: 1,
          }
          pooling.add(bank.state(1), run)
          for (const weight of weights.slice(k, k + count)) bank.weigh(1, weight)
          k += count
        }
        const half = bank.buffer.length / 2
        expect(bank.buffer.slice(half)).toEqual(bank.buffer.slice(0, half))
      }),
    )
  })
})
