import type { Run } from '../core/accumulators.ts'
import { type Json, refusal } from '../core/check.ts'
import type { About, Pooling, Shape } from '../core/pooling.ts'

/** A count a lane, then so many values a lane, then their weights, and where their order matters their positions, all in one buffer. */
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
  /** Refuses regions that do not suit. */
  fits?(shape: Shape): void
  /** The result of one lane from its values and their weights, in order of their positions; the values may be changed. */
  value(values: Float64Array, weights: Float64Array, lane: number): number
}

/** A pooling that needs all values of a region at once, whatever their number: regions must be finite, and a state holds as many values a lane as the largest. */
export function keeping(definition: KeptDefinition): Pooling<Kept> {
  const { name, output, about, options, ordered, extensive, unbounded, fits, value } = definition
  const within = (most: number): Pooling<Kept> => {
    /** Where value `k` of a lane stands; its weight is `most` slots further, its position as many again. */
    const place = ({ offset, stride }: Kept, k: number, lane: number) => offset + (1 + k) * stride + lane
    const room = (count: number) => {
      if (count > most) throw new RangeError(`${name}: expected at most ${most} values in a region, got more`)
    }
    const rows = Array.from({ length: ordered ? 3 : 2 }, () => new Float64Array(most))
    const [values, weights, positions] = rows as [Float64Array, Float64Array, Float64Array | undefined]
    /** Calls `of` with each lane's number of values, which stand in `values`, `weights` and `positions`. */
    const each = (state: Kept, of: (lane: number, count: number) => void) => {
      const { buffer, offset, stride, lanes } = state
      for (let lane = 0; lane < lanes; lane++) {
        const count = buffer[offset + lane]!
        for (let r = 0; r < rows.length; r++)
          for (let k = 0, at = place(state, r * most, lane); k < count; k++, at += stride) rows[r]![k] = buffer[at]!
        of(lane, count)
      }
    }
    return {
      spec: options && Object.keys(options).length > 0 ? { pooling: name, ...options } : name,
      identity: new Array<number>(1 + rows.length * most).fill(0),
      outputs: [output],
      exact: true,
      ...(extensive && { extensive }),
      about,
      keeps: ordered ? 'order' : 'values',
      fit(shape) {
        if (shape.taps === Infinity) {
          const instead = unbounded ? `; give ${unbounded}` : ''
          throw refusal(name, 'it keeps the values of a region, so the sequence must have an end', 'a live source', instead)
        }
        fits?.(shape)
        return within(shape.taps)
      },
      bind: (buffer, offset, stride, lanes) => ({ buffer, offset, stride, lanes }),
      // All lanes of a state see the same frames, so all hold as many.
      add(state, { data, offset, lanes, rows: count, weights, index, step, places }: Run) {
        const { buffer, stride } = state
        const held = buffer[state.offset]!
        room(held + count)
        for (let k = 0; k < count; k++) {
          const [at, from, w] = [place(state, held + k, 0), offset + k * lanes, weights[k]!]
          for (let i = 0; i < lanes; i++) buffer[at + i] = w === 0 ? 0 : data[from + i]!
          buffer.fill(w, at + most * stride, at + most * stride + lanes)
          if (ordered) for (let i = 0, to = at + 2 * most * stride; i < lanes; i++) buffer[to + i] = index + k * step + (places?.[i] ?? 0)
        }
        buffer.fill(held + count, state.offset, state.offset + lanes)
      },
      merge(into, from) {
        each(from, (lane, count) => {
          const held = into.buffer[into.offset + lane]!
          room(held + count)
          for (const [r, row] of rows.entries())
            for (let k = 0, at = place(into, r * most + held, lane); k < count; k++, at += into.stride) into.buffer[at] = row[k]!
          into.buffer[into.offset + lane] = held + count
        })
      },
      result(state, out) {
        const results = out[output]!
        each(state, (lane, count) => {
          if (positions) inOrder(positions, values, weights, count)
          results[lane] = value(values.subarray(0, count), weights.subarray(0, count), lane)
        })
      },
    }
  }
  // As many as the laws and anybody who opens a state by hand may want; stages ask for what their regions hold.
  return within(256)
}

/** Puts values and weights in the order of their positions; merged bins are each in order, one behind the other. */
function inOrder(positions: Float64Array, values: Float64Array, weights: Float64Array, count: number): void {
  let sorted = true
  for (let k = 1; k < count && sorted; k++) sorted = positions[k - 1]! < positions[k]!
  if (sorted) return
  const order = Uint32Array.from({ length: count }, (_, k) => k).sort((a, b) => positions[a]! - positions[b]!)
  const [given, weighed] = [values.slice(0, count), weights.slice(0, count)]
  for (let k = 0; k < count; k++) [values[k], weights[k]] = [given[order[k]!]!, weighed[order[k]!]!]
}
