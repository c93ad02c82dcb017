import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TensorFile } from '../../src/files/safetensors.ts'
import { apply, attentive, frames, globalPool, globalPool2d, pool1d, pool2d, pyramidPool } from '../../src/index.ts'
import { close, cuts, ignoresUnseen, result, sequence, streams } from '../laws/laws.ts'
import { addRows, bankOf, model, pooledRows, random, rows, sequenceOf, type Weighted } from './frames.ts'

/** W·x + b with the tensors of a layer, as they lie in the file. */
function affine({ tensors }: TensorFile, name: string, x: readonly number[]): number[] {
  const { data, shape } = tensors.get(`${name}.weight`)!
  const bias = tensors.get(`${name}.bias`)!.data
  return Array.from({ length: shape[0]! }, (_, r) => x.reduce((sum, value, c) => sum + data[r * x.length + c]! * value, bias[r]!))
}

/** Mean and deviation of the seen frames, for context: unbiased, √(var + 1e-7), or biased, √max(var, 1e-12). */
function contextOf(seen: readonly Weighted[], kind: 'wespeaker' | 'ecapa'): number[] {
  const total = seen.reduce((sum, [, w]) => sum + w, 0)
  const squares = seen.reduce((sum, [, w]) => sum + w * w, 0)
  const mean = seen[0]![0].map((_, i) => seen.reduce((sum, [x, w]) => sum + w * x[i]!, 0) / total)
  const scatter = mean.map((m, i) => seen.reduce((sum, [x, w]) => sum + w * (x[i]! - m) ** 2, 0))
  const std = scatter.map((s) =>
    kind === 'ecapa'
      ? Math.sqrt(Math.max(s / total, 1e-12))
      : seen.length === 1
        ? Number.NaN
        : Math.sqrt(s / (total - squares / total) + 1e-7),
  )
  return [...mean, ...std]
}

/** Softmax over time, then mean and deviation in two passes. */
function statistics(seen: readonly Weighted[], logits: readonly (readonly number[])[], floor: number): [number[], number[]] {
  const lanes = logits[0]!.map((_, i) => i)
  const alpha = lanes.map((i) => {
    const top = Math.max(...logits.map((s) => s[i]!))
    const e = logits.map((s, t) => seen[t]![1] * Math.exp(s[i]! - top))
    const sum = e.reduce((a, b) => a + b, 0)
    return e.map((x) => x / sum)
  })
  const mean = lanes.map((i) => alpha[i]!.reduce((sum, a, t) => sum + a * seen[t]![0][i]!, 0))
  const variance = lanes.map((i) => alpha[i]!.reduce((sum, a, t) => sum + a * (seen[t]![0][i]! - mean[i]!) ** 2, 0))
  return [mean, variance.map((v) => Math.sqrt(Math.max(v, floor)))]
}

/** ASTP: linear2(tanh(linear1(x))), with context x and the region's mean and deviation. */
function astp(weights: TensorFile, all: readonly Weighted[], context: boolean): number[] {
  const seen = all.filter(([, w]) => w > 0)
  const more = context ? contextOf(seen, 'wespeaker') : []
  const logits = seen.map(([x]) => affine(weights, 'pool.linear2', affine(weights, 'pool.linear1', [...x, ...more]).map(Math.tanh)))
  return statistics(seen, logits, 1e-7).flat()
}

/** conv(tanh(norm(relu(conv(x))))) */
function ecapa(weights: TensorFile, all: readonly Weighted[], context: boolean): number[] {
  const seen = all.filter(([, w]) => w > 0)
  const more = context ? contextOf(seen, 'ecapa') : []
  const of = (name: string) => weights.tensors.get(`asp.tdnn.norm.norm.${name}`)!.data
  const [gain, offset, mean, variance] = [of('weight'), of('bias'), of('running_mean'), of('running_var')]
  const logits = seen.map(([x]) => {
    const hidden = affine(weights, 'asp.tdnn.conv.conv', [...x, ...more])
      .map((h) => Math.max(h, 0))
      .map((h, u) => ((h - mean[u]!) / Math.sqrt(variance[u]! + 1e-5)) * gain[u]! + offset[u]!)
    return affine(weights, 'asp.conv.conv', hidden.map(Math.tanh))
  })
  return statistics(seen, logits, 1e-12).flat()
}

