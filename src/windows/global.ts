import { type Frames, type Layout, spanOf, type Values } from '../core/frames.ts'
import { Bank, type Pooling } from '../core/pooling.ts'
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
  return planOf({
    spec,
    input,
    layout,
    reach: { size: Infinity, stride: Infinity, latency: Infinity },
    // State 0 is the pane being filled; the tree's finished nodes follow, the largest and earliest first, their heights in `heights`.
    wide: true,
    start: () => ({
      states: Bank.fresh(pooling, bins.width, 2),
      heights: [] as number[],
      boundary: false,
      span: undefined as undefined | [number, number],
    }),
    run(live) {
      let { bank, entrance, sheet } = statesIn(live.states, layout, pooling, bins)

      const grow = () => {
        live.states = grown(pooling, bins.width, live.states)
        ;({ bank, entrance, sheet } = statesIn(live.states, layout, pooling, bins))
      }
      const closePane = () => {
        if (live.heights.length + 2 > bank.count) grow()
        live.heights.push(0)
        bank.copy(live.heights.length, 0)
        bank.reset(0)
        for (let height = 0; live.heights.at(-2) === height; height++) {
          bank.merge(live.heights.length - 1, live.heights.length)
          live.heights.pop()
          live.heights[live.heights.length - 1] = height + 1
        }
      }

      return {
        push(frames: Frames<Values>) {
          if (frames.boundaries?.includes(1)) live.boundary = true
          for (let f = 0; f < frames.length; ) {
            const t = frames.start + f
            const to = Math.min(frames.length, f + pane - (t % pane))
            entrance.add(0, frames, f, to, t)
            f = to
            if ((frames.start + f) % pane === 0) closePane()
          }
          if (frames.length > 0) {
            live.span ??= [spanOf(frames, frames.start)[0], 0]
            live.span[1] = spanOf(frames, frames.start + frames.length - 1)[1]
          }
          return undefined
        },
        close() {
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
}
