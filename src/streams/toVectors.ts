import type { OperatorFunction } from 'rxjs'
import { tried } from '../core/check.ts'
import { checkBlock, type Frames, type Layout, laneNames, lanesOf, spanOf } from '../core/frames.ts'
import { type Failure, isFailure, type Pooled } from './eachSequence.ts'
import { relay } from './relay.ts'

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
  /** The share of the words from `start` to `end` that have vectors; 1 where there are no words. Of texts as sequences alone. */
  readonly coverage?: number
  /** What else the sequence's record says, each field as JSON text as it was written. */
  readonly fields?: ReadonlyMap<string, string>
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
  const named = new WeakMap<Layout, readonly string[]>()
  const namesOf = (layout: Layout): readonly string[] => {
    const known = named.get(layout)
    if (known) return known
    const names = laneNames(layout)
    named.set(layout, names)
    return names
  }
  return relay<In, Vector | Extract<In, Failure>>((out) => ({
    next(item) {
      if (tried(item, isFailure)) return out.next(item as Extract<In, Failure>)
      const pooled = tried(item as Pooled, ({ id, frames }) => frames && typeof id === 'string')
      const { id, label, fields, coverage, frames }: Pooled = pooled ? (item as Pooled) : { id: '', frames: item as Frames }
      checkBlock('toVectors', frames)
      const known = { id, ...(label !== undefined && { label }), ...(fields && { fields }) }
      const names = namesOf(frames.layout)
      const lanes = lanesOf(frames.layout)
      for (let f = 0; f < frames.length && !out.closed; f++) {
        const [start, end] = spanOf(frames, frames.start + f)
        const vector = frames.data.slice(f * lanes, (f + 1) * lanes)
        const weight = frames.weights?.[f] ?? 1
        out.next({ ...known, start, end, weight, ...(coverage && { coverage: coverage(start, end) }), vector, names })
      }
    },
  }))
}