/** Each head sees and weighs its own lanes. */
function multiHead(weights: TensorFile, prefix: string, all: readonly Weighted[], heads: number, layers: number): [number[], number[]] {
  const seen = all.filter(([, w]) => w > 0)
  const width = seen[0]![0].length / heads
  const parts = Array.from({ length: heads }, (_, h) => {
    const chunk = seen.map(([x, w]): Weighted => [x.slice(h * width, (h + 1) * width), w])
    const logits = chunk.map(([x]) => {
      let y: readonly number[] = x
      for (let l = 0; l < layers; l++) y = affine(weights, `${prefix}heads_att_trans.${h}.att_${l}`, l === 0 ? y : y.map(Math.tanh))
      return x.map((_, i) => y[y.length === 1 ? 0 : i]!)
    })
    return statistics(chunk, logits, 1e-7)
  })
  return [parts.flatMap(([mean]) => mean), parts.flatMap(([, std]) => std)]
}

const layer = (name: string, outputs: number, inputs: number) => ({ [`${name}.weight`]: [outputs, inputs, 1], [`${name}.bias`]: [outputs] })

function astpModel(lanes: number, seed: number, { context = false, scale = 1 } = {}): TensorFile {
  const next = random(seed)
  return model({ ...layer('pool.linear1', 5, context ? 3 * lanes : lanes), ...layer('pool.linear2', lanes, 5) }, (name) =>
    name === 'pool.linear2.weight' ? scale * next() : next(),
  )
}

function ecapaModel(lanes: number, seed: number, { context = true } = {}): TensorFile {
  const next = random(seed)
  const norm = Object.fromEntries(['weight', 'bias', 'running_mean', 'running_var'].map((name) => [`asp.tdnn.norm.norm.${name}`, [6]]))
  return model({ ...layer('asp.tdnn.conv.conv', 6, context ? 3 * lanes : lanes), ...layer('asp.conv.conv', lanes, 6), ...norm }, (name) =>
    name.endsWith('running_var') ? Math.abs(next()) : next(),
  )
}

function headsModel(prefixes: readonly string[], lanes: number, heads: number, layers: number, each: boolean, seed: number): TensorFile {
  const width = lanes / heads
  const shapes = prefixes.flatMap((prefix) =>
    Array.from({ length: heads }, (_, h) =>
      Array.from({ length: layers }, (_, l) =>
        layer(`${prefix}heads_att_trans.${h}.att_${l}`, l < layers - 1 ? 3 : each ? width : 1, l > 0 ? 3 : width),
      ),
    ).flat(),
  )
  return model(Object.assign({}, ...shapes), random(seed))
}

const wespeaker = (weights: TensorFile) => attentive({ tensors: weights, family: 'wespeaker', prefix: 'pool' })
const speechbrain = (weights: TensorFile) => attentive({ tensors: weights, family: 'ecapa', prefix: 'asp' })
const seed = fc.integer({ min: 1, max: 2 ** 30 })

