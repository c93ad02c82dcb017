// Batches, sizes and axes of 0: what PyTorch makes of them (empty.py asked it), and that nothing goes unchecked because there is nothing.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as tensors from '../../src/tensors.ts'

/** Of each function: a shape, options, and the shape of the result with whether it holds NaN, or nothing where PyTorch refuses. */
type Case = [shape: number[], options: object, expected: [shape: number[], nan: boolean] | null]
const cases = readFileSync(new URL('empty.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): [name: string, cases: Case[]] => JSON.parse(line))

const zeros = (shape: readonly number[]) => ({ data: new Float32Array(shape.reduce((count, length) => count * length, 1)), shape })

type Pooled = tensors.Tensor | tensors.Indexed
type Call = (x: tensors.Tensor, ...rest: unknown[]) => Pooled
const functions = tensors as unknown as { readonly [name: string]: Call }

function shapeOf(call: () => Pooled): readonly number[] | null {
  try {
    const pooled = call()
    const { data, shape } = 'values' in pooled ? pooled.values : pooled
    expect(data.length).toBe(shape.reduce((count, length) => count * length, 1))
    if ('values' in pooled) {
      expect(pooled.indices.shape).toEqual(shape)
      expect(pooled.indices.data).toHaveLength(data.length)
    }
    return shape
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError) || !/^\w+: /.test(error.message)) throw error
    return null
  }
}

describe('as PyTorch', () => {
  test.each(cases)('%s', (name, all) => {
    for (const [shape, options, expected] of all) {
      const dialect = name.startsWith('fractional') ? {} : { dialect: 'torch' }
      const about = `${JSON.stringify(shape)} ${JSON.stringify(options)}`
      const call = () => functions[name]!(zeros(shape), ...(name.startsWith('maxUnpool') ? [zeros(shape)] : []), { ...options, ...dialect })
      expect(shapeOf(call), about).toEqual(expected?.[0] ?? null)
      if (expected && /^(max|adaptiveMax|fractionalMax)Pool/.test(name)) {
        const found = () => functions[name]!(zeros(shape), { ...options, ...dialect, indices: true })
        expect(shapeOf(found), `${about} with indices`).toEqual(expected[0])
      }
      if (expected && /^adaptive/.test(name)) {
        const pooled = call() as tensors.Tensor
        expect(pooled.data.some(Number.isNaN), about).toBe(expected[1])
        const byName = name.replace(/Avg|Max/, '')
        const pooling = name.includes('Avg') ? 'mean' : 'max'
        expect(
          (functions[byName] as unknown as typeof tensors.adaptivePool1d)(pooling, zeros(shape), { ...options, ...dialect } as never),
        ).toEqual(pooled)
      }
    }
  })
})

test('sizes of 0 are refused outside of the dialect', () => {
  expect(() => tensors.adaptiveAvgPool1d(zeros([1, 4, 1]), { size: 0 })).toThrow('adaptiveAvgPool1d: size must be an integer ≥ 1, got 0')
  expect(() => tensors.adaptiveMaxPool1d(zeros([1, 4, 0]), { size: 1 })).toThrow('no axis of size 0 but the batch')
  expect(() => tensors.maxUnpool1d(zeros([1, 1, 1]), zeros([1, 1, 1]), { outputSize: 0 })).toThrow(
    'outputSize must be an integer ≥ 1, got 0',
  )
  const ratio = { system: 'tensorflow', outputRatio: 0.3 } as const
  expect(() => tensors.fractionalMaxPool2d(zeros([1, 2, 2, 1]), ratio)).toThrow(
    'outputRatio times 2, rounded down, must be an integer ≥ 1, got 0',
  )
})

