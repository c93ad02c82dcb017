import { type Frames, type Layout, spanOf, type Values } from '../core/frames.ts'
import { Bank, type Pooling } from '../core/pooling.ts'
import { type Plan, planOf, type StageSpec } from '../core/stage.ts'
import { adaptiveWindows } from '../core/window.ts'
import type { Bins } from './bins.ts'
import { grown, irregular, pooledLayout, statesIn } from './sheet.ts'

/** Panes for each window, at most. */
const perWindow = 16

/**
 * `count` windows over a sequence whose length nobody knows, in memory that `count` alone decides.
 *
 * Frames fill panes; when there are 16 a window, neighbors merge by pairs, and panes are twice as long. Windows are those of the known length, their ends moved to the nearest
 * end of a pane: by at most a 16th of a window, and not at all in sequences of up to 16 frames a window.
 */
export function planPanes(spec: StageSpec, input: Layout, pooling: Pooling, bins: Bins, count: number): Plan {
  const layout = pooledLayout(pooling, bins, irregular(input.clock), count)
  const most = perWindow * count
  Bank.check(pooling, bins.width, most + 1)
  return planOf({
    spec,
    input,
    layout,
    reach: { size: Infinity, stride: Infinity, latency: Infinity },
    wide: true,
    start: () => ({
      // State 0 is the window being put together; the panes follow, and room for as many as there are.
      states: Bank.fresh(pooling, bins.width, 2),
      seen: 0,
      /** Frames in one pane. */
      size: 1,
      boundaries: new Uint8Array(most),
      times: new Float64Array(2 * most),
    }),
    run(live) {
      let { bank, entrance, sheet } = statesIn(live.states, layout, pooling, bins)
      const { boundaries, times } = live

      const halve = () => {
        for (let i = 0; 2 * i < most; i++) {
          bank.copy(1 + i, 1 + 2 * i)
          bank.merge(1 + i, 2 + 2 * i)
          boundaries[i] = boundaries[2 * i]! | boundaries[2 * i + 1]!
          times[2 * i] = times[4 * i]!
          times[2 * i + 1] = times[4 * i + 3]!
        }
        for (let i = most / 2; i < most; i++) bank.reset(1 + i)
        boundaries.fill(0, most / 2)
        live.size *= 2
      }

      return {
        push(frames: Frames<Values>) {
          for (let f = 0; f < frames.length; ) {
            if (live.seen === most * live.size) halve()
            const i = Math.floor(live.seen / live.size)
            if (1 + i === bank.count) {
              live.states = grown(pooling, bins.width, live.states, most + 1)
              ;({ bank, entrance, sheet } = statesIn(live.states, layout, pooling, bins))
            }
            const to = Math.min(frames.length, f + live.size - (live.seen % live.size))
            if (live.seen % live.size === 0) times[2 * i] = spanOf(frames, frames.start + f)[0]
            times[2 * i + 1] = spanOf(frames, frames.start + to - 1)[1]
            if (frames.boundaries?.subarray(f, to).includes(1)) boundaries[i] = 1
            entrance.add(1 + i, frames, f, to, live.seen)
            live.seen += to - f
            f = to
          }
          return undefined
        },
        close() {
          const { seen, size } = live
          const { start } = input.clock
          let covered = 0
          for (const [from, to] of adaptiveWindows('torch', count, seen)) {
            const first = Math.round(from / size)
            const end = to === seen ? Math.ceil(seen / size) : Math.round(to / size)
            bank.reset(0)
            for (let i = first; i < end; i++) bank.merge(0, 1 + i)
            const boundary = boundaries.subarray(Math.max(first, covered), end).includes(1)
            sheet.write(0, first * size, boundary, end > first ? [times[2 * first]!, times[2 * end - 1]!] : [start, start])
            covered = Math.max(covered, end)
          }
          return sheet.take(0)
        },
      }
    },
  })
}