describe('equals the formulas in two passes, masks and weights included', () => {
  const seen = rows(4, 12, 3).filter((all) => all.filter(([, w]) => w > 0).length > 1)
  test('WeSpeaker ASTP', () => {
    fc.assert(
      fc.property(seen, seed, fc.boolean(), (all, s, context) => {
        const weights = astpModel(4, s, { context })
        close(pooledRows(wespeaker(weights), all), astp(weights, all, context), 1e-9, 1)
      }),
    )
  })
  test('SpeechBrain’s of ECAPA', () => {
    fc.assert(
      fc.property(seen, seed, fc.boolean(), (all, s, context) => {
        const weights = ecapaModel(4, s, { context })
        close(pooledRows(speechbrain(weights), all), ecapa(weights, all, context), 1e-9, 1)
      }),
    )
  })
  test('WeSpeaker MHASTP, one logit a head or one a lane', () => {
    fc.assert(
      fc.property(seen, seed, fc.constantFrom(1, 2, 4), fc.constantFrom(1, 2, 3), fc.boolean(), (all, s, heads, layers, each) => {
        const weights = headsModel(['pool.'], 4, heads, layers, each, s)
        close(pooledRows(wespeaker(weights), all), multiHead(weights, 'pool.', all, heads, layers).flat(), 1e-9, 1)
      }),
    )
  })
  test('WeSpeaker MQMHASTP', () => {
    fc.assert(
      fc.property(seen, seed, fc.constantFrom(1, 2, 3), (all, s, queries) => {
        const prefixes = Array.from({ length: queries }, (_, q) => `pool.n_query.${q}.`)
        const weights = headsModel(prefixes, 4, 2, 2, true, s)
        const pooling = wespeaker(weights)
        const expected = prefixes.flatMap((prefix) => multiHead(weights, prefix, all, 2, 2).flat())
        close(pooledRows(pooling, all), expected, 1e-9, 1)
        expect(pooling.outputs).toEqual(queries === 1 ? ['mean', 'std'] : prefixes.flatMap((_, q) => [`mean${q}`, `std${q}`]))
      }),
    )
  })
  test('without a prefix, and with linear layers instead of convolutions', () => {
    const next = random(7)
    const weights = model({ 'linear1.weight': [3, 2], 'linear1.bias': [3], 'linear2.weight': [2, 3], 'linear2.bias': [2] }, next)
    const renamed = { ...weights, tensors: new Map([...weights.tensors].map(([name, tensor]) => [`pool.${name}`, tensor])) }
    const all: Weighted[] = [
      [[1, 2], 1],
      [[-1, 0.5], 1],
    ]
    close(pooledRows(attentive({ tensors: weights, family: 'wespeaker' }), all), astp(renamed, all, false), 1e-12, 1)
  })
})

test('logits of ±10,000 neither overflow nor lose the others', () => {
  fc.assert(
    fc.property(rows(3, 10, 2), seed, fc.boolean(), (some, s, context) => {
      const all = [...some, [[1, 0, -1], 1] as const, [[-1, 2, 0.5], 1] as const]
      const weights = astpModel(3, s, { context, scale: 1e4 })
      close(pooledRows(wespeaker(weights), all), astp(weights, all, context), 1e-9, 1)
    }),
  )
})

test.each([1000, 1e6])('%d ± 1 keeps its digits, after a silent start too', (offset) => {
  const all = Array.from({ length: 200 }, (_, t): Weighted => [t < 20 ? [0, 0] : [offset + (-1) ** t, offset + Math.sin(t)], 1])
  for (const [pooling, expected] of [
    [wespeaker(astpModel(2, 5)), astp(astpModel(2, 5), all, false)],
    [wespeaker(astpModel(2, 5, { context: true })), astp(astpModel(2, 5, { context: true }), all, true)],
    [speechbrain(ecapaModel(2, 5)), ecapa(ecapaModel(2, 5), all, true)],
  ] as const)
    close(pooledRows(pooling, all), expected, 1e-9)
  // Attention that leaves nothing of the silence: deviations are about the frames that count.
  const loud = all.slice(20).map(([[, x]]) => x!)
  const mean = offset + loud.reduce((sum, x) => sum + (x - offset), 0) / loud.length
  const deviation = Math.sqrt(loud.reduce((sum, x) => sum + (x - mean) ** 2, 0) / loud.length)
  const one = all.map(([[, x], w]): Weighted => [[x!], w])
  close(pooledRows(sharp, one), [mean, deviation], 1e-9)
  const bank = bankOf(sharp, one.slice(0, 100), 1, 2)
  addRows(bank, 1, one.slice(100))
  bank.merge(0, 1)
  close(result(bank, 0), [mean, deviation], 1e-9)
})

