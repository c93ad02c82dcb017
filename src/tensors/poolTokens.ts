import { listIn, refusal, show, tried } from '../core/check.ts'
import { type Frames, join, type Layout, lanesOf, layoutOf, numbered, type Values } from '../core/frames.ts'
import { boolean, type Given, integer, Option, read } from '../core/options.ts'
import type { Pooling } from '../core/pooling.ts'
import { unitRows } from '../kernels/unitRows.ts'
import { mean } from '../poolings/mean.ts'
import { type PoolingLike, poolingOf } from '../poolings/named.ts'
import { everyBin } from '../windows/bins.ts'
import { planChannels } from '../windows/channels.ts'
import { planGlobal } from '../windows/global.ts'
import { type SentenceConfig, sentencePooling } from './sentencePooling.ts'
import { type Tensor, type TensorLike, tensor } from './tensor.ts'

/** Token embeddings (batch, tokens, dimensions) that a model gave, or a list of such: its layers, first to last. */
export type ModelOutput = TensorLike | readonly TensorLike[]

const tokenOptions = /* @__PURE__ */ (() => ({
  /** Whether vectors are divided by their L2 norm, after all else. */
  normalize: boolean().default(false),
  /** Tokens of a prompt, counted from a row's first seen one, that are not pooled; unless a config says `include_prompt`, which is its default. */
  promptLength: integer(0).default(0),
  /** Keeps so many values of each vector, the first: Matryoshka embeddings. */
  dimensions: integer(1).optional('all'),
  /** How layers are pooled into one, token by token, where there are several: of first and last, or of the last four. */
  layers: new Option<PoolingLike, Pooling>((who, _, value) => poolingOf(value as PoolingLike, who), {}).default(mean),
}))()

export type TokenPoolOptions = Given<typeof tokenOptions>

/**
 * A model's token embeddings as Frames, one sequence a row of the batch, for stages to pool; the mask becomes their weights.
 *
 * Shape: (batch, tokens, dimensions) → `batch` blocks of `tokens` frames, 1 × dimensions × 1, the clock in tokens; a list of layers, all of one shape: its layers as channels.
 *
 * @param mask of shape (batch, tokens), 1 for a token that counts, 0 for padding; without it all count
 * @throws RangeError or TypeError for tensors of other axes, masks of another shape or other values, and no layers at all
 * @example
 * apply(tokenFrames({ data: [1, 2, 3, 4], shape: [1, 2, 2] })[0], pyramidPool('max', { levels: [1, 2] })).data // 3, 4, 1, 2, 3, 4
 */
export function tokenFrames(output: ModelOutput, mask?: TensorLike): Frames<Values>[] {
  return framesOf('tokenFrames', output, mask).rows
}

/**
 * Pools a model's token embeddings into sentence embeddings, as sentence-transformers does.
 *
 * Shape: output (batch, tokens, dimensions), mask (batch, tokens) of 0 and 1 → (batch, width), width = poolings × dimensions. Tensors of Transformers.js and ONNX Runtime are
 * taken as they are. Padding may be left or right or in between, and changes nothing but in `weightedmean`, where what lies before a token raises
 * its weight, as there: so pad on the right. A row of which no token is seen holds each pooling's empty value: zeros for mean, first, last and
 * their relatives, −∞ for max, which normalized is NaN.
 *
 * @param mask undefined where every token counts
 * @param config a pooling, or the contents of a model's `1_Pooling/config.json`; see {@link sentencePooling}
 * @throws RangeError or TypeError for tensors of other axes, masks of another shape or other values, configs that are none, and bad options
 * @example
 * poolTokens({ data: [1, 2, 3, 4, 9, 9], shape: [1, 3, 2] }, { data: [1, 1, 0], shape: [1, 3] }, 'mean').data // 2, 3
 */
