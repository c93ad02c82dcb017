// The references' pooling operations by our stages.
import {
  adaptivePool1d,
  adaptivePool2d,
  apply,
  covariance,
  type Frames,
  frames,
  globalPool,
  l2Normalize,
  type PoolingLike,
  power,
  pyramidPool,
  pyramidPool2d,
  quantile,
  removeComponents,
  type Stage,
  stats,
  type TensorFile,
} from 'poolwise'
import { toFit } from 'poolwise/node'
import { from, lastValueFrom } from 'rxjs'
import type { Answer, Inputs, LateAnswer, Params, Tensor } from './cases.ts'

/** One sample of a batch (N, C, …) as frames: the first of the last two axes is time where there are two, channels are bins in 1-D and channels in 2-D. */
function sample(x: Tensor, n: number, weights?: Tensor): Frames<Float64Array> {
  const [, channels, ...size] = x.shape as [number, number, ...number[]]
  const count = size.reduce((product, length) => product * length, 1)
  const data = Float64Array.from(
    { length: channels * count },
    (_, i) => x.data[(n * channels + (i % channels)) * count + Math.floor(i / channels)]!,
  )
  const shape = size.length === 1 ? { bins: channels } : { bins: size[1]!, channels }
  return frames(data, { ...shape, ...(weights && { weights: row(weights, n) }) })
}

function row(x: Tensor, n: number): number[] {
  const length = x.shape[1]!
  return Array.from({ length }, (_, t) => x.data[n * length + t]!)
}

/** Our frames (positions, then channels) as the reference has them: channels, then positions. */
function channelsFirst(pooled: ArrayLike<number>, channels: number): number[] {
  const positions = pooled.length / channels
  return Array.from(pooled, (_, i) => pooled[(i % positions) * channels + Math.floor(i / positions)]!)
}

/** Runs a stage over each sample of (N, C, …) and stacks what comes, channels first. */
function perSample(x: Tensor, stage: Stage, size: readonly number[], weights?: Tensor): Tensor {
  const [batch, channels] = x.shape as [number, number]
  const data = Array.from({ length: batch }, (_, n) => channelsFirst(apply(sample(x, n, weights), stage).data, channels)).flat()
  return { shape: [batch, channels, ...size], data }
}

const adaptive1d =
  (pooling: PoolingLike): Answer =>
  ({ outputSize }, { x }) => ({ y: perSample(x!, adaptivePool1d(pooling, { count: outputSize }), [outputSize]) })
const adaptive2d =
  (pooling: PoolingLike): Answer =>
  ({ outputSize }, { x }) => {
    // None leaves an axis as long as it is.
    const size = outputSize.map((length: number | null, axis: number) => length ?? x!.shape[2 + axis]) as [number, number]
    return { y: perSample(x!, adaptivePool2d(pooling, { count: size }), size) }
  }
const global =
  (pooling: PoolingLike): Answer =>
  (_, { x }) => ({ y: perSample(x!, globalPool(pooling), []) })

/** Level by level, each flattened with its channels first. */
function pyramid(x: Tensor, levels: number[], dimensions: 1 | 2, kind: 'avg' | 'max'): Tensor {
  const [batch, channels] = x.shape as [number, number]
  const pooling = kind === 'avg' ? 'mean' : 'max'
  const stage = dimensions === 1 ? pyramidPool(pooling, { levels }) : pyramidPool2d(pooling, { levels })
  const data = Array.from({ length: batch }, (_, n) => {
    const vector = apply(sample(x, n), stage).data
    let at = 0
    return levels.flatMap((level) => {
      const length = level ** dimensions * channels
      at += length
      return channelsFirst(vector.subarray(at - length, at), channels)
    })
  })
  return { shape: [batch, data[0]!.length], data: data.flat() }
}

/** Mean and deviation of each sample's channels, side by side. */
function statistics(x: Tensor, options: Parameters<typeof stats>[0], weights?: Tensor): Tensor {
  const [batch, channels] = x.shape as [number, number]
  const data = Array.from({ length: batch }, (_, n) => [...apply(sample(x, n, weights), globalPool(stats(options))).data]).flat()
  return { shape: [batch, 2 * channels], data }
}

/** Logits (N, 1, T) as weights (N, T) in the proportions of their softmax. */
function softmaxWeights({ shape, data }: Tensor): Tensor {
  const [batch, , length] = shape as [number, number, number]
  const tops = Array.from({ length: batch }, (_, n) => Math.max(...Array.from({ length }, (_, t) => data[n * length + t]!)))
  return { shape: [batch, length], data: Float64Array.from(data, (s, i) => Math.exp(s - tops[Math.floor(i / length)]!)) }
}

