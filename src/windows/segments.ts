import { type Frames, type Layout, spanOf, type Values } from '../core/frames.ts'
import { Bank, type Pooling } from '../core/pooling.ts'
import { nothing, type Plan, planOf, type StageSpec } from '../core/stage.ts'
import { type Bins, fitted } from './bins.ts'
import { timedClock } from './eventClock.ts'
import { checkOrder } from './inOrder.ts'
import { pooledLayout, statesIn } from './sheet.ts'

/** Where segments end. */
export interface Ends {
  /** Marks closer than so many frames to the last are passed over. */
  readonly min: number
  /** After so many frames a segment ends unmarked. */
  readonly max: number
  /** And where no frame was seen for so long, in the clock's unit. */
  readonly gap: number
  /** Whether segments of which no frame was seen are given. */
  readonly keep: boolean
}

/** One pooled frame for each stretch from one boundary, or from one gap, to the next. */
export function planSegments(spec: StageSpec, input: Layout, like: Pooling, bins: Bins, { min, max, gap, keep }: Ends): Plan {
  if (like.keeps && max === Infinity)
    throw new TypeError(`${spec.stage}: ${JSON.stringify(like.spec)} keeps the values of a region, so expected a max, got none`)
  const pooling = fitted(like, bins, max)
  const layout = pooledLayout(pooling, bins, timedClock(input.clock), undefined)
  return planOf({
    spec,
    input,
    layout,
    // At most; an infinite stride would be one segment for all.
    reach: { size: max, stride: max < Infinity ? max : min, latency: max },
    wide: true,
    start: () => ({
      states: Bank.fresh(pooling, bins.width, 1),
      /** Frames in the segment so far, and those before it. */
      length: 0,
      origin: 0,
      emitted: 0,
      boundary: false,
      span: [0, 0] as [number, number],
      /** When the last seen frame of the segment began, or else the segment; and before when no frame that follows begins. */
      last: 0,
      watermark: -Infinity,
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
      // To the microsecond: 18.152 − 17.452 falls short of 0.7.
      const silent = (time: number) => Math.round((time - live.last) * 1e6) >= Math.round(gap * 1e6)
      /** Whether frame `f` comes after a gap. What was not seen since the last one is no part of a segment that begins. */
      const apart = (frames: Frames<Values>, f: number) =>
        live.length > 0 && (silent(spanOf(frames, frames.start + f)[0]) || (bank.weight(0) === 0 && frames.weights?.[f] !== 0))
      return {
        push(frames: Frames<Values>) {
          const first = live.emitted
          const { boundaries, length, start, weights, watermark } = frames
          for (let f = 0; f < length; ) {
            if ((boundaries?.[f] === 1 && live.length >= min) || (gap < Infinity && apart(frames, f))) end()
            if (live.length === 0) {
              live.boundary = boundaries?.[f] === 1
              live.span = spanOf(frames, start + f)
              live.last = live.span[0]
            }
            // Up to the next mark that may end the segment, or to where it is too long.
            const mark = boundaries?.indexOf(1, f + Math.max(1, min - live.length)) ?? -1
            // With gaps one by one: whether the next one is apart depends on this one.
            const to = gap < Infinity ? f + 1 : Math.min(mark < 0 ? length : mark, f + max - live.length)
            if (gap < Infinity) {
              const [time] = spanOf(frames, start + f)
              checkOrder(spec, time, live.watermark, start + f)
              live.watermark = time
              if (weights?.[f] !== 0) live.last = time
            }
            live.span[1] = spanOf(frames, start + to - 1)[1]
            entrance.add(0, frames, f, to, live.origin + live.length)
            live.length += to - f
            f = to
            if (live.length === max) end()
          }
          if (watermark === undefined) return sheet.take(first)
          checkOrder(spec, watermark, -Infinity, start + length)
          live.watermark = Math.max(live.watermark, watermark)
          if (live.length > 0 && silent(watermark)) end()
          const out = sheet.take(first) ?? nothing(layout, first)
          return { ...out, watermark: live.length > 0 ? live.span[0] : watermark }
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
