// Sentence vectors of the literature, each a line of stages, against loops over the seen tokens.
import fc from 'fast-check'
import { apply, channelPool, frames, globalPool, l2Normalize, pool1d, power, quantize, type Stage, splade, truncate } from 'poolwise'
import { describe, expect, test } from 'vitest'

type Column = readonly number[]
const sum = (column: Column) => column.reduce((total, x) => total + x, 0)
const mean = (column: Column) => (column.length > 0 ? sum(column) / column.length : 0)
const root = (x: number) => Math.sign(x) * Math.abs(x) ** (1 / 3)

/** Its stages, and what a lane's seen values give, output by output; n is 5 in the paper. */
const recipes: Record<string, [stages: Stage[], ...formulas: ((column: Column) => number)[]]> = {
  'SWEM-aver': [[globalPool('mean')], mean],
  'SWEM-max': [[globalPool('max')], (column) => Math.max(...column)],
  'SWEM-concat': [[globalPool(['mean', 'max'])], mean, (column) => Math.max(...column)],
  'SWEM-hier': [
    [pool1d('mean', { size: 5, stride: 1, partial: 'keep' }), globalPool('max')],
    // A text shorter than the window is one window.
    (column) => Math.max(...Array.from({ length: Math.max(1, column.length - 4) }, (_, t) => mean(column.slice(t, t + 5)))),
  ],
  'power means': [
    [globalPool(['mean', 'max', 'min', power({ p: 3, signed: true })])],
    mean,
    (column) => Math.max(...column),
    (column) => Math.min(...column),
    (column) => root(mean(column.map((x) => x ** 3))),
  ],
  SPLADE: [[globalPool(splade())], (column) => Math.max(0, ...column.map((x) => Math.log1p(Math.max(0, x))))],
}

const tokens = fc.integer({ min: 1, max: 12 }).chain((length) =>
  fc.array(fc.tuple(...Array.from({ length: 3 }, () => fc.float({ min: -5, max: 5, noNaN: true }))), {
    minLength: length,
    maxLength: length,
  }),
)

describe('recipes', () => {
  test.each(Object.keys(recipes))('%s', (name) => {
    const [stages, ...formulas] = recipes[name]!
    fc.assert(
      fc.property(tokens, (rows) => {
        const { data } = apply(frames(rows.flat(), { bins: 3 }), ...stages)
        const expected = formulas.flatMap((formula) => [0, 1, 2].map((lane) => formula(rows.map((row) => row[lane]!))))
        expect(data.length).toBe(expected.length)
        for (const [i, x] of expected.entries()) expect(data[i]).toBeCloseTo(x, 5)
      }),
    )
  })

  test('Matryoshka, in bits', () => {
    const stages = [globalPool('mean'), truncate({ dimensions: 2 }), l2Normalize(), quantize({ precision: 'ubinary' })]
    expect([...apply(frames([-3, 4, 5], { bins: 3 }), ...stages).data]).toEqual([0b01000000])
  })

  test('the average of layers, and layers side by side', () => {
    const layered = frames([1, 10, 2, 20, 3, 30, 5, 50], { bins: 2, channels: 2 })
    expect([...apply(layered, channelPool('mean'), globalPool('mean')).data]).toEqual([11, 19.25])
    expect([...apply(layered, globalPool('mean')).data]).toEqual([2, 20, 3.5, 35])
  })
})
