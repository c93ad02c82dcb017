import type { Json } from './check.ts'
import type { Layout, Values } from './frames.ts'

/** A pooling as plain JSON: its name, its name and options, or a list of poolings. */
export type PoolingSpec = string | { readonly pooling: string; readonly [option: string]: Json } | readonly PoolingSpec[]

/** The rows of one state by slot name, one float64 a lane. */
export type Rows<Slot extends string = string> = { readonly [slot in Slot]: Float64Array }

/**
 * Accumulators that the compiled kernels can add many rows to at once, one float64 a lane:
 * Σw, Σw², Σwx, a number c near the data, Σw(x − c)², the largest x, the smallest, and the largest |x|.
 */
export type Accumulator = 'weight' | 'weight2' | 'sum' | 'shift' | 'squares' | 'high' | 'low' | 'magnitude'

/** Some of them. */
export type Accumulators = { readonly [name in Accumulator]?: Float64Array }

/** Rows of seen frames that follow one another: `lanes` values each, row after row from `offset` on. */
export interface Run {
  readonly data: Values
  readonly offset: number
  readonly lanes: number
  readonly rows: number
  /** One a row, above 0. */
  readonly weights: Float64Array
  /** The first row's position; each further row's is one more, unless lanes have `bins`, and then there is but one row. */
  readonly index: number
  readonly bins?: Int32Array | undefined
}

/** Where a pooling writes its results, one row an output, one float32 a lane. */
export type Outputs<Output extends string = string> = { readonly [output in Output]: Float32Array }

/** What documentation, tables and tests derive from. */
export interface About {
  /** One line of mathematics, w the weights and x the values. */
  readonly formula: string
  /** Where the formula is from: a paper or a reference implementation. */
  readonly source: string
  /** One line: what it is good for. */
  readonly use: string
  /** Frames of one lane and the outputs they give; a test runs it. */
  readonly example: { readonly input: readonly number[]; readonly output: readonly number[] }
  /** What each output is where no frame was seen. */
  readonly empty: number
}

/**
 * What is computed over a region: an aggregation whose partial results merge.
 *
 * A state is a few rows (slots) of float64, one value a lane, inside a buffer that the machine owns. `add` is called for frames in order of time with a weight > 0;
 * the caller has filtered unseen frames. `merge` takes a state that comes later in time. `result` leaves the state as it was.
 *
 * Positions, for poolings that tell where: in 1-D `index` is the frame's and `origin` that of the region's first; in 2-D both are times the number of bins, and `bins`
 * holds each lane's bin, so that `index + bins[lane] − origin` counts row by row from the region's first frame.
 */
export interface Pooling<State = unknown, Output extends string = string> {
  readonly spec: PoolingSpec
  readonly about: About
  /** The state before any frame, one number per slot. */
  readonly identity: readonly number[]
  readonly outputs: readonly Output[]
  /** Grows with the number of frames (sum, lp): a pooled frame then weighs 1 if it saw anything, not the sum of the weights. */
  readonly extensive?: true
  /** Merging gives the bits of adding one by one. */
  readonly exact?: true
  /** Goes by where values are, so that padding, which is nowhere, cannot count. */
  readonly positional?: true
  /** The `add` functions whose slots this pooling's state holds too, by the same names and computed alike: a list computes them once. */
  readonly covers?: readonly unknown[]
  /** What each slot accumulates, in their order, where that is all that `add` does. */
  readonly accumulators?: readonly Accumulator[]
  /**
   * The same pooling for regions of at most so many values a lane. Only poolings that must keep their values have it (quantiles): their regions must be finite, and
   * windows are recomputed from the frames rather than slid. Infinity, the region of a live source, is refused with what to do instead.
   */
  within?(most: number): Pooling<State, Output>
  /**
   * The same pooling for frames of this shape. Only poolings whose lanes interact have it (covariance, attention): rows are then whole frames, so they have no 2-D,
   * and their slots and outputs may depend on the shape.
   */
  across?(input: Layout): Pooling<State, string>
  /** Each output is one number for the frame, not one a lane; only where lanes interact. */
  readonly single?: true
  /** Refuses numbers of lanes that the pooling cannot take; called when planned. */
  accepts?(lanes: number): void
  /** The state that lives in `buffer` from `offset` on, each slot `slotStride` further, over `lanes` lanes. */
  bind(buffer: Float64Array, offset: number, slotStride: number, lanes: number): State
  /** Numbers near the data about which an empty state may sum, to lose no digits to a large offset. */
  anchor?(state: State, row: Values): void
  add(state: State, row: Values, weight: number, index: number, bins?: Int32Array): void
  /** Many rows at once, to the bits of `add`; for speed alone. */
  addRun?(state: State, run: Run): void
  /** So many taps of each lane that were not seen; for poolings that go by the order of taps, and so have `within`. */
  skip?(state: State, taps: number): void
  merge(into: State, from: State): void
  result(state: State, out: Outputs<Output>, origin: number): void
}

