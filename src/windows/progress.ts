import { DataError } from '../core/check.ts'
import { type Frames, type Layout, spanOf, type Values } from '../core/frames.ts'
import type { StageSpec } from '../core/stage.ts'
import type { Window } from '../core/window.ts'
import { type Held, heldSpan, holdNothing, holdZeros } from './held.ts'

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

/** Before any frame; padding that is there before the first is held from the start, of so many frames. */
export function begin(layout: Layout, padding: number, width: number, counts: boolean): Progress {
  const held = holdNothing(-padding, layout.clock.hop === undefined)
  holdZeros(held, padding, width, Number(counts))
  return { seen: 0, held, emitted: 0, marks: [] }
}

/** Takes note of a block: how many frames it has, which of them are boundaries, and that no more come than were promised. */
export function note(
  progress: Omit<Progress, 'held'>,
  { stage }: StageSpec,
  { length: most = Infinity }: Layout,
  block: Frames<Values>,
): void {
  const { boundaries, length } = block
  if (progress.seen + length > most)
    throw new DataError(`${stage}: expected the ${most} frames that the source promised, got more`, { frame: most })
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
