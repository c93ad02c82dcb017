import { boolean as checkBoolean, integer as checkInteger, oneOf as checkOneOf, number, refusal } from '../core/check.ts'
import { boolean, checked, type Given, integer, oneOf } from '../core/options.ts'
import { type Batch, channelsOption, type PerAxis, perAxis, type TensorLike, tensor } from './tensor.ts'

/** The options of fractional pooling. */
export const fractionalOptions = {
  /** Whose sequences: 'torch' has windows of `size` at fractional strides, 'tensorflow' windows from boundary to boundary. */
  system: oneOf('torch', 'tensorflow').default('torch'),
  /** Taps of a window, in PyTorch's system. */
  size: perAxis(integer(1)).optional("none in TensorFlow's system"),
  /** Windows on each axis. */
  outputSize: perAxis(integer(1)).optional('by outputRatio'),
  /** Output over input on each axis, between 0 and 1. */
  outputRatio: checked<PerAxis<number>>({}, (_, __, value) => value as number).optional('by outputSize'),
  /** One number from 0 to 1 for each sample, channel and axis, (N, C, 2): in PyTorch's order, width before height. */
  samples: checked<TensorLike>({}, (_, __, value) => value as TensorLike).optional('by seed'),
  /** Where the numbers come from without `samples`. */
  seed: checked<number>({ type: 'integer' }, (_, __, value) => value as number).optional('0'),
  /** TensorFlow: whether steps follow one sequence (pseudo-random) or are shuffled. */
  pseudoRandom: boolean().optional('true'),
  /** TensorFlow: whether windows take in their last boundary. */
  overlapping: boolean().optional('false'),
  ...channelsOption,
}

export type FractionalOptions = Given<typeof fractionalOptions>

/** Windows of one sample's channel on both axes. */
export function boundariesOf(
  who: string,
  options: FractionalOptions,
  { size, batch, channels }: Batch,
  n: number,
  c: number,
): (readonly (readonly [from: number, to: number])[])[] {
  const system = checkOneOf(who, 'system', options.system ?? 'torch', ['torch', 'tensorflow'])
  const counts = outputCounts(who, options, size)
  if (system === 'torch') {
    const taps = pair(options.size).map((k) => checkInteger(who, 'size', k, 1))
    return size.map((length, axis) => {
      if (taps[axis]! + counts[axis]! - 1 > length)
        throw new RangeError(
          `${who}: expected at most ${length - taps[axis]! + 1} windows of ${taps[axis]} over ${length}, got ${counts[axis]}`,
        )
      return torchSequence(length, taps[axis]!, counts[axis]!, uniform(who, options, batch, channels, n, c, axis)).map(
        (from) => [from, from + taps[axis]!] as const,
      )
    })
  }
  if (options.size !== undefined) throw refusal(who, "with system 'tensorflow' windows have no size of their own", options.size)
  const overlapping = checkBoolean(who, 'overlapping', options.overlapping ?? false)
  const pseudo = checkBoolean(who, 'pseudoRandom', options.pseudoRandom ?? true)
  return size.map((length, axis) => {
    const random = generator(checkInteger(who, 'seed', options.seed ?? 0, 0) * 2 + axis)
    const edges = pseudo ? pseudoRandomEdges(length, counts[axis]!, random()) : randomEdges(length, counts[axis]!, random)
    return edges.slice(0, -1).map((from, i) => [from, Math.min(length, edges[i + 1]! + (overlapping ? 1 : 0))] as const)
  })
}

function pair<Value>(value: PerAxis<Value> | undefined): readonly (Value | undefined)[] {
  return Array.isArray(value) ? value : [value as Value, value as Value]
}

function outputCounts(who: string, { outputSize, outputRatio }: FractionalOptions, size: readonly number[]): number[] {
  if ((outputSize === undefined) === (outputRatio === undefined))
    throw refusal(who, 'expected either outputSize or outputRatio', { outputSize, outputRatio })
  return size.map((length, axis) => {
    if (outputSize !== undefined) return checkInteger(who, 'outputSize', pair(outputSize)[axis], 1, length)
    return Math.max(1, Math.floor(length * number(who, 'outputRatio', pair(outputRatio)[axis], { above: 0, max: 1 })))
  })
}

/** First taps: α = (L − k) / (o − 1), ⌊(i + u)α⌋ − ⌊uα⌋, and the last window at the end. */
function torchSequence(length: number, size: number, count: number, u: number): number[] {
  const alpha = count > 1 ? (length - size) / (count - 1) : 0
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? length - size : Math.trunc((i + u) * alpha) - Math.trunc(u * alpha)))
}

/** Boundaries ⌈α(i + u)⌉ − 1 with steps of ⌊α⌋ or ⌊α⌋ + 1, α = L / o; u is kept small enough that the first and last step are such too. */
function pseudoRandomEdges(length: number, count: number, random: number): number[] {
  const alpha = length / count
  const whole = Math.floor(alpha)
  const u = random * Math.min((whole + 2) / alpha - 1, (length + 1 - whole) / alpha - (count - 1))
  return Array.from({ length: count + 1 }, (_, i) => (i === 0 ? 0 : i === count ? length : Math.ceil(alpha * (i + u)) - 1))
}

/** As many steps of ⌊α⌋ + 1 as it takes among those of ⌊α⌋, shuffled. */
function randomEdges(length: number, count: number, random: () => number): number[] {
  const whole = Math.floor(length / count)
  const steps = Array.from({ length: count }, (_, i) => (i < length % count ? whole + 1 : whole))
  for (let i = steps.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const kept = steps[i]!
    steps[i] = steps[j]!
    steps[j] = kept
  }
  const edges = [0]
  for (const step of steps) edges.push(edges.at(-1)! + step)
  return edges
}

/** The number for one sample, channel and axis (0 height, 1 width): given, or drawn. */
function uniform(
  who: string,
  { samples, seed }: FractionalOptions,
  batch: number,
  channels: number,
  n: number,
  c: number,
  axis: number,
): number {
  const at = (n * channels + c) * 2 + (1 - axis)
  if (samples === undefined) return generator(checkInteger(who, 'seed', seed ?? 0, 0) + 0x9e3779b9 * (at + 1))()
  const { data } = tensor(samples, who)
  if (data.length !== batch * channels * 2)
    throw refusal(who, `samples must hold two for each of the ${batch} × ${channels} channels`, data.length)
  const u = data[at]!
  if (!(u >= 0 && u < 1)) throw refusal(who, 'samples must be from 0 to 1, without 1', u)
  return u
}

/** Numbers from 0 to 1 that follow from the seed alone (Mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
