import type { Clock, Frames, Layout } from '../core/frames.ts'
import { Bank, type Outputs, type Pooling } from '../core/pooling.ts'
import type { Bins, Merging } from './bins.ts'
import { Entrance } from './states.ts'

/** The layout of pooled frames: the planes are outputs × input planes, output slowest. */
export function pooledLayout(pooling: Pooling, { input, names: bins }: Bins, clock: Clock, length: number | undefined): Layout {
  const names = pooling.across === 'one' ? { planes: [''], bins: [''], channels: [''] } : { ...input.names, bins }
  const planes = pooling.outputs.flatMap((output) => names.planes.map((plane) => [plane, output].filter(Boolean).join('.')))
  return {
    planes: planes.length,
    bins: names.bins.length,
    channels: names.channels.length,
    clock,
    ...(length !== undefined && { length }),
    ...(input.live && { live: true }),
    names: { ...names, planes },
  }
}

/** Rows of so many values that follow one another in memory from `at` on, by the names of what they are of. */
export function rowsOf(names: readonly string[], data: Float32Array, at: number, size: number): Outputs {
  const rows: { [name: string]: Float32Array } = {}
  for (let n = 0; n < names.length; n++) rows[names[n]!] = data.subarray(at + n * size, at + (n + 1) * size)
  return rows
}

/** A clock without a hop: its frames carry their spans. What runs windows of time over it stays. */
export function irregular({ hop: _, span: __, ...clock }: Clock): Clock {
  return clock
}

/** What a pooled frame weighs: what it saw, or where that is in it already, 1 for anything. */
export function weightOf({ extensive }: Pooling, seen: number): number {
  return extensive ? Number(seen > 0) : seen
}

/** What a way that runs on states works with: the states in a buffer, how frames enter them, and how their results leave. */
export function statesIn(
  buffer: Float64Array,
  layout: Layout,
  pooling: Pooling,
  bins: Bins,
): { readonly bank: Bank; readonly entrance: Entrance; readonly sheet: Sheet } {
  const bank = new Bank(pooling, bins.width, buffer)
  return { bank, entrance: new Entrance(bank, bins), sheet: new Sheet(layout, bank, bins) }
}

/** A buffer of twice as many states, at most `most`, the first of which are those there are. */
export function grown(pooling: Pooling, lanes: number, states: Float64Array, most = Infinity): Float64Array {
  const all = Bank.fresh(pooling, lanes, Math.min(most, (2 * states.length) / Bank.size(pooling, lanes)))
  all.set(states)
  return all
}

/** Pooled frames on their way out of one push, written row by row from the states of regions. */
export class Sheet {
  readonly #layout: Layout
  readonly #bank: Bank
  readonly #bins: Bins
  readonly #merging: Merging | undefined
  #data: Float32Array
  #weights: number[] = []
  #boundaries: number[] = []
  #spans: number[] = []
  readonly #width: number
  readonly #row: Float32Array
  readonly #out: Outputs

  constructor(layout: Layout, bank: Bank, bins: Bins) {
    this.#layout = layout
    this.#bank = bank
    this.#bins = bins
    this.#merging = bins.windows?.merging(bank.pooling)
    const { outputs, across } = bank.pooling
    const lanes = across === 'one' ? 1 : bins.lanes
    this.#width = outputs.length * lanes
    this.#row = new Float32Array(this.#width)
    this.#out = rowsOf(outputs, this.#row, 0, lanes)
    this.#data = new Float32Array(this.#width)
  }

  /** Writes the result of state `i`, whose region begins at frame `origin`, as the next frame. */
  write(i: number, origin: number, boundary: boolean, span: readonly [number, number] | undefined): void {
    const at = this.#weights.length * this.#width
    if (at === this.#data.length) {
      const data = new Float32Array(2 * at)
      data.set(this.#data)
      this.#data = data
    }
    const { pooling } = this.#bank
    pooling.result(this.#merging?.merge(this.#bank, i, 1) ?? this.#bank.state(i), this.#out, origin * this.#bins.step)
    this.#data.set(this.#row, at)
    this.#weights.push(weightOf(pooling, this.#bank.weight(i)))
    this.#boundaries.push(Number(boundary))
    if (span) this.#spans.push(...span)
  }

  /** The frames written since the last call, the first of them with index `start`. */
  take(start: number): Frames | undefined {
    const { length } = this.#weights
    if (length === 0) return undefined
    const frames: Frames = {
      layout: this.#layout,
      start,
      length,
      data: this.#data.slice(0, length * this.#width),
      weights: Float32Array.from(this.#weights),
      ...(this.#boundaries.includes(1) && { boundaries: Uint8Array.from(this.#boundaries) }),
      ...(this.#layout.clock.hop === undefined && { spans: Float64Array.from(this.#spans) }),
    }
    this.#weights = []
    this.#boundaries = []
    this.#spans = []
    return frames
  }
}
