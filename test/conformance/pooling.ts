// The references' pooling operations by our stages.
import {
  adaptivePool1d,
  adaptivePool2d,
  apply,
  type Frames,
  frames,
  globalPool,
  l2Normalize,
  type PoolingLike,
  pyramidPool,
  pyramidPool2d,
  quantile,
  type Stage,
  std,
} from 'poolwise'
import type { Answer, Inputs, Tensor } from './cases.ts'

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
  ({ outputSize }, { x }) => ({ y: perSample(x!, adaptivePool1d(pooling, { size: outputSize }), [outputSize]) })
const adaptive2d =
  (pooling: PoolingLike): Answer =>
  ({ outputSize }, { x }) => {
    // None leaves an axis as long as it is.
    const size = outputSize.map((length: number | null, axis: number) => length ?? x!.shape[2 + axis]) as [number, number]
    return { y: perSample(x!, adaptivePool2d(pooling, { size }), size) }
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
function statistics(x: Tensor, correction: 0 | 1, weights?: Tensor): Tensor {
  const [batch, channels] = x.shape as [number, number]
  const data = Array.from({ length: batch }, (_, n) => [
    ...apply(sample(x, n, weights), globalPool(['mean', std({ correction })])).data,
  ]).flat()
  return { shape: [batch, 2 * channels], data }
}

/** Sentences (B, T, D) with a mask (B, T), each pooled over its seen tokens. */
const sentence =
  (pooling: PoolingLike): Answer =>
  ({ normalize }, { x, mask }: Inputs) => {
    const [batch, tokens, bins] = x!.shape as [number, number, number]
    const data = Array.from({ length: batch }, (_, n) => {
      const values = Float64Array.from({ length: tokens * bins }, (_, i) => x!.data[n * tokens * bins + i]!)
      const stages = [globalPool(pooling), ...(normalize ? [l2Normalize()] : [])]
      return [...apply(frames(values, { bins, weights: row(mask!, n) }), ...stages).data]
    })
    return { y: { shape: [batch, bins], data: data.flat() } }
  }

export const answers: Record<string, Record<string, Answer>> = {
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
  },
  special_values: { adaptiveAvgPool1d: adaptive1d('mean') },
  statistics: {
    statsPool: ({ correction }, { x }) => ({ y: statistics(x!, correction) }),
    maskedStats: ({ correction }, { x, mask }) => ({ y: statistics(x!, correction, mask) }),
    maskedMax: (_, { x, mask }) => ({ y: perSample(x!, globalPool('max'), [], mask) }),
  },
}
