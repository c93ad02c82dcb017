import { refusal } from '../../core/check.ts'
import { type Frames, join, type Layout, lanesOf, slice } from '../../core/frames.ts'
import { integer } from '../../core/options.ts'
import { chain, planOf, type Stage } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'

/**
 * Appends each lane's slope over time: Δ[t] = Σₙ n·(x[t + n] − x[t − n]) / (2·Σₙ n²), n from 1 to (width − 1) / 2.
 *
 * Shape: frames of planes × bins × channels → (1 + order)·planes × bins × channels; the planes' names end in 'delta' and 'delta2'. Units: the input's per frame.
 * Beyond the first and last frame, and beyond an unseen one, the frame at the edge is repeated. Each order waits for (width − 1) / 2 frames.
 * Summed in float64. Source: torchaudio.functional.compute_deltas with mode 'replicate'.
 *
 * @throws RangeError or TypeError for a width that is even or below 3, or an order other than 1 and 2.
 * @example
 * apply(frames([1, 2, 3], { hop: 0.01 }), deltas({ width: 3 })).data // [1, 0.5, 2, 1, 3, 0.5]
 */
export const deltas = /* @__PURE__ */ defineStage(
  'deltas',
  {
    /** How many frames a slope is fitted to, an odd number. */
    width: integer(3, 65537).default(5).unit('frames'),
    /** 1 appends slopes, 2 also the slopes of the slopes. */
    order: integer(1, 2).default(1),
  },
  ({ width, order }) => {
    if (width % 2 === 0) throw refusal('deltas', 'width must be odd', width)
    return (input) => {
      const first = slopes(input.planes, 0, (width - 1) / 2, 'delta')
      const stages = order === 1 ? [first] : [first, slopes(input.planes, input.planes, (width - 1) / 2, 'delta2')]
      return chain(...stages).plan(input)
    }
  },
)

/** Appends the slopes of `count` planes from plane `from` on, named after the first `count` planes. */
function slopes(count: number, from: number, half: number, suffix: string): Stage {
  const spec = { stage: 'deltas', count, from, half }
  const norm = (half * (half + 1) * (2 * half + 1)) / 3
  return {
    spec,
    plan(input) {
      const planes = [...input.names.planes, ...input.names.planes.slice(0, count).map((name) => [name, suffix].filter(Boolean).join('.'))]
      const layout: Layout = { ...input, planes: planes.length, names: { ...input.names, planes } }
      const [lanes, outLanes] = [lanesOf(input), lanesOf(layout)]
      const sources = (count * lanes) / input.planes
      const offset = (from * lanes) / input.planes

      /** Frames `start` to `end` of `all` with their slopes. */
      const withSlopes = (all: Frames, start: number, end: number): Frames | undefined => {
        if (end <= start) return undefined
        const seen = (t: number) => t >= 0 && t < all.length && all.weights?.[t] !== 0
        const data = new Float32Array((end - start) * outLanes)
        const sums = new Float64Array(sources)
        for (let t = start; t < end; t++) {
          sums.fill(0)
          for (let n = 1, left = t, right = t; n <= half; n++) {
            if (left === t - n + 1 && seen(t - n)) left = t - n
            if (right === t + n - 1 && seen(t + n)) right = t + n
            for (let i = 0; i < sources; i++) sums[i]! += n * (all.data[right * lanes + offset + i]! - all.data[left * lanes + offset + i]!)
          }
          const to = (t - start) * outLanes
          data.set(all.data.subarray(t * lanes, (t + 1) * lanes), to)
          for (let i = 0; i < sources; i++) data[to + lanes + i] = sums[i]! / norm
        }
        return { ...slice(all, start, end), layout, data }
      }

      return planOf({
        spec,
        input,
        layout,
        reach: { size: 2 * half + 1, stride: 1, latency: half },
        /** The last frames that are still looked at, and how many of them have been emitted. */
        start: (): { kept: Frames | undefined; done: number } => ({ kept: undefined, done: 0 }),
        run: (live) => ({
          push(frames) {
            const all = join([live.kept, frames])!
            const end = Math.max(live.done, all.length - half)
            const out = withSlopes(all, live.done, end)
            const keep = Math.max(0, end - half)
            live.kept = copyFrom(all, keep)
            live.done = end - keep
            return out
          },
          close: () => live.kept && withSlopes(live.kept, live.done, live.kept.length),
        }),
      })
    },
  }
}

/** The frames of a block from one on, in memory of their own: a state must not hold on to a long block. */
export function copyFrom(block: Frames, from: number): Frames {
  const { weights, boundaries, spans, data, ...rest } = slice(block, from, block.length)
  return {
    ...rest,
    data: data.slice(),
    ...(weights && { weights: weights.slice() }),
    ...(boundaries && { boundaries: boundaries.slice() }),
    ...(spans && { spans: spans.slice() }),
  }
}
