import { type Frames, frames, globalPool as globalPoolStage, apply as run } from 'poolwise'
import {
  adaptivePool1d,
  adaptivePool2d,
  avgPool1d,
  avgPool2d,
  fractionalMaxPool2d,
  fromTensor,
  globalPool,
  lpPool1d,
  maxPool1d,
  maxPool2d,
  maxUnpool1d,
  pool1d,
  pool2d,
  tensor,
  toTensor,
} from 'poolwise/tensors'
import { describe, expect, test } from 'vitest'

const numbers = [1, 5, 2, 4, 3, 6]

describe('the tensors people have', () => {
  const maxima = [5, 4, 6]
  const shape = [1, 6, 1]
  test.each<[string, Parameters<typeof tensor>[0]]>([
    ['{ data, shape }', { data: numbers, shape }],
    ['Float32Array', { data: Float32Array.from(numbers), shape }],
    ['Uint8Array', { data: Uint8Array.from(numbers), shape }],
    [
      '{ dims, data } of whole numbers in 64 bits, as ONNX Runtime and Transformers.js give',
      { data: BigInt64Array.from(numbers, BigInt), dims: shape },
    ],
    ['dataSync, as TensorFlow.js gives', { shape, dataSync: () => Float32Array.from(numbers) }],
    ['an ndarray', { data: numbers, shape, stride: [6, 1, 1], offset: 0 }],
    ['an ndarray that runs backwards', { data: numbers.toReversed(), shape, stride: [6, -1, 1], offset: 5 }],
    ['every second value from the third on', { data: [0, 0, ...numbers.flatMap((x) => [x, -1])], shape, stride: [0, 2, 0], offset: 2 }],
  ])('%s', (_, like) => {
    expect(maxPool1d(like, { size: 2 })).toEqual({ data: Float32Array.from(maxima), shape: [1, 3, 1] })
  })

  test('a transposed view reads by its strides', () => {
    // Rows 1 2 3 and 4 5 6, seen as columns.
    const view = { data: [1, 2, 3, 4, 5, 6], shape: [3, 2], stride: [1, 3] }
    expect(Array.from(tensor(view).data)).toEqual([1, 4, 2, 5, 3, 6])
  })

  test('Float32Array and Float64Array are not copied, and not written to', () => {
    for (const data of [Float32Array.from(numbers), Float64Array.from(numbers)]) {
      expect(tensor({ data, shape: [6] }).data).toBe(data)
      maxPool1d({ data, shape: [1, 1, 6] }, { size: 2, channels: 'first' })
      avgPool1d({ data, shape: [1, 6, 1] }, { size: 2, padding: 1, includePad: true })
      expect(Array.from(data)).toEqual(numbers)
    }
  })

  test('float64 is summed with all its digits', () => {
    // 2²⁴ + 1 is no float32; the mean of it and 2²⁴ + 3 is.
    const data = Float64Array.of(2 ** 24 + 1, 2 ** 24 + 3)
    expect(avgPool1d({ data, shape: [1, 2, 1] }, { size: 2 }).data[0]).toBe(2 ** 24 + 2)
  })

  test('an empty batch gives an empty batch', () => {
    expect(maxPool2d({ data: [], shape: [0, 4, 4, 3] }, { size: 2 }).shape).toEqual([0, 2, 2, 3])
  })
})

describe('to and from Frames', () => {
  test('time × bins × channels, either order of the axes', () => {
    const block = fromTensor({ data: numbers, shape: [1, 3, 2] }, { channels: 'first', hop: 0.5 })
    // One channel of 3 × 2.
    expect(block.layout).toMatchObject({ planes: 1, bins: 2, channels: 1, length: 3, clock: { unit: 'second', hop: 0.5 } })
    const two = fromTensor({ data: numbers, shape: [2, 3] }, { channels: 'first' })
    expect(two.layout).toMatchObject({ bins: 1, channels: 2, length: 3 })
    expect(Array.from(two.data)).toEqual([1, 4, 5, 3, 2, 6])
    expect(toTensor(two as Frames, 'first')).toEqual({ data: Float32Array.from(numbers), shape: [2, 3, 1] })
  })

  test('planes stand side by side in the channels', () => {
    // Two frames of two bins: means 2, 6 and maxima 3, 7.
    const pooled = run(frames([1, 5, 3, 7], { bins: 2 }), globalPoolStage(['mean', 'max']))
    expect(Array.from(pooled.data)).toEqual([2, 6, 3, 7])
    expect(toTensor(pooled)).toEqual({ data: Float32Array.of(2, 3, 6, 7), shape: [1, 2, 2] })
  })

  test('weights travel along', () => {
    expect(fromTensor({ data: [1, 2], shape: [2, 1] }, { weights: [0, 2] }).weights).toEqual(Float32Array.of(0, 2))
  })
})

