import { DataError } from '../core/check.ts'
import { type Frames, type Layout, spanOf, type Values } from '../core/frames.ts'
import type { Pooling } from '../core/pooling.ts'
import { type Plan, planOf, type StageSpec } from '../core/stage.ts'
import { outputLength, paddingFor, type Window } from '../core/window.ts'
import type { Bins } from './bins.ts'
import { drop, type Held, heldSpan, hold, holdNothing, holdZeros } from './held.ts'

/** How far the windows over a sequence are, as plain data. */
export interface Progress {
  /** Frames of the input so far, and those that windows still need. */
  seen: number
  held: Held
  /** Windows given so far. */
  emitted: number
  /** Frames that are boundaries and whose window was not given yet. */
  marks: number[]
}

/** Windows over the frames of a stage. */
export interface Windowed {
  readonly spec: StageSpec
  readonly input: Layout
  readonly layout: Layout
  readonly pooling: Pooling
  readonly bins: Bins
  readonly window: Window
}

/** What windows of one kind do with frames. */
interface Windows {
  /** The pooled frames of the windows that end in a block, the last that was noted. */
  ending(block: Frames<Values>): Frames | undefined
  /** The first frame that has to be held for those to come. */
  needed(): number
  /** The pooled frames of the last windows, `count` in all. */
  rest(count: number): Frames | undefined
}

/**
 * A plan for windows, which holds the frames that they still need.
 * @param low where what is held begins: padding may be held from the start
 */
export function planHeld({ spec, input, layout, bins, window }: Windowed, low: number, run: (live: Progress) => Windows): Plan {
  const { extent, stride, includePad } = window
  const [before] = paddingFor(window, input.length ?? 0)
  const { width } = bins
  return planOf({
    spec,
    input,
    layout,
    reach: { size: extent, stride, latency: extent - 1 - before },
    wide: true,
    start() {
      const held = holdNothing(low, layout.clock.hop === undefined)
      holdZeros(held, -low, width, Number(includePad))
      return { seen: 0, held, emitted: 0, marks: [] } satisfies Progress as Progress
    },
    run(live) {
      const windows = run(live)
      return {
        push(given) {
          const block = bins.windows?.wider(given) ?? given
          const blockAt = live.seen
          note(live, spec, input, block)
          const out = windows.ending(block)
          drop(live.held, windows.needed())
          hold(live.held, block, width, Math.max(0, live.held.first + live.held.rows - blockAt), block.length)
          return out
        },
        close() {
          const count = outputLength(window, live.seen)
          return count > live.emitted ? windows.rest(count) : undefined
        },
      }
    },
  })
}

/** A promise of frames that was not kept. */
export function unkept(who: string, promised: number, got: number | string, frame: number): DataError {
  return new DataError(`${who}: expected the ${promised} frames that the source promised, got ${got}`, { frame })
}

/** Takes note of a block: how many frames it has, which of them are boundaries, and that no more come than were promised. */
export function note(
  progress: Omit<Progress, 'held'>,
  { stage }: StageSpec,
  { length: most = Infinity }: Layout,
  block: Frames<Values>,
): void {
  const { boundaries, length } = block
  if (progress.seen + length > most) throw unkept(stage, most, 'more', most)
  if (boundaries) for (let f = 0; f < length; f++) if (boundaries[f]) progress.marks.push(progress.seen + f)
  progress.seen += length
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

/** The next pooled frames, a row of `data` each, of windows that begin `before` frames early; `block` is the last that was noted, whose frames need not be held. */
export function pooledFrames(
  progress: Progress,
  layout: Layout,
  { stride, extent }: Window,
  before: number,
  { data, weights }: Pick<Frames, 'data'> & { readonly weights: Float32Array },
  block: Frames<Values> | undefined,
): Frames {
  const { emitted: start, marks, held, seen } = progress
  const length = weights.length
  const first = start * stride - before
  progress.emitted += length
  const frames: { -readonly [part in keyof Frames]: Frames[part] } = { layout, start, length, data, weights }
  const boundaries = marked(marks, length, (i) => first + i * stride + extent)
  if (boundaries) frames.boundaries = boundaries
  if (!held.spans) return frames
  const blockAt = seen - (block?.length ?? 0)
  const when = (t: number) => (block && t >= blockAt ? spanOf(block, block.start + t - blockAt) : heldSpan(held, t))
  frames.spans = new Float64Array(2 * length)
  for (let i = 0; i < length; i++) {
    const from = Math.max(0, first + i * stride)
    const last = Math.min(first + i * stride + extent, seen) - 1
    // A window that lies in padding alone is nowhere.
    frames.spans.set(last < from ? [layout.clock.start, layout.clock.start] : [when(from)[0], when(last)[1]], 2 * i)
  }
  return frames
}
