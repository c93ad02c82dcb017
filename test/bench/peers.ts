// The libraries that the tables compare with, by the little of them that is used here; installed by `npm run peers`. What is not there is said, and left out.
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { int, message, text } from '../peers/onnx.ts'

const require = createRequire(new URL('../peers/package.json', import.meta.url))

export interface TfTensor {
  readonly shape: readonly number[]
  dataSync(): Float32Array
  add(other: TfTensor): TfTensor
  sub(other: TfTensor | number): TfTensor
  mul(other: TfTensor | number): TfTensor
  div(other: TfTensor): TfTensor
  square(): TfTensor
  abs(): TfTensor
  pow(exponent: number): TfTensor
  reshape(shape: readonly number[]): TfTensor
  sqrt(): TfTensor
  relu(): TfTensor
  mean(axis: number): TfTensor
  sum(axis: number, keepDims?: boolean): TfTensor
  max(axis: number): TfTensor
  min(axis: number): TfTensor
}

export interface Tf {
  enableProdMode(): void
  env(): { set(flag: string, value: boolean): void }
  setBackend(name: 'wasm'): Promise<boolean>
  tidy(run: () => void): void
  tensor(data: Float32Array, shape: readonly number[]): TfTensor
  maxPool(x: TfTensor, size: readonly [number, number], strides: readonly [number, number], padding: 'valid' | 'same'): TfTensor
  avgPool(x: TfTensor, size: readonly [number, number], strides: readonly [number, number], padding: 'valid' | 'same'): TfTensor
  readonly version: { readonly tfjs: string }
}

interface OrtTensor {
  readonly data: Float32Array
}
interface OrtSession {
  run(feeds: { readonly [name: string]: OrtTensor }): Promise<{ readonly [name: string]: OrtTensor }>
}
interface Ort {
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => OrtTensor
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OrtSession> }
}

interface Pffft {
  readonly HEAPF32: Float32Array
  _pffft_new_setup(size: number, transform: 0): number
  _pffft_aligned_malloc(bytes: number): number
  _pffft_transform_ordered(setup: number, input: number, output: number, work: number, direction: 0): void
}

interface Meyda {
  bufferSize: number
  sampleRate: number
  melBands: number
  extract(feature: 'melBands', samples: Float32Array): number[]
}

interface HuggingTensor {
  readonly data: Float32Array
}
interface Transformers {
  readonly Tensor: new (type: 'float32' | 'int64', data: Float32Array | BigInt64Array, dims: readonly number[]) => HuggingTensor
  mean_pooling(output: HuggingTensor, mask: HuggingTensor): HuggingTensor
}
interface HuggingAudio {
  mel_filter_bank(bins: number, bands: number, low: number, high: number, rate: number, norm: null, scale: 'htk'): unknown
  window_function(length: number, name: 'hann'): Float64Array
  spectrogram(samples: Float32Array, taper: Float64Array, length: number, hop: number, options: object): Promise<HuggingTensor>
}

export interface Peers {
  readonly tf?: Tf
  readonly ort?: Ort
  readonly pffft?: Pffft
  readonly meyda?: Meyda
  readonly transformers?: Transformers
  readonly audio?: HuggingAudio
}

/** Loads those that are named, and says which are missing. */
export async function peers(...names: (keyof Peers)[]): Promise<Peers> {
  const found: { [name: string]: unknown } = {}
  for (const name of names) {
    try {
      found[name] = await loaders[name]()
    } catch (error) {
      console.error(`left out: ${name} is not installed (npm run peers): ${(error as Error).message.split('\n')[0]}`)
    }
  }
  return found
}

const file = (path: string) => import(pathToFileURL(require.resolve(path)).href)

