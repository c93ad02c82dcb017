import { type Frames, type Layout, spanOf, type Values } from '../core/frames.ts'

/** Room for the spans of the last `reach` frames where the pooled frames' clock is irregular; nothing where it is regular and spans follow from it. */
export function freshTimes({ clock }: Layout, reach: number): Float64Array | undefined {
  return clock.hop === undefined ? new Float64Array(2 * reach) : undefined
}

export function keepTime(times: Float64Array | undefined, frames: Frames<Values>, t: number): void {
  if (times) times.set(spanOf(frames, t), (2 * t) % times.length)
}

/** From the start of frame `first` to the end of frame `last`; both among the last `reach`. */
export function between(times: Float64Array | undefined, first: number, last: number): [number, number] | undefined {
  return times && [times[(2 * first) % times.length]!, times[(2 * last + 1) % times.length]!]
}