/** 10,000 where a frame is above 0, 0 where it is 0, −10,000 below. */
const sharp = attentive({
  tensors: model({ 'linear1.weight': [1, 1], 'linear2.weight': [1, 1] }, (name) => (name === 'linear2.weight' ? 1e4 : 100)),
  family: 'wespeaker',
})

test('an infinity that gets no attention has no share, wherever it is', () => {
  const [low, high]: [Weighted, Weighted] = [
    [[-Infinity], 1],
    [[3], 1],
  ]
  for (const all of [
    [low, high, high],
    [high, low, high],
    [high, high, low],
  ]) {
    close(pooledRows(sharp, all), [3, Math.sqrt(1e-7)], 1e-12)
    const bank = bankOf(sharp, all.slice(0, 1), 1, 2)
    addRows(bank, 1, all.slice(1))
    bank.merge(0, 1)
    close(result(bank, 0), [3, Math.sqrt(1e-7)], 1e-12)
  }
  const bank = bankOf(sharp, [high], 1, 2)
  addRows(bank, 1, [low])
  bank.merge(0, 1)
  close(result(bank, 0), [3, Math.sqrt(1e-7)], 1e-12)
})

const streaming = wespeaker(astpModel(4, 11))
const queries = wespeaker(headsModel(['pool.n_query.0.', 'pool.n_query.1.'], 4, 2, 2, false, 12))
const twoPasses = wespeaker(astpModel(4, 13, { context: true }))
const ecapaTwoPasses = speechbrain(ecapaModel(4, 14))

