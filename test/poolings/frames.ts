// Frames, random models and states for the tests of poolings whose lanes interact.
import fc from 'fast-check'
import type { Frames } from '../../src/core/frames.ts'
import { Bank, type Pooling } from '../../src/core/pooling.ts'
import { formatTensors, parseTensors, type TensorFile } from '../../src/files/safetensors.ts'
import { frames } from '../../src/index.ts'
import { addRow, result } from '../laws/laws.ts'

/** Numbers from −1 to 1 that look random; the same for a seed (Marsaglia's xorshift). */
export function random(seed: number): () => number {
  let x = seed | 1
  return () => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return x / 2 ** 31
  }
}

/** A model's tensors of these shapes, written to a file and read again. */
export function model(shapes: { readonly [name: string]: readonly number[] }, next: (name: string) => number): TensorFile {
  const tensors = Object.entries(shapes).map(([name, shape]) => {
    const count = shape.reduce((product, n) => product * n, 1)
    return [name, { shape, data: Float32Array.from({ length: count }, () => next(name)) }] as const
  })
  return parseTensors(formatTensors({ name: '', tensors: new Map(tensors), metadata: new Map() }), 'model.safetensors')
}

/** A frame and its weight. */
export type Weighted = readonly [row: readonly number[], weight: number]

/** What a pooling gives for these frames, nothing rounded. */
export function pooledRows(pooling: Pooling, rows: readonly Weighted[]): number[] {
  const bank = bankOf(pooling, rows)
  return result(bank, 0)
}

/** As many states, the first of these frames. */
export function bankOf(pooling: Pooling, rows: readonly Weighted[], lanes: number = rows[0]?.[0].length ?? 1, states = 1): Bank {
  const bank = new Bank(pooling, lanes, Bank.fresh(pooling, lanes, states))
  addRows(bank, 0, rows)
  return bank
}

export function addRows(bank: Bank, i: number, rows: readonly Weighted[]): void {
  for (const [t, [values, weight]] of rows.entries()) {
    if (weight === 0) continue
    const row = Float64Array.from(values)
    addRow(bank, i, row, weight, t)
  }
}

/** Up to `most` frames of moderate values, with masks and weights. */
export function rows(lanes: number, most: number, least = 0): fc.Arbitrary<Weighted[]> {
  const row = fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: lanes, maxLength: lanes })
  return fc.array(fc.tuple(row, fc.constantFrom(0, 1, 1, 1, 0.5, 2.25)), { minLength: least, maxLength: most })
}

/** The same as one sequence. */
export function sequenceOf(rows: readonly Weighted[], lanes: number): Frames<Float64Array> {
  return frames(Float64Array.from(rows.flatMap(([row]) => row)), { bins: lanes, hop: 0.01, weights: rows.map(([, weight]) => weight) })
}
