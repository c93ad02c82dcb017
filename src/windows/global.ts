import { type Frames, type Layout, spanOf, type Values } from '../core/frames.ts'
import { Bank, type Pooling } from '../core/pooling.ts'
import type { Saved } from '../core/saved.ts'
import { type Plan, planOf, type StageSpec, untilEnd } from '../core/stage.ts'
import { type Bins, fitted } from './bins.ts'
import { planSpans } from './regions.ts'
import { grown, irregular, pooledLayout, statesIn } from './sheet.ts'

/** Frames in one pane. Panes are aligned to the index, so where blocks are cut changes nothing. */
const pane = 4096

/**
 * Everything into one frame. Panes of 4096 frames are merged in a binary tree, so that rounding errors grow with its height, not with the length. An empty sequence gives one frame of weight 0 that holds the pooling's empty value.
 */
export function planGlobal(spec: StageSpec, input: Layout, like: Pooling, bins: Bins): Plan {
  if (like.keeps) {
    // Such a state is as large as the sequence, so there is one of it and no tree.
    if (input.live) fitted(like, bins, Infinity)
    if (input.length === undefined) return untilEnd(spec, input, (known) => planGlobal(spec, known, like, bins))
    return planSpans(spec, input, input.length, like, bins, [[0, input.length]])
  }
  const pooling = fitted(like, bins, Infinity)
  const layout = pooledLayout(pooling, bins, irregular(input.clock), 1)
  /** The pane that is being filled, as state 0, and the tree's finished nodes after it, the largest and earliest first. */
  interface Live {
    states: Float64Array
    heights: number[]
    boundary: boolean
    span: [number, number] | undefined
  }
  const start = (): Live => ({ states: Bank.fresh(pooling, bins.width, 2), heights: [], boundary: false, span: undefined })
  const treeIn = (live: Live) => {
    let { bank, entrance, sheet } = statesIn(live.states, layout, pooling, bins)
    return {
      in: () => ({ bank, entrance, sheet }),
      /** State 0 becomes a node of some height, and two of one height become one. */
      close(height: number) {
        if (live.heights.length + 2 > bank.count) {
          live.states = grown(pooling, bins.width, live.states)
          ;({ bank, entrance, sheet } = statesIn(live.states, layout, pooling, bins))
        }
        live.heights.push(height)
        bank.copy(live.heights.length, 0)
        bank.reset(0)
        for (let at = height; live.heights.at(-2) === at; at++) {
          bank.merge(live.heights.length - 1, live.heights.length)
          live.heights.pop()
          live.heights[live.heights.length - 1] = at + 1
        }
      },
    }
  }
  const plan = planOf({
    spec,
    input,
    layout,
    reach: { size: Infinity, stride: Infinity, latency: Infinity },
    wide: true,
    start,
    run(live) {
      const tree = treeIn(live)
      return {
        push(frames: Frames<Values>) {
          if (frames.boundaries?.includes(1)) live.boundary = true
          for (let f = 0; f < frames.length; ) {
            const t = frames.start + f
            const to = Math.min(frames.length, f + pane - (t % pane))
            tree.in().entrance.add(0, frames, f, to, t)
            f = to
            if ((frames.start + f) % pane === 0) tree.close(0)
          }
          if (frames.length > 0) {
            live.span ??= [spanOf(frames, frames.start)[0], 0]
            live.span[1] = spanOf(frames, frames.start + frames.length - 1)[1]
          }
          return undefined
        },
        close() {
          const { bank, sheet } = tree.in()
          // From the right: the last, smallest nodes first, as in the tree were it full.
          for (let i = live.heights.length; i > 0; i--) {
            bank.merge(i, i === live.heights.length ? 0 : i + 1)
          }
          const { start } = input.clock
          sheet.write(live.heights.length > 0 ? 1 : 0, 0, live.boundary, live.span ?? [start, start])
          return sheet.take(0)
        },
      }
    },
  })
  /** Their nodes in a tree of their own, where they are when one machine has seen all. */
  function join(states: readonly Saved[]): Saved {
    const live = start()
    const tree = treeIn(live)
    const size = Bank.size(pooling, bins.width)
    for (const { state } of states) {
      const { states: from, heights, boundary, span } = state as Live
      const take = (i: number) => live.states.set(from.subarray(i * size, (i + 1) * size))
      heights.forEach((height, i) => {
        take(i + 1)
        tree.close(height)
      })
      take(0)
      live.boundary ||= boundary
      if (span) live.span = [live.span?.[0] ?? span[0], span[1]]
    }
    return { ...states[0]!, state: live }
  }
  return { ...plan, joining: { every: pane, join } }
}