describe.each([
  ['ASTP', streaming],
  ['MQMHASTP', queries],
  ['ASTP with context', twoPasses],
  ['ECAPA', ecapaTwoPasses],
] as const)('%s', (name, pooling) => {
  const shape = { planes: 2, bins: 2 }
  const merged = (parts: readonly (readonly Weighted[])[], order: readonly (readonly [number, number])[]) => {
    const bank = bankOf(pooling, [], 4, parts.length)
    for (const [i, part] of parts.entries()) addRows(bank, i, part)
    for (const [into, from] of order) bank.merge(into, from)
    return result(bank, 0)
  }

  test('merging continues adding, and is associative', () => {
    fc.assert(
      fc.property(rows(4, 6), rows(4, 6), rows(4, 6), (x, y, z) => {
        const whole = pooledRows(pooling, [...x, ...y, ...z].length > 0 ? [...x, ...y, ...z] : [[[0, 0, 0, 0], 0]])
        const check = (actual: number[]) => (pooling.exact ? expect(actual).toEqual(whole) : close(actual, whole, 1e-9, 1))
        check(
          merged(
            [x, y, z],
            [
              [0, 1],
              [0, 2],
            ],
          ),
        )
        check(
          merged(
            [x, y, z],
            [
              [1, 2],
              [0, 1],
            ],
          ),
        )
        expect(merged([x, []], [[0, 1]])).toEqual(merged([x], []))
        expect(merged([[], x], [[0, 1]])).toEqual(merged([x], []))
      }),
    )
  })

  test('streams, and never sees a frame of weight 0', () => {
    const stages = [
      pool1d(pooling, { size: 5, stride: 2 }),
      pool1d(pooling, { size: 4, padding: 'same', includePad: true }),
      pool1d(pooling, { size: 90, stride: 1, partial: 'keep' }),
      globalPool(pooling),
      globalPool(['mean', pooling]),
      pyramidPool(pooling),
    ]
    fc.assert(
      fc.property(sequence(30, shape), fc.constantFrom(...stages), cuts, fc.nat(), (input, stage, sizes, at) => {
        streams(stage, input, sizes, at)
        ignoresUnseen(stage, input)
      }),
    )
  })

  test('windows, small and sliding, are those of their frames', () => {
    fc.assert(
      fc.property(rows(4, 60, 1), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 3 }), (all, size, stride) => {
        const { data, length } = apply(sequenceOf(all, 4), pool1d(pooling, { size, stride }))
        const width = data.length / Math.max(1, length)
        for (let o = 0; o < length; o++) {
          const expected = pooledRows(pooling, all.slice(o * stride, o * stride + size))
          close(data.subarray(o * width, (o + 1) * width), Float32Array.from(expected), 1e-6, 1)
        }
      }),
      { numRuns: 50 },
    )
  })

  test('nothing seen gives zeros, and the result leaves the state as it was', () => {
    expect(pooledRows(pooling, [[[1, 2, 3, 4], 0]])).toEqual(new Array(4 * pooling.outputs.length).fill(0))
    const bank = bankOf(pooling, [
      [[1, 2, 3, 4], 1],
      [[4, 1, 0, 2], 0.5],
    ])
    const before = [...bank.buffer]
    expect(result(bank, 0)).toEqual(result(bank, 0))
    expect([...bank.buffer]).toEqual(before)
  })

  test('a NaN that is seen reaches the lanes whose attention sees it, and stays', () => {
    const some: Weighted[] = [
      [[1, 2, 3, 4], 1],
      [[0, Number.NaN, 1, 1], 1],
      [[2, 0, 1, 1], 1],
    ]
    const given = pooledRows(pooling, some)
    // A head sees two of the four lanes.
    const touched = (lane: number) => name !== 'MQMHASTP' || lane < 2
    for (const [i, x] of given.entries()) expect(Number.isNaN(x), `value ${i}`).toBe(touched(i % 4))
    expect(pooledRows(pooling, [some[1]!, some[0]!, some[2]!]).map(Number.isNaN)).toEqual(given.map(Number.isNaN))
  })

  test('a single frame gives itself and the least deviation', () => {
    const least = { ASTP: Math.sqrt(1e-7), MQMHASTP: Math.sqrt(1e-7), 'ASTP with context': Number.NaN, ECAPA: 1e-6 }[name]
    const given = pooledRows(pooling, [[[1, -2, 3, 1000], 0.5]])
    const mean = Number.isNaN(least) ? new Array(4).fill(Number.NaN) : [1, -2, 3, 1000]
    close(given.slice(0, 8), [...mean, least, least, least, least], 1e-12)
  })

  test('its spec names the file', () => {
    expect(pooling.spec).toEqual({
      pooling: 'attentive',
      tensors: 'model.safetensors',
      ...(name === 'ECAPA' ? { family: 'ecapa', prefix: 'asp' } : { family: 'wespeaker', prefix: 'pool' }),
    })
    expect(JSON.parse(JSON.stringify(pooling.spec))).toEqual(pooling.spec)
  })

  test('is for frames of its own number of lanes, and for 1-D', () => {
    const { layout } = frames(new Float32Array(10), { bins: 5 })
    expect(() => globalPool(pooling).plan(layout)).toThrow('attentive: tensors are for frames of 4 lanes, got 5')
    const four = frames(new Float32Array(8), { bins: 4 }).layout
    expect(() => pool2d(pooling, { size: [2, 2] }).plan(four)).toThrow(/pools whole frames/)
    expect(() => globalPool2d(pooling).plan(four)).toThrow(/pools whole frames/)
  })
})

test('one pass needs no end; two passes do where the length is unknown, and no live source has one', () => {
  const { length, ...layout } = frames(new Float32Array(8), { bins: 4, hop: 0.01 }).layout
  expect(globalPool(streaming).plan(layout).needs).toBeUndefined()
  expect(globalPool(twoPasses).plan(layout).needs).toBe('end')
  expect(globalPool(twoPasses).plan({ ...layout, length: length! }).needs).toBeUndefined()
  expect(pool1d(twoPasses, { size: 3 }).plan(layout).needs).toBeUndefined()
  expect(() => globalPool(twoPasses).plan({ ...layout, live: true })).toThrow(
    'attentive: global context takes two passes, so the sequence must have an end, got "a live source"',
  )
})

