import fc from 'fast-check'
import { adaptivePool2d, apply, frames, globalPool, pyramidPool2d } from 'poolwise'
import { poolTokens, type SentenceConfig, sentencePooling, similarity, type TensorLike, tokenFrames } from 'poolwise/tensors'
import { describe, expect, test } from 'vitest'
import { property } from '../property.ts'

/** The six modes as sentence-transformers writes them, over one row's tokens, in float64 and with nothing of ours. `seen` holds the columns of the mask's ones. */
const formulas: Record<string, (row: (t: number, d: number) => number, seen: readonly number[], d: number) => number> = {
  cls: (row, seen, d) => (seen.length > 0 ? row(seen[0]!, d) : 0),
  max: (row, seen, d) => Math.max(...seen.map((t) => row(t, d))),
  mean: (row, seen, d) => seen.reduce((sum, t) => sum + row(t, d), 0) / Math.max(seen.length, 1e-9),
  mean_sqrt_len_tokens: (row, seen, d) => seen.reduce((sum, t) => sum + row(t, d), 0) / Math.sqrt(Math.max(seen.length, 1e-9)),
  weightedmean: (row, seen, d) =>
    seen.reduce((sum, t) => sum + (t + 1) * row(t, d), 0) /
    Math.max(
      seen.reduce((sum, t) => sum + t + 1, 0),
      1e-9,
    ),
  lasttoken: (row, seen, d) => (seen.length > 0 ? row(seen.at(-1)!, d) : 0),
}
const modes = Object.keys(formulas)
const keys: Record<string, keyof SentenceConfig> = {
  cls: 'pooling_mode_cls_token',
  max: 'pooling_mode_max_tokens',
  mean: 'pooling_mode_mean_tokens',
  mean_sqrt_len_tokens: 'pooling_mode_mean_sqrt_len_tokens',
  weightedmean: 'pooling_mode_weightedmean_tokens',
  lasttoken: 'pooling_mode_lasttoken',
}

interface Batch {
  readonly data: readonly number[]
  readonly mask: readonly number[]
  readonly shape: readonly [batch: number, tokens: number, dimensions: number]
}

/** Masks of every kind: padding left, right, both, holes, all and none. */
const batch: fc.Arbitrary<Batch> = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 3 }))
  .chain((shape) => {
    const [rows, tokens, dimensions] = shape
    const padded = fc
      .tuple(fc.nat(tokens), fc.nat(tokens))
      .map(([left, right]) => Array.from({ length: tokens }, (_, t) => Number(t >= left && t < tokens - right)))
    const row = fc.oneof(
      padded,
      fc.array(fc.constantFrom(0, 1), { minLength: tokens, maxLength: tokens }),
      fc.constant(new Array<number>(tokens).fill(0)),
    )
    return fc.record({
      data: fc.array(fc.float({ min: -100, max: 100, noNaN: true }), {
        minLength: rows * tokens * dimensions,
        maxLength: rows * tokens * dimensions,
      }),
      mask: fc.array(row, { minLength: rows, maxLength: rows }).map((all) => all.flat()),
      shape: fc.constant(shape),
    })
  })

/** Rows of the modes' vectors, concatenated in the order given. */
function oracle({ data, mask, shape: [rows, tokens, dimensions] }: Batch, chosen: readonly string[]): number[][] {
  return Array.from({ length: rows }, (_, n) => {
    const seen = Array.from({ length: tokens }, (_, t) => t).filter((t) => mask[n * tokens + t] === 1)
    const row = (t: number, d: number) => data[(n * tokens + t) * dimensions + d]!
    return chosen.flatMap((mode) => Array.from({ length: dimensions }, (_, d) => formulas[mode]!(row, seen, d)))
  })
}

const output = ({ data, shape }: Batch): TensorLike => ({ data: Float32Array.from(data), shape })
const maskOf = ({ mask, shape }: Batch): TensorLike => ({ data: mask, shape: shape.slice(0, 2) })

function near(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length)
  // A result is rounded to float32 once.
  for (const [i, x] of expected.entries()) {
    if (Number.isFinite(x)) expect(Math.abs(actual[i]! - x)).toBeLessThanOrEqual(Math.abs(x) * 2 ** -23 + 1e-12)
    else expect(actual[i]).toBe(x)
  }
}

