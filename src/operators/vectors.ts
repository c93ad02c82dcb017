import { mergeMap, type OperatorFunction } from 'rxjs'
import { type Frames, type Layout, laneNames, lanesOf, spanOf } from '../core/frames.ts'
import type { Failure, Pooled } from './sequence.ts'

/** One pooled frame as a vector. */
export interface Vector {
  /** Of the sequence it was pooled from; empty where the stream was no stream of sequences. */
  readonly id: string
  readonly label?: string
  /** In seconds or tokens. */
  readonly start: number
  readonly end: number
  /** The sum of the weights of the frames it saw; 0 where it saw none, and holds each pooling's empty value. */
  readonly weight: number
  readonly vector: Float32Array
  /** One a value: 'mel12.mean'. */
  readonly names: readonly string[]
}

/**
 * Pooled frames to vectors with their names and times, one for each frame. Failures pass through.
 *
 * Shape: n frames of planes × bins × channels → n vectors of as many values.
 *
 * @example
 * frames$.pipe(pool1d('mean', { size: 8 }), toVectors())
 */
export function toVectors<In extends Frames | Pooled | Failure>(): OperatorFunction<In, Vector | Extract<In, Failure>> {
  let named: { layout: Layout; names: readonly string[] } | undefined
  return mergeMap((item: In): (Vector | Extract<In, Failure>)[] => {
    if ('error' in item) return [item as Extract<In, Failure>]
    const { id, label, frames } = 'frames' in item ? item : { id: '', label: undefined, frames: item as Frames }
    if (named?.layout !== frames.layout) named = { layout: frames.layout, names: laneNames(frames.layout) }
    const { names } = named
    const lanes = lanesOf(frames.layout)
    return Array.from({ length: frames.length }, (_, f) => {
      const [start, end] = spanOf(frames, frames.start + f)
      const vector = frames.data.slice(f * lanes, (f + 1) * lanes)
      return { id, ...(label === undefined ? {} : { label }), start, end, weight: frames.weights?.[f] ?? 1, vector, names }
    })
  })
}
