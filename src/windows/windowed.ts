import { DataError } from '../core/check.ts'
import { type Clock, type Frames, type Layout, lanesOf, type Values } from '../core/frames.ts'
import { Bank, type Pooling } from '../core/pooling.ts'
import { type Plan, planOf, type StageSpec, untilEnd } from '../core/stage.ts'
import { needsLength, outputLength, paddingFor, type Window } from '../core/window.ts'
import { type Bins, type Entrance, poolingOver } from './bins.ts'
import { recomputed } from './recomputed.ts'
import { pooledLayout, Sheet } from './sheet.ts'
import { slidAtOnce, slides, sliding } from './sliding.ts'
import { strided } from './strided.ts'
import { between, freshTimes, keepTime } from './times.ts'

/** A way to have the state of each window when its last position has passed. Positions count the padding before the input. */
export interface Way {
  /** States in its bank. */
  readonly states: number
  readonly slides?: true
  /** Positions whose frames it keeps itself, in `rows` and `marks`; none by default. */
  readonly keeps?: number
  run(
    bank: Bank,
    entrance: Entrance,
    live: Live,
  ): {
    /** Before anything is seen at a position. */
    arrive(at: number): void
    see(at: number, data: Values, offset: number, weight: number, index: number): void
    /** Positions from one on that enter the same states, so that many may be seen at once; 1 where there is no such way. */
    together(at: number): number
    seeAll(at: number, frames: Frames<Values>, from: number, to: number, index: number): void
    /** After a position: the state of the window that ends there, if one does. */
    leave(at: number): number | undefined
  }
}

export interface Live {
  states: Float64Array
  /** The next position. */
  at: number
  /** Frames of the input so far, and windows out so far. */
  seen: number
  emitted: number
  boundary: boolean
  times: Float64Array | undefined
  /** Numbers near the data, and for which block of positions they are. */
  anchor: Float64Array
  anchored: number
  /** Frames kept, in a ring, and the weight and index of each. */
  rows: Float64Array
  marks: Float64Array
}

/** Windows over time. Which way they run follows from their sizes alone, never from timing or blocks. */
export function planWindows(spec: StageSpec, input: Layout, like: Pooling, bins: Bins, window: Window): Plan {
  if (needsLength(window) && input.length === undefined) {
    return untilEnd(spec, input, (known) => planWindows(spec, known, like, bins, window))
  }
  const whole = poolingOver(input, like, bins)
  const pooling = whole.within?.(window.size * bins.taps) ?? whole
  const { extent, stride } = window
  const [before, after] = paddingFor(window, input.length ?? 0)
  const way = whole.within ? recomputed(window) : slides(window, pooling) ? sliding(window) : strided(window)
  const length = input.length === undefined ? undefined : outputLength(window, input.length)
  const layout = pooledLayout(input, pooling, bins, windowClock(input.clock, window, before), length)
  return planOf({
    spec,
    input,
    layout,
    reach: { size: extent, stride, latency: extent - 1 - before },
    frees: true,
    wide: true,
    start: (): Live => ({
      states: Bank.fresh(pooling, bins.lanes, way.states),
      at: 0,
      seen: 0,
      emitted: 0,
      boundary: false,
      times: freshTimes(layout, extent),
      anchor: new Float64Array(lanesOf(input)),
      anchored: -1,
      rows: new Float64Array((way.keeps ?? 0) * lanesOf(input)),
      marks: new Float64Array(2 * (way.keeps ?? 0)),
    }),
    run(live) {
      const bank = new Bank(pooling, bins.lanes, live.states)
      const { arrive, see, together, seeAll, leave } = way.run(bank, bins.attach(bank), live)
      const sheet = new Sheet(layout, bank, bins)
      const zeros = new Float32Array(lanesOf(input))

      const finish = () => {
        const state = leave(live.at++)
        if (state === undefined) return
        const first = live.emitted * stride - before
        sheet.write(
          state,
          Math.max(0, first),
          live.boundary,
          between(live.times, Math.max(0, first), Math.min(first + extent, live.seen) - 1),
        )
        live.boundary = false
        live.emitted++
      }
      /** What slides over a whole sequence that comes as one block. */
      const atOnce = (frames: Frames<Values>): Float32Array | undefined =>
        way.slides && bins.whole && frames.length === input.length && !frames.boundaries && !live.times && length! > 0
          ? slidAtOnce(pooling, window, frames)
          : undefined
      /** A position outside the input: unseen, or zeros where padding counts. */
      const pad = (counts: boolean) => {
        arrive(live.at)
        if (counts) see(live.at, zeros, 0, 1, -1)
        finish()
      }

      return {
        push(frames: Frames<Values>) {
          if (live.seen + frames.length > (input.length ?? Infinity))
            throw new DataError(`${spec.stage}: expected the ${input.length} frames that the source promised, got more`, {
              frame: live.seen,
            })
          const data = atOnce(frames)
          if (data) {
            live.at = live.seen = frames.length
            live.emitted = length!
            return { layout, start: 0, length: length!, data, weights: new Float32Array(length!).fill(window.size) }
          }
          const width = frames.data.length / frames.length
          const first = live.emitted
          while (live.at < before) pad(window.includePad)
          for (let f = 0; f < frames.length; ) {
            const to = Math.min(frames.length, f + together(live.at))
            const weight = frames.weights?.[f] ?? 1
            if (frames.boundaries?.subarray(f, to).includes(1)) live.boundary = true
            if (live.times) for (let k = f; k < to; k++) keepTime(live.times, frames, live.seen + k - f)
            arrive(live.at)
            if (to > f + 1) seeAll(live.at, frames, f, to, live.seen)
            else if (weight > 0) see(live.at, frames.data, f * width, weight, live.seen)
            live.seen += to - f
            live.at += to - f - 1
            f = to
            finish()
          }
          return sheet.take(first)
        },
        close() {
          const first = live.emitted
          const count = outputLength(window, live.seen)
          while (live.at < before) pad(window.includePad)
          for (let i = 0; live.emitted < count; i++) pad(window.includePad && i < after)
          return sheet.take(first)
        },
      }
    },
  })
}

function windowClock({ unit, start, hop, span = hop }: Clock, window: Window, before: number): Clock {
  // Where the padding follows from the length, the first window's start is not known when planned, so every frame carries its span.
  if (hop === undefined || span === undefined || needsLength(window)) return { unit, start }
  return { unit, start: start - before * hop, hop: window.stride * hop, span: (window.extent - 1) * hop + span }
}