describe('poolTokens', () => {
  property([batch, fc.constantFrom(...modes)])('is the formula of each mode, whatever the mask', (input, mode) => {
    const { data, shape } = poolTokens(output(input), maskOf(input), { pooling_mode: mode })
    expect(shape).toEqual([input.shape[0], input.shape[2]])
    near(data, oracle(input, [mode]).flat())
  })

  property([batch, fc.subarray(modes, { minLength: 1 })])(
    'concatenates the old form in its order, the new one in the order given',
    (input, chosen) => {
      const old = Object.fromEntries(modes.map((mode) => [keys[mode]!, chosen.includes(mode)]))
      const oldForm = poolTokens(output(input), maskOf(input), { ...old, word_embedding_dimension: input.shape[2] })
      expect(oldForm.shape).toEqual([input.shape[0], chosen.length * input.shape[2]])
      near(
        oldForm.data,
        oracle(
          input,
          modes.filter((mode) => chosen.includes(mode)),
        ).flat(),
      )
      const backwards = [...chosen].reverse()
      near(
        poolTokens(output(input), maskOf(input), { pooling_mode: backwards, embedding_dimension: input.shape[2] }).data,
        oracle(input, backwards).flat(),
      )
    },
  )

  property([batch, fc.nat(8)])('leaves a prompt out, which begins at the first seen token', (input, promptLength) => {
    const [rows, tokens] = input.shape
    const mask = input.mask.slice()
    for (let n = 0; n < rows; n++) {
      // As the reference: nothing before the padding's end + promptLength is pooled.
      const padding = mask.slice(n * tokens, (n + 1) * tokens).indexOf(1)
      for (let t = 0; t < tokens && padding >= 0 && t < padding + promptLength; t++) mask[n * tokens + t] = 0
    }
    const without = oracle({ ...input, mask }, ['mean']).flat()
    const config = { pooling_mode_mean_tokens: true }
    near(poolTokens(output(input), maskOf(input), { ...config, include_prompt: false }, { promptLength }).data, without)
    near(poolTokens(output(input), maskOf(input), 'mean', { promptLength }).data, without)
    near(poolTokens(output(input), maskOf(input), config, { promptLength }).data, oracle(input, ['mean']).flat())
  })

  property([batch, fc.integer({ min: 1, max: 6 })])('truncates, then normalizes', (input, size) => {
    const dimensions = Math.min(size, 2 * input.shape[2])
    const rows = oracle(input, ['mean', 'lasttoken']).map((row) => {
      const kept = row.slice(0, dimensions)
      const norm = Math.max(Math.sqrt(kept.reduce((sum, x) => sum + x * x, 0)), 1e-12)
      return kept.map((x) => x / norm)
    })
    const { data, shape } = poolTokens(output(input), maskOf(input), ['mean', 'last'], { normalize: true, dimensions })
    expect(shape).toEqual([input.shape[0], dimensions])
    // Rounded to float32 before the norm is taken and after.
    for (const [i, x] of rows.flat().entries()) expect(Math.abs(data[i]! - x)).toBeLessThan(1e-6)
  })

  test('a row of which nothing is seen holds the empty values', () => {
    const row: TensorLike = { data: [1, 2, 3, 4], shape: [1, 2, 2] }
    const none: TensorLike = { data: [0, 0], shape: [1, 2] }
    const given = poolTokens(row, none, { pooling_mode: modes })
    expect([...given.data]).toEqual([0, 0, -Infinity, -Infinity, 0, 0, 0, 0, 0, 0, 0, 0])
    expect([...poolTokens(row, none, 'mean', { normalize: true }).data]).toEqual([0, 0])
    expect([...poolTokens(row, none, 'max', { normalize: true }).data]).toEqual([Number.NaN, Number.NaN])
  })

  test('takes tensors as models give them', () => {
    // Methods of the names of an ndarray's fields, as Transformers.js' tensors have, int64 masks, no mask, float64.
    class Given {
      constructor(
        readonly type: string,
        readonly data: ArrayLike<number> | BigInt64Array,
        readonly dims: readonly number[],
      ) {}
      stride(): readonly number[] {
        return [99]
      }
    }
    const hidden = new Given('float32', Float32Array.of(1, 2, 3, 4, 9, 9), [1, 3, 2]) as TensorLike
    const mask = new Given('int64', BigInt64Array.of(1n, 1n, 0n), [1, 3]) as TensorLike
    expect([...poolTokens(hidden, mask, 'mean').data]).toEqual([2, 3])
    expect([...poolTokens(hidden, undefined, 'max').data]).toEqual([9, 9])
    expect([...poolTokens({ data: Float64Array.of(2 ** 24 + 1, 1), shape: [1, 2, 1] }, undefined, 'sum').data]).toEqual([2 ** 24 + 2])
    expect(poolTokens({ data: [], shape: [0, 3, 2] }, undefined, ['mean', 'max'])).toEqual({ data: new Float32Array(0), shape: [0, 4] })
    const halves = new Given('float16', Uint16Array.of(15360), [1, 1, 1]) as TensorLike
    expect(() => poolTokens(halves, undefined, 'mean')).toThrow(
      'poolTokens: expected float32, as tensor.to(\'float32\') gives it, got "float16"',
    )
  })

  test('refuses what does not fit together', () => {
    const hidden: TensorLike = { data: new Float32Array(12), shape: [2, 3, 2] }
    const pool =
      (mask: unknown, config: unknown = 'mean', options: object = {}) =>
      () =>
        poolTokens(hidden, mask as TensorLike, config as 'mean', options)
    expect(pool({ data: [1, 1], shape: [1, 2] })).toThrow('poolTokens: mask must be of shape [2,3], got [1,2]')
    expect(pool({ data: [1, 1, 1, 1, 2, 1], shape: [2, 3] })).toThrow('poolTokens: mask must hold 0 and 1, got 2')
    expect(pool({ data: [1, 1, 1, 1, NaN, 1], shape: [2, 3] })).toThrow('got NaN')
    expect(() => poolTokens({ data: [1, 2], shape: [1, 2] }, undefined, 'mean')).toThrow(
      'output must be of shape (batch, tokens, dimensions), got [1,2]',
    )
    expect(() => poolTokens({ data: [], shape: [1, 0, 2] }, undefined, 'mean')).toThrow('(batch, tokens, dimensions)')
    expect(pool(undefined, { word_embedding_dimension: 3, pooling_mode_mean_tokens: true })).toThrow(
      "tokens must have the config's 3 dimensions, got 2",
    )
    expect(pool(undefined, { embedding_dimension: 3, pooling_mode: 'mean' })).toThrow("tokens must have the config's 3 dimensions, got 2")
    expect(pool(undefined, 'mean', { dimensions: 3 })).toThrow('poolTokens: dimensions must be at most 2, got 3')
    expect(pool(undefined, 'mean', { promptLength: -1 })).toThrow('promptLength must be an integer ≥ 0')
    expect(pool(undefined, 'mean', { normalise: true })).toThrow('did you mean "normalize"?')
    expect(pool(undefined, 'mean', { normalize: 'no' as unknown as boolean })).toThrow(
      'poolTokens: normalize must be true or false, got "no"',
    )
    expect(pool(undefined, 'mean', { layers: 'men' })).toThrow('unknown pooling "men"')
    expect(() => poolTokens([], undefined, 'mean')).toThrow('poolTokens: expected at least one layer, got []')
    expect(() => poolTokens([hidden, { data: [1], shape: [1, 1, 1] }], undefined, 'mean')).toThrow(
      'layers must all be of shape [2,3,2], got [1,1,1]',
    )
  })
})

