import { type Clock, type Frames, type Layout, lanesOf } from '../core/frames.ts'
import type { Pooling } from '../core/pooling.ts'
import { type Plan, planTogether, type StageSpec, untilEnd } from '../core/stage.ts'
import { needsLength, outputLength, paddingFor, type Window } from '../core/window.ts'
import { type Bins, fitted } from './bins.ts'
import { planBounded } from './bounded.ts'
import type { Windowed } from './progress.ts'
import { planRegions } from './regions.ts'
import { irregular, pooledLayout } from './sheet.ts'
import { planSliding, slides } from './sliding.ts'

// Values of a window that is held whole; of a longer one, its state is.
const most = 2 ** 20

/** Windows over time. Which way they run follows from the window, the pooling and the layout alone, never from timing or blocks. */
export function planWindows(spec: StageSpec, input: Layout, like: Pooling, bins: Bins, window: Window): Plan {
  if (needsLength(window) && input.length === undefined) {
    return untilEnd(spec, input, (known) => planWindows(spec, known, like, bins, window))
  }
  const pooling = fitted(like, bins, window.size)
  const { extent, stride, dilation, includePad } = window
  const [before] = paddingFor(window, input.length ?? 0)
  const length = input.length === undefined ? undefined : outputLength(window, input.length)
  const layout = pooledLayout(pooling, bins, windowClock(input.clock, window, before), length)
  const windowed: Windowed = { spec, input, layout, pooling, bins, window }
  const { parts } = pooling
  if (slides(window) && pooling.keeps) {
    // What is kept does not slide, but what is not does, as it does alone.
    if (!parts || parts.every(({ keeps }) => keeps)) return planBounded(windowed)
    return partsBeside(spec, input, layout, parts, (part) => planWindows(spec, input, part, bins, window))
  }
  if (slides(window)) return planSliding(windowed)
  if (pooling.keeps || dilation > 1 || includePad || extent * bins.width <= most) return planBounded(windowed)
  return planRegions(spec, input, layout, pooling, bins, {
    at: (i) => [Math.max(0, i * stride - before), i * stride - before + extent],
    open: Math.ceil(extent / stride),
    count: (seen) => outputLength(window, seen),
    reach: { size: extent, stride, latency: extent - 1 - before },
  })
}

function windowClock(clock: Clock, window: Window, before: number): Clock {
  const { unit, start, hop } = clock
  // Where the padding follows from the length, the first window's start is not known when planned, so every frame carries its span.
  if (hop === undefined || needsLength(window)) return irregular(clock)
  return { unit, start: start - before * hop, hop: window.stride * hop, span: (window.extent - 1) * hop + (clock.span ?? hop) }
}

/** The parts of a list side by side: what they give at the same time stands in one frame, which weighs what it does of one of them. */
export function partsBeside(
  spec: StageSpec,
  input: Layout,
  layout: Layout,
  parts: readonly Pooling[],
  planOf: (part: Pooling) => Plan,
): Plan {
  // -1 is the last, as good as any where none grows with the number of frames.
  const weighing = parts.findIndex(({ extensive }) => extensive)
  const plans = parts.map(planOf)
  return planTogether({ spec, input, layout, reach: plans[0]!.reach }, plans, (machines) => {
    const joined = (blocks: readonly (Frames | undefined)[]): Frames | undefined => {
      const first = blocks[0]
      if (!first?.length) return first
      const width = lanesOf(layout)
      const data = new Float32Array(first.length * width)
      let from = 0
      for (const block of blocks) {
        const part = block!.data.length / first.length
        for (let f = 0; f < first.length; f++) data.set(block!.data.subarray(f * part, (f + 1) * part), f * width + from)
        from += part
      }
      return { ...first, layout, data, weights: blocks.at(weighing)!.weights! }
    }
    return {
      push: (frames) => joined(machines.map((machine) => machine.push(frames))),
      close: (early) => joined(machines.map((machine) => machine.close(early))),
    }
  })
}
