import { integer, refusal } from '../core/check.ts'
import { checkWeights, type Layout, type Values } from '../core/frames.ts'
import type { Read } from '../core/options.ts'
import type { Pooling } from '../core/pooling.ts'
import { type Extent, listsOf, type Taps } from '../core/window.ts'
import { locate } from '../kernels/locate.ts'
import { WindowKernel } from '../kernels/windows.ts'
import { type Bins, everyBin, fitted, pooledBins } from '../windows/bins.ts'
import { alone, Pooled } from '../windows/pooled.ts'
import { type Batch, batchFrom, checkOut, joinPlanes, shapeOf, type Tensor, type TensorLike, tensor, unbatch, unchecked } from './tensor.ts'

/** Which positions of the first axis are seen. */
export function seenOptions() {
  return {
    /** How many positions of the first axis each sample has, the rest being unseen: ragged batches. */
    lengths: unchecked<ArrayLike<number>>().optional('all'),
    /** What each position of the first axis weighs, (N, L) or (L). */
    weights: unchecked<TensorLike>().optional('1'),
  }
}

/** Weights of each sample's positions along the first axis; nothing where all are seen. */
export type SeenWeights = readonly (Float32Array | undefined)[]

export function seenWeights(who: string, { lengths, weights }: Read<ReturnType<typeof seenOptions>>, { batch, size }: Batch): SeenWeights {
  const length = size[0]!
  if (lengths && weights) throw refusal(who, 'expected lengths or weights, not both', Object.keys({ lengths, weights }))
  if (lengths) {
    if (lengths.length !== batch) throw refusal(who, `lengths must hold one for each of the ${batch} samples`, lengths.length)
    return Array.from(lengths, (n) => new Float32Array(length).fill(1, 0, integer(who, 'a length', n, 0, length)))
  }
  if (!weights) return Array.from({ length: batch }, () => undefined)
  const { data } = tensor(weights, who)
  if (data.length !== batch * length) throw refusal(who, `weights must hold ${length} for each of the ${batch} samples`, data.length)
  return Array.from({ length: batch }, (_, n) => {
    const own = Float32Array.from(data.subarray(n * length, (n + 1) * length))
    checkWeights(who, { weights: own, start: 0, length })
    return own
  })
}

/** Windows over the axes after the first as lists of flat positions, first axis slowest. */
function product(axes: readonly (readonly (readonly number[])[])[], size: readonly number[]): number[][] {
  let windows: number[][] = [[0]]
  for (const [axis, list] of axes.entries())
    windows = windows.flatMap((outer) => list.map((inner) => outer.flatMap((a) => inner.map((b) => a * size[axis]! + b))))
  return windows
}

/** The layout of a sample: the first axis is time, the others are flattened into bins. */
function layoutIn({ size, channels }: Batch): Layout {
  const bins = size.slice(1).reduce((count, axis) => count * axis, 1)
  const none = (count: number) => new Array<string>(count).fill('')
  return {
    planes: 1,
    bins,
    channels,
    length: size[0]!,
    clock: { unit: 'token', start: 0, hop: 1, span: 1 },
    names: { planes: [''], bins: none(bins), channels: none(channels) },
  }
}

function binsIn(input: Batch, others: readonly Taps[]): Bins {
  const layout = layoutIn(input)
  if (others.length === 0) return everyBin(layout)
  return pooledBins(layout, product(others.map(listsOf), input.size.slice(1)), others.length === 1 ? others[0] : undefined)
}

/** Pools the windows of one sample after the other by another way than at once: `rows` of its first axis into `into` each. */
export type Way = (
  who: string,
  pooling: Pooling,
  bins: Bins,
  input: { readonly data: Values; readonly batch: number; readonly rows: number; readonly weights: SeenWeights },
  into: Float32Array,
) => void

interface Options {
  extents?: readonly Extent[]
  /** For windows that run otherwise than at once, which pad the first axis themselves. */
  way?: Way | undefined
  out?: Float32Array | undefined
}

/**
 * Pools windows over the axes of every sample, the first of which is time; taps count from where the extents begin, beyond the input in zeros that count.
 *
 * Returns (batch, windows…, outputs·channels), or channels first.
 */
export function poolBatch(
  who: string,
  given: Batch,
  taps: readonly Taps[],
  seen: SeenWeights,
  like: Pooling,
  { extents, way, out }: Options = {},
): Tensor {
  const size = taps.map(({ firsts }) => firsts.length)
  const shape = shapeOf(given, size, given.channels * like.outputs.length)
  checkOut(who, out, shape, given.given)
  if (size.includes(0) || given.channels === 0) return { data: out ?? new Float32Array(0), shape }
  const [input, weights] = extents ? padded(given, extents, seen) : [given, seen]
  const [time, ...others] = taps as [Taps, ...Taps[]]
  const direct = way ? undefined : asImages(input, taps, weights, like, out)
  if (direct) return { data: direct, shape }
  const bins = binsIn(input, others)
  const most = time.counts.reduce((longest, count) => Math.max(longest, count), 0)
  const rows = input.size[0]!
  const [from, to] = [rows * bins.width, time.firsts.length * like.outputs.length * bins.lanes]
  const inPlace = out && given.order === 'last' && (like.outputs.length === 1 || others.length === 0)
  const all = inPlace ? out : new Float32Array(input.batch * to)
  if (way) way(who, like, bins, { data: input.data, batch: input.batch, rows, weights }, all)
  else {
    const pooled = new Pooled(fitted(like, bins, most), bins)
    for (let n = 0; n < input.batch; n++)
      pooled.pool({ data: input.data, offset: n * from, rows, weights: weights[n], index: 0 }, time, all, n * to)
  }
  if (inPlace) return { data: all, shape }
  const outputs = like.outputs.length
  const joined = joinPlanes(all, input.batch * time.firsts.length, outputs, bins.lanes / input.channels, input.channels)
  return unbatch(joined, given, size, given.channels * outputs, out)
}

