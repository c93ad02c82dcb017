import type { Frames, Layout, Values } from '../core/frames.ts'
import type { Pooling } from '../core/pooling.ts'
import { nothing, type Plan, planOf, type StageSpec } from '../core/stage.ts'
import type { Bins } from './bins.ts'
import { checkOrder } from './inOrder.ts'
import { edgeOf, paneAt, type TimeWindow } from './timeWindow.ts'

/** Windows of time over the frames of a stage. */
export interface Timed {
  readonly spec: StageSpec
  readonly input: Layout
  readonly layout: Layout
  readonly pooling: Pooling
  readonly bins: Bins
  readonly window: TimeWindow
}

/** How far windows of time are, as plain data. */
export interface Time {
  /** Frames so far, and windows given. */
  seen: number
  emitted: number
  /** No frame that follows begins earlier, in seconds. */
  watermark: number
  /** The last window that has ended: window n is over panes n·step to n·step + panes, whatever came. */
  done: number
  /** Whether a boundary waits for its window. */
  boundary: boolean
}

/** What windows of one kind do with frames. */
export interface TimedWindows {
  /** Takes frames `from` to `to` of a block, all in one pane, the first of them frame `index` of the sequence. */
  add(block: Frames<Values>, from: number, to: number, index: number, pane: number): void
  /** The pane of the first seen frame that windows after the last that ended still need, or of the last. */
  oldest(): number | undefined
  newest(): number | undefined
  /** Lets go of what is in panes before this one. */
  drop(pane: number): void
  /** Gives a window of all that is left. */
  write(window: number): void
  /** The windows given since the last call. */
  take(first: number): Frames | undefined
}

/** A plan for windows of time over frames that come when they come: a window is given as soon as nothing can come into it any more, and none is given that saw nothing. */
export function planTimed<Live extends object>(
  { spec, input, layout, bins, window }: Timed,
  start: () => Live,
  run: (live: Live & Time) => TimedWindows,
): Plan {
  const { panes, step, partial } = window
  return planOf({
    spec,
    input,
    layout,
    reach: { size: Infinity, stride: 1, latency: Infinity, seconds: { size: edgeOf(window, panes), stride: edgeOf(window, step) } },
    wide: true,
    start: (): Live & Time => ({ ...start(), seen: 0, emitted: 0, watermark: -Infinity, done: -Infinity, boundary: false }),
    run(live) {
      const windows = run(live)
      /** Gives the windows that end at this pane or before it, one after the other that saw something: over long silence it leaps. */
      const give = (pane: number) => {
        const done = Math.floor((pane - panes) / step)
        if (done <= live.done) return
        for (let oldest = windows.oldest(); oldest !== undefined; oldest = windows.oldest()) {
          const next = Math.max(live.done, Math.floor((oldest - panes) / step)) + 1
          if (next > done) break
          live.done = next
          windows.drop(next * step)
          // Where windows leave time between them, what lay there was in none.
          if (windows.oldest() !== undefined) windows.write(next)
        }
        live.done = done
        windows.drop((done + 1) * step)
      }
      return {
        push(given: Frames<Values>) {
          const block = bins.windows?.wider(given) ?? given
          const { length, spans, boundaries, watermark } = block
          const first = live.emitted
          const before = live.done
          for (let f = 0; f < length; ) {
            const time = spans![2 * f]!
            checkOrder(spec, time, live.watermark, live.seen)
            const pane = paneAt(window, time)
            const end = edgeOf(window, pane + 1)
            let to = f + 1
            while (to < length && spans![2 * to]! >= spans![2 * to - 2]! && spans![2 * to]! < end) to++
            give(pane)
            windows.add(block, f, to, live.seen, pane)
            live.boundary ||= boundaries?.subarray(f, to).includes(1) ?? false
            live.seen += to - f
            live.watermark = spans![2 * to - 2]!
            f = to
          }
          if (watermark !== undefined) checkOrder(spec, watermark, -Infinity, live.seen)
          if (watermark !== undefined && watermark > live.watermark) {
            live.watermark = watermark
            give(paneAt(window, watermark))
          }
          const out = windows.take(first) ?? (watermark !== undefined && live.done > before ? nothing(layout, first) : undefined)
          return out && { ...out, watermark: edgeOf(window, (live.done + 1) * step) }
        },
        close() {
          const first = live.emitted
          const next = live.done + 1
          windows.drop(next * step)
          // As over frames: one more where those that ended do not reach the last frame.
          const newest = windows.newest()
          if (partial === 'keep' && newest !== undefined && newest >= live.done * step + panes) windows.write(next)
          return windows.take(first)
        },
      }
    },
  })
}
