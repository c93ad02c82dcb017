import type { Frames } from '../core/frames.ts'
import { join } from '../core/frames.ts'
import { Bank } from '../core/pooling.ts'
import type { Plan } from '../core/stage.ts'
import { fitted } from './bins.ts'
import { drop, heldRows, heldSpan, hold, holdNothing } from './held.ts'
import { statesIn } from './sheet.ts'
import { planTimed, type Timed, type TimedWindows } from './timed.ts'
import { edgeOf, paneAt } from './timeWindow.ts'

/** Windows of time of poolings that keep their values: frames are held as long as windows need them, and each window is pooled anew. */
export function planTimedHeld(timed: Timed): Plan {
  const { layout, pooling: like, bins, window } = timed
  const { panes, step } = window
  const { width } = bins
  return planTimed(
    timed,
    () => ({ held: holdNothing(0, true) }),
    (live): TimedWindows => {
      /** For windows of so many frames, which nobody knows before they are there. */
      const forFrames = (most: number) => {
        const pooling = fitted(like, bins, most)
        return { most, ...statesIn(Bank.fresh(pooling, bins.width, 1), layout, pooling, bins) }
      }
      let room = forFrames(16)
      let given: (Frames | undefined)[] = []
      const { held } = live
      const paneOf = (frame: number) => (frame >= held.first && held.rows > 0 ? paneAt(window, heldSpan(held, frame)[0]) : undefined)
      return {
        add(block, from, to) {
          hold(held, block, width, from, to)
        },
        oldest: () => paneOf(held.first),
        newest() {
          const { weights } = heldRows(held, width)
          return paneOf(held.first + weights!.findLastIndex((weight) => weight > 0))
        },
        drop(pane) {
          let first = held.first
          while (first < held.first + held.rows && paneOf(first)! < pane) first++
          drop(held, first)
        },
        write(n) {
          const rows = heldRows(held, width)
          if (rows.rows > room.most) {
            given.push(room.sheet.take(0))
            room = forFrames(2 * rows.rows)
          }
          const { bank, entrance, sheet } = room
          bank.reset(0)
          entrance.add(0, rows, 0, rows.rows, rows.index)
          if (bank.weight(0) === 0) return
          sheet.write(0, rows.index, live.boundary, [edgeOf(window, n * step), edgeOf(window, n * step + panes)])
          live.boundary = false
          live.emitted++
        },
        take(start) {
          const all = join([...given, room.sheet.take(0)])
          given = []
          return all && { ...all, start }
        },
      }
    },
  )
}
