import { type Accumulators, chooseShift } from '../core/accumulators.ts'
import type { Values } from '../core/frames.ts'
import type { Bank, Holding, Pooling } from '../core/pooling.ts'
import { addRows, pays } from '../kernels/rows.ts'
import type { Bins } from './bins.ts'

// Frames that are added at once stay in the cache while lane after lane goes over them.
const inCache = 8192
const most = 1024
const seenWeights = new Float64Array(most)

/** Rows in memory: frames of a block, or kept ones. */
export interface RowsOf {
  readonly data: Values
  /** Where the first row begins, in values; 0 where it is not said. */
  readonly offset?: number
  /** One a row; absent for 1. */
  readonly weights?: Float32Array | undefined
}

/** Rows `from` (inclusive) to `to` (exclusive), the first of them frame `index`, enter states: many at once, by a kernel for what kernels know. */
export function enter(
  into: readonly Holding[],
  { width, step, places }: Bins,
  rows: RowsOf,
  from: number,
  to: number,
  index: number,
): void {
  const kernel = rows.data instanceof Float32Array && pays((to - from) * width)
  for (let h = 0; h < into.length; h++) {
    const [holder, state] = into[h]!
    if (kernel && holder.accumulators && addAtOnce(state as Accumulators, rows as FloatRows, from, to, width)) continue
    const { data, offset = 0, weights } = rows
    for (let row = from; row < to; ) {
      const count = together(weights, row, to, width, holder)
      if (count > 0) {
        const position = (index + row - from) * step
        holder.add(state, {
          data,
          offset: offset + row * width,
          lanes: width,
          rows: count,
          weights: seenWeights,
          index: position,
          step,
          places,
        })
      }
      row += count || 1
    }
  }
}

type FloatRows = RowsOf & { readonly data: Float32Array }

/** Takes the weights of rows that stand together and are seen, or all where taps go by their order, as many as are added at once. */
function together(weights: Float32Array | undefined, from: number, to: number, width: number, { keeps }: Pooling): number {
  const end = Math.min(to, from + Math.min(most, Math.max(8, Math.floor(inCache / width))))
  if (!weights) {
    seenWeights.fill(1, 0, end - from)
    return end - from
  }
  let rows = 0
  for (; from + rows < end && (keeps === 'order' || weights[from + rows]! > 0); rows++) seenWeights[rows] = weights[from + rows]!
  return rows
}

function addAtOnce(into: Accumulators, { data, offset = 0, weights }: FloatRows, from: number, to: number, width: number): boolean {
  if (into.shift) {
    let first = from
    while (first < to && weights?.[first] === 0) first++
    if (first === to) return true
    chooseShift(into.shift, data, offset + first * width)
  }
  return addRows(into, data, offset + from * width, to - from, weights?.subarray(from, to))
}

/** How frames enter the states of a bank, over all bins of a frame. */
export class Entrance {
  readonly #bank: Bank
  readonly #bins: Bins
  readonly #held: (readonly Holding[] | undefined)[] = []

  constructor(bank: Bank, bins: Bins) {
    this.#bank = bank
    this.#bins = bins
  }

  /** Rows `from` (inclusive) to `to` (exclusive), the first of them frame `index` of the sequence, enter state `i`. */
  add(i: number, rows: RowsOf, from: number, to: number, index: number): void {
    enter(this.#holding(i), this.#bins, rows, from, to, index)
    this.#bank.weighRows(i, rows.weights, from, to)
  }

  /** Makes an empty state sum squares about the numbers of a row, whatever it sees first. */
  anchor(i: number, data: Values, offset: number): void {
    for (const [holder, state] of this.#holding(i)) {
      const { shift } = state as Accumulators
      if (holder.accumulators && shift) chooseShift(shift.fill(Number.NaN), data, offset)
    }
  }

  #holding(i: number): readonly Holding[] {
    this.#held[i] ??= this.#bank.held(i)
    return this.#held[i]
  }
}