describe('layers', () => {
  const layers = fc.tuple(batch, fc.integer({ min: 1, max: 4 })).chain(([input, count]) =>
    fc.record({
      input: fc.constant(input),
      all: fc.array(
        fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: input.data.length, maxLength: input.data.length }),
        {
          minLength: count,
          maxLength: count,
        },
      ),
    }),
  )

  property([layers])('are averaged token by token, as a loop does it', ({ input, all }) => {
    const mean = input.data.map((_, i) => all.reduce((sum, layer) => sum + layer[i]!, 0) / all.length)
    const tensors = all.map((data) => output({ ...input, data }))
    const given = poolTokens(tensors, maskOf(input), 'max').data
    for (const [i, x] of oracle({ ...input, data: mean }, ['max'])
      .flat()
      .entries()) {
      if (Number.isFinite(x)) expect(Math.abs(given[i]! - x)).toBeLessThan(1e-5)
      else expect(given[i]).toBe(x)
    }
  })

  test('are channels of tokenFrames, and pooled as is said', () => {
    const [first, last] = [
      { data: [1, 2, 3, 4], shape: [1, 2, 2] },
      { data: [5, 8, 7, 0], shape: [1, 2, 2] },
    ] as const
    const [block] = tokenFrames([first, last], { data: [1, 0], shape: [1, 2] })
    expect(block!.layout).toMatchObject({
      bins: 2,
      channels: 2,
      length: 2,
      names: { bins: ['dim0', 'dim1'], channels: ['layer0', 'layer1'] },
    })
    expect([...block!.data]).toEqual([1, 5, 2, 8, 3, 7, 4, 0])
    expect([...block!.weights!]).toEqual([1, 0])
    expect([...poolTokens([first, last], undefined, 'mean', { layers: 'max' }).data]).toEqual([6, 6])
    expect([...poolTokens([first, last], undefined, 'mean', { layers: ['max', 'min'] }).data]).toEqual([6, 6, 2, 1])
    const wide = [2 ** 24 + 1, 1].map((x) => ({ data: Float64Array.of(x), shape: [1, 1, 1] }))
    expect([...poolTokens(wide, undefined, 'sum', { layers: 'sum' }).data]).toEqual([2 ** 24 + 2])
  })
})

