// The examples that textbooks explain pooling with.
import { avgPool2d, globalPool, maxPool2d } from 'poolwise/tensors'
import { describe, expect, test } from 'vitest'

const map = (...rows: number[][]) => ({ data: rows.flat(), shape: [1, rows.length, rows[0]!.length, 1] })
const rowsOf = ({ data, shape }: { data: ArrayLike<number>; shape: readonly number[] }) =>
  Array.from({ length: shape[1]! }, (_, row) => Array.from(data).slice(row * shape[2]!, (row + 1) * shape[2]!))

describe('a 3 × 3 map, a 2 × 2 window, stride 2', () => {
  const nine = map([1, 2, 3], [4, 5, 6], [7, 8, 9])

  test('valid: 1 × 1, the last row and column are dropped', () => {
    const pooled = maxPool2d(nine, { size: 2, padding: 'valid', dialect: 'keras' })
    expect(pooled.shape).toEqual([1, 1, 1, 1])
    expect(rowsOf(pooled)).toEqual([[5]])
    expect(rowsOf(avgPool2d(nine, { size: 2, padding: 'valid', dialect: 'keras' }))).toEqual([[3]])
  })

  test('same: 2 × 2, ⌈3 / 2⌉ each way', () => {
    const pooled = maxPool2d(nine, { size: 2, padding: 'same', dialect: 'keras' })
    expect(pooled.shape).toEqual([1, 2, 2, 1])
    expect(rowsOf(pooled)).toEqual([
      [5, 6],
      [8, 9],
    ])
    // Averages divide by the real elements alone: 4, 2, 2 and 1 of them.
    expect(rowsOf(avgPool2d(nine, { size: 2, padding: 'same', dialect: 'keras' }))).toEqual([
      [3, 4.5],
      [7.5, 9],
    ])
  })

  test("PyTorch's ceil mode gives the same 2 × 2", () => {
    const torch = { size: 2, partial: 'keep', dialect: 'torch', channels: 'last' } as const
    expect(maxPool2d(nine, torch)).toEqual(maxPool2d(nine, { size: 2, padding: 'same' }))
    expect(avgPool2d(nine, torch)).toEqual(avgPool2d(nine, { size: 2, padding: 'same' }))
  })
})

test('2 × 2 max pooling with stride 2 over 4 × 4 keeps the largest of each quarter', () => {
  const pooled = maxPool2d(map([1, 3, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]), { size: 2 })
  expect(rowsOf(pooled)).toEqual([
    [6, 8],
    [3, 4],
  ])
})

describe('max against average', () => {
  test('an edge one pixel wide stays as bright as it was, or fades by half', () => {
    const edge = map([0, 8, 0, 0], [0, 8, 0, 0], [0, 8, 0, 0], [0, 8, 0, 0])
    expect(rowsOf(maxPool2d(edge, { size: 2 }))).toEqual([
      [8, 0],
      [8, 0],
    ])
    expect(rowsOf(avgPool2d(edge, { size: 2 }))).toEqual([
      [4, 0],
      [4, 0],
    ])
  })

  test('one noisy pixel stays as it is, or is spread over its window', () => {
    const noise = map([1, 1, 1, 1], [1, 9, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1])
    expect(rowsOf(maxPool2d(noise, { size: 2 }))).toEqual([
      [9, 1],
      [1, 1],
    ])
    expect(rowsOf(avgPool2d(noise, { size: 2 }))).toEqual([
      [3, 1],
      [1, 1],
    ])
  })

  test('moved by one pixel within its window, the maximum is the same', () => {
    const pixel = (column: number) =>
      map(
        [0, 0, 0, 0],
        [0, 0, 0, 0].map((_, i) => (i === column ? 5 : 0)),
      )
    expect(maxPool2d(pixel(0), { size: 2 })).toEqual(maxPool2d(pixel(1), { size: 2 }))
    expect(maxPool2d(pixel(1), { size: 2 })).not.toEqual(maxPool2d(pixel(2), { size: 2 }))
  })
})

test('local pooling keeps where, global pooling only what: one number a channel, whatever the size of the map', () => {
  // Two channels: the first grows row by row, the second is its negative.
  const features = (rows: number, columns: number) => ({
    data: Array.from({ length: rows * columns }, (_, i) => [i, -i]).flat(),
    shape: [1, rows, columns, 2],
  })
  expect(maxPool2d(features(4, 4), { size: 2 }).shape).toEqual([1, 2, 2, 2])
  expect(maxPool2d(features(6, 8), { size: 2 }).shape).toEqual([1, 3, 4, 2])
  for (const [rows, columns] of [
    [4, 4],
    [6, 8],
  ] as const) {
    const last = rows * columns - 1
    expect(globalPool('max', features(rows, columns))).toEqual({ data: Float32Array.of(last, 0), shape: [1, 2] })
    expect(globalPool('mean', features(rows, columns))).toEqual({ data: Float32Array.of(last / 2, -last / 2), shape: [1, 2] })
  }
  // Global pooling is local pooling with a window as large as the map.
  expect(maxPool2d(features(4, 4), { size: 4 }).data).toEqual(globalPool('max', features(4, 4)).data)
})
