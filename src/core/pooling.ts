import { type Accumulator, accumulate, mergeAccumulators, type Rows, type Run, startsOf, sumOf } from './accumulators.ts'
import type { Json } from './check.ts'
import type { Layout } from './frames.ts'
import type { Telling } from './grid.ts'

/** A pooling as plain JSON: its name, its name and options, or a list of poolings. */
export type PoolingSpec = string | { readonly pooling: string; readonly [option: string]: Json } | readonly PoolingSpec[]

/** Where a pooling writes its results, one row an output, one float32 a lane. */
export type Outputs<Output extends string = string> = { readonly [output in Output]: Float32Array }

/** What a window comes to, in words that kernels know: the peak is the largest |x|, norm2 √Σwx², power3 ∛(Σw|x|³ / Σw). */
export type Measure = 'max' | 'min' | 'peak' | 'sum' | 'mean' | `norm${Exponent}` | `power${Exponent}` | 'std' | Form | 'argmax' | 'argmin'
/** Variance m₂, skewness m₃ / m₂^1.5, kurtosis m₄ / m₂², and less 3 its excess, as `moments` has them. */
type Form = 'variance' | 'skewness' | 'kurtosis' | 'excess'
type Exponent = 1 | 2 | 3 | 4 | 5 | 6

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

/** What a pooling is fitted to. */
export interface Shape {
  readonly input: Layout
  /** Lanes of a result. */
  readonly lanes: number
  /** Values of one lane in a region, at most; Infinity where it may have no end. */
  readonly taps: number
}

/**
 * What is computed over a region: an aggregation whose partial results merge.
 *
 * A state is a few rows (slots) of float64, one value a lane, inside a buffer that the machine owns. `add` gets runs of seen frames in order of time, `merge` a state that
 * comes later in time or from the next bin: 2-D pooling merges what each bin came to. `result` leaves the state as it was.
 *
 * Positions, for poolings that tell where: in 1-D the frame's index; in 2-D index × bins + bin, so that position − `origin` counts row by row from the region's first frame.
 */
export interface Pooling<State = unknown, Output extends string = string> {
  readonly spec: PoolingSpec
  readonly about: About
  /** The state before any frame, one number per slot. */
  readonly identity: readonly number[]
  readonly outputs: readonly Output[]
  /** What the slots accumulate, in their order, where that is all that `add` does: kernels then add many rows at once. */
  readonly accumulators?: readonly Accumulator[]
  /** What the outputs are, one each, or what `blend` makes them of: kernels then pool many windows at once. */
  readonly measures?: readonly Measure[]
  /** For measures that ask where a value is: how kernels tell. Without it such windows are pooled by `add`. */
  readonly locate?: Telling
  /** Outputs from measures, as `result` has them: rows of equal length, one each. */
  blend?(measures: readonly Float32Array[], out: Outputs<Output>): void
  /** Where there is one output and `blend` adds up measures times numbers: these. 0 leaves its measure out. */
  readonly shares?: readonly number[]
  /** Poolings side by side, whose outputs these are in their order. */
  readonly parts?: readonly Pooling[]
  /** Poolings whose slots these are in their order, where they are several. */
  readonly holders?: readonly Pooling[]
  /** Grows with the number of frames (sum, lp): a pooled frame then weighs 1 if it saw anything, not the sum of the weights. */
  readonly extensive?: true
  /** Merging gives the bits of adding one by one. */
  readonly exact?: boolean
  /** Goes by where values are in the region, or in the sequence, so that padding, which is nowhere, cannot count. */
  readonly positional?: 'region' | 'sequence'
  /** Keeps the values of a region, which must be finite; its windows are pooled from their frames, not slid. 'order': by the order of taps, so that it gets unseen ones too, with weight 0. */
  readonly keeps?: 'values' | 'order'
  /** Lanes interact: rows are whole frames, so there is no 2-D. 'one': and each output is one number for the frame. */
  readonly across?: 'lanes' | 'one'
  /** The same pooling for such frames and regions. Throws where they do not fit. */
  fit?(shape: Shape): Pooling<State, string>
  /** The state that lives in `buffer` from `offset` on, each slot `slotStride` further, over `lanes` lanes. */
  bind(buffer: Float64Array, offset: number, slotStride: number, lanes: number): State
  add(state: State, run: Run): void
  merge(into: State, from: State): void
  result(state: State, out: Outputs<Output>, origin: number): void
}

