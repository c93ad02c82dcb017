import type { Rows } from '../../core/accumulators.ts'
import { integer as checkInteger, refusal } from '../../core/check.ts'
import { integer, type Read, taking } from '../../core/options.ts'
import type { Pooling } from '../../core/pooling.ts'
import { addProduct, layerOf, matrixOf, prefixOf, tensorsOption } from './layer.ts'

/**
 * What the frames of each cluster differ by from its center, frames belonging to clusters by shares: for each cluster of unit length, then all together; zeros if nothing
 * was seen. One pass, and merges.
 *
 * Shape: frames of as many lanes as the centers have → planes cluster0, cluster1 …, one a cluster without the ghosts. Lanes interact, so there is no 2-D. Modules that
 * normalize their input want `l2Normalize()` before.
 *
 * @throws TypeError where tensors are missing or of other shapes; RangeError for more ghosts than leave a cluster, and, when planned, for frames of another number of lanes
 * @source Arandjelović et al. 2016, of which PyTorch modules have these names; Zhong, Arandjelović, Zisserman 2018 (ghosts)
 * @example
 * globalPool(netVlad({ tensors: await loadTensors('speaker.safetensors'), ghosts: 2, prefix: 'pool' }))
 */
export const netVlad = /* @__PURE__ */ Object.assign(
  taking(
    'netVlad',
    {
      ...tensorsOption,
      /** How many of the clusters, the last ones, only take frames away from the others: GhostVLAD. */
      ghosts: integer(0).default(0),
    },
    make,
  ),
  { example: example() },
)

function make(
  { tensors: weights, ghosts, prefix: module }: Read<typeof tensorsOption> & { readonly ghosts: number },
  given: object,
): Pooling<Rows> {
  const prefix = prefixOf('netVlad', module)
  const assignment = layerOf('netVlad', weights, `${prefix}conv`)
  const { inputs: lanes, outputs: all } = assignment
  const clusters = all - checkInteger('netVlad', 'ghosts', ghosts, 0, all - 1)
  const centers = matrixOf('netVlad', weights, `${prefix}centroids`, undefined, lanes)
  if (centers.outputs !== clusters && centers.outputs !== all)
    throw refusal('netVlad', `tensor "${prefix}centroids" must have ${clusters} rows, or ${all} with those of the ghosts`, centers.outputs)
  const outputs = Array.from({ length: clusters }, (_, k) => `cluster${k}`)
  const shares = new Float64Array(all)
  const self: Pooling<Rows> = {
    spec: { pooling: 'netVlad', ...given, tensors: weights.name },
    identity: outputs.map(() => 0),
    outputs,
    across: 'lanes',
    fit({ lanes: given }) {
      if (given !== lanes) throw refusal('netVlad', `tensors are for frames of ${lanes} lanes`, given)
      return self
    },
    about: {
      formula: 'Σwαₖ(x − cₖ), αₖ = softmaxₖ(wₖ·x + bₖ), each of length 1, then all',
      source: 'NetVLAD (Arandjelović et al. 2016), GhostVLAD (Zhong et al. 2018)',
      use: 'trained models of places, faces and speakers: how the frames differ from typical ones',
      example: { input: [], output: [] },
      empty: 0,
    },
    bind: (buffer, offset, stride, width) =>
      Object.fromEntries(outputs.map((output, k) => [output, buffer.subarray(offset + k * stride, offset + k * stride + width)])),
    add(state, { data, offset, rows, weights }) {
      for (let r = 0; r < rows; r++) {
        const row = data.subarray(offset + r * lanes, offset + (r + 1) * lanes)
        shares.set(assignment.bias)
        addProduct(assignment, row, shares)
        softmax(shares)
        for (let k = 0; k < clusters; k++) {
          const sum = state[outputs[k]!]!
          const share = weights[r]! * shares[k]!
          for (let i = 0; i < lanes; i++) sum[i]! += share * (row[i]! - centers.weight[k * lanes + i]!)
        }
      }
    },
    merge(into, from) {
      for (const output of outputs) {
        const [sum, added] = [into[output]!, from[output]!]
        for (let i = 0; i < lanes; i++) sum[i]! += added[i]!
      }
    },
    result(state, out) {
      const lengths = outputs.map((output) => length(state[output]!))
      // What is left of the clusters after the first normalization: 1, but for clusters of nothing.
      const whole = length(lengths.map((norm, k) => length(state[outputs[k]!]!.map((x) => x / norm))))
      for (const [k, output] of outputs.entries()) {
        const sum = state[output]!
        for (let i = 0; i < lanes; i++) out[output]![i] = sum[i]! / lengths[k]! / whole
      }
    },
  }
  return self
}

/** The Euclidean length, at least 1e-12, as torch.nn.functional.normalize has it. */
function length(x: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += x[i]! * x[i]!
  return Math.max(Math.sqrt(sum), 1e-12)
}

function softmax(x: Float64Array): void {
  let [top, sum] = [-Infinity, 0]
  for (let i = 0; i < x.length; i++) top = Math.max(top, x[i]!)
  for (let i = 0; i < x.length; i++) {
    x[i] = Math.exp(x[i]! - top)
    sum += x[i]!
  }
  for (let i = 0; i < x.length; i++) x[i]! /= sum
}

/** Two clusters of one lane, about −1 and 1, so that it can be tried without a model. */
function example(): Pooling<Rows> {
  const pair = { shape: [2, 1], data: Float64Array.of(-1, 1) }
  const tensors = new Map([
    ['conv.weight', pair],
    ['centroids', pair],
  ])
  return make({ tensors: { name: 'example', tensors, metadata: new Map() }, prefix: undefined, ghosts: 0 }, {})
}