describe('sentencePooling', () => {
  test('is the pooling by its plain name', () => {
    expect(sentencePooling({ pooling_mode: 'cls' }).spec).toBe('first')
    // all-MiniLM-L6-v2, as it is on the Hub.
    const config = {
      word_embedding_dimension: 2,
      pooling_mode_cls_token: false,
      pooling_mode_mean_tokens: true,
      pooling_mode_max_tokens: false,
      pooling_mode_mean_sqrt_len_tokens: false,
    }
    const pooling = sentencePooling(config)
    expect(pooling.spec).toBe('mean')
    expect([...apply(frames([1, 2, 5, 6], { bins: 2 }), globalPool(pooling)).data]).toEqual([3, 4])
    expect(() => apply(frames([1, 2, 3], { bins: 3 }), globalPool(pooling))).toThrow(
      "sentencePooling: tokens must have the config's 2 dimensions, got 3",
    )
  })

  test('the new form counts where both are there', () => {
    expect(sentencePooling({ pooling_mode: ['lasttoken', 'max'], pooling_mode_mean_tokens: true }).spec).toEqual(['last', 'max'])
  })

  test.each<SentenceConfig>([
    { embedding_dimension: 2 },
    { word_embedding_dimension: 2 },
    { include_prompt: false },
    { pooling_mode_mean_tokens: false },
    { word_embedding_dimension: 2, ...Object.fromEntries(Object.values(keys).map((key) => [key, false])) },
  ])('%j sets no mode: the mean', (config) => {
    const tokens = { data: [1, 5, 3, 3, 9, 9], shape: [1, 3, 2] }
    const mask = { data: [1, 1, 0], shape: [1, 3] }
    expect(sentencePooling(config).spec).toBe('mean')
    expect([...poolTokens(tokens, mask, config).data]).toEqual([2, 4])
  })

  test.each([
    ['null', 'options must be an object'],
    ['"mean"', 'options must be an object'],
    ['["mean"]', 'options must be an object'],
    ['{}', 'expected at least one of pooling_mode_cls_token'],
    ['{"pooling_mode_mean_tokens":"true"}', 'pooling_mode_mean_tokens must be true or false, got "true"'],
    ['{"pooling_mode_mean_token":true}', 'unknown option "pooling_mode_mean_token"; did you mean "pooling_mode_mean_tokens"?'],
    ['{"__proto__":{"pooling_mode":"mean"}}', 'unknown option "__proto__"'],
    [
      '{"pooling_mode":"constructor"}',
      'pooling_mode must be one of cls, max, mean, mean_sqrt_len_tokens, weightedmean, lasttoken, got "constructor"',
    ],
    ['{"pooling_mode":[]}', 'expected at least one of'],
    ['{"pooling_mode":["mean",["max"]]}', 'pooling_mode must be one of'],
    ['{"pooling_mode":["mean","mean"]}', 'pooling_mode must name each mode once'],
    ['{"pooling_mode":null}', 'pooling_mode must be one of'],
    ['{"pooling_mode":"mean","word_embedding_dimension":"384"}', 'the embedding dimension must be an integer'],
    ['{"pooling_mode":"mean","word_embedding_dimension":0}', 'the embedding dimension must be an integer'],
    ['{"pooling_mode":"mean","include_prompt":"no"}', 'include_prompt must be true or false'],
  ])('refuses %s', (json, message) => {
    expect(() => sentencePooling(JSON.parse(json))).toThrow(`sentencePooling: ${message}`)
  })
})

