import { integer, refusal } from '../core/check.ts'
import { type Frames, join, type Layout, layoutOf, type Values } from '../core/frames.ts'
import { guarded, type Plan } from '../core/stage.ts'
import { type Bins, everyBin, pooledBins } from '../windows/bins.ts'
import { type Batch, joinPlanes, type TensorLike, tensor } from './tensor.ts'

/** Which positions of the first axis are seen, per sample: how many (ragged batches), or a weight for each, (N, L) or (L). */
export interface Seen {
  lengths?: ArrayLike<number>
  weights?: TensorLike
}

/** Weights of each sample's positions along the first axis; nothing where all are seen. */
export function seenWeights(who: string, { lengths, weights }: Seen, { batch, size }: Batch): (Float32Array | undefined)[] {
  const length = size[0]!
  if (lengths && weights) throw refusal(who, 'expected lengths or weights, not both', Object.keys({ lengths, weights }))
  if (lengths) {
    if (lengths.length !== batch) throw refusal(who, `lengths must hold one for each of the ${batch} samples`, lengths.length)
    return Array.from(lengths, (n) => new Float32Array(length).fill(1, 0, integer(who, 'a length', n, 0, length)))
  }
  if (!weights) return Array.from({ length: batch }, () => undefined)
  const { data } = tensor(weights, who)
  if (data.length !== batch * length) throw refusal(who, `weights must hold ${length} for each of the ${batch} samples`, data.length)
  return Array.from({ length: batch }, (_, n) => Float32Array.from(data.subarray(n * length, (n + 1) * length)))
}

/** Windows over the axes after the first as lists of flat positions, first axis slowest; in 1-D a single position of its own. */
export function product(axes: readonly (readonly (readonly number[])[])[], size: readonly number[]): number[][] {
  let windows: number[][] = [[0]]
  for (const [axis, list] of axes.entries()) {
    // −1, a zero that counts, stays what it is whatever the other axes say.
    windows = windows.flatMap((outer) =>
      list.map((inner) => outer.flatMap((a) => inner.map((b) => (a < 0 || b < 0 ? -1 : a * size[axis]! + b)))),
    )
  }
  return windows
}

/**
 * Runs one way of pooling over every sample of a batch: the first axis is time, the others are flattened into bins.
 *
 * Returns (batch, time, bins, outputs·channels).
 */
export function overBatch(
  who: string,
  input: Batch,
  seen: readonly (Float32Array | undefined)[],
  others: readonly (readonly number[])[] | undefined,
  planFor: (layout: Layout, bins: Bins) => Plan,
): { data: Float32Array; length: number } {
  const { data, batch, size, channels } = input
  const [length, ...rest] = size as [number, ...number[]]
  const bins = rest.reduce((count, axis) => count * axis, 1)
  const layout = layoutOf(
    {
      bins,
      channels,
      length,
      names: { bins: Array.from({ length: bins }, () => ''), channels: Array.from({ length: channels }, () => '') },
    },
    who,
  )
  const into = others ? pooledBins(layout, others) : everyBin(layout)
  const plan = guarded(who, planFor(layout, into), layout)
  const width = length * bins * channels
  const results: Float32Array[] = []
  for (let n = 0; n < batch; n++) {
    const machine = plan.open()
    const weights = seen[n]
    const block: Frames<Values> = {
      layout,
      start: 0,
      length,
      data: data.subarray(n * width, (n + 1) * width),
      ...(weights && { weights }),
    }
    const out = join([machine.push(block), machine.close()])
    if (out) results.push(joinPlanes(out.data, out.length, out.layout.planes, out.layout.bins, channels) as Float32Array)
  }
  const each = results[0]?.length ?? 0
  const all = new Float32Array(each * results.length)
  for (const [n, result] of results.entries()) all.set(result, n * each)
  return { data: all, length: plan.layout.length ?? 0 }
}
