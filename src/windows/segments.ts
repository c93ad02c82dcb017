import { type Frames, type Layout, spanOf, type Values } from '../core/frames.ts'
import { Bank, type Pooling } from '../core/pooling.ts'
import { type Plan, planOf, type StageSpec } from '../core/stage.ts'
import { type Bins, fitted } from './bins.ts'
import { irregular, pooledLayout, statesIn } from './sheet.ts'

/** One pooled frame for each stretch from one boundary to the next. Marks closer than `min` frames to the last are passed over; after `max` frames a segment ends unmarked. */
export function planSegments(spec: StageSpec, input: Layout, like: Pooling, bins: Bins, min: number, max: number, keep: boolean): Plan {
  if (like.keeps && max === Infinity)
    throw new TypeError(`${spec.stage}: ${JSON.stringify(like.spec)} keeps the values of a region, so expected a max, got none`)
  const pooling = fitted(like, bins, max)
  const layout = pooledLayout(pooling, bins, irregular(input.clock), undefined)
  return planOf({
    spec,
    input,
    layout,
    reach: { size: max, stride: min, latency: max },
    wide: true,
    start: () => ({
      states: Bank.fresh(pooling, bins.width, 1),
      /** Frames in the segment so far, and those before it. */
      length: 0,
      origin: 0,
      emitted: 0,
      boundary: false,
      span: [0, 0] as [number, number],
    }),
    run(live) {
      const { bank, entrance, sheet } = statesIn(live.states, layout, pooling, bins)
      const end = () => {
        if (keep || bank.weight(0) > 0) {
          sheet.write(0, live.origin, live.boundary, live.span)
          live.emitted++
        }
        bank.reset(0)
        live.origin += live.length
        live.length = 0
      }
      return {
        push(frames: Frames<Values>) {
          const first = live.emitted
          const { boundaries, length, start } = frames
          for (let f = 0; f < length; ) {
            if (boundaries?.[f] === 1 && live.length >= min) end()
            if (live.length === 0) {
              live.boundary = boundaries?.[f] === 1
              live.span = spanOf(frames, start + f)
            }
            // Up to the next mark that may end the segment, or to where it is too long.
            const mark = boundaries?.indexOf(1, f + Math.max(1, min - live.length)) ?? -1
            const to = Math.min(mark < 0 ? length : mark, f + max - live.length)
            live.span[1] = spanOf(frames, start + to - 1)[1]
            entrance.add(0, frames, f, to, live.origin + live.length)
            live.length += to - f
            f = to
            if (live.length === max) end()
          }
          return sheet.take(first)
        },
        close() {
          const first = live.emitted
          if (live.length > 0) end()
          return sheet.take(first)
        },
      }
    },
  })
}