export function poolTokens(
  output: ModelOutput,
  mask: TensorLike | undefined,
  config: PoolingLike | SentenceConfig,
  options: TokenPoolOptions = {},
): Tensor {
  const who = 'poolTokens'
  const { normalize, promptLength, dimensions, layers } = read(who, tokenOptions, options)
  const { pooling, includePrompt } = poolingIn(who, config)
  const { rows, layout } = framesOf(who, output, mask)
  const spec = { stage: who }
  const joined = layout.channels > 1 ? planChannels(spec, layout, layers) : undefined
  const tokens = joined?.layout ?? layout
  const plan = planGlobal(spec, tokens, pooling, everyBin(tokens))
  const lanes = lanesOf(plan.layout)
  const width = dimensions ?? lanes
  if (width > lanes) throw refusal(who, `dimensions must be at most ${lanes}`, width)
  const data = new Float32Array(rows.length * width)
  for (const [n, row] of rows.entries()) {
    const machine = plan.open()
    const seen = includePrompt ? row : withoutPrompt(row, promptLength)
    const out = join([machine.push(joined?.open().push(seen) ?? seen), machine.close()])
    data.set(out!.data.subarray(0, width), n * width)
  }
  return { data: normalize ? unitRows(data, width) : data, shape: [rows.length, width] }
}

function poolingIn(who: string, config: PoolingLike | SentenceConfig): { pooling: Pooling; includePrompt: boolean } {
  if (!isConfig(config)) return { pooling: poolingOf(config, who), includePrompt: false }
  return { pooling: sentencePooling(config), includePrompt: config.include_prompt ?? true }
}

/** A pooling has `bind`, a spec of one `pooling`. */
function isConfig(config: PoolingLike | SentenceConfig): config is SentenceConfig {
  return (
    tried(config, (given) => typeof given === 'object' && !Array.isArray(given) && !('pooling' in given) && !('bind' in given)) === true
  )
}

function framesOf(who: string, output: ModelOutput, mask: TensorLike | undefined): { rows: Frames<Values>[]; layout: Layout } {
  const given: readonly TensorLike[] = (listIn(output) as TensorLike[] | undefined) ?? [output as TensorLike]
  const layers = given.map((layer) => tensor(layer, who))
  const [first] = layers
  if (first === undefined) throw refusal(who, 'expected at least one layer', output)
  const { shape } = first
  const [batch, length, dimensions] = shape as [number, number, number]
  if (shape.length !== 3 || length === 0 || dimensions === 0)
    throw refusal(who, 'output must be of shape (batch, tokens, dimensions)', [...shape])
  const other = layers.find((layer) => layer.shape.join() !== shape.join())
  if (other) throw refusal(who, `layers must all be of shape ${show([...shape])}`, [...other.shape])
  const weights = mask === undefined ? undefined : maskOf(who, mask, batch, length)
  const layout = layoutOf(
    {
      length,
      bins: dimensions,
      channels: layers.length,
      names: {
        bins: numbered('dim', dimensions),
        channels: layers.length === 1 ? [''] : layers.map((_, layer) => `layer${layer}`),
      },
    },
    who,
  )
  const width = length * dimensions
  const rows = Array.from({ length: batch }, (_, n): Frames<Values> => {
    const parts = layers.map(({ data }) => data.subarray(n * width, (n + 1) * width))
    return {
      layout,
      start: 0,
      length,
      data: parts.length === 1 ? parts[0]! : interleaved(parts),
      ...(weights && { weights: weights.subarray(n * length, (n + 1) * length) }),
    }
  })
  return { rows, layout }
}

function maskOf(who: string, mask: TensorLike, batch: number, length: number): Float32Array {
  const { data, shape } = tensor(mask, who)
  if (shape.join() !== [batch, length].join()) throw refusal(who, `mask must be of shape ${show([batch, length])}`, [...shape])
  const wrong = data.find((value) => value !== 0 && value !== 1)
  if (wrong !== undefined) throw refusal(who, 'mask must hold 0 and 1', wrong)
  return Float32Array.from(data)
}

/** The first value of every layer, then the second of every one: layers as channels. */
function interleaved(layers: readonly Values[]): Values {
  const size = layers[0]!.length
  const out = layers.some((layer) => layer instanceof Float64Array)
    ? new Float64Array(size * layers.length)
    : new Float32Array(size * layers.length)
  for (const [k, layer] of layers.entries()) for (let i = 0; i < size; i++) out[i * layers.length + k] = layer[i]!
  return out
}

/** Nothing is seen before the prompt's end, which lies so many tokens after the first seen one. */
function withoutPrompt(row: Frames<Values>, tokens: number): Frames<Values> {
  if (tokens === 0) return row
  const weights = row.weights?.slice() ?? new Float32Array(row.length).fill(1)
  const first = weights.indexOf(1)
  return first < 0 ? row : { ...row, weights: weights.fill(0, 0, first + tokens) }
}