/** A batch of one or two axes as kernels see it: channels that come first are images of their own, so nothing is transposed. */
function gridOf({ size, channels, order }: Batch, [time, wide = alone]: readonly Taps[]) {
  const [rows, columns = 1] = size as [number, number?]
  const [images, inner] = order === 'first' ? [channels, 1] : [1, channels]
  const [apart, row] = [rows * columns * inner, wide.firsts.length * inner]
  /** Of a sample. */
  const shape = { images, apart, pitch: columns * inner, columns, channels: inner }
  return { rows, wide, shape, row, image: time!.firsts.length * row }
}

/** By a kernel, for one output of what it takes as it stands. */
function asImages(
  input: Batch,
  taps: readonly Taps[],
  seen: SeenWeights,
  { measures, blend, shares, locate, outputs }: Pooling,
  into: Float32Array | undefined,
): Float32Array | undefined {
  const { given, batch } = input
  if (!measures || outputs.length > 1 || taps.length > 2 || batch === 0 || !(given instanceof Float32Array)) return undefined
  const { rows, wide, shape, row, image } = gridOf(input, taps)
  const { images, apart } = shape
  // Samples that are seen alike are images of one call.
  const together = seen.every((weights) => weights === undefined) ? batch : 1
  const kernel = new WindowKernel(measures, { ...shape, images: together * images }, wide, shares, locate)
  if (blend && !kernel.blends) return undefined
  const out = into ?? new Float32Array(batch * images * image)
  for (let n = 0; n < batch; n += together) {
    const values = { data: given, offset: n * images * apart, rows, weights: seen[n] }
    if (!kernel.pool(values, taps[0]!, { data: out, offset: n * images * image, image, row, measure: 0 })) return undefined
  }
  return out
}

/** Where the maxima of windows over one or two axes are, counted from the first row of each window, or nothing for what has to be looked at otherwise. */
export function placesOf(input: Batch, taps: readonly Taps[], seen: SeenWeights, maxima: Tensor): Tensor | undefined {
  const { given, batch } = input
  if (maxima.data.length === 0) return maxima
  if (!(given instanceof Float32Array) || taps.length > 2) return undefined
  const { rows, wide, shape, row, image } = gridOf(input, taps)
  const { images, apart } = shape
  const data = (maxima.data as Float32Array).slice()
  for (let n = 0; n < batch; n++) {
    const values = { data: given, offset: n * images * apart, rows, weights: seen[n] }
    locate(shape, values, taps[0]!, wide, { data, offset: n * images * image, image, row, measure: 0 }, 0)
  }
  return { data, shape: maxima.shape }
}

/** A batch with the zeros around it that count, as seen as the rest. */
function padded(input: Batch, extents: readonly Extent[], seen: SeenWeights): [Batch, SeenWeights] {
  const { batch, size, channels, order, batched, given } = input
  if (extents.every(({ low, high }, axis) => low === 0 && high === size[axis])) return [input, seen]
  const wider = extents.map(({ low, high }) => high - low)
  const [outer, inner] = order === 'last' ? [batch, channels] : [batch * channels, 1]
  const data = new (given.constructor as new (length: number) => Values)(outer * wider.reduce((product, length) => product * length, inner))
  const copy = (axis: number, from: number, to: number): void => {
    if (axis === size.length) {
      data.set(given.subarray(from * inner, (from + 1) * inner), to * inner)
      return
    }
    // Along the last axis nothing is between.
    if (axis === size.length - 1) {
      const at = (to * wider[axis]! - extents[axis]!.low) * inner
      data.set(given.subarray(from * size[axis]! * inner, (from + 1) * size[axis]! * inner), at)
      return
    }
    for (let i = 0; i < size[axis]!; i++) copy(axis + 1, from * size[axis]! + i, to * wider[axis]! + i - extents[axis]!.low)
  }
  for (let n = 0; n < outer; n++) copy(0, n, n)
  const [{ low }] = extents as [Extent]
  const weights = seen.map((row) => {
    if (!row) return row
    const more = new Float32Array(wider[0]!).fill(1)
    more.set(row, -low)
    return more
  })
  return [batchFrom({ given: data, batch, size: wider, channels, order, batched }), weights]
}