/** What a pooling's author writes. */
export interface PoolingDefinition<Slot extends string, Output extends string> {
  name: string
  /** `import.meta.url` of the module that exports the pooling under its name, so that a pipeline in JSON finds it. */
  module?: string
  /** Slots and their values before any frame. */
  slots: { readonly [slot in Slot]: number }
  outputs: readonly Output[]
  about: About
  /** What the pooling was made with, for its spec. */
  options?: { readonly [option: string]: Json }
  extensive?: true
  exact?: true
  positional?: true
  covers?: readonly unknown[]
  accumulators?: readonly Accumulator[]
  accepts?(lanes: number): void
  anchor?(state: Rows<Slot>, row: Values): void
  add(state: Rows<Slot>, row: Values, weight: number, index: number, bins?: Int32Array): void
  addRun?(state: Rows<Slot>, run: Run): void
  merge(into: Rows<Slot>, from: Rows<Slot>): void
  result(state: Rows<Slot>, out: Outputs<Output>, origin: number): void
}

/** The part of a definition that several poolings can share; a list of poolings then computes it once. */
export type Shared<Slot extends string> = Pick<PoolingDefinition<Slot, string>, 'slots' | 'covers' | 'accumulators' | 'add' | 'merge'>

/**
 * Makes a pooling from its formula. It then runs globally, in 1-D and 2-D windows, sliding, adaptive and in pyramids, streams, merges and resumes.
 *
 * Shape: lanes in → outputs × lanes out. Rows arrive one frame at a time, with a weight > 0 and the frame's index.
 *
 * @example
 * const range = definePooling({
 *   name: 'range', slots: { low: Infinity, high: -Infinity }, outputs: ['range'],
 *   about: { formula: 'max x − min x', source: '', use: '', example: { input: [1, 5, 2], output: [4] }, empty: -Infinity },
 *   add({ low, high }, row) {
 *     for (let i = 0; i < row.length; i++) { low[i] = Math.min(low[i], row[i]); high[i] = Math.max(high[i], row[i]) }
 *   },
 *   merge(into, from) {
 *     for (let i = 0; i < into.low.length; i++) { into.low[i] = Math.min(into.low[i], from.low[i]); into.high[i] = Math.max(into.high[i], from.high[i]) }
 *   },
 *   result({ low, high }, out) { for (let i = 0; i < low.length; i++) out.range[i] = high[i] - low[i] },
 * })
 */
export function definePooling<Slot extends string, Output extends string>(
  definition: PoolingDefinition<Slot, Output>,
): Pooling<Rows<Slot>, Output> {
  const { name, module, slots, options, ...rest } = definition
  const given = { ...(module === undefined ? {} : { module }), ...options }
  const names = Object.keys(slots) as Slot[]
  return {
    ...rest,
    spec: Object.keys(given).length > 0 ? { pooling: name, ...given } : name,
    identity: names.map((slot) => slots[slot]),
    bind(buffer, offset, slotStride, lanes) {
      const rows = {} as { [slot in Slot]: Float64Array }
      for (let s = 0; s < names.length; s++) rows[names[s]!] = buffer.subarray(offset + s * slotStride, offset + s * slotStride + lanes)
      return rows
    },
  }
}

/**
 * Both ways to add, for poolings that say how to add many rows at once. Lane by lane, with the lane's slots in variables, the rows cost V8 half of what they do one by one,
 * whose every value reads and writes every slot.
 */
export function inRuns<State>(addRun: (state: State, run: Run) => void): Required<Pick<Pooling<State>, 'add' | 'addRun'>> {
  const weights = new Float64Array(1)
  return {
    addRun,
    add(state, row, weight, index, bins) {
      weights[0] = weight
      addRun(state, { data: row, offset: 0, lanes: row.length, rows: 1, weights, index, bins })
    },
  }
}

