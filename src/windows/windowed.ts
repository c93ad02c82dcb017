import { DataError } from '../core/check.ts'
import { type Clock, type Frames, type Layout, spanOf, type Values } from '../core/frames.ts'
import { type Pooling, sumOf } from '../core/pooling.ts'
import { type Plan, planOf, type Saved, type StageSpec, untilEnd } from '../core/stage.ts'
import { needsLength, outputLength, paddingFor, type Taps, tapsOf, type Window } from '../core/window.ts'
import { type Bins, fitted, wider } from './bins.ts'
import { drop, heldRows, heldSpan, hold, holdNothing, holdZeros } from './held.ts'
import { Pooled, type Source } from './pooled.ts'
import { planRegions } from './regions.ts'
import { pooledLayout, weightOf } from './sheet.ts'
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
  const { parts } = pooling
  if (slides(window) && pooling.keeps) {
    // What is kept does not slide, but what is not does, as it does alone.
    if (!parts || parts.every(({ keeps }) => keeps)) return planHeld(spec, input, layout, pooling, bins, window)
    const plans = parts.map((part) => planWindows(spec, input, part, bins, window))
    return beside(
      spec,
      input,
      layout,
      plans,
      Math.max(
        0,
        parts.findIndex(({ extensive }) => extensive),
      ),
    )
  }
  if (slides(window)) return planSliding(spec, input, layout, pooling, bins, window)
  if (pooling.keeps || dilation > 1 || includePad || extent * bins.width <= most)
    return planHeld(spec, input, layout, pooling, bins, window)
  return planRegions(spec, input, layout, pooling, bins, {
    at: (i) => [Math.max(0, i * stride - before), i * stride - before + extent],
    open: Math.ceil(extent / stride),
    count: (seen) => outputLength(window, seen),
    reach: { size: extent, stride, latency: extent - 1 - before },
  })
}

/** Frames that windows still need are held; all windows that a block finishes are pooled at once. */
function planHeld(spec: StageSpec, input: Layout, layout: Layout, pooling: Pooling, bins: Bins, window: Window): Plan {
  const { extent, stride, includePad } = window
  const [before, after] = paddingFor(window, input.length ?? 0)
  const { width } = bins
  // Padding is there where it counts, and where taps go by their order: there it is not seen.
  const ordered = pooling.keeps === 'order'
  const low = includePad || ordered ? -before : 0
  return planOf({
    spec,
    input,
    layout,
    reach: { size: extent, stride, latency: extent - 1 - before },
    wide: true,
    start: () => {
      const held = holdNothing(low, layout.clock.hop === undefined)
      holdZeros(held, -low, width, Number(includePad))
      return { held, seen: 0, emitted: 0, marks: [] as number[] }
    },
    run(live) {
      const pooled = new Pooled(pooling, bins)
      const startOf = (i: number) => i * stride - before

      // What windows inside the input read of what is held, and of a block, which is mostly what they read of the one before.
      const inside: [held?: Taps, block?: Taps] = []

      /** Pools windows `from` to `to` from a source, into what begins with window `first`. */
      const pool = (
        source: Source,
        which: 0 | 1,
        from: number,
        to: number,
        high: number,
        first: number,
        data: Float32Array,
        weights: Float32Array,
      ) => {
        const start = startOf(from)
        const full = start >= low && startOf(to - 1) + extent <= high
        let tall = full ? inside[which] : undefined
        if (tall?.firsts.length !== to - from || tall.firsts[0] !== start - source.index) {
          tall = tapsOf(window, before, from, to, low, high, source.index)
          if (full) inside[which] = tall
        }
        pooled.pool(source, tall, data, (from - first) * pooled.width)
        weigh(pooling, source, tall, weights, from - first)
      }

      /** Pools windows up to `until` from what is held, and then from a block. */
      const emit = (until: number, high: number, block: Frames<Values> | undefined): Frames | undefined => {
        const first = live.emitted
        const count = until - first
        const blockAt = live.seen - (block?.length ?? 0)
        const last = block ? Math.min(until, Math.max(first, Math.ceil((blockAt + before) / stride))) : until
        const [data, weights] = [new Float32Array(count * pooled.width), new Float32Array(count)]
        // Those that begin before the block need no more of it than the last of them.
        if (block && last > first) {
          const next = live.held.first + live.held.rows
          hold(live.held, block, width, next - blockAt, Math.min(live.seen, Math.max(next, startOf(last - 1) + extent)) - blockAt)
        }
        if (last > first) pool(heldRows(live.held, width), 0, first, last, high, first, data, weights)
        if (block && until > last) {
          const source = { data: block.data, offset: 0, rows: block.length, weights: block.weights, index: blockAt }
          pool(source, 1, last, until, high, first, data, weights)
        }
        live.emitted = until
        const frames: { -readonly [part in keyof Frames]: Frames[part] } = { layout, start: first, length: count, data, weights }
        const boundaries = live.marks.length > 0 && marked(live.marks, count, (i) => startOf(first + i) + extent)
        if (boundaries) frames.boundaries = boundaries
        if (live.held.spans) frames.spans = spansOf(first, count, block, blockAt)
        return frames
      }

      const spansOf = (first: number, count: number, block: Frames<Values> | undefined, blockAt: number): Float64Array => {
        const when = (t: number) => (block && t >= blockAt ? spanOf(block, block.start + t - blockAt) : heldSpan(live.held, t))
        const spans = new Float64Array(2 * count)
        for (let i = 0; i < count; i++) {
          const start = Math.max(0, startOf(first + i))
          const end = Math.min(startOf(first + i) + extent, live.seen) - 1
          spans.set(end < start ? [input.clock.start, input.clock.start] : [when(start)[0], when(end)[1]], 2 * i)
        }
        return spans
      }

      return {
        push(given) {
          const block = wider(given, bins)
          const blockAt = live.seen
          live.seen += block.length
          refuseMore(spec, input, live.seen)
          mark(live.marks, block, blockAt)
          const finished = Math.max(live.emitted, Math.floor((live.seen + before - extent) / stride) + 1)
          const out = finished > live.emitted ? emit(finished, Infinity, block) : undefined
          drop(live.held, Math.max(low, startOf(live.emitted)))
          hold(live.held, block, width, Math.max(0, live.held.first + live.held.rows - blockAt), block.length)
          return out
        },
        close() {
          const count = outputLength(window, live.seen)
          if (count <= live.emitted) return undefined
          const missing = startOf(count - 1) + extent - live.seen
          const zeros = includePad ? Math.min(after, missing) : 0
          holdZeros(live.held, zeros, width, 1)
          if (ordered) holdZeros(live.held, missing - zeros, width, 0)
          return emit(count, ordered ? Infinity : live.seen + zeros, undefined)
        },
      }
    },
  })
}

