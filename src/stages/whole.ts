import type { Frames, Layout } from '../core/frames.ts'
import { atEnd, type Plan, type StageSpec } from '../core/stage.ts'

/** A plan for what needs a whole sequence to compute any frame of it: as many frames out as in, all of them at the end. */
export function whole(spec: StageSpec, input: Layout, map: (all: Frames) => Float32Array): Plan {
  return atEnd({ spec, input, layout: input, stride: 1 }, (all) => all && { ...all, layout: input, data: map(all) })
}

/** Calls `visit` with the indices in `data` of every seen frame, and the frame's weight. */
export function forSeen({ length, data, weights }: Frames, visit: (from: number, to: number, weight: number) => void): void {
  const lanes = data.length / length
  for (let i = 0; i < length; i++) {
    const weight = weights?.[i] ?? 1
    if (weight > 0) visit(i * lanes, (i + 1) * lanes, weight)
  }
}

/** The largest of `data` over the seen frames; NaN is left out. */
export function loudest(data: Float32Array, all: Frames): number {
  let most = -Infinity
  forSeen(all, (from, to) => {
    for (let i = from; i < to; i++) if (data[i]! > most) most = data[i]!
  })
  return most
}