const loaders: { readonly [name in keyof Peers]-?: () => Promise<unknown> } = {
  async tf() {
    const tf = require('@tensorflow/tfjs') as Tf
    const wasm = require('@tensorflow/tfjs-backend-wasm') as { setWasmPaths(folder: string): void }
    tf.enableProdMode()
    wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/dist/`)
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
    await tf.setBackend('wasm')
    return tf
  },
  ort: async () => require('onnxruntime-node'),
  async pffft() {
    const { default: load } = (await import(pathToFileURL(pffftPath).href)) as { default: () => Promise<Pffft> }
    return load()
  },
  meyda: async () => require('meyda'),
  transformers: () => file('@huggingface/transformers'),
  // Its spectrogram is not among its exports, but it is what its feature extractors run.
  audio: () => import(new URL('../peers/node_modules/@huggingface/transformers/src/utils/audio.js', import.meta.url).href),
}

const pffftPath = new URL('../peers/node_modules/@echogarden/pffft-wasm/dist/simd/pffft.js', import.meta.url).pathname

/** Computes and reads. Nothing but tensors is returned from `tidy`, which would look for tensors among all the numbers of an array. */
export function read(tf: Tf, compute: () => readonly TfTensor[]): Float32Array[] {
  const parts: Float32Array[] = []
  tf.tidy(() => {
    parts.push(...compute().map((y) => y.dataSync()))
  })
  return parts
}

/** The versions of what is installed. */
export function versions(): string {
  const names = [
    '@tensorflow/tfjs',
    '@tensorflow/tfjs-backend-wasm',
    'onnxruntime-node',
    '@echogarden/pffft-wasm',
    'meyda',
    '@huggingface/transformers',
  ]
  const version = (name: string) => {
    try {
      return (require(`./node_modules/${name}/package.json`) as { version: string }).version
    } catch {
      return 'missing'
    }
  }
  return names.map((name) => `${name} ${version(name)}`).join(', ')
}

/** One operator of a graph: inputs and outputs by name; numbers are whole, lists too. */
export interface Operator {
  readonly op: string
  readonly inputs: readonly string[]
  readonly output: string | readonly string[]
  readonly attributes?: { readonly [name: string]: number | string | readonly number[] }
}

/** ONNX Runtime on one thread over a graph of operators: arrays in, arrays out. */
export async function graph(
  ort: Ort,
  shapes: { readonly [input: string]: readonly number[] },
  operators: readonly Operator[],
  outputs: readonly string[],
): Promise<(inputs: { readonly [input: string]: Float32Array }) => Promise<Float32Array[]>> {
  const session = await ort.InferenceSession.create(model(shapes, operators, outputs), {
    logSeverityLevel: 4,
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  })
  return async (inputs) => {
    const feeds = Object.entries(inputs).map(([name, data]) => [name, new ort.Tensor('float32', data, shapes[name]!)] as const)
    const given = await session.run(Object.fromEntries(feeds))
    return outputs.map((name) => given[name]!.data)
  }
}

/** In the messages of onnx.proto3, operators of version 17. */
function model(
  shapes: { readonly [input: string]: readonly number[] },
  operators: readonly Operator[],
  outputs: readonly string[],
): Uint8Array {
  const attribute = ([name, value]: [string, number | string | readonly number[]]): number[] => {
    if (typeof value === 'string') return [...text(1, name), ...text(4, value), ...int(20, 3)]
    if (typeof value === 'number') return [...text(1, name), ...int(3, value), ...int(20, 2)]
    return [...text(1, name), ...value.flatMap((item) => int(8, item)), ...int(20, 7)]
  }
  const node = ({ op, inputs, output, attributes = {} }: Operator) =>
    message(1, [
      ...inputs.flatMap((name) => text(1, name)),
      ...[output].flat().flatMap((name) => text(2, name)),
      ...text(4, op),
      ...Object.entries(attributes).flatMap((entry) => message(5, attribute(entry))),
    ])
  const input = ([name, shape]: [string, readonly number[]]) => {
    const axes = shape.flatMap((size) => message(1, int(1, size)))
    return message(11, [...text(1, name), ...message(2, message(1, [...int(1, 1), ...message(2, axes)]))])
  }
  const graph = [
    ...operators.flatMap(node),
    ...text(2, 'bench'),
    ...Object.entries(shapes).flatMap(input),
    ...outputs.flatMap((name) => message(12, text(1, name))),
  ]
  return Uint8Array.from([...int(1, 8), ...message(7, graph), ...message(8, [...text(1, ''), ...int(2, 17)])])
}