/** Adds many rows at once where the pooling can, else one by one. */
export function addRun(pooling: Pooling, state: unknown, run: Run): void {
  if (pooling.addRun) {
    pooling.addRun(state, run)
    return
  }
  const { data, offset, lanes, rows, weights, index, bins } = run
  for (let k = 0; k < rows; k++) {
    const at = offset + k * lanes
    pooling.add(state, data.subarray(at, at + lanes), weights[k]!, index + k, bins)
  }
}

/**
 * States of one pooling in one buffer, so that saving, copying and transferring them is one call.
 * Beside its lanes each state keeps the sum of the weights it saw, merged along with it.
 */
export class Bank {
  readonly states: readonly unknown[]
  readonly #size: number

  constructor(
    readonly pooling: Pooling,
    readonly lanes: number,
    readonly buffer: Float64Array,
  ) {
    this.#size = Bank.size(pooling, lanes)
    this.states = Array.from({ length: buffer.length / this.#size }, (_, i) => this.part(i, 0, lanes))
  }

  /** Float64s in one state. */
  static size(pooling: Pooling, lanes: number): number {
    return pooling.identity.length * lanes + 1
  }

  /** A buffer of `count` states before any frame. */
  static fresh(pooling: Pooling, lanes: number, count: number): Float64Array {
    const size = count * Bank.size(pooling, lanes)
    // 2 GiB; asking for more ends the process, or gives an error that names nothing.
    if (size > 2 ** 28)
      throw new RangeError(
        `pooling: expected states of at most 2²⁸ numbers, got ${size} (${count} states of ${lanes} lanes); take a smaller window`,
      )
    const buffer = new Float64Array(size)
    if (pooling.identity.every((start) => start === 0)) return buffer
    const bank = new Bank(pooling, lanes, buffer)
    for (let i = 0; i < count; i++) bank.reset(i)
    return buffer
  }

  /** The lanes `from` (inclusive) to `to` (exclusive) of state `i`, as a state of their own. */
  part(i: number, from: number, to: number): unknown {
    return this.pooling.bind(this.buffer, i * this.#size + from, this.lanes, to - from)
  }

  /** The slots of state `i` as what they accumulate; undefined where the pooling does not say. */
  accumulators(i: number): Accumulators | undefined {
    const slot = (s: number) => this.buffer.subarray(i * this.#size + s * this.lanes, i * this.#size + (s + 1) * this.lanes)
    return this.pooling.accumulators && Object.fromEntries(this.pooling.accumulators.map((name, s) => [name, slot(s)]))
  }

  /** The sum of the weights that state `i` saw. */
  weight(i: number): number {
    return this.buffer[(i + 1) * this.#size - 1]!
  }

  /** Counts a frame's weight in state `i`; its lanes are the caller's to add. */
  weigh(i: number, weight: number): void {
    this.buffer[(i + 1) * this.#size - 1]! += weight
  }

  /** Counts the weights of the first `rows` of many frames, one by one, since sums of fractions depend on the order. */
  weighRows(i: number, weights: Float64Array, rows: number): void {
    let sum = this.weight(i)
    for (let k = 0; k < rows; k++) sum += weights[k]!
    this.buffer[(i + 1) * this.#size - 1] = sum
  }

  /** Puts state `i` back to before any frame. */
  reset(i: number): void {
    const { identity } = this.pooling
    const offset = i * this.#size
    // Equal slots at once: some poolings have thousands.
    for (let s = 0, from = 0; s < identity.length; s++) {
      if (identity[s] === identity[s + 1]) continue
      this.buffer.fill(identity[s]!, offset + from * this.lanes, offset + (s + 1) * this.lanes)
      from = s + 1
    }
    this.buffer[offset + this.#size - 1] = 0
  }

  copy(to: number, from: number): void {
    this.buffer.copyWithin(to * this.#size, from * this.#size, (from + 1) * this.#size)
  }

  /** Merges state `from`, which comes later in time, into state `into`. */
  merge(into: number, from: number): void {
    this.pooling.merge(this.states[into], this.states[from])
    this.weigh(into, this.weight(from))
  }
}