interface Named<Output extends string> {
  name: string
  /** `import.meta.url` of the module that exports the pooling under its name, so that a pipeline in JSON finds it. */
  module?: string
  outputs: readonly Output[]
  about: About
  /** What the pooling was made with, for its spec. */
  options?: { readonly [option: string]: Json }
  extensive?: true
  exact?: boolean
  positional?: 'region' | 'sequence'
}

/** What a pooling's author writes: slots, and how they are added to and merged. */
export interface PoolingDefinition<Slot extends string, Output extends string> extends Named<Output> {
  /** Slots and their values before any frame. */
  slots: { readonly [slot in Slot]: number }
  measures?: readonly Measure[]
  locate?: Telling
  add(state: Rows<Slot>, run: Run): void
  merge(into: Rows<Slot>, from: Rows<Slot>): void
  result(state: Rows<Slot>, out: Outputs<Output>, origin: number): void
}

/** Or what slots accumulate, which then need no more said of them. */
export interface AccumulatedDefinition<Slot extends Accumulator, Output extends string> extends Named<Output> {
  accumulators: readonly Slot[]
  measures?: readonly Measure[]
  blend?(measures: readonly Float32Array[], out: Outputs<Output>): void
  shares?: readonly number[]
  result(state: Rows<Slot>, out: Outputs<Output>, origin: number): void
}

/**
 * Makes a pooling from its formula. It then runs globally, in 1-D and 2-D windows, sliding, adaptive and in pyramids, streams, merges and resumes.
 *
 * Shape: lanes in → outputs × lanes out. Frames arrive in runs: `rows` rows of `lanes` values each from `offset` on, each with a weight > 0.
 *
 * @example
 * const range = definePooling({
 *   name: 'range', slots: { low: Infinity, high: -Infinity }, outputs: ['range'],
 *   about: { formula: 'max x − min x', source: '', use: '', example: { input: [1, 5, 2], output: [4] }, empty: -Infinity },
 *   add({ low, high }, { data, offset, lanes, rows }) {
 *     for (let j = 0; j < rows * lanes; j++) {
 *       low[j % lanes] = Math.min(low[j % lanes], data[offset + j])
 *       high[j % lanes] = Math.max(high[j % lanes], data[offset + j])
 *     }
 *   },
 *   merge(into, from) {
 *     for (let i = 0; i < into.low.length; i++) { into.low[i] = Math.min(into.low[i], from.low[i]); into.high[i] = Math.max(into.high[i], from.high[i]) }
 *   },
 *   result({ low, high }, out) { for (let i = 0; i < low.length; i++) out.range[i] = high[i] - low[i] },
 * })
 */
export function definePooling<Slot extends string, Output extends string>(
  definition: PoolingDefinition<Slot, Output>,
): Pooling<Rows<Slot>, Output>
export function definePooling<Slot extends Accumulator, Output extends string>(
  definition: AccumulatedDefinition<Slot, Output>,
): Pooling<Rows<Slot>, Output>
export function definePooling<Slot extends string, Output extends string>(
  definition: PoolingDefinition<Slot, Output> | AccumulatedDefinition<Slot & Accumulator, Output>,
): Pooling<Rows<Slot>, Output> {
  const { name, module, options, ...rest } = definition
  const given = { ...(module !== undefined && { module }), ...options }
  const spec = Object.keys(given).length > 0 ? { pooling: name, ...given } : name
  if ('accumulators' in rest) return { ...rest, spec, ...accumulating(rest.accumulators) } as Pooling<Rows<Slot>, Output>
  const { slots, ...own } = rest
  const names = Object.keys(slots) as Slot[]
  return { ...own, spec, identity: names.map((slot) => slots[slot]), bind: binding(names) }
}

/** A state of accumulators: all that a pooling of them needs but its result. */
export function accumulating<Slot extends Accumulator>(
  accumulators: readonly Slot[],
): Pick<Pooling<Rows<Slot>>, 'accumulators' | 'identity' | 'bind' | 'add' | 'merge'> {
  return { accumulators, identity: startsOf(accumulators), bind: binding(accumulators), add: accumulate, merge: mergeAccumulators }
}

function binding<Slot extends string>(names: readonly Slot[]): Pooling<Rows<Slot>>['bind'] {
  return (buffer, offset, slotStride, lanes) => {
    const rows = {} as { [slot in Slot]: Float64Array }
    for (let s = 0; s < names.length; s++) rows[names[s]!] = buffer.subarray(offset + s * slotStride, offset + s * slotStride + lanes)
    return rows
  }
}

