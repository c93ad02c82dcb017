// Inputs on which a peer is wrong by its own documentation, or loses what it saw: what it gives, and what we give.
import { apply, frames, l2Normalize } from 'poolwise'
import { avgPool1d, avgPool2d, globalPool, maxPool1d, maxPool2d } from 'poolwise/tensors'
import { describe, expect, test } from 'vitest'
import { type Attribute, run } from './onnx.ts'
import { loadPeers, type Peers } from './peers.ts'

const peers = await loadPeers()
const { tf, ort, transformers } = peers ?? ({} as Peers)

interface Wrong {
  peer: 'TensorFlow.js' | 'ONNX Runtime' | 'Transformers.js'
  /** The input, and by what the peer is wrong. */
  input: string
  why: string
  theirs: () => Promise<ArrayLike<number>> | ArrayLike<number>
  ours: () => ArrayLike<number>
  /** Derived by hand from the rule in `why`. */
  right: readonly number[]
}

const last = (data: readonly number[], channels = 1) => ({ data, shape: [1, data.length / channels, channels] })
const first = (data: readonly number[]) => ({ data: Float32Array.from(data), shape: [1, 1, data.length] })
const nan = Number.NaN

const layer = (name: keyof Peers['tf']['layers'], options: object, data: readonly number[]) =>
  tf.layers[name](options)
    .apply(tf.tensor(data, [1, data.length, 1]))
    .dataSync()
const tall = (data: readonly number[]) => ({ data, shape: [1, data.length, 1, 1] })
const dilated = (type: 'max' | 'avg', data: readonly number[]) =>
  tf.pool(tf.tensor(data, tall(data).shape), [3, 1], type, 'same', [2, 1], [1, 1]).dataSync()
const onnx = async (op: string, attributes: { [name: string]: Attribute }, data: readonly number[], outputs = ['y']) =>
  (await run(ort, { op, attributes, outputs }, first(data))).y!.data

const pooled = async (data: readonly number[], mask: readonly number[]) => {
  const model = async () => ({ last_hidden_state: new transformers.Tensor('float32', Float32Array.from(data), [1, data.length, 1]) })
  const pipeline = new transformers.FeatureExtractionPipeline({
    task: 'feature-extraction',
    model,
    tokenizer: () => ({ attention_mask: mask }),
  })
  return (await pipeline._call('', { pooling: 'last_token' })).data
}

/** Steps from 1000 to 1001, whose mean is 1000.4995: float32 sums of ten million of them have lost digits. */
const long = () => Float32Array.from({ length: 1e7 }, (_, i) => 1000 + ((i * 7919) % 1000) / 1000)

