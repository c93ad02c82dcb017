import { refusal } from '../../core/check.ts'
import { Option } from '../../core/options.ts'
import { type TensorFile, tensorOf, tensorsOf } from '../../files/safetensors.ts'

/** A linear layer, or a convolution over single frames: W·x + b. */
export interface Layer {
  readonly inputs: number
  readonly outputs: number
  /** outputs × inputs. */
  readonly weight: Float64Array
  readonly bias: Float64Array
}

/** The options of a trained pooling. */
export const tensorsOption = {
  /** A model's tensors, as `await loadTensors(path)` or `parseTensors` gives them; in JSON the path of their file. */
  tensors: new Option<TensorFile>((who, _, value) => tensorsOf(who, value as TensorFile), { type: 'string' }),
  /** The module's name in the model, such as 'pool' or 'asp'. */
  prefix: new Option<string>((_, __, value) => value as string, { type: 'string' }).optional('none'),
}

/** What the names of a module's tensors begin with: nothing, or the module's name and a dot. */
export function prefixOf(who: string, prefix: unknown): string {
  if (prefix === undefined || prefix === '') return ''
  if (typeof prefix === 'string') return prefix.endsWith('.') ? prefix : `${prefix}.`
  throw refusal(who, "prefix must be the name of a module, such as 'pool'", prefix)
}

/** A matrix; axes of length 1 after its two, as kernels have them, are left out. */
export function matrixOf(who: string, weights: TensorFile, name: string, rows?: number, columns?: number): Omit<Layer, 'bias'> {
  const axes = weights.tensors.get(name)?.shape.length ?? 2
  const { shape, data } = tensorOf(who, weights, name, [rows, columns, ...new Array<number>(Math.min(2, Math.max(0, axes - 2))).fill(1)])
  return { outputs: shape[0]!, inputs: shape[1]!, weight: Float64Array.from(data) }
}

/** The layer `name` of a PyTorch model; without a bias it is 0. */
export function layerOf(who: string, weights: TensorFile, name: string, outputs?: number, inputs?: number): Layer {
  const matrix = matrixOf(who, weights, `${name}.weight`, outputs, inputs)
  const bias = weights.tensors.has(`${name}.bias`)
    ? vectorOf(who, weights, `${name}.bias`, matrix.outputs)
    : new Float64Array(matrix.outputs)
  return { ...matrix, bias }
}

export function vectorOf(who: string, weights: TensorFile, name: string, length: number): Float64Array {
  return Float64Array.from(tensorOf(who, weights, name, [length]).data)
}

/** Adds W·x to `into`, where W has the columns of the layer from `column` on, as many as there are x. */
export function addProduct({ weight, inputs }: Layer, x: ArrayLike<number>, into: Float64Array, column = 0): void {
  const count = x.length
  for (let row = 0; row < into.length; row++) {
    let sum = 0
    const at = row * inputs + column
    for (let i = 0; i < count; i++) sum += weight[at + i]! * x[i]!
    into[row]! += sum
  }
}
