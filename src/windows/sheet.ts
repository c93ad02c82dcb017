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
    ...(length === undefined ? {} : { length }),
    ...(input.live && { live: true }),
    names: { ...names, planes },
  }
}

/** A clock without a hop: its frames carry their spans. */
export function irregular({ unit, start }: Clock): Clock {
  return { unit, start }
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

/** Pooled frames on their way out of one push, written row by row from the states of regions. */
export class Sheet {
  readonly #layout: Layout
  readonly #bank: Bank
  readonly #bins: Bins
  readonly #merging: Merging | undefined
  #length = 0
  #marked = false
  #data: Float32Array
  #weights: Float32Array = new Float32Array(1)
  #boundaries: Uint8Array = new Uint8Array(1)
  #spans: Float64Array = new Float64Array(2)
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
    this.#out = Object.fromEntries(outputs.map((output, o) => [output, this.#row.subarray(o * lanes, (o + 1) * lanes)]))
    this.#data = new Float32Array(this.#width)
  }

  /** Writes the result of state `i`, whose region begins at frame `origin`, as the next frame. */
  write(i: number, origin: number, boundary: boolean, span: readonly [number, number] | undefined): void {
    const at = this.#length++
    if (at === this.#weights.length) this.#grow()
    const { pooling, states } = this.#bank
    pooling.result(this.#merging?.merge(this.#bank, i, 1) ?? states[i], this.#out, origin * this.#bins.step)
    this.#data.set(this.#row, at * this.#width)
    this.#weights[at] = weightOf(pooling, this.#bank.weight(i))
    this.#boundaries[at] = Number(boundary)
    this.#marked ||= boundary
    if (span) this.#spans.set(span, 2 * at)
  }

  #grow(): void {
    this.#data = doubled(this.#data)
    this.#weights = doubled(this.#weights)
    this.#boundaries = doubled(this.#boundaries)
    this.#spans = doubled(this.#spans)
  }

  /** The frames written since the last call, the first of them with index `start`. */
  take(start: number): Frames | undefined {
    const length = this.#length
    if (length === 0) return undefined
    this.#length = 0
    const data = this.#data.slice(0, length * this.#width)
    const frames: { -readonly [part in keyof Frames]: Frames[part] } = {
      layout: this.#layout,
      start,
      length,
      data,
      weights: this.#weights.slice(0, length),
    }
    if (this.#marked) frames.boundaries = this.#boundaries.slice(0, length)
    this.#marked = false
    if (this.#layout.clock.hop === undefined) frames.spans = this.#spans.slice(0, 2 * length)
    return frames
  }
}

function doubled<Values extends Float32Array | Float64Array | Uint8Array>(values: Values): Values {
  const grown = new (values.constructor as new (length: number) => Values)(2 * values.length)
  grown.set(values)
  return grown
}
