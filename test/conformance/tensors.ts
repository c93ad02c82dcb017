// The references' window poolings by our tensors.
import { gem, logSumExp, mixed, type Pooling, type PoolingLike, power } from 'poolwise'
import {
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  fractionalMaxPool2d,
  globalPool,
  type Indexed,
  lpPool1d,
  lpPool2d,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  maxUnpool1d,
  maxUnpool2d,
  type PoolOptions,
  pool1d,
  pool2d,
  type TensorLike,
} from 'poolwise/tensors'
import type { Answer, Params } from './cases.ts'

const found = ({ values, indices }: Indexed) => ({ y: values, indices })

/** PyTorch's parameters as our options. */
function torch({ kernel, stride, padding, dilation, ceilMode, countIncludePad }: Params): PoolOptions {
  return {
    dialect: 'torch',
    size: kernel,
    ...(stride === null || stride === undefined ? {} : { stride }),
    ...(padding === undefined ? {} : { padding }),
    ...(dilation === undefined ? {} : { dilation }),
    partial: ceilMode ? 'keep' : 'drop',
    ...(countIncludePad === undefined ? {} : { includePad: countIncludePad }),
  }
}

const torchMax =
  (maxPool: typeof maxPool1d): Answer =>
  (params, { x }) =>
    found(maxPool(x!, { ...torch(params), indices: true }))
const torchAverage =
  (average: typeof avgPool1d): Answer =>
  (params, { x }) => ({
    y: average(x!, { ...torch(params), ...(params.divisorOverride == null ? {} : { divisor: params.divisorOverride }) }),
  })
const torchAdaptive =
  (adaptive: typeof adaptiveMaxPool1d): Answer =>
  ({ outputSize }, { x }) =>
    found(adaptive(x!, { size: outputSize, channels: 'first', indices: true }))
const first =
  (pooling: PoolingLike): Answer =>
  (_, { x }) => ({ y: globalPool(pooling, x!, { channels: 'first' }) })
const masked =
  (pooling: PoolingLike): Answer =>
  (_, { x, mask }) => ({ y: globalPool(pooling, x!, { channels: 'first', weights: mask! }) })
const withIndex: Answer = (_, { x }) => {
  const { values, indices } =
    x!.shape.length === 3
      ? adaptiveMaxPool1d(x!, { size: 1, channels: 'first', indices: true })
      : adaptiveMaxPool2d(x!, { size: 1, channels: 'first', indices: true })
  const shape = x!.shape.slice(0, 2)
  return { y: { ...values, shape }, indices: { ...indices, shape } }
}

/** Keras' parameters as our options. */
function keras({ poolSize, strides, padding, dataFormat }: Params): PoolOptions {
  return {
    dialect: 'keras',
    size: poolSize,
    ...(strides == null ? {} : { stride: strides }),
    padding,
    channels: dataFormat === 'channelsFirst' ? 'first' : 'last',
  }
}
const layer =
  (run: (x: TensorLike, options: PoolOptions) => ReturnType<typeof avgPool1d>): Answer =>
  (params, { x }) => ({ y: run(x!, keras(params)) })
const globalLayer =
  (pooling: 'max' | 'mean'): Answer =>
  ({ dataFormat }, { x }) => ({ y: globalPool(pooling, x!, { channels: dataFormat === 'channelsFirst' ? 'first' : 'last' }) })

/** Any pooling in windows, or over everything. */
const generalized =
  (axes: 1 | 2, poolingFor: (params: Params) => Pooling | 'softPool'): Answer =>
  (params, { x }) => ({
    y: (axes === 1 ? pool1d : pool2d)(poolingFor(params), x!, {
      size: params.kernel,
      stride: params.stride ?? params.kernel,
      channels: 'first',
    }),
  })
const over =
  (poolingFor: (params: Params) => PoolingLike): Answer =>
  (params, { x }) => ({ y: globalPool(poolingFor(params), x!, { channels: 'first' }) })

