import { DataError } from '../core/check.ts'
import { type Frames, type Layout, spanOf, type Values } from '../core/frames.ts'
import { Bank, type Pooling } from '../core/pooling.ts'
import { type Plan, planOf, type StageSpec, untilEnd } from '../core/stage.ts'
import { adaptiveWindow } from '../core/window.ts'
import type { Bins } from './bins.ts'
import { irregular, pooledLayout, Sheet } from './sheet.ts'
import { between } from './times.ts'

/**
 * `count` windows over the whole sequence, whatever its length, as PyTorch cuts them: ⌊iL/n⌋ … ⌈(i+1)L/n⌉.
 * With the length known it streams; else the frames are kept until the end. An empty sequence gives `count` frames of weight 0.
 */
export function planAdaptive(spec: StageSpec, input: Layout, pooling: Pooling, bins: Bins, count: number): Plan {
  if (input.length === undefined) return untilEnd(spec, input, (known) => planAdaptive(spec, known, pooling, bins, count))
  const { length } = input
  const layout = pooledLayout(input, pooling, bins, irregular(input.clock), count)
  // Where there are more windows than frames, one frame is in several.
  const open = length === 0 ? 1 : Math.ceil(count / length) + 1
  const size = Math.ceil(length / count)
  return planOf({
    spec,
    input,
    layout,
    reach: { size, stride: Math.max(1, Math.floor(length / count)), latency: size },
    wide: true,
    start: () => ({
      states: Bank.fresh(pooling, bins.lanes, open),
      seen: 0,
      emitted: 0,
      boundary: false,
      times: new Float64Array(2 * (size + 2)),
    }),
    run(live) {
      const bank = new Bank(pooling, bins.lanes, live.states)
      const entrance = bins.attach(bank)
      const sheet = new Sheet(layout, bank, bins)
      const emit = () => {
        const [from, to] = adaptiveWindow(live.emitted, count, length)
        sheet.write(
          live.emitted % open,
          from,
          live.boundary,
          length === 0 ? [input.clock.start, input.clock.start] : between(live.times, from, to - 1),
        )
        bank.reset(live.emitted % open)
        live.boundary = false
        live.emitted++
      }
      return {
        push(frames: Frames<Values>) {
          const width = frames.data.length / frames.length
          const first = live.emitted
          if (live.seen + frames.length > length)
            throw new DataError(`${spec.stage}: expected the ${length} frames that the source promised, got more`, { frame: length })
          for (let f = 0; f < frames.length; f++) {
            const t = live.seen++
            const weight = frames.weights?.[f] ?? 1
            if (frames.boundaries?.[f]) live.boundary = true
            live.times.set(spanOf(frames, t), (2 * t) % live.times.length)
            for (let o = live.emitted; weight > 0 && o < count && adaptiveWindow(o, count, length)[0] <= t; o++) {
              const i = o % open
              if (bank.weight(i) === 0) entrance.anchor(i, frames.data, f * width)
              entrance.add(i, frames.data, f * width, weight, t)
              bank.weigh(i, weight)
            }
            while (live.emitted < count && adaptiveWindow(live.emitted, count, length)[1] <= t + 1) emit()
          }
          return sheet.take(first)
        },
        close() {
          if (live.seen < length)
            throw new DataError(`${spec.stage}: expected the ${length} frames that the source promised, got ${live.seen}`, {
              frame: live.seen,
            })
          const first = live.emitted
          while (live.emitted < count) emit()
          return sheet.take(first)
        },
      }
    },
  })
}