/** A pooling and a state of it. */
export type Holding = readonly [holder: Pooling, state: unknown]

/**
 * States of one pooling in one buffer, so that saving, copying and transferring them is one call.
 * Beside its lanes each state keeps the sum of the weights it saw, merged along with it.
 */
export class Bank {
  /** How many there are. */
  readonly count: number
  readonly #size: number
  readonly #states: unknown[]

  constructor(
    readonly pooling: Pooling,
    readonly lanes: number,
    readonly buffer: Float64Array,
  ) {
    this.#size = Bank.size(pooling, lanes)
    this.count = buffer.length / this.#size
    this.#states = Array(this.count)
  }

  /** Float64s in one state. */
  static size(pooling: Pooling, lanes: number): number {
    return pooling.identity.length * lanes + 1
  }

  /** Refuses more than 2 GiB of states: asking for it ends the process, or gives an error that names nothing. */
  static check(pooling: Pooling, lanes: number, count: number): void {
    const size = count * Bank.size(pooling, lanes)
    if (size > 2 ** 28) throw new RangeError(`pooling: states must be at most 2²⁸ numbers, got ${size}; take a smaller window`)
  }

  /** A buffer of `count` states, those from the one at `from` on before any frame; the others are for whoever copies there first. */
  static fresh(pooling: Pooling, lanes: number, count: number, from = 0): Float64Array {
    Bank.check(pooling, lanes, count)
    const buffer = new Float64Array(count * Bank.size(pooling, lanes))
    for (let i = from; i < count; i++) clear(pooling, lanes, buffer, i)
    return buffer
  }

  /** State `i`, made when it is first asked for: windows of hours have millions of them. */
  state(i: number): unknown {
    this.#states[i] ??= this.part(i)
    return this.#states[i]
  }

  /** The lanes `from` (inclusive) to `to` (exclusive) of state `i`, as a state of their own. */
  part(i: number, from = 0, to: number = this.lanes): unknown {
    return this.pooling.bind(this.buffer, i * this.#size + from, this.lanes, to - from)
  }

  /** The lanes `from` (inclusive) to `to` (exclusive) of state `i`, as states of the poolings that hold its slots. */
  held(i: number, from = 0, to: number = this.lanes): readonly Holding[] {
    const { holders = [this.pooling] } = this.pooling
    let at = i * this.#size + from
    return holders.map((holder) => {
      const state = holder.bind(this.buffer, at, this.lanes, to - from)
      at += holder.identity.length * this.lanes
      return [holder, state] as const
    })
  }

  /** The sum of the weights that state `i` saw. */
  weight(i: number): number {
    return this.buffer[(i + 1) * this.#size - 1]!
  }

  /** Counts a frame's weight in state `i`; its lanes are the caller's to add. */
  weigh(i: number, weight: number): void {
    this.buffer[(i + 1) * this.#size - 1]! += weight
  }

  /** Counts the weights of rows `from` to `to`, absent for 1, one by one, since sums of fractions depend on the order. */
  weighRows(i: number, weights: Float32Array | undefined, from: number, to: number): void {
    this.buffer[(i + 1) * this.#size - 1] = sumOf(weights, from, to, this.weight(i))
  }

  /** Puts state `i` back to before any frame. */
  reset(i: number): void {
    clear(this.pooling, this.lanes, this.buffer, i)
  }

  copy(to: number, from: number): void {
    this.buffer.copyWithin(to * this.#size, from * this.#size, (from + 1) * this.#size)
  }

  /** Merges state `from`, which comes later in time, into state `into`. */
  merge(into: number, from: number): void {
    this.pooling.merge(this.state(into), this.state(from))
    this.weigh(into, this.weight(from))
  }
}

function clear({ identity }: Pooling, lanes: number, buffer: Float64Array, i: number): void {
  const offset = i * (identity.length * lanes + 1)
  // Equal slots at once: some poolings have thousands.
  for (let s = 0, from = 0; s < identity.length; s++) {
    if (Object.is(identity[s], identity[s + 1])) continue
    buffer.fill(identity[s]!, offset + from * lanes, offset + (s + 1) * lanes)
    from = s + 1
  }
  buffer[offset + identity.length * lanes] = 0
}