/** Each sample's channels by its channels, and the upper triangle, which is what we give. */
function covariances(x: Tensor, correction: 0 | 1): { full: Tensor; upper: Tensor } {
  const [batch, channels] = x.shape as [number, number]
  const triangles = Array.from({ length: batch }, (_, n) => [...apply(sample(x, n), globalPool(covariance({ correction }))).data])
  // Row k begins after rows of channels, channels − 1 … values.
  const at = (k: number, j: number) => k * channels - (k * (k - 1)) / 2 + j - k
  const full = triangles.flatMap((upper) =>
    Array.from({ length: channels ** 2 }, (_, i) => {
      const [k, j] = [Math.floor(i / channels), i % channels]
      return upper[at(Math.min(k, j), Math.max(k, j))]!
    }),
  )
  return {
    full: { shape: [batch, channels, channels], data: full },
    upper: { shape: [batch, triangles[0]!.length], data: triangles.flat() },
  }
}

/** Each sample's channels, one tensor a moment. */
function moments(x: Tensor): Record<string, Tensor> {
  const [batch, channels] = x.shape as [number, number]
  const all = Array.from({ length: batch }, (_, n) => apply(sample(x, n), globalPool('moments')).data)
  const plane = (o: number) => ({
    shape: [batch, channels],
    data: all.flatMap((data) => [...data.subarray(o * channels, (o + 1) * channels)]),
  })
  return { mean: plane(0), var: plane(1), skew: plane(2), kurt: plane(3) }
}

/** Sentences (B, T, D) with a mask (B, T), each pooled over its seen tokens, which may have weights of their own. */
const sentence =
  (pooling: PoolingLike, weightOf: (params: Params, inputs: Inputs, token: number) => number = () => 1): Answer =>
  (params, inputs) => {
    const { x, mask } = inputs
    const [batch, tokens, bins] = x!.shape as [number, number, number]
    const data = Array.from({ length: batch }, (_, n) => {
      const values = Float64Array.from({ length: tokens * bins }, (_, i) => x!.data[n * tokens * bins + i]!)
      const stages = [globalPool(pooling), ...(params.normalize ? [l2Normalize()] : [])]
      const weights = row(mask!, n).map((seen, t) => seen * weightOf(params, inputs, n * tokens + t))
      return [...apply(frames(values, { bins, weights }), ...stages).data]
    })
    return { y: { shape: [batch, bins], data: data.flat() } }
  }

/** Sentence vectors (B, D) without what they have in common, by a fit to themselves. */
const withoutComponents: LateAnswer = async ({ n, centred }, { x }) => {
  const vectors = frames(Float64Array.from(x!.data), { bins: x!.shape[1]! })
  const fit = (await lastValueFrom(from([vectors]).pipe(toFit()))) as TensorFile
  return { y: { shape: x!.shape, data: apply(vectors, removeComponents({ fit, count: n, center: centred })).data } }
}

export const answers: Record<string, Record<string, Answer | LateAnswer>> = {
  adaptive: {
    adaptiveAvgPool1d: adaptive1d('mean'),
    adaptiveAvgPool2d: adaptive2d('mean'),
    temporalPyramid: ({ levels, kind }, { x }) => ({ y: pyramid(x!, levels, 1, kind) }),
    spatialPyramid: ({ levels, kind }, { x }) => ({ y: pyramid(x!, levels, 2, kind) }),
    globalAvg: global('mean'),
    globalMin: global('min'),
    globalSum: global('sum'),
    'globalMedian(lower)': global(quantile({ method: 'lower' })),
    'globalQuantile(linear)': ({ q }, { x }) => ({ y: perSample(x!, globalPool(quantile({ q })), []) }),
  },
  sentence: {
    mean: sentence('mean'),
    max: sentence('max'),
    min: sentence('min'),
    sum: sentence('sum'),
    cls: sentence('first'),
    lastToken: sentence('last'),
    removePrincipalComponents: withoutComponents,
    allButTheTop: withoutComponents,
    meanSqrtLen: sentence('sqrtLength'),
    weightedMean: sentence('positionMean'),
    tokenWeightedMean: sentence('mean', (_, { weights }, token) => weights!.data[token]!),
    sifMean: sentence('countMean', ({ a }, { freq }, token) => a / (a + freq!.data[token]!)),
    powerMeanSigned: (params, inputs) => sentence(power({ p: params.p, signed: true }))(params, inputs),
  },
  special_values: { adaptiveAvgPool1d: adaptive1d('mean') },
  statistics: {
    statsPool: ({ correction }, { x }) => ({ y: statistics(x!, { correction }) }),
    maskedStats: ({ correction }, { x, mask }) => ({ y: statistics(x!, { correction }, mask) }),
    weightedStats: (_, { x, weights }) => ({ y: statistics(x!, { convention: 'pyannote' }, weights) }),
    attentiveStats: (_, { x, logits }) => ({ y: statistics(x!, { convention: 'ecapa' }, softmaxWeights(logits!)) }),
    covariance: ({ correction }, { x }) => covariances(x!, correction),
    moments: (_, { x }) => moments(x!),
    maskedMax: (_, { x, mask }) => ({ y: perSample(x!, globalPool('max'), [], mask) }),
  },
}
