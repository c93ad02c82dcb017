import { integer as checkInteger, refusal } from '../core/check.ts'
import { boolean, type Given, integer, number, oneOf, type Read } from '../core/options.ts'
import { perAxis } from './perAxis.ts'
import { type Batch, orderOptions, type TensorLike, tensor, unchecked } from './tensor.ts'

export const fractionalOptions = /* @__PURE__ */ (() => ({
  /** Whose sequences. 'torch': windows of `size` at fractional strides. 'tensorflow': windows from boundary to boundary. */
  system: oneOf('torch', 'tensorflow').default('torch'),
  /** How many taps a window has, in PyTorch's system (kernel_size). */
  size: perAxis(integer(1).optional(), 2),
  /** How many windows each axis has; in PyTorch's system there may be none. Or give `outputRatio`. */
  outputSize: perAxis(integer(0).optional(), 2),
  /** Output over input on each axis, the number of windows rounded down: below 1 / length PyTorch has none, and TensorFlow refuses. */
  outputRatio: perAxis(number({ above: 0, max: 1 }).optional(), 2),
  /** One number from 0 to 1 for each sample, channel and axis, (N, C, 2): in PyTorch's order, width before height. */
  samples: unchecked<TensorLike>().optional('they follow from the seed'),
  /** Where the numbers come from without `samples`. */
  seed: integer(0).default(0),
  /** TensorFlow: whether steps follow one sequence (pseudo-random) or are shuffled. */
  pseudoRandom: boolean().default(true),
  /** TensorFlow: whether windows take in their last boundary. */
  overlapping: boolean().default(false),
  channels: orderOptions().channels,
}))()

export type FractionalOptions = Given<typeof fractionalOptions>
type ReadFractional = Read<typeof fractionalOptions>

/** Windows on both axes: how many, and where those of one sample's channel are. */
export interface Boundaries {
  readonly size: readonly number[]
  of(n: number, c: number): (readonly (readonly [from: number, to: number])[])[]
}

/** Checks what fits a batch, which may be empty. */
export function boundariesOf(who: string, options: ReadFractional, { size, batch, channels }: Batch): Boundaries {
  const { system, size: taps, overlapping, pseudoRandom, seed } = options
  const counts = outputCounts(who, options, size)
  if (system === 'torch') {
    const windows = size.map((length, axis) => {
      const [own, count] = [taps[axis], counts[axis]!]
      if (own === undefined) throw refusal(who, "with system 'torch' size must be given", own)
      if (own + count - 1 > length)
        throw new RangeError(`${who}: expected at most ${length - own + 1} windows of ${own} over ${length}, got ${count}`)
      return { length, own, count }
    })
    const numberOf = uniform(who, options, batch, channels)
    return {
      size: counts,
      of: (n, c) =>
        windows.map(({ length, own, count }, axis) =>
          torchSequence(length, own, count, numberOf(n, c, axis)).map((from) => [from, from + own] as const),
        ),
    }
  }
  if (taps[0] !== undefined) throw refusal(who, "with system 'tensorflow' windows have no size of their own", taps)
  const spans = size.map((length, axis) => {
    const random = generator(seed * 2 + axis)
    const edges = pseudoRandom ? pseudoRandomEdges(length, counts[axis]!, random()) : randomEdges(length, counts[axis]!, random)
    return edges.slice(0, -1).map((from, i) => [from, Math.min(length, edges[i + 1]! + (overlapping ? 1 : 0))] as const)
  })
  return { size: counts, of: () => spans }
}

function outputCounts(who: string, { system, outputSize, outputRatio }: ReadFractional, size: readonly number[]): number[] {
  return size.map((length, axis) => {
    const [count, ratio] = [outputSize[axis], outputRatio[axis]]
    if ((count === undefined) === (ratio === undefined)) {
      const given = { ...(count !== undefined && { outputSize }), ...(ratio !== undefined && { outputRatio }) }
      throw refusal(who, 'expected either outputSize or outputRatio', given)
    }
    const least = system === 'torch' ? 0 : 1
    return count === undefined
      ? checkInteger(who, `outputRatio times ${length}, rounded down,`, Math.floor(length * ratio!), least)
      : checkInteger(who, 'outputSize', count, least, length)
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

/** The numbers for samples, channels and axes (0 height, 1 width): given, or drawn. */
function uniform(
  who: string,
  { samples, seed }: ReadFractional,
  batch: number,
  channels: number,
): (n: number, c: number, axis: number) => number {
  const place = (n: number, c: number, axis: number) => (n * channels + c) * 2 + (1 - axis)
  if (samples === undefined) return (...at) => generator(seed + 0x9e3779b9 * (place(...at) + 1))()
  const { data } = tensor(samples, who)
  if (data.length !== batch * channels * 2)
    throw refusal(who, `samples must hold two for each of the ${batch} × ${channels} channels`, data.length)
  const wrong = data.find((u) => !(u >= 0 && u < 1))
  if (wrong !== undefined) throw refusal(who, 'samples must be from 0 to 1, without 1', wrong)
  return (...at) => data[place(...at)]!
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
