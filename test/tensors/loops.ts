// Window pooling as nested loops, with nothing of ours: the oracle.
export interface Axis {
  size: number
  stride: number
  dilation: number
  before: number
  after: number
}

/** Where the windows start over one axis: as long as they fit, and with `keep` once more if something is left and they start before it. */
export function starts(length: number, { size, stride, dilation, before, after }: Axis, keep: boolean): number[] {
  const extent = dilation * (size - 1) + 1
  const all: number[] = []
  let start = -before
  for (; start + extent <= length + after; start += stride) all.push(start)
  const reached = all.length === 0 ? -before : all.at(-1)! + extent
  if (keep && reached < length + after && start < length) all.push(start)
  return all
}

/** All combinations of one item of each list, the first slowest. */
function combinations<Item>(lists: readonly (readonly Item[])[]): Item[][] {
  return lists.reduce<Item[][]>((outer, list) => outer.flatMap((items) => list.map((item) => [...items, item])), [[]])
}

/**
 * Maxima and weighted means of (batch, size…, channels), and the places of the maxima in the channel; `weight` is that of a sample's position on the first axis.
 * With `includePad` padding is zeros of weight 1 in the mean.
 */
export function loops(
  data: ArrayLike<number>,
  shape: readonly number[],
  axes: readonly Axis[],
  {
    keep = false,
    includePad = false,
    weight = () => 1,
  }: { keep?: boolean; includePad?: boolean; weight?: (n: number, t: number) => number } = {},
): { shape: number[]; max: number[]; mean: number[]; places: number[] } {
  const [batch, ...rest] = shape as [number, ...number[]]
  const channels = rest.pop()!
  const windows = rest.map((length, axis) => starts(length, axes[axis]!, keep))
  const out = {
    shape: [batch, ...windows.map((list) => list.length), channels],
    max: [] as number[],
    mean: [] as number[],
    places: [] as number[],
  }
  const taps = combinations(axes.map(({ size, dilation }) => Array.from({ length: size }, (_, k) => k * dilation)))
  for (let n = 0; n < batch; n++) {
    for (const corner of combinations(windows)) {
      for (let c = 0; c < channels; c++) {
        let [max, place, sum, weights] = [-Infinity, -1, 0, 0]
        for (const offsets of taps) {
          const at = corner.map((start, axis) => start + offsets[axis]!)
          if (at.every((position, axis) => position >= 0 && position < rest[axis]!)) {
            const position = at.reduce((flat, index, axis) => flat * rest[axis]! + index, 0)
            const x = data[(n * rest.reduce((product, length) => product * length, 1) + position) * channels + c]!
            const w = weight(n, at[0]!)
            if (w === 0) continue
            if (x > max) [max, place] = [x, position]
            sum += w * x
            weights += w
          } else if (includePad && at.every((position, axis) => position < rest[axis]! + axes[axis]!.after)) {
            weights += 1
          }
        }
        out.max.push(max)
        out.places.push(place)
        out.mean.push(weights > 0 ? sum / weights : 0)
      }
    }
  }
  return out
}
