import type { Clock, Frames, Layout, Values } from '../core/frames.ts'
import { Bank, type Pooling } from '../core/pooling.ts'
import { type Plan, planOf, type StageSpec, untilEnd } from '../core/stage.ts'
import { outputLength, paddingFor, type Window } from '../core/window.ts'
import type { Bins } from './bins.ts'
import { pooledLayout, Sheet } from './sheet.ts'
import { planSliding, slides } from './sliding.ts'
import { between, freshTimes, keepTime } from './times.ts'

/** Windows over time. Which way they run follows from their sizes alone, never from timing or blocks. */
export function planWindows(spec: StageSpec, input: Layout, pooling: Pooling, bins: Bins, window: Window): Plan {
  if (window.padding === 'length' && input.length === undefined) {
    return untilEnd(spec, input, (known) => planWindows(spec, known, pooling, bins, window))
  }
  const before = paddingFor(window, input.length ?? 0)[0]
  const layout = pooledLayout(
    input,
    pooling,
    bins,
    windowClock(input.clock, window, before),
    input.length === undefined ? undefined : outputLength(window, input.length),
  )
  return slides(window)
    ? planSliding(spec, input, layout, pooling, bins, window, before)
    : planStrided(spec, input, layout, pooling, bins, window, before)
}

function windowClock({ unit, start, hop, span = hop }: Clock, window: Window, before: number): Clock {
  // Where the padding follows from the length, the first window's start is not known when planned, so every frame carries its span.
  if (hop === undefined || span === undefined || window.padding === 'length') return { unit, start }
  return { unit, start: start - before * hop, hop: window.stride * hop, span: (window.extent - 1) * hop + span }
}

/** Each frame is added to every window that it belongs to: size / stride additions a frame. */
function planStrided(spec: StageSpec, input: Layout, layout: Layout, pooling: Pooling, bins: Bins, window: Window, before: number): Plan {
  const { stride, extent, dilation } = window
  const open = Math.ceil(extent / stride)
  return planOf({
    spec,
    input,
    layout,
    reach: { size: extent, stride, latency: extent - 1 - before },
    wide: true,
    start: () => ({
      states: Bank.fresh(pooling, bins.lanes, open),
      seen: 0,
      emitted: 0,
      boundary: false,
      times: freshTimes(layout, extent),
    }),
    run(live) {
      const bank = new Bank(pooling, bins.lanes, live.states)
      const entrance = bins.attach(bank)
      const sheet = new Sheet(layout, bank)
      const emit = () => {
        const first = live.emitted * stride - before
        sheet.write(live.emitted % open, live.boundary, between(live.times, Math.max(0, first), Math.min(first + extent, live.seen) - 1))
        bank.reset(live.emitted % open)
        live.boundary = false
        live.emitted++
      }
      return {
        push(frames: Frames<Values>) {
          const width = frames.data.length / frames.length
          const first = live.emitted
          for (let f = 0; f < frames.length; f++) {
            const weight = frames.weights?.[f] ?? 1
            const at = live.seen + before
            if (frames.boundaries?.[f]) live.boundary = true
            keepTime(live.times, frames, live.seen)
            live.seen++
            const newest = Math.floor(at / stride)
            if (weight > 0) {
              for (let o = live.emitted; o <= newest; o++) {
                if ((at - o * stride) % dilation !== 0 || at - o * stride >= extent) continue
                const i = o % open
                if (bank.weight(i) === 0) entrance.anchor(i, frames.data, f * width)
                entrance.add(i, frames.data, f * width, weight, live.seen - 1)
                bank.weigh(i, weight)
              }
            }
            if (at === live.emitted * stride + extent - 1) emit()
          }
          return sheet.take(first)
        },
        close() {
          const first = live.emitted
          const count = outputLength(window, live.seen)
          while (live.emitted < count) emit()
          return sheet.take(first)
        },
      }
    },
  })
}
