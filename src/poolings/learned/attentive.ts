import type { Run } from '../../core/accumulators.ts'
import { refusal } from '../../core/check.ts'
import type { Values } from '../../core/frames.ts'
import { oneOf, type Read, taking } from '../../core/options.ts'
import type { About, Outputs, Pooling, PoolingSpec, Shape } from '../../core/pooling.ts'
import type { Rule } from '../conventions.ts'
import { type Attention, attentionOf, families, logitsOf } from './attention.ts'
import { addProduct, prefixOf, tensorsOption } from './layer.ts'
import { Region } from './region.ts'
import { merge, momentsOf, put, type Sums, slots, sumsIn } from './softmax.ts'

/** What a pooling of frames by attention is made of. */
interface Parts extends Attention {
  readonly spec: PoolingSpec
  readonly outputs: readonly string[]
  readonly about: About
}

/**
 * Attentive statistics pooling with a trained model's tensors: mean and deviation of each lane under attention, a softmax over time; zeros if nothing was seen.
 *
 * Shape: frames of as many lanes as the model pools → planes mean, std; with Q queries mean0, std0 … meanQ−1, stdQ−1. All means stand before all deviations, as
 * everywhere here; WeSpeaker's MHASTP gives them head by head. A frame's weight multiplies its attention, so a mask is one of 0 and 1. Lanes interact, so there is no 2-D.
 *
 * One pass, and merges, unless the first layer sees the mean and deviation of the whole region too (its input is three times the lanes: global context): that takes two
 * passes, so the region's frames are kept, and a sequence of unknown length gives nothing before its end.
 *
 * A single frame gives itself and the least deviation, √1e-7 or with 'ecapa' 1e-6; NaN with global context in WeSpeaker, whose deviation is unbiased.
 *
 * @throws TypeError where tensors are missing or of other shapes; RangeError, when planned, for frames of another number of lanes
 * @source Okabe, Koshinaka, Shinoda 2018; WeSpeaker wespeaker/models/pooling_layers.py; Desplanques, Thienpondt, Demuynck 2020, SpeechBrain ECAPA_TDNN.py
 * @example
 * globalPool(attentive({ tensors: await loadTensors('speaker.safetensors'), family: 'ecapa', prefix: 'asp' }))
 */
export const attentive = /* @__PURE__ */ Object.assign(
  taking(
    'attentive',
    {
      ...tensorsOption,
      /**
       * Whose tensors they are. 'wespeaker': ASTP (linear1, linear2), MHASTP (heads_att_trans) or MQMHASTP (n_query), whichever is there; 'ecapa': SpeechBrain's
       * AttentiveStatisticsPooling (tdnn, conv).
       */
      family: oneOf(...families),
    },
    make,
  ),
  { example: example() },
)

function make(
  { tensors, family, prefix }: Read<typeof tensorsOption> & { readonly family: (typeof families)[number] },
  given: object,
): Pooling {
  const attention = attentionOf('attentive', tensors, family, prefixOf('attentive', prefix))
  const { queries, floor, context } = attention
  const parts: Parts = {
    ...attention,
    spec: { pooling: 'attentive', ...given, tensors: tensors.name },
    outputs: queries.length === 1 ? ['mean', 'std'] : queries.flatMap((_, q) => [`mean${q}`, `std${q}`]),
    about: {
      formula: 'Σαx, √Σα(x − mean)², α = softmax over time of attention(x)',
      source: family === 'ecapa' ? 'SpeechBrain AttentiveStatisticsPooling' : 'WeSpeaker ASTP, MHASTP, MQMHASTP',
      use: 'trained speaker models: which frames tell most about each lane',
      // Of equal frames every attention makes the same.
      example: { input: [3, 3], output: queries.flatMap(() => [3, Math.sqrt(floor)]) },
      empty: 0,
    },
  }
  return context ? kept({ ...parts, context }, 256) : streamed(parts)
}

/** One pass over the frames. */
function streamed(parts: Parts): Pooling<readonly Sums[]> {
  const heads = parts.queries.map((query) => query.map((head) => ({ ...head, logits: logitsOf(head) })))
  const self: Pooling<readonly Sums[]> = {
    ...common(parts),
    identity: parts.queries.flatMap(() => slots),
    fit(shape) {
      checkLanes(parts, shape)
      return self
    },
    bind: (buffer, offset, stride, lanes) => parts.queries.map((_, q) => sumsIn(buffer, offset + q * slots.length * stride, stride, lanes)),
    add(state, run) {
      for (const [row, weight] of rowsOf(run))
        for (const [q, query] of heads.entries()) {
          let lane = 0
          for (const { lanes, logits } of query) {
            const given = logits(row.subarray(lane, lane + lanes))
            for (let i = 0; i < lanes; i++, lane++) put(state[q]!, lane, given[given.length === 1 ? 0 : i]!, row[lane]!, weight)
          }
        }
    },
    merge(into, from) {
      for (const [q, sums] of from.entries()) merge(into[q]!, sums)
    },
    result(state, out) {
      for (const [q, sums] of state.entries()) write(parts, q, sums, out)
    },
  }
  return self
}