describe('refuses', () => {
  const good = astpModel(4, 1)
  const without = (weights: TensorFile, name: string): TensorFile => ({
    ...weights,
    tensors: new Map([...weights.tensors].filter(([key]) => key !== name)),
  })
  const shaped = (shapes: { readonly [name: string]: readonly number[] }) => () => wespeaker(model(shapes, random(1)))
  test.each<[string, () => unknown, string | RegExp]>([
    ['no tensors', () => attentive({ family: 'wespeaker' } as never), 'attentive: tensors must be given, got undefined'],
    [
      'a path',
      () => attentive({ tensors: 'model.safetensors' as never, family: 'wespeaker' }),
      /attentive: tensors must be those of a safetensors file, such as await loadTensors/,
    ],
    ['no family', () => attentive({ tensors: good } as never), 'attentive: family must be given, got undefined'],
    ['another family', () => attentive({ tensors: good, family: 'wespeakr' as never }), /got "wespeakr"; did you mean "wespeaker"\?/],
    [
      'a prefix that is none',
      () => attentive({ tensors: good, family: 'wespeaker', prefix: 1 as never }),
      /attentive: prefix must be the name of a module, such as 'pool', got 1/,
    ],
    [
      'another prefix',
      () => attentive({ tensors: good, family: 'wespeaker', prefix: 'asp' }),
      /tensors must hold "asp.linear1.weight" of shape \[any, any\], got \["pool.linear1.weight"/,
    ],
    ['an unknown option', () => attentive({ tensors: good, family: 'wespeaker', heads: 2 } as never), /unknown option "heads"/],
    ['a missing layer', () => wespeaker(without(good, 'pool.linear2.weight')), /must hold "pool.linear2.weight" of shape \[any, 5\]/],
    [
      'layers that do not fit',
      shaped({ ...layer('pool.linear1', 5, 4), ...layer('pool.linear2', 4, 6) }),
      'attentive: tensor "pool.linear2.weight" must have shape [any, 5, 1], got [4,6,1]',
    ],
    [
      'a kernel of three frames',
      shaped({ 'pool.linear1.weight': [5, 4, 3], ...layer('pool.linear2', 4, 5) }),
      'tensor "pool.linear1.weight" must have shape [any, any, 1], got [5,4,3]',
    ],
    [
      'a bias of another length',
      shaped({ 'pool.linear1.weight': [5, 4], 'pool.linear1.bias': [4], ...layer('pool.linear2', 4, 5) }),
      'tensor "pool.linear1.bias" must have shape [5], got [4]',
    ],
    [
      'half a context',
      shaped({ ...layer('pool.linear1', 5, 8), ...layer('pool.linear2', 4, 5) }),
      'attentive: tensor "pool.linear1.weight" must have 4 columns, or 12 with global context, got 8',
    ],
    [
      'logits for half a head',
      shaped({ ...layer('pool.heads_att_trans.0.att_0', 3, 4), ...layer('pool.heads_att_trans.0.att_1', 2, 3) }),
      'attentive: tensor "pool.heads_att_trans.0.att_1.weight" must have 1 row or 4, got 2',
    ],
    [
      'queries of other lanes',
      shaped({ ...layer('pool.n_query.0.heads_att_trans.0.att_0', 1, 4), ...layer('pool.n_query.1.heads_att_trans.0.att_0', 1, 3) }),
      'attentive: every query must see 4 lanes, as the first one does, got 3',
    ],
    [
      'no batch normalization',
      () => speechbrain(without(ecapaModel(4, 1), 'asp.tdnn.norm.norm.running_var')),
      /must hold "asp.tdnn.norm.norm.running_var" of shape \[6\]/,
    ],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message)
  })
})