describe('a batch of no samples', () => {
  const out = (count: number) => ({ out: new Float32Array(count) })
  test('has the shape that any batch has', () => {
    const of = (batch: number) => {
      const x = zeros([batch, 6, 4, 3])
      const line = zeros([batch, 6, 3])
      const tokens = zeros([batch, 3, 2])
      const mask = zeros([batch, 3])
      return [
        tensors.maxPool2d(x, { size: 2, padding: 'same' }),
        tensors.maxPool2d(x, { size: 2, indices: true }).indices,
        tensors.avgPool2d(x, { size: 2, divisor: 3, padding: 1, includePad: true }),
        tensors.avgPool1d(line, { size: 3, stride: 1, dialect: 'torch', channels: 'last', padding: 1, ...out(batch * 18) }),
        tensors.lpPool2d(x, { size: 2, p: 3, dialect: 'torch', partial: 'keep' }),
        tensors.adaptiveAvgPool2d(x, { size: [2, null] }),
        tensors.adaptiveMaxPool2d(x, { size: 2, indices: true }).indices,
        tensors.pool2d(['max', 'std', 'quantile'], x, { size: 2 }),
        tensors.pool1d('covariance', line, { size: 2 }),
        tensors.pool1d('first', line, { size: 2, stride: 1 }),
        tensors.pool1d('mean', line, { size: 6, stride: 1, padding: 'same' }),
        tensors.adaptivePool2d(['max', 'mean'], x, { size: 2 }),
        tensors.globalPool('stats', x),
        tensors.globalPool('mean', x, { keepdims: true, channels: 'first' }),
        tensors.fractionalMaxPool2d(x, { size: 2, outputSize: [3, 2] }),
        tensors.fractionalMaxPool2d(x, { system: 'tensorflow', outputRatio: 0.7, indices: true }).indices,
        tensors.fractionalAvgPool2d(x, { size: 2, outputRatio: 0.5 }),
        tensors.maxUnpool1d(line, line, { size: 2 }),
        tensors.poolTokens(tokens, mask, ['max', 'mean']),
        tensors.poolTokens([tokens, tokens], mask, 'mean', { dimensions: 1, normalize: true }),
        tensors.pool1d('mean', line, { size: 2, lengths: new Array(batch).fill(3) }),
        tensors.pool1d('mean', line, { size: 2, weights: zeros([batch, 6]) }),
      ].map(({ data, shape }) => {
        expect(data).toHaveLength(shape.reduce((count, length) => count * length, 1))
        return shape
      })
    }
    const whole = of(2)
    expect(of(0)).toEqual(whole.map(([, ...rest]) => [0, ...rest]))
    expect(tensors.fractionalMaxPool2d(zeros([0, 1, 8, 2]), { size: 2, outputSize: [7, 1] }).shape).toEqual([0, 1, 7, 1])
  })

  test.each<[string, (batch: number) => unknown]>([
    ['a window that is too large', (n) => tensors.fractionalMaxPool2d(zeros([n, 1, 2, 2]), { size: 3, outputSize: 2 })],
    ['the same of averages', (n) => tensors.fractionalAvgPool2d(zeros([n, 1, 2, 2]), { size: 3, outputSize: 2 })],
    ['no size', (n) => tensors.fractionalMaxPool2d(zeros([n, 1, 2, 2]), { outputSize: 2 })],
    ['no number of windows', (n) => tensors.fractionalMaxPool2d(zeros([n, 1, 2, 2]), { size: 2 })],
    ['other samples', (n) => tensors.fractionalMaxPool2d(zeros([n, 1, 4, 4]), { size: 2, outputSize: 2, samples: zeros([n + 1, 1, 2]) })],
    ['a size in TensorFlow', (n) => tensors.fractionalAvgPool2d(zeros([n, 4, 4, 1]), { system: 'tensorflow', size: 2, outputSize: 2 })],
    ['a pooling of whole frames', (n) => tensors.pool2d('covariance', zeros([n, 4, 4, 2]), { size: 2 })],
    ['weights of another shape', (n) => tensors.pool1d('mean', zeros([n, 4, 1]), { size: 2, weights: zeros([n + 1, 4]) })],
    ['lengths of another batch', (n) => tensors.pool1d('mean', zeros([n, 4, 1]), { size: 2, lengths: new Array(n + 1).fill(1) })],
    ['another out', (n) => tensors.maxPool1d(zeros([n, 4, 1]), { size: 2, out: new Float32Array(5) })],
    ['another mask', (n) => tensors.poolTokens(zeros([n, 4, 2]), zeros([n, 3]), 'mean')],
    ['dimensions that are not there', (n) => tensors.poolTokens(zeros([n, 4, 2]), undefined, 'mean', { dimensions: 3 })],
    ['too many indices', (n) => tensors.maxUnpool1d(zeros([n, 4, 2]), zeros([n + 1, 4, 2]), { size: 2 })],
    ['no window', (n) => tensors.maxUnpool1d(zeros([n, 4, 2]), zeros([n, 4, 2]), {})],
  ])('is refused %s', (_, call) => {
    expect(() => call(1)).toThrow()
    expect(() => call(0)).toThrow()
  })
})
