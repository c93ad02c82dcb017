import type { Frames, Values } from '../core/frames.ts'
import { Bank } from '../core/pooling.ts'
import type { Plan } from '../core/stage.ts'
import { statesIn } from './sheet.ts'
import { planTimed, type Timed, type TimedWindows } from './timed.ts'
import { edgeOf } from './timeWindow.ts'

// States at work: the pane being filled, the panes after the split merged, a window, and what comes after a pane when the split moves.
const [filling, prefix, whole, later, count] = [0, 1, 2, 3, 4]
/** Numbers of a row beside its state: which pane it is, and its first seen frame. */
const beside = 2
/** Rows at the start: a window that nothing overlaps needs no more. */
const few = 2

/**
 * Windows of time of poolings that merge, at the same cost a frame whatever their size.
 *
 * Panes that saw something stand in a row each. Those before a split hold themselves merged with all between them and the split, those after it themselves alone, which a
 * prefix has merged too: a window is the row it begins with ⊕ the prefix. When the row it begins with lies behind the split, the split moves to the end. So a pane is merged
 * once into a prefix and once when the split passes it, and a window takes one merge more. (The two stacks of Tangwongsan, Hirzel, Schneider, "In-order sliding-window
 * aggregation in worst-case constant time", 2021; panes that nothing came in cost nothing, so that blocks of equal length, as frames have them, would not be of equal work.)
 */
export function planTimedPanes(timed: Timed): Plan {
  const { layout, pooling, bins, window } = timed
  const { pane: _, panes, step } = window
  const size = Bank.size(pooling, bins.width)
  const width = size + beside
  return planTimed(
    timed,
    () => ({
      states: Bank.fresh(pooling, bins.width, count),
      rows: new Float64Array(few * width),
      /** Rows are those from `first` (inclusive) to `end` (exclusive); the split is before row `split`. */
      first: 0,
      split: 0,
      end: 0,
      /** The pane being filled and its first seen frame; NaN where there is none. */
      pane: Number.NaN,
      origin: 0,
    }),
    (live): TimedWindows => {
      const { bank, entrance, sheet } = statesIn(live.states, layout, pooling, bins)
      const paneOf = (row: number) => live.rows[row * width + size]!
      const load = (state: number, row: number) => copy(live.rows, row * width, bank.buffer, state * size, size)
      const store = (row: number, state: number) => copy(bank.buffer, state * size, live.rows, row * width, size)

      /** Makes room for a row, at the front or in a larger array, so seldom that it costs each row the same. */
      const makeRoom = () => {
        const { rows, first, end } = live
        if ((end + 1) * width <= rows.length) return
        const held = rows.subarray(first * width, end * width)
        if (2 * held.length > rows.length) {
          live.rows = new Float64Array(2 * rows.length)
          live.rows.set(held)
        } else rows.copyWithin(0, first * width, end * width)
        live.split -= first
        live.end -= first
        live.first = 0
      }

      /** The pane being filled is full, or what there will be of it. */
      const finish = () => {
        if (Number.isNaN(live.pane)) return
        makeRoom()
        store(live.end, filling)
        live.rows[live.end * width + size] = live.pane
        live.rows[live.end * width + size + 1] = live.origin
        live.end++
        bank.merge(prefix, filling)
        bank.reset(filling)
        live.pane = Number.NaN
      }

      const moveSplit = () => {
        bank.reset(later)
        for (let row = live.end - 1; row >= live.first; row--) {
          load(whole, row)
          bank.merge(whole, later)
          store(row, whole)
          bank.copy(later, whole)
        }
        live.split = live.end
        bank.reset(prefix)
      }

      return {
        add(block: Frames<Values>, from, to, index, pane) {
          let seen = from
          while (seen < to && block.weights?.[seen] === 0) seen++
          if (seen === to) return
          if (live.pane !== pane) {
            finish()
            live.pane = pane
            live.origin = index + seen - from
          }
          entrance.add(filling, block, from, to, index)
        },
        oldest: () => (live.first < live.end ? paneOf(live.first) : Number.isNaN(live.pane) ? undefined : live.pane),
        newest: () => (Number.isNaN(live.pane) ? (live.first < live.end ? paneOf(live.end - 1) : undefined) : live.pane),
        drop(pane) {
          while (live.first < live.end && paneOf(live.first) < pane) live.first++
          if (live.pane < pane) {
            live.pane = Number.NaN
            bank.reset(filling)
          }
          if (live.first < live.end || live.end === 0) return
          // Nothing is left: what was needed for many panes is given back.
          if (live.rows.length > few * width) live.rows = new Float64Array(few * width)
          live.first = live.split = live.end = 0
          bank.reset(prefix)
        },
        write(n) {
          finish()
          if (live.first > live.split) moveSplit()
          bank.copy(whole, prefix)
          if (live.first < live.split) {
            load(whole, live.first)
            bank.merge(whole, prefix)
          }
          const span = [edgeOf(window, n * step), edgeOf(window, n * step + panes)] as const
          sheet.write(whole, live.rows[live.first * width + size + 1]!, live.boundary, span)
          live.boundary = false
          live.emitted++
        },
        take: (start) => sheet.take(start),
      }
    },
  )
}

/** By hand: most states are of a few numbers. */
function copy(from: Float64Array, start: number, to: Float64Array, at: number, count: number): void {
  for (let i = 0; i < count; i++) to[at + i] = from[start + i]!
}