const list: Wrong[] = [
  {
    peer: 'TensorFlow.js',
    input: 'MaxPooling1D(2) of 1, NaN, 2, 4',
    why: 'a NaN that was seen is dropped',
    theirs: () => layer('maxPooling1d', { poolSize: 2 }, [1, nan, 2, 4]),
    ours: () => maxPool1d(last([1, nan, 2, 4]), { size: 2, dialect: 'keras' }).data,
    right: [nan, 4],
  },
  {
    peer: 'TensorFlow.js',
    input: 'pool max 3, dilation 2, same of −1 … −5',
    why: 'padding is a maximum: zeros, where the documentation excludes what is out of bounds',
    theirs: () => dilated('max', [-1, -2, -3, -4, -5]),
    ours: () =>
      maxPool2d(tall([-1, -2, -3, -4, -5]), { size: [3, 1], stride: 1, dilation: [2, 1], padding: 'same', dialect: 'keras' }).data,
    right: [-1, -2, -1, -2, -3],
  },
  {
    peer: 'TensorFlow.js',
    input: 'pool avg 3, dilation 2, same of 1 … 5',
    why: 'the average divides by padding too',
    theirs: () => dilated('avg', [1, 2, 3, 4, 5]),
    ours: () => avgPool2d(tall([1, 2, 3, 4, 5]), { size: [3, 1], stride: 1, dilation: [2, 1], padding: 'same', dialect: 'keras' }).data,
    right: [2, 3, 3, 3, 4],
  },
  {
    peer: 'TensorFlow.js',
    input: 'GlobalAveragePooling1D of 1, 3 and a masked step',
    why: 'averages what is masked; Keras does not',
    theirs: () => {
      const masking = tf.layers.masking({ maskValue: 0, inputShape: [3, 1] })
      return tf
        .sequential({ layers: [masking, tf.layers.globalAveragePooling1d({})] })
        .predict(tf.tensor([1, 3, 0], [1, 3, 1]))
        .dataSync()
    },
    ours: () => globalPool('mean', last([1, 3, 0]), { lengths: [2] }).data,
    right: [2],
  },
  {
    peer: 'ONNX Runtime',
    input: 'MaxPool(2, stride 2) of 1, NaN, 2, 4',
    why: 'a NaN that was seen is dropped, unless it comes first',
    theirs: () => onnx('MaxPool', { kernel_shape: [2], strides: [2] }, [1, nan, 2, 4]),
    ours: () => maxPool1d(first([1, nan, 2, 4]), { size: 2, stride: 2, dialect: 'onnx' }).data,
    right: [nan, 4],
  },
  {
    peer: 'ONNX Runtime',
    input: 'GlobalMaxPool of 1, NaN, 2',
    why: 'a NaN that was seen is dropped',
    theirs: () => onnx('GlobalMaxPool', {}, [1, nan, 2]),
    ours: () => globalPool('max', first([1, nan, 2]), { dialect: 'onnx' }).data,
    right: [nan],
  },
  {
    peer: 'ONNX Runtime',
    input: 'MaxPool(2, dilation 3, pads 1, 1) of 1, 3',
    why: 'a window in padding alone has the lowest float32 as its maximum',
    theirs: () => onnx('MaxPool', { kernel_shape: [2], dilations: [3], pads: [1, 1] }, [1, 3]),
    ours: () => maxPool1d(first([1, 3]), { size: 2, dilation: 3, padding: 1, dialect: 'onnx' }).data,
    right: [-Infinity],
  },
  {
    peer: 'ONNX Runtime',
    input: 'MaxPool(2, dilation 2, SAME_UPPER) of 0, 1, 2, 3',
    why: 'auto_pad pads for an undilated kernel: not ⌈4 / 1⌉ windows',
    theirs: () => onnx('MaxPool', { kernel_shape: [2], dilations: [2], auto_pad: 'SAME_UPPER' }, [0, 1, 2, 3]),
    ours: () => maxPool1d(first([0, 1, 2, 3]), { size: 2, dilation: 2, padding: 'same', dialect: 'onnx' }).data,
    right: [1, 2, 3, 2],
  },
  {
    peer: 'ONNX Runtime',
    input: 'MaxPool(2, stride 5, SAME_UPPER) of 0 … 9',
    why: 'padding below 0 is taken as such: windows start at 1 (with indices; without, it refuses)',
    theirs: () =>
      onnx('MaxPool', { kernel_shape: [2], strides: [5], auto_pad: 'SAME_UPPER' }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], ['y', 'indices']),
    ours: () => maxPool1d(first([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), { size: 2, stride: 5, padding: 'same', dialect: 'onnx' }).data,
    right: [1, 6],
  },
  {
    peer: 'ONNX Runtime',
    input: 'AveragePool(3, stride 2) of 4, 8',
    why: '⌊(2 − 3) / 2⌋ + 1 is no window; rounding towards 0 makes one',
    theirs: () => onnx('AveragePool', { kernel_shape: [3], strides: [2] }, [4, 8]),
    ours: () => avgPool1d(first([4, 8]), { size: 3, stride: 2, dialect: 'onnx' }).data,
    right: [],
  },
  {
    peer: 'ONNX Runtime',
    input: 'GlobalAveragePool of 10⁷ values near 1000.5',
    why: 'sums of float32 lose digits',
    theirs: async () => (await run(ort, { op: 'GlobalAveragePool', attributes: {} }, { data: long(), shape: [1, 1, 1e7] })).y!.data,
    ours: () => globalPool('mean', { data: long(), shape: [1, 1, 1e7] }, { dialect: 'onnx' }).data,
    right: [Math.fround(1000.4995)],
  },
  {
    peer: 'Transformers.js',
    input: 'mean_pooling of a row that is masked throughout',
    why: 'divides 0 by 0; the reference gives zeros',
    theirs: () =>
      transformers.mean_pooling(
        new transformers.Tensor('float32', Float32Array.of(1, 2), [1, 2, 1]),
        new transformers.Tensor('int64', BigInt64Array.of(0n, 0n), [1, 2]),
      ).data,
    ours: () => globalPool('mean', last([1, 2]), { weights: { data: [0, 0], shape: [1, 2] } }).data,
    right: [0],
  },
  {
    peer: 'Transformers.js',
    input: "pooling 'last_token' of 7, 8 and a masked 9",
    why: 'ignores the mask',
    theirs: () => pooled([7, 8, 9], [1, 1, 0]),
    ours: () => globalPool('last', last([7, 8, 9]), { weights: { data: [1, 1, 0], shape: [1, 3] } }).data,
    right: [8],
  },
  {
    peer: 'Transformers.js',
    input: 'normalize of 0, 0',
    why: 'divides by a norm of 0',
    theirs: () => new transformers.Tensor('float32', Float32Array.of(0, 0), [1, 2]).normalize(2, 1).data,
    ours: () => apply(frames([0, 0], { bins: 2 }), l2Normalize()).data,
    right: [0, 0],
  },
]

describe.skipIf(!peers)('inputs on which a peer is wrong', () => {
  const lines: string[] = []
  test.each(list)('$peer: $input', async ({ peer, input, why, theirs, ours, right }) => {
    const [given, answer] = [Array.from(await theirs()), Array.from(ours())]
    lines.push(`${peer}: ${input}: ${why}\n    theirs ${short(given)}, ours ${short(answer)}`)
    expect(answer).toEqual(right)
    // A peer that has been mended leaves the list.
    expect(given).not.toEqual(right)
  })

  test('are printed', () => {
    console.log(lines.join('\n'))
    expect(lines.length).toBe(list.length)
  })
})

function short(values: readonly number[]): string {
  return `[${values.map((value) => Number(value.toPrecision(6))).join(', ')}]`
}
