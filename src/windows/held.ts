import { type Frames, spanOf, type Values } from '../core/frames.ts'
import type { Source } from './pooled.ts'

/** Frames that unfinished windows still need, as plain data: frame `first` and the `rows − 1` after it; a padding that counts is frames before the first of the input, and after its last. */
export interface Held {
  first: number
  rows: number
  /** Where the first one stands: rows before it are room for others. */
  start: number
  data: Values
  /** One a frame. */
  weights: Float32Array
  /** Start and end of each frame, where pooled frames carry their spans. */
  spans: Float64Array | undefined
}

export function holdNothing(first: number, spans: boolean): Held {
  const none = new Float32Array(0)
  return { first, rows: 0, start: 0, data: none, weights: none, spans: spans ? new Float64Array(0) : undefined }
}

/** Holds frames `from` (inclusive) to `to` (exclusive) of a block too, which follow those that are held. */
export function hold(held: Held, frames: Frames<Values>, width: number, from: number, to: number): void {
  if (to <= from) return
  const at = reserve(held, to - from, width, frames.data instanceof Float64Array)
  held.data.set(frames.data.subarray(from * width, to * width), at * width)
  if (frames.weights) held.weights.set(frames.weights.subarray(from, to), at)
  else held.weights.fill(1, at, at + to - from)
  if (held.spans) for (let f = from; f < to; f++) held.spans.set(spanOf(frames, frames.start + f), 2 * (at + f - from))
  held.rows += to - from
}

/** Holds frames of padding too: zeros that weigh as much. */
export function holdZeros(held: Held, count: number, width: number, weight: number): void {
  if (count <= 0) return
  const at = reserve(held, count, width, false)
  held.data.fill(0, at * width, (at + count) * width)
  held.weights.fill(weight, at, at + count)
  held.rows += count
}

/** Drops frames before `first`; where none is left, that is the next one to be held. */
export function drop(held: Held, first: number): void {
  const count = Math.max(0, first - held.first)
  held.start = count < held.rows ? held.start + count : 0
  held.rows = Math.max(0, held.rows - count)
  held.first = Math.max(held.first, first)
}

/** Makes room for so many frames more, at the front or in larger arrays, so seldom that it costs each frame the same, and says where they go. */
function reserve(held: Held, count: number, width: number, wide: boolean): number {
  const { start, rows, data, weights, spans } = held
  const widens = wide && data instanceof Float32Array
  if (start + rows + count > weights.length || widens) {
    const grows = 2 * (rows + count) > weights.length
    const capacity = grows ? 3 * (rows + count) : weights.length
    const kept = data.subarray(start * width, (start + rows) * width)
    if (grows || widens) {
      held.data = wide || data instanceof Float64Array ? new Float64Array(capacity * width) : new Float32Array(capacity * width)
      held.weights = new Float32Array(capacity)
      if (spans) held.spans = new Float64Array(2 * capacity)
    }
    held.data.set(kept)
    held.weights.set(weights.subarray(start, start + rows))
    if (spans) held.spans!.set(spans.subarray(2 * start, 2 * (start + rows)))
    held.start = 0
  }
  return held.start + rows
}

/** What is held, as what windows are pooled from. */
export function heldRows({ data, start, rows, weights, first }: Held, width: number): Source {
  return { data, offset: start * width, rows, weights: weights.subarray(start, start + rows), index: first }
}

/** When a held frame is. */
export function heldSpan({ spans, start, first }: Held, frame: number): [start: number, end: number] {
  const at = 2 * (start + frame - first)
  return [spans![at]!, spans![at + 1]!]
}