describe('padding', () => {
  const tokens = [1, 2, 3]
  const padded = (before: number, after: number, mode: string) => {
    const [left, right] = [new Array<number>(before).fill(9), new Array<number>(after).fill(9)]
    const shape = [1, before + 3 + after, 1]
    const mask = { data: [...left.map(() => 0), 1, 1, 1, ...right.map(() => 0)], shape: shape.slice(0, 2) }
    return poolTokens({ data: [...left, ...tokens, ...right], shape }, mask, { pooling_mode: mode }).data[0]
  }

  test.each(modes)('%s: on the right it changes nothing, on the left only the weights of positions', (mode) => {
    const alone = padded(0, 0, mode)
    expect(padded(0, 7, mode)).toBe(alone)
    const left = [1, 2, 7].map((before) => padded(before, 1, mode))
    // Those of sentence-transformers, which counts from the first column.
    if (mode === 'weightedmean') near([alone!, ...(left as number[])], [14 / 6, 20 / 9, 26 / 12, 56 / 27])
    else expect(left).toEqual([alone, alone, alone])
  })
})

describe('similarity', () => {
  const text = fc.integer({ min: 1, max: 9 }).chain((length) =>
    fc.record({
      data: fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 3 * length, maxLength: 3 * length }),
      // One token at least is seen.
      weights: fc.array(fc.constantFrom(0, 1, 0.5), { minLength: length, maxLength: length }).map((all) => all.with(length - 1, 1)),
    }),
  )

  property([text, text])('is the cosine of every pair of seen tokens', (a, b) => {
    const tokens = ({ data, weights }: typeof a) => weights.flatMap((weight, t) => (weight > 0 ? [data.slice(3 * t, 3 * t + 3)] : []))
    const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0)
    const cosine = (x: readonly number[], y: readonly number[]) =>
      dot(x, x) * dot(y, y) === 0 ? 0 : dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y))
    const map = similarity(frames(a.data, { bins: 3, weights: a.weights }), frames(b.data, { bins: 3, weights: b.weights }))
    const expected = tokens(a).map((row) => tokens(b).map((column) => cosine(row, column)))
    expect([map.length, map.layout.bins]).toEqual([expected.length, expected[0]!.length])
    for (const [i, x] of expected.flat().entries()) expect(map.data[i]).toBeCloseTo(x, 6)
    // Pairs of any lengths become maps of one size: regions ⌊iL/n⌋ … ⌈(i+1)L/n⌉.
    const n = 4
    const region = (i: number, length: number) => [Math.floor((i * length) / n), Math.ceil(((i + 1) * length) / n)] as const
    const fixed = apply(map, adaptivePool2d(['max', 'min'], { count: n }))
    expect([fixed.length, fixed.layout.planes, fixed.layout.bins]).toEqual([n, 2, n])
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const cells = expected.slice(...region(i, expected.length)).flatMap((row) => row.slice(...region(j, row.length)))
        expect(fixed.data[(i * 2 + 0) * n + j]).toBeCloseTo(Math.max(...cells), 6)
        expect(fixed.data[(i * 2 + 1) * n + j]).toBeCloseTo(Math.min(...cells), 6)
      }
    }
    expect(apply(map, pyramidPool2d('max', { levels: [1, 2] })).data[0]).toBeCloseTo(Math.max(...expected.flat()), 6)
  })

  test('refuses texts that cannot be compared', () => {
    const two = frames([1, 2], { bins: 2 })
    expect(() => similarity(two, frames([1, 2, 3], { bins: 3 }))).toThrow('similarity: expected tokens of 2 values in both texts, got 3')
    expect(() => similarity(two, frames([1, 2], { bins: 2, weights: [0] }))).toThrow(
      'similarity: expected at least one seen token in each text, got none',
    )
    expect(() => similarity(frames([], { bins: 2 }), two)).toThrow('got none')
  })
})