const windows = {
  maxPool1d: torchMax(maxPool1d),
  maxPool2d: torchMax(maxPool2d),
  maxPool3d: torchMax(maxPool3d),
  avgPool1d: torchAverage(avgPool1d),
  avgPool2d: torchAverage(avgPool2d),
  avgPool3d: torchAverage(avgPool3d),
}

export const answers: Record<string, Record<string, Answer>> = {
  pool1d: windows,
  pool2d: windows,
  adaptive: {
    adaptiveMaxPool1d: torchAdaptive(adaptiveMaxPool1d),
    adaptiveMaxPool2d: torchAdaptive(adaptiveMaxPool2d),
    globalMax: withIndex,
  },
  special_values: {
    ...windows,
    adaptiveMaxPool1d: torchAdaptive(adaptiveMaxPool1d),
    globalMax: first('max'),
    globalMin: first('min'),
    globalAvg: first('mean'),
    maskedMean: masked('mean'),
    maskedMax: masked('max'),
    statsPool: first('stats'),
  },
  fractional_unpool: {
    fractionalMaxPool2d: ({ kernel, outputSize, outputRatio }, { x, samples }) =>
      found(
        fractionalMaxPool2d(x!, { size: kernel, ...(outputSize ? { outputSize } : { outputRatio }), samples: samples!, indices: true }),
      ),
    maxUnpool1d: ({ outputSize }, { y, indices }) => ({ x: maxUnpool1d(y!, indices!, { outputSize, channels: 'first' }) }),
    maxUnpool2d: ({ outputSize }, { y, indices }) => ({ x: maxUnpool2d(y!, indices!, { outputSize, channels: 'first' }) }),
  },
  generalized: {
    lpPool1d: (params, { x }) => ({ y: lpPool1d(x!, { ...torch(params), p: params.norm }) }),
    lpPool2d: (params, { x }) => ({ y: lpPool2d(x!, { ...torch(params), p: params.norm }) }),
    powerMean: over(({ p }) => power({ p })),
    gem1d: over(({ p, eps }) => gem({ p, eps })),
    gem2d: over(({ p, eps }) => gem({ p, eps })),
    softPool1d: generalized(1, () => 'softPool'),
    softPool2d: generalized(2, () => 'softPool'),
    softPoolGlobal: over(() => 'softPool'),
    lse: over(({ r }) => logSumExp({ r })),
    mixedPool1d: generalized(1, ({ alpha }) =>
      mixed([
        ['max', alpha],
        ['mean', 1 - alpha],
      ]),
    ),
  },
  tfjs: {
    'keras.MaxPooling1D': layer(maxPool1d),
    'keras.MaxPooling2D': layer(maxPool2d),
    'keras.AveragePooling1D': layer(avgPool1d),
    'keras.AveragePooling2D': layer(avgPool2d),
    'keras.GlobalMaxPooling1D': globalLayer('max'),
    'keras.GlobalMaxPooling2D': globalLayer('max'),
    'keras.GlobalAveragePooling1D': globalLayer('mean'),
    'keras.GlobalAveragePooling2D': globalLayer('mean'),
    'tf.maxPoolWithArgmax': (params, { x }) => {
      const { values, indices } = maxPool2d(x!, { ...keras(params), indices: true })
      const channels = x!.shape[3]!
      // TensorFlow counts through the channels too.
      return {
        y: values,
        indices: { shape: indices.shape, data: Array.from(indices.data, (place, i) => place * channels + (i % channels)) },
      }
    },
    'tf.pool': ({ windowShape, poolingType, padding, dilations, strides }, { x }) => ({
      y: (poolingType === 'max' ? maxPool2d : avgPool2d)(x!, {
        dialect: 'keras',
        size: windowShape,
        stride: strides,
        dilation: dilations,
        padding,
      }),
    }),
  },
}