/** Two passes: the first for the mean and deviation that the attention sees, the second as in one pass. */
function kept(parts: Parts & { readonly context: Rule }, most: number): Pooling<Region> {
  const { lanes, context, queries } = parts
  const [head] = queries[0]!
  const first = head!.layers[0]!
  const logits = logitsOf(head!)
  const self: Pooling<Region> = {
    ...common(parts),
    identity: new Array<number>(Region.slots(most, lanes)).fill(0),
    exact: true,
    keeps: 'values',
    fit(shape) {
      checkLanes(parts, shape)
      if (shape.taps === Infinity)
        throw refusal('attentive', 'global context takes two passes, so the sequence must have an end', 'a live source')
      return kept(parts, shape.taps)
    },
    bind: (buffer, offset, stride, width) => new Region(buffer, offset, stride, width, most),
    add(state, run) {
      for (const [row, weight] of rowsOf(run)) state.add(row, weight)
    },
    merge(into, from) {
      for (let k = 0; k < from.count; k++) into.add(from.row(k), from.weight(k))
    },
    result(state, out) {
      const [mean, std] = statistics(state, context)
      const bias = Float64Array.from(first.bias)
      addProduct(first, mean, bias, lanes)
      addProduct(first, std, bias, 2 * lanes)
      const buffer = new Float64Array(slots.length * lanes)
      for (const [slot, start] of slots.entries()) buffer.fill(start, slot * lanes, (slot + 1) * lanes)
      const sums = sumsIn(buffer, 0, lanes, lanes)
      for (let k = 0; k < state.count; k++) {
        const row = state.row(k)
        const given = logits(row, bias)
        for (let i = 0; i < lanes; i++) put(sums, i, given[i]!, row[i]!, state.weight(k))
      }
      write(parts, 0, sums, out)
    },
  }
  return self
}

/** Mean and deviation of each lane of a region. */
function statistics(region: Region, rule: Rule): [mean: Float64Array, std: Float64Array] {
  const [mean, scatter] = [new Float64Array(region.lanes), new Float64Array(region.lanes)]
  const frames = Array.from({ length: region.count }, (_, k) => [region.row(k), region.weight(k)] as const)
  const weight = frames.reduce((sum, [, w]) => sum + w, 0)
  const weight2 = frames.reduce((sum, [, w]) => sum + w * w, 0)
  for (const [row, w] of frames) for (let i = 0; i < mean.length; i++) mean[i]! += (w * row[i]!) / weight
  for (const [row, w] of frames) for (let i = 0; i < mean.length; i++) scatter[i]! += w * (row[i]! - mean[i]!) ** 2
  return [mean, scatter.map((s, i) => rule.std(s, weight, weight2, mean[i]!))]
}

function common({ spec, outputs, about }: Parts): Pick<Pooling<never>, 'spec' | 'outputs' | 'about' | 'across'> {
  return { spec, outputs, about, across: 'lanes' }
}

function checkLanes({ lanes }: Parts, { lanes: given }: Shape): void {
  if (given !== lanes) throw refusal('attentive', `tensors are for frames of ${lanes} lanes`, given)
}

function* rowsOf({ data, offset, lanes, rows, weights }: Run): Generator<readonly [row: Values, weight: number]> {
  for (let k = 0; k < rows; k++) yield [data.subarray(offset + k * lanes, offset + (k + 1) * lanes), weights[k]!]
}

function write({ outputs, floor }: Parts, q: number, sums: Sums, out: Outputs): void {
  const [means, stds] = [out[outputs[2 * q]!]!, out[outputs[2 * q + 1]!]!]
  for (let i = 0; i < sums.sum.length; i++) {
    const [mean, variance] = momentsOf(sums, i)
    means[i] = sums.sum[i] === 0 ? 0 : mean
    stds[i] = sums.sum[i] === 0 ? 0 : Math.sqrt(Math.max(variance, floor))
  }
}

/** Of one lane, so that it can be tried without a model. */
function example(): Pooling {
  const one = (x: number) => ({ shape: [1, 1], data: Float64Array.of(x) })
  const tensors = new Map([
    ['linear1.weight', one(1)],
    ['linear2.weight', one(2)],
  ])
  return make(
    { tensors: { name: 'example', tensors, metadata: new Map() }, prefix: undefined, family: 'wespeaker' },
    { family: 'wespeaker' },
  )
}
