import type { Pooling } from '../core/pooling.ts'
import type { Reads } from '../core/window.ts'
import { ready } from '../kernels/arena.ts'
import { type End, type Images, poolImages } from '../kernels/windows.ts'
import { max, mean, min, sum } from '../poolings/index.ts'
import type { Batch } from './tensor.ts'

const ends = new Map<unknown, End>([
  [max, 'max'],
  [min, 'min'],
  [mean, 'mean'],
  [sum, 'mean'],
])

/**
 * Windows over one or two axes, each by itself: to the bit what machines give that add the same values in the same order, without their states.
 * Channels that come first are images of their own, so nothing is transposed.
 *
 * @param axes what windows over each axis read
 * @param into an array for the results; by default a fresh one
 * @returns the results in the order of the input; undefined for other poolings, other numbers of axes and float64
 */
export function pooledDirectly(
  pooling: Pooling,
  { given, batch, size, channels, order }: Batch,
  axes: readonly Reads[],
  into?: Float32Array,
): Float32Array | undefined {
  const end = ends.get(pooling)
  if (!end || axes.length > 2 || !(given instanceof Float32Array)) return undefined
  void ready()
  const single: Reads = { firsts: Int32Array.of(0), counts: Int32Array.of(1), sizes: Float64Array.of(1), step: 1 }
  const [tall, wide] = (axes.length === 1 ? [single, axes[0]] : axes).map((axis) =>
    (pooling as unknown) === sum ? { ...axis!, sizes: axis!.sizes.map(() => 1) } : axis!,
  ) as [Reads, Reads]
  const [rows, columns] = (size.length === 1 ? [1, ...size] : size) as [number, number]
  const images = order === 'first' ? { count: batch * channels, rows, columns, channels: 1 } : { count: batch, rows, columns, channels }
  const out = into ?? new Float32Array(images.count * tall.firsts.length * wide.firsts.length * images.channels)
  if (!poolImages(end, given, images, tall, wide, out)) poolPlainly(end, given, images, tall, wide, out)
  return out
}

function poolPlainly(
  end: End,
  data: Float32Array,
  { count, rows, columns, channels }: Images,
  tall: Reads,
  wide: Reads,
  out: Float32Array,
): void {
  const pool = { max: highest, min: lowest, mean: average }[end]
  let to = 0
  for (let image = 0; image < count; image++) {
    for (let y = 0; y < tall.firsts.length; y++) {
      for (let x = 0; x < wide.firsts.length; x++) {
        const region: Region = {
          top: ((image * rows + tall.firsts[y]!) * columns + wide.firsts[x]!) * channels,
          down: tall.step * columns * channels,
          height: tall.counts[y]!,
          across: wide.step * channels,
          width: wide.counts[x]!,
          size: tall.sizes[y]! * wide.sizes[x]!,
        }
        for (let channel = 0; channel < channels; channel++) out[to++] = pool(data, region, channel)
      }
    }
  }
}

interface Region {
  readonly top: number
  readonly down: number
  readonly height: number
  readonly across: number
  readonly width: number
  readonly size: number
}

function highest(data: Float32Array, { top, down, height, across, width }: Region, channel: number): number {
  let high = -Infinity
  for (let y = 0, row = top + channel; y < height; y++, row += down)
    for (let x = 0, at = row; x < width; x++, at += across) high = Math.max(high, data[at]!)
  return high + 0
}

function lowest(data: Float32Array, { top, down, height, across, width }: Region, channel: number): number {
  let low = Infinity
  for (let y = 0, row = top + channel; y < height; y++, row += down)
    for (let x = 0, at = row; x < width; x++, at += across) low = Math.min(low, data[at]!)
  return low + 0
}

function average(data: Float32Array, { top, down, height, across, width, size }: Region, channel: number): number {
  let sum = 0
  for (let y = 0, row = top + channel; y < height; y++, row += down)
    for (let x = 0, at = row; x < width; x++, at += across) sum += data[at]!
  return sum / Math.max(1, size)
}
