import { refusal } from '../../core/check.ts'
import type { TensorFile } from '../../files/safetensors.ts'
import { type Rule, ruleOf } from '../conventions.ts'
import { addProduct, type Layer, layerOf, vectorOf } from './layer.ts'

/** Logits for some of a frame's lanes, from these lanes: layers with something between any two. */
export interface Head {
  readonly lanes: number
  readonly layers: readonly Layer[]
  /** Changes the units of a hidden layer in place. */
  between(units: Float64Array): void
}

/** What says how much each frame counts for each lane. */
export interface Attention {
  /** Values in one frame. */
  readonly lanes: number
  /** For each query the heads, whose lanes follow one another. */
  readonly queries: readonly (readonly Head[])[]
  /** The least variance. */
  readonly floor: number
  /** How the deviation is estimated of which the first layer sees mean and deviation too, behind the frame; where it does. */
  readonly context?: Rule
}

export const families = ['wespeaker', 'ecapa'] as const

/** The attention that a model's tensors, whose names begin with `prefix`, stand for. */
export function attentionOf(who: string, weights: TensorFile, family: (typeof families)[number], prefix: string): Attention {
  if (family === 'ecapa') return ecapa(who, weights, prefix)
  const has = (name: string) => weights.tensors.has(`${prefix}${name}.weight`)
  if (has('n_query.0.heads_att_trans.0.att_0'))
    return multiHead(
      who,
      weights,
      numbered((q) => (has(`n_query.${q}.heads_att_trans.0.att_0`) ? `${prefix}n_query.${q}.` : undefined)),
    )
  if (has('heads_att_trans.0.att_0')) return multiHead(who, weights, [prefix])
  return singleHead(who, weights, `${prefix}linear1`, `${prefix}linear2`, 'wespeaker', tanh)
}

/** ASTP: linear1, tanh, linear2, and the layers of ECAPA. */
function singleHead(
  who: string,
  weights: TensorFile,
  first: string,
  last: string,
  convention: 'wespeaker' | 'ecapa',
  between: Head['between'],
): Attention {
  const below = layerOf(who, weights, first)
  const above = layerOf(who, weights, last, undefined, below.outputs)
  const lanes = above.outputs
  if (below.inputs !== lanes && below.inputs !== 3 * lanes)
    throw refusal(who, `tensor "${first}.weight" must have ${lanes} columns, or ${3 * lanes} with global context`, below.inputs)
  return {
    lanes,
    queries: [[{ lanes, layers: [below, above], between }]],
    floor: convention === 'ecapa' ? 1e-12 : 1e-7,
    ...(below.inputs > lanes && { context: ruleOf(who, { correction: undefined, convention }) }),
  }
}

/** Convolution, ReLU, batch normalization, tanh, convolution. */
function ecapa(who: string, weights: TensorFile, prefix: string): Attention {
  const first = `${prefix}tdnn.conv.conv`
  const units = layerOf(who, weights, first).outputs
  const [gain, offset, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((name) =>
    vectorOf(who, weights, `${prefix}tdnn.norm.norm.${name}`, units),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array]
  const scale = gain.map((g, i) => g / Math.sqrt(variance[i]! + 1e-5))
  return singleHead(who, weights, first, `${prefix}conv.conv`, 'ecapa', (units) => {
    for (let i = 0; i < units.length; i++) units[i] = Math.tanh((Math.max(units[i]!, 0) - mean[i]!) * scale[i]! + offset[i]!)
  })
}

/** MHASTP, and MQMHASTP where there are several queries: every head sees its own lanes alone, and gives them one logit or one each. */
function multiHead(who: string, weights: TensorFile, queries: readonly string[]): Attention {
  const has = (name: string) => weights.tensors.has(`${name}.weight`)
  const heads = queries.map((query) =>
    numbered((h) => (has(`${query}heads_att_trans.${h}.att_0`) ? `${query}heads_att_trans.${h}.` : undefined)).map((head): Head => {
      let width: number | undefined
      const layers = numbered((l) => {
        if (!has(`${head}att_${l}`)) return undefined
        const layer = layerOf(who, weights, `${head}att_${l}`, undefined, width)
        width = layer.outputs
        return layer
      })
      const lanes = layers[0]!.inputs
      if (width !== 1 && width !== lanes)
        throw refusal(who, `tensor "${head}att_${layers.length - 1}.weight" must have 1 row or ${lanes}`, width)
      return { lanes, layers, between: tanh }
    }),
  )
  const [lanes, ...others] = heads.map((query) => query.reduce((sum, head) => sum + head.lanes, 0)) as [number, ...number[]]
  for (const other of others) if (other !== lanes) throw refusal(who, `every query must see ${lanes} lanes, as the first one does`, other)
  return { lanes, queries: heads, floor: 1e-7 }
}

/** `of` 0, 1, 2 … as long as there is something. */
function numbered<T>(of: (i: number) => T | undefined): T[] {
  const all: T[] = []
  for (let one = of(0); one !== undefined; one = of(all.length)) all.push(one)
  return all
}

function tanh(units: Float64Array): void {
  for (let i = 0; i < units.length; i++) units[i] = Math.tanh(units[i]!)
}

/** A head's logits for frames: the returned function overwrites what it gave before. `bias` stands in for that of the first layer. */
export function logitsOf({ layers, between }: Head): (x: ArrayLike<number>, bias?: Float64Array) => Float64Array {
  const units = layers.map(({ outputs }) => new Float64Array(outputs))
  return (x, bias) => {
    for (const [l, layer] of layers.entries()) {
      const into = units[l]!
      into.set(l === 0 && bias ? bias : layer.bias)
      if (l > 0) between(units[l - 1]!)
      addProduct(layer, l === 0 ? x : units[l - 1]!, into)
    }
    return units.at(-1)!
  }
}
