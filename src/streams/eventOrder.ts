import { type Frames, type Layout, lanesOf } from '../core/frames.ts'
import { Soonest } from './soonest.ts'

/** An event that waits for its turn. */
export interface Held {
  readonly time: number
  readonly order: number
  readonly values: number | Float32Array
  readonly weight: number
}

/** How far a stream of events is, as plain data. */
export interface OrderState {
  /** A heap, as {@link Soonest} keeps it. */
  readonly held: Held[]
  /** Events so far, those among them that came too late left out, and frames given. */
  taken: number
  start: number
  latest: number
  /** Before when no frame that follows begins, and what was last said of that. */
  watermark: number
  told: number
}

export function noEvents(): OrderState {
  return { held: [], taken: 0, start: 0, latest: -Infinity, watermark: -Infinity, told: -Infinity }
}

/** Puts the events of one stream in order of time, within `lateness` seconds, and makes frames of them. All that it remembers is in its state. */
export class EventOrder {
  readonly #layout: Layout
  readonly #lateness: number
  readonly #state: OrderState
  readonly #held: Soonest<Held>

  constructor(layout: Layout, lateness: number, state: OrderState = noEvents()) {
    this.#layout = layout
    this.#lateness = lateness
    this.#state = state
    this.#held = new Soonest(state.held)
  }

  get latest(): number {
    return this.#state.latest
  }

  /** Takes an event that is not too late; says whether it was not. */
  take(time: number, values: number | Float32Array, weight: number): boolean {
    const state = this.#state
    if (time < state.watermark) return false
    this.#held.push({ time, order: state.taken++, values, weight })
    state.latest = Math.max(state.latest, time)
    this.reach(state.latest)
    return true
  }

  /** What is the latest time by now, whether an event says so or a clock. */
  reach(latest: number): void {
    this.#state.watermark = Math.max(this.#state.watermark, less(latest, this.#lateness))
  }

  /** Whether the watermark is news, which {@link give} has not told. */
  get waits(): boolean {
    return this.#state.watermark > this.#state.told
  }

  /** The frames whose turn it is, at most so many, and, with the last of them, that none before the watermark will come: where that is news, even if there are no frames. */
  give(most = Infinity): Frames | undefined {
    return this.#upTo(this.#state.watermark, this.waits, most)
  }

  /** The frames that are left at the end. */
  end(): Frames | undefined {
    return this.#upTo(Infinity, false, Infinity)
  }

  #upTo(until: number, waits: boolean, most: number): Frames | undefined {
    const layout = this.#layout
    const frames: Held[] = []
    for (let item = this.#held.take(until); item; item = this.#held.take(until)) if (frames.push(item) === most) break
    const { length } = frames
    const news = waits && length < most
    if (length < most) this.#state.told = this.#state.watermark
    if (length === 0 && !news) return undefined
    const lanes = lanesOf(layout)
    const [data, spans] = [new Float32Array(length * lanes), new Float64Array(2 * length)]
    let weighed = false
    for (let f = 0; f < length; f++) {
      const { time, values, weight } = frames[f]!
      if (typeof values === 'number') data[f] = values
      else data.set(values, f * lanes)
      spans[2 * f] = spans[2 * f + 1] = time
      weighed ||= weight !== 1
    }
    const { start } = this.#state
    this.#state.start += length
    return {
      layout,
      start,
      length,
      data,
      spans,
      ...(weighed && { weights: Float32Array.from(frames, ({ weight }) => weight) }),
      ...(news && { watermark: until }),
    }
  }
}

/** A difference of decimals as one has it on paper, so that what lies exactly on an edge does so here. */
function less(time: number, lateness: number): number {
  const exact = time - lateness
  const decimal = Math.round(exact * 1e6) / 1e6
  return Math.abs(decimal - exact) <= 4 * Number.EPSILON * Math.abs(time) ? decimal : exact
}
