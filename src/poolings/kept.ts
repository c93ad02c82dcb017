import { type Json, refusal } from '../core/check.ts'
import type { About, Pooling } from '../core/pooling.ts'

/** A count a lane, then so many values a lane, then their weights, all in one buffer. */
export interface Kept {
  readonly buffer: Float64Array
  readonly offset: number
  readonly stride: number
  readonly lanes: number
}

/** What a pooling that keeps its values is made of. */
export interface KeptDefinition {
  name: string
  output: string
  about: About
  options?: { readonly [option: string]: Json }
  /** Goes by the order of taps: one that was not seen is kept too, as a 0 of weight 0. */
  ordered?: true
  extensive?: true
  /** What to give instead where the region has no end. */
  unbounded?: string
  /** Refuses regions of at most so many values. */
  fits?(most: number): void
  accepts?(lanes: number): void
  /** The result of one lane from its values and their weights, in order of time; the values may be changed. */
  value(values: Float64Array, weights: Float64Array, lane: number): number
}

/** A pooling that needs all values of a region at once, whatever their number: regions must be finite, and a state holds as many values a lane as the largest. */
export function keeping({
  name,
  output,
  about,
  options,
  ordered,
  extensive,
  unbounded,
  fits,
  accepts,
  value,
}: KeptDefinition): Pooling<Kept> {
  const within = (most: number): Pooling<Kept> => {
    /** Where value `k` of a lane stands; its weight is `most` slots further. */
    const place = ({ offset, stride }: Kept, k: number, lane: number) => offset + (1 + k) * stride + lane
    const room = (count: number) => {
      if (count > most) throw new RangeError(`${name}: expected at most ${most} values in a region, got more`)
    }
    const put = (state: Kept, lane: number, x: number, weight: number) => {
      const { buffer, offset, stride } = state
      const k = buffer[offset + lane]!++
      room(k + 1)
      buffer[place(state, k, lane)] = x
      buffer[place(state, k, lane) + most * stride] = weight
    }
    const [values, weights] = [new Float64Array(most), new Float64Array(most)]
    /** Calls `of` with each lane's values and weights. */
    const each = (state: Kept, of: (lane: number, values: Float64Array, weights: Float64Array) => void) => {
      const { buffer, offset, stride, lanes } = state
      for (let lane = 0, taken = -1; lane < lanes; lane++) {
        const count = buffer[offset + lane]!
        for (let k = 0, at = place(state, 0, lane); k < count; k++, at += stride) values[k] = buffer[at]!
        // A frame weighs all its lanes alike, so lanes of as many values have the same weights.
        if (count !== taken) for (let k = 0, at = place(state, most, lane); k < count; k++, at += stride) weights[k] = buffer[at]!
        taken = count
        of(lane, values.subarray(0, count), weights.subarray(0, count))
      }
    }
    return {
      spec: options && Object.keys(options).length > 0 ? { pooling: name, ...options } : name,
      identity: new Array<number>(1 + 2 * most).fill(0),
      outputs: [output],
      exact: true,
      ...(extensive && { extensive }),
      about,
      within(count) {
        if (count === Infinity) {
          const instead = unbounded ? `; give ${unbounded}` : ''
          throw refusal(name, 'it keeps the values of a region, so the sequence must have an end', 'a live source', instead)
        }
        fits?.(count)
        return within(count)
      },
      ...(accepts && { accepts }),
      bind: (buffer, offset, stride, lanes) => ({ buffer, offset, stride, lanes }),
      add(state, row, weight) {
        for (let lane = 0; lane < row.length; lane++) put(state, lane, row[lane]!, weight)
      },
      // Whole frames, so all lanes hold as many.
      addRun(state, { data, offset, lanes, rows, weights }) {
        const { buffer } = state
        const count = buffer[state.offset]!
        room(count + rows)
        const at = place(state, count, 0)
        buffer.set(data.subarray(offset, offset + rows * lanes), at)
        for (let r = 0, w = at + most * lanes; r < rows; r++, w += lanes) buffer.fill(weights[r]!, w, w + lanes)
        buffer.fill(count + rows, state.offset, state.offset + lanes)
      },
      ...(ordered && {
        skip(state: Kept, taps: number) {
          for (let lane = 0; lane < state.lanes; lane++) for (let k = 0; k < taps; k++) put(state, lane, 0, 0)
        },
      }),
      merge(into, from) {
        each(from, (lane, values, weights) => {
          for (let k = 0; k < values.length; k++) put(into, lane, values[k]!, weights[k]!)
        })
      },
      result(state, out) {
        const results = out[output]!
        each(state, (lane, values, weights) => {
          results[lane] = value(values, weights, lane)
        })
      },
    }
  }
  // As many as the laws and anybody who opens a state by hand may want; stages ask for what their regions hold.
  return within(256)
}
