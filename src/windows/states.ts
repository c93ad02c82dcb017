import { type Accumulators, chooseShift } from '../core/accumulators.ts'
import type { Values } from '../core/frames.ts'
import type { Bank, Pooling } from '../core/pooling.ts'
import { addRows, pays } from '../kernels/rows.ts'
import type { Bins } from './bins.ts'

// Frames that are added at once stay in the cache while lane after lane goes over them.
const inCache = 8192
const most = 1024
const seenWeights = new Float64Array(most)

/** Rows in memory: frames of a block, or kept ones. Weights are one a row; absent for 1. */
export interface RowsOf {
  readonly data: Values
  /** Where the first row begins, in values; 0 where it is not said. */
  readonly offset?: number
  readonly weights?: Float32Array | undefined
}

/** How frames enter the states of a bank, over all bins of a frame: many at once, by a kernel for what kernels know. */
export class Entrance {
  readonly #bank: Bank
  readonly #bins: Bins
  readonly #unseen: boolean
  readonly #held: (ReturnType<Bank['held']> | undefined)[] = []

  constructor(bank: Bank, bins: Bins) {
    this.#bank = bank
    this.#bins = bins
    this.#unseen = bank.pooling.keeps === 'order'
  }

  /** Rows `from` (inclusive) to `to` (exclusive), the first of them frame `index` of the sequence, enter state `i`. */
  add(i: number, rows: RowsOf, from: number, to: number, index: number): void {
    const { width } = this.#bins
    const parts = (this.#held[i] ??= this.#bank.held(i))
    const kernel = rows.data instanceof Float32Array && pays((to - from) * width)
    for (const [holder, state] of parts) {
      if (kernel && holder.accumulators && addAtOnce(state as Accumulators, rows as RowsOf & { data: Float32Array }, from, to, width)) continue
      this.#addRuns(holder, state, rows, from, to, index)
    }
    this.#bank.weighRows(i, rows.weights, from, to)
  }

  /** Makes an empty state sum squares about the numbers of a row, whatever it sees first. */
  anchor(i: number, data: Values, offset: number): void {
    for (const [holder, state] of (this.#held[i] ??= this.#bank.held(i))) {
      const { shift } = state as Accumulators
      if (holder.accumulators && shift) chooseShift(shift.fill(Number.NaN), data, offset)
    }
  }

  /** One row with a weight of its own. */
  addOne(i: number, data: Values, offset: number, weight: number, index: number): void {
    const { width, step, places } = this.#bins
    seenWeights[0] = weight
    const run = { data, offset, lanes: width, rows: 1, weights: seenWeights, index: index * step, step, places }
    this.#bank.pooling.add(this.#bank.states[i], run)
    this.#bank.weigh(i, weight)
  }

  #addRuns(holder: Pooling, state: unknown, { data, offset = 0, weights }: RowsOf, from: number, to: number, index: number): void {
    const { width: lanes, step, places } = this.#bins
    for (let row = from; row < to; ) {
      const rows = together(weights, row, to, lanes, this.#unseen)
      if (rows > 0) {
        const run = { data, offset: offset + row * lanes, lanes, rows, weights: seenWeights, index: (index + row - from) * step, step, places }
        holder.add(state, run)
      }
      row += rows || 1
    }
  }
}

/** Takes the weights of rows that stand together and are seen, or all, as many as are added at once. */
function together(weights: Float32Array | undefined, from: number, to: number, width: number, unseen: boolean): number {
  const end = Math.min(to, from + Math.min(most, Math.max(8, Math.floor(inCache / width))))
  if (!weights) {
    seenWeights.fill(1, 0, end - from)
    return end - from
  }
  let rows = 0
  for (; from + rows < end && (unseen || weights[from + rows]! > 0); rows++) seenWeights[rows] = weights[from + rows]!
  return rows
}

function addAtOnce(into: Accumulators, { data, offset = 0, weights }: RowsOf & { data: Float32Array }, from: number, to: number, width: number): boolean {
  if (into.shift) {
    let first = from
    while (first < to && weights?.[first] === 0) first++
    if (first === to) return true
    chooseShift(into.shift, data, offset + first * width)
  }
  return addRows(into, data, offset + from * width, to - from, weights?.subarray(from, to))
}