/** Refuses more frames than were promised. */
export function refuseMore({ stage }: StageSpec, { length }: Layout, seen: number): void {
  if (length !== undefined && seen > length)
    throw new DataError(`${stage}: expected the ${length} frames that the source promised, got more`, { frame: length })
}

/** Notes which frames of a block, the first of which is frame `at`, are boundaries. */
export function mark(marks: number[], { boundaries, length }: Frames<Values>, at: number): void {
  if (boundaries) for (let f = 0; f < length; f++) if (boundaries[f]) marks.push(at + f)
}

/** Which of `count` windows are the first to end after a boundary, each ending before frame `end(i)`; nothing where none is. */
export function marked(marks: number[], count: number, end: (i: number) => number): Uint8Array | undefined {
  if (marks.length === 0) return undefined
  const boundaries = new Uint8Array(count)
  let taken = 0
  for (let i = 0; i < count; i++) for (; taken < marks.length && marks[taken]! < end(i); taken++) boundaries[i] = 1
  marks.splice(0, taken)
  return taken > 0 ? boundaries : undefined
}

/** What pooled frames weigh. */
function weigh(pooling: Pooling, { weights }: Source, { firsts, counts, step }: Taps, out: Float32Array, at: number): void {
  for (let i = 0; i < firsts.length; i++) {
    let sum = 0
    if (!weights) sum = counts[i]!
    else if (step === 1) sum = sumOf(weights, firsts[i]!, firsts[i]! + counts[i]!)
    else for (let k = 0; k < counts[i]!; k++) sum += weights[firsts[i]! + k * step]!
    out[at + i] = weightOf(pooling, sum)
  }
}

export function windowClock({ unit, start, hop, span = hop }: Clock, window: Window, before: number): Clock {
  // Where the padding follows from the length, the first window's start is not known when planned, so every frame carries its span.
  if (hop === undefined || span === undefined || needsLength(window)) return { unit, start }
  return { unit, start: start - before * hop, hop: window.stride * hop, span: (window.extent - 1) * hop + span }
}

/** The parts of a list side by side: what they give at the same time stands in one frame, which weighs what it does of one of them. */
function beside(spec: StageSpec, input: Layout, layout: Layout, plans: readonly Plan[], weighing: number): Plan {
  return planOf({
    spec,
    input,
    layout,
    reach: plans[0]!.reach,
    wide: true,
    start: (): { parts: Saved[] | undefined } => ({ parts: undefined }),
    run(live) {
      const machines = plans.map((plan, i) => plan.open(live.parts?.[i]))
      const joined = (blocks: readonly (Frames | undefined)[]): Frames | undefined => {
        const first = blocks[0]
        if (!first) return undefined
        const widths = blocks.map((block) => block!.data.length / first.length)
        const width = widths.reduce((sum, part) => sum + part, 0)
        const data = new Float32Array(first.length * width)
        let from = 0
        for (const [p, block] of blocks.entries()) {
          const part = widths[p]!
          for (let f = 0; f < first.length; f++) data.set(block!.data.subarray(f * part, (f + 1) * part), f * width + from)
          from += part
        }
        return { ...first, layout, data, weights: blocks[weighing]!.weights! }
      }
      return {
        push: (frames: Frames<Values>) => joined(machines.map((machine) => machine.push(frames))),
        close: (early) => joined(machines.map((machine) => (early ? machine.peek() : machine.close()))),
        settle: () => {
          live.parts = machines.map((machine) => machine.save())
        },
      }
    },
  })
}
