import { DataError, refusal } from '../core/check.ts'
import { type Frames, type Layout, spanOf, type Values } from '../core/frames.ts'
import { Bank, type Pooling } from '../core/pooling.ts'
import { type Plan, planOf, type StageSpec } from '../core/stage.ts'
import { type Bins, fitted } from './bins.ts'
import { timedClock } from './eventClock.ts'
import { pooledLayout, statesIn } from './sheet.ts'

// Firings of one frame: more is a mistake, found before memory runs out.
const most = 2 ** 16

/** One pooled frame each time the weights of frames add up to a threshold: what a frame weighs beyond it counts for the next. */
export function planFire(
  spec: StageSpec,
  input: Layout,
  like: Pooling,
  bins: Bins,
  threshold: number,
  tail: number,
  lane: number | undefined,
): Plan {
  if (like.keeps)
    throw new TypeError(`${spec.stage}: expected a pooling that merges, got ${JSON.stringify(like.spec)}, which keeps its values`)
  const pooling = fitted(like, bins, Infinity)
  if (lane !== undefined && lane >= bins.lanes) throw refusal(spec.stage, `lane must be one of the input's ${bins.lanes}`, lane)
  const layout = pooledLayout(pooling, bins, timedClock(input.clock), undefined)
  return planOf({
    spec,
    input,
    layout,
    reach: { size: Infinity, stride: 1, latency: Infinity },
    wide: true,
    start: () => ({
      states: Bank.fresh(pooling, bins.width, 1),
      /** The first frame that counts for what is being put together. */
      origin: 0,
      emitted: 0,
      boundary: false,
      span: [0, 0] as [number, number],
    }),
    run(live) {
      const { bank, sheet } = statesIn(live.states, layout, pooling, bins)
      const own = new Float64Array(1)
      const fire = () => {
        sheet.write(0, live.origin, live.boundary, live.span)
        live.emitted++
        live.boundary = false
        bank.reset(0)
      }
      return {
        push(frames: Frames<Values>) {
          const first = live.emitted
          const { data, boundaries, length, start } = frames
          for (let f = 0; f < length; f++) {
            if (boundaries?.[f] === 1) live.boundary = true
            const at = f * bins.lanes
            let left = (frames.weights?.[f] ?? 1) * (lane === undefined ? 1 : 1 / (1 + Math.exp(-data[at + lane]!)))
            if (left > most * threshold)
              throw new DataError(`${spec.stage}: a frame must weigh at most ${most} thresholds, got ${left}`, { frame: start + f })
            // A frame without a number to weigh it by is not seen.
            while (left > 0) {
              if (bank.weight(0) === 0) {
                live.origin = start + f
                live.span[0] = spanOf(frames, start + f)[0]
              }
              live.span[1] = spanOf(frames, start + f)[1]
              const part = Math.min(left, threshold - bank.weight(0))
              own[0] = part
              bank.pooling.add(bank.state(0), { data, offset: at, lanes: bins.width, rows: 1, weights: own, index: start + f, step: 1 })
              bank.weigh(0, part)
              left -= part
              if (bank.weight(0) >= threshold) fire()
            }
          }
          return sheet.take(first)
        },
        close() {
          if (bank.weight(0) > 0 && bank.weight(0) >= tail) fire()
          return sheet.take(live.emitted - 1)
        },
      }
    },
  })
}