describe('refusals say who, what was expected and what came', () => {
  const x = { data: numbers, shape: [1, 6, 1] }
  const map = { data: Array.from({ length: 16 }, (_, i) => i), shape: [1, 4, 4, 1] }
  const at = { data: [0], shape: [1, 1, 1] }
  // Wrong arguments, as a program without types would give them.
  const wrong = (value: unknown) => value as never
  test.each<[string, () => unknown]>([
    ['maxPool1d: expected 7 values for the shape [1, 7, 1], got 6', () => maxPool1d({ data: numbers, shape: [1, 7, 1] }, { size: 2 })],
    [
      'maxPool1d: every size of the shape must be an integer ≥ 0, got -1',
      () => maxPool1d({ data: numbers, shape: [1, -1, 1] }, { size: 2 }),
    ],
    [
      'maxPool1d: every size of the shape must be an integer ≥ 0, got NaN',
      () => maxPool1d({ data: [], shape: wrong(['x', 1]) }, { size: 2 }),
    ],
    ['maxPool1d: expected a tensor such as { data, shape }, got null', () => maxPool1d(wrong(null), { size: 2 })],
    ['maxPool1d: expected a tensor such as { data, shape }, got {"data":[1]}', () => maxPool1d(wrong({ data: [1] }), { size: 2 })],
    ['maxPool1d: expected data as an array of numbers, got undefined', () => maxPool1d(wrong({ shape: [1, 1, 1] }), { size: 2 })],
    [
      'maxPool2d: expected a tensor of batch, channels and 2 spatial axes (height × width), with channels last, got [1,6]',
      () => maxPool2d({ data: numbers, shape: [1, 6] }, { size: 2 }),
    ],
    ['maxPool1d: expected no axis of size 0 but the batch, got [1,0,1]', () => maxPool1d({ data: [], shape: [1, 0, 1] }, { size: 2 })],
    ['maxPool1d: a window of 7 must fit into the padded axis of 6, got shape [6]', () => maxPool1d(x, { size: 7 })],
    [
      'maxPool2d: a window of 5 must fit into the padded axis of 4, got shape [4, 4]',
      () => maxPool2d(map, { size: [2, 3], dilation: [1, 2] }),
    ],
    ['maxPool1d: padding before must be an integer from 0 to 1, got 2', () => maxPool1d(x, { size: 2, padding: 2 })],
    [
      "maxPool1d: with dialect 'torch' padding must be at most half the size, 1, got 2",
      () => maxPool1d(x, { size: 3, padding: 2, dialect: 'torch', channels: 'last' }),
    ],
    [
      "maxPool1d: with dialect 'torch' padding must be the same on both sides, got [0,1]",
      () => maxPool1d(x, { size: 3, padding: [0, 1], dialect: 'torch', channels: 'last' }),
    ],
    [
      "maxPool1d: with dialect 'keras' padding must be 'valid' or 'same', got 1",
      () => maxPool1d(x, { size: 3, padding: 1, dialect: 'keras' }),
    ],
    [
      "maxPool1d: with dialect 'keras' stride must be 1 where dilation is 2, got 3",
      () => maxPool1d(x, { size: 3, dilation: 2, dialect: 'keras' }),
    ],
    [
      'maxPool1d: dialect must be one of keras, torch, onnx, got "keros"; did you mean "keras"?',
      () => maxPool1d(x, { size: 3, dialect: wrong('keros') }),
    ],
    [
      "maxPool1d: partial 'keep' has no effect with padding 'same', got both",
      () => maxPool1d(x, { size: 3, padding: 'same', partial: 'keep' }),
    ],
    ['maxPool1d: padding is never a maximum, so includePad must be false, got true', () => maxPool1d(x, { size: 3, includePad: true })],
    ['avgPool1d: divisor must not be 0, got 0', () => avgPool1d(x, { size: 3, divisor: 0 })],
    ['avgPool1d: divisor must be a finite number, got NaN', () => avgPool1d(x, { size: 3, divisor: Number.NaN })],
    ["avgPool2d: with dialect 'torch' dilation must be 1, got 2", () => avgPool2d(map, { size: 2, dilation: [1, 2], dialect: 'torch' })],
    [
      "lpPool1d: with dialect 'torch' padding must be 0, got 1",
      () => lpPool1d(x, { size: 2, padding: 1, dialect: 'torch', channels: 'last' }),
    ],
    ['lpPool1d: p must be a finite number > 0, got 0', () => lpPool1d(x, { size: 2, p: 0 })],
    ['pool1d: unknown option "strides"; did you mean "stride"?', () => pool1d('max', x, wrong({ size: 2, strides: 1 }))],
    ['avgPool1d: unknown option "indices"', () => avgPool1d(x, wrong({ size: 2, indices: true }))],
    ['pool1d: unknown pooling "maxx"; did you mean "max"?', () => pool1d(wrong('maxx'), x, { size: 2 })],
    ['pool2d: size must be one value or one for each of the 2 axes, got [1,2,3]', () => pool2d('max', map, { size: [1, 2, 3] })],
    ['pool1d: size must be given, got undefined', () => pool1d('max', x, wrong({}))],
    ['pool1d: stride must be an integer ≥ 1, got 0', () => pool1d('max', x, { size: 2, stride: 0 })],
    ['pool1d: a length must be an integer from 0 to 6, got 7', () => pool1d('max', x, { size: 2, lengths: [7] })],
    ['pool1d: a length must be an integer from 0 to 6, got -1', () => pool1d('max', x, { size: 2, lengths: [-1] })],
    ['pool1d: lengths must hold one for each of the 1 samples, got 2', () => pool1d('max', x, { size: 2, lengths: [1, 2] })],
    [
      'pool1d: weights must hold 6 for each of the 1 samples, got 2',
      () => pool1d('max', x, { size: 2, weights: { data: [1, 1], shape: [2] } }),
    ],
    [
      'pool1d: weights must be finite numbers ≥ 0, got -1 at frame 1',
      () => pool1d('max', x, { size: 2, weights: { data: [1, -1, 1, 1, 1, 1], shape: [6] } }),
    ],
    [
      'pool1d: expected lengths or weights, not both',
      () => pool1d('max', x, { size: 2, lengths: [6], weights: { data: numbers, shape: [6] } }),
    ],
    [
      'adaptivePool1d: rule must be one of torch, spp, caffe, got "sp"; did you mean "spp"?',
      () => adaptivePool1d('max', x, { size: 2, rule: wrong('sp') }),
    ],
    ['adaptivePool2d: size must be one value or one for each of the 2 axes, got [1]', () => adaptivePool2d('max', map, { size: [1] })],
    ['adaptivePool1d: size must be an integer ≥ 1, got 0', () => adaptivePool1d('max', x, { size: 0 })],
    [
      'globalPool: expected a tensor of batch, channels and 1 to 3 spatial axes, got [6]',
      () => globalPool('max', { data: numbers, shape: [6] }),
    ],
    ['fractionalMaxPool2d: expected either outputSize or outputRatio, got {}', () => fractionalMaxPool2d(map, { size: 2 })],
    [
      'fractionalMaxPool2d: outputRatio must be a finite number > 0 and ≤ 1, got 1.5',
      () => fractionalMaxPool2d(map, { size: 2, outputRatio: 1.5 }),
    ],
    [
      'fractionalMaxPool2d: expected at most 3 windows of 2 over 4, got 4',
      () => fractionalMaxPool2d(map, { size: 2, outputSize: 4, channels: 'last' }),
    ],
    ['maxUnpool1d: an index must be an integer from 0 to 1, got 2', () => maxUnpool1d(at, { data: [2], shape: [1, 1, 1] }, { size: 2 })],
    ['maxUnpool1d: expected as many indices as values, got 2', () => maxUnpool1d(at, { data: [0, 1], shape: [1, 2, 1] }, { size: 2 })],
    [
      'fromTensor: expected time, at most one axis of bins, and channels, got [1,2,3,1]',
      () => fromTensor({ data: numbers, shape: [1, 2, 3, 1] }),
    ],
  ])('%s', (message, give) => {
    expect(give).toThrow(message)
  })

  test('a window that no formula makes is empty in Keras and ONNX, and refused below that', () => {
    // Keras: ⌈(L − k + 1) / s⌉; ONNX: ⌊(L − k) / s⌋ + 1.
    for (const dialect of ['keras', 'onnx'] as const) {
      const pool = (size: number, stride: number) => maxPool1d(x, { size, stride, dialect, channels: 'last' })
      expect(pool(7, 2)).toEqual({ data: new Float32Array(0), shape: [1, 0, 1] })
      expect(() => pool(9, 2)).toThrow('maxPool1d: a window of 9 must fit')
    }
    // With the ceil mode ⌈(6 − 7) / 2⌉ + 1 = 1.
    expect(maxPool1d(x, { size: 7, stride: 2, dialect: 'onnx', channels: 'last', partial: 'keep' }).shape).toEqual([1, 1, 1])
    expect(() => maxPool1d(x, { size: 7, stride: 2, dialect: 'torch', channels: 'last' })).toThrow('a window of 7 must fit')
  })
})
