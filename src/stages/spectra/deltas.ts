import { refusal } from '../../core/check.ts'
import { copyFrom, type Frames, join, type Layout, lanesOf, slice } from '../../core/frames.ts'
import { integer, oneOf } from '../../core/options.ts'
import { chain, planOf, type Stage } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'

/**
 * Appends each lane's slope over time: Δ[t] = Σₙ n·(x[t + n] − x[t − n]) / (2·Σₙ n²), n from 1 to (width − 1) / 2.
 *
 * Shape: frames of planes × bins × channels → (1 + order)·planes × bins × channels; the planes' names end in 'delta' and 'delta2'. Units: the input's per frame.
 * Beyond the first and last frame, and beyond an unseen one, the frame at the edge is repeated, or with `edges: 'interp'` the slope is that of the nearest `width` frames;
 * of fewer, which librosa refuses, that of them all, and of one 0. Each order waits for (width − 1) / 2 frames, with 'interp' at a beginning for `width`.
 * Summed in float64. Source: torchaudio.functional.compute_deltas with mode 'replicate', librosa.feature.delta of order 1, whose default mode is 'interp'; its order 2 is another, the
 * curvature of a parabola, where here slopes are taken of slopes.
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
    /** What is done where frames are missing at an edge: 'nearest' repeats the frame there (torchaudio's 'replicate'), 'interp' takes the slope of the line through the nearest `width` (librosa's default). */
    edges: oneOf('nearest', 'interp').default('nearest'),
  },
  ({ width, order, edges }) => {
    if (width % 2 === 0) throw refusal('deltas', 'width must be odd', width)
    return (input) => {
      const first = slopes(input.planes, 0, (width - 1) / 2, edges, 'delta')
      const stages = order === 1 ? [first] : [first, slopes(input.planes, input.planes, (width - 1) / 2, edges, 'delta2')]
      return chain(...stages).plan(input)
    }
  },
)

type Edges = 'nearest' | 'interp'

/** Appends the slopes of `count` planes from plane `from` on, named after the first `count` planes. */
function slopes(count: number, from: number, half: number, edges: Edges, suffix: string): Stage {
  const spec = { stage: 'deltas', count, from, half, edges }
  // How far a frame looks to either side.
  const far = edges === 'nearest' ? half : 2 * half
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
        const data = new Float32Array((end - start) * outLanes)
        const sums = new Float64Array(sources)
        const add = (n: number, left: number, right: number) => {
          for (let i = 0; i < sources; i++) sums[i]! += n * (all.data[right * lanes + offset + i]! - all.data[left * lanes + offset + i]!)
        }
        for (let t = start; t < end; t++) {
          sums.fill(0)
          let taps = 2 * half + 1
          if (edges === 'nearest') {
            for (let n = 1, left = t, right = t; n <= half; n++) {
              if (left === t - n + 1 && isSeen(all, t - n)) left = t - n
              if (right === t + n - 1 && isSeen(all, t + n)) right = t + n
              add(n, left, right)
            }
          } else {
            const [first, last] = lineAt(all, t, half, true)!
            const middle = (first + last) / 2
            for (let right = Math.floor(middle) + 1; right <= last; right++) add(right - middle, first + last - right, right)
            taps = last - first + 1
          }
          const to = (t - start) * outLanes
          data.set(all.data.subarray(t * lanes, (t + 1) * lanes), to)
          // Σn² of the taps, n from their middle.
          const norm = (taps * (taps * taps - 1)) / 12
          for (let i = 0; i < sources; i++) data[to + lanes + i] = taps > 1 ? sums[i]! / norm : 0
        }
        return { ...slice(all, start, end), layout, data }
      }

      return planOf({
        spec,
        input,
        layout,
        reach: { size: 2 * far + 1, stride: 1, latency: far, local: true },
        /** The last frames that are still looked at, and how many of them have been emitted. */
        start: (): { kept: Frames | undefined; done: number } => ({ kept: undefined, done: 0 }),
        run: (live) => ({
          push(frames) {
            const all = join([live.kept, frames])!
            let end = live.done
            while (end < all.length && (edges === 'nearest' ? end + half < all.length : lineAt(all, end, half, false))) end++
            const out = withSlopes(all, live.done, end)
            const keep = Math.max(0, end - far)
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

function isSeen({ length, weights }: Frames, t: number): boolean {
  return t >= 0 && t < length && weights?.[t] !== 0
}

/** First and last frame of the line whose slope frame t has: those nearest to it, all of them seen; nothing where frames to come would change them. */
function lineAt(all: Frames, t: number, half: number, ended: boolean): [first: number, last: number] | undefined {
  if (!isSeen(all, t)) return [t, t]
  let [first, last] = [t, t]
  while (first > t - 2 * half && isSeen(all, first - 1)) first--
  while (last < t + 2 * half && isSeen(all, last + 1)) last++
  const open = !ended && last === all.length - 1
  if (open && (last < t + half || last - first < 2 * half)) return undefined
  const start = Math.max(first, Math.min(t, last - half) - half)
  return [start, Math.min(last, start + 2 * half)]
}
