import type { Frames, Layout, Values } from '../core/frames.ts'
import { Bank, type Pooling } from '../core/pooling.ts'
import { allTaps, extentOf, listsOf, type Taps, type Window } from '../core/window.ts'

/** Which bins of a frame a pooled bin is made of: each for itself (1-D), or windows over the bins (2-D). */
export interface Bins {
  /** The frames that are pooled. */
  readonly input: Layout
  readonly names: readonly string[]
  /** Values of a frame, and of an output of a pooled one. */
  readonly width: number
  readonly lanes: number
  /** Bins in one pooled bin, at most. */
  readonly taps: number
  readonly windows?: BinWindows
  /** Positions from one frame to the next, and of each value of a frame. */
  readonly step: number
  readonly places?: Int32Array
}

/** 2-D: what windows over the bins ask for, which 1-D does without. */
export interface BinWindows {
  /** The windows as one rule where they follow one. */
  readonly wide: Taps | undefined
  /** @throws TypeError for a pooling that does not go over them */
  check(pooling: Pooling): void
  /** A block with the zeros that count. */
  wider<Data extends Values>(frames: Frames<Data>): Frames<Data>
  merging(pooling: Pooling): Merging
}

/** Every bin for itself: 1-D pooling. */
export function everyBin(input: Layout): Bins {
  const width = input.planes * input.bins * input.channels
  return { input, names: input.names.bins, width, lanes: width, taps: 1, step: 1 }
}

/** Pooled bins, each from a list of bins in ascending order, empty where its window lies in the padding: 2-D pooling. */
export function pooledBins(input: Layout, windows: readonly (readonly number[])[], wide?: Taps): Bins {
  return binsOf(input, 0, input.names.bins, windows, wide)
}

/** Windows over the bins by a rule, over zeros at either end too where padding counts. */
export function windowedBins(input: Layout, window: Window): Bins {
  const { low, high } = extentOf(window, input.bins)
  const wide = allTaps(window, input.bins)
  const none = (count: number) => new Array<undefined>(count)
  const names = [...none(-low), ...input.names.bins, ...none(high - input.bins)]
  return binsOf(widerLayout(input, -low, high - input.bins), -low, names, listsOf(wide), wide)
}

function binsOf(
  input: Layout,
  before: number,
  names: readonly (string | undefined)[],
  windows: readonly (readonly number[])[],
  wide: Taps | undefined,
): Bins {
  const { planes, bins, channels } = input
  const taps = windows.reduce((most, { length }) => Math.max(most, length), 0)
  const pooled: Bins = {
    input,
    names: poolNames(names, windows),
    width: planes * bins * channels,
    lanes: planes * windows.length * channels,
    taps,
    windows: {
      wide,
      check: (pooling) => check(pooling, windows, taps),
      wider: (frames) => wider(frames, input, before),
      merging: (pooling) => new Merging(pooling, pooled, windows),
    },
    step: bins,
    places: Int32Array.from({ length: planes * bins * channels }, (_, i) => Math.floor(i / channels) % bins),
  }
  return pooled
}

/** The pooling as it runs over these bins, regions having at most so many frames. */
export function fitted(pooling: Pooling, bins: Bins, most: number): Pooling {
  bins.windows?.check(pooling)
  return pooling.fit?.({ input: bins.input, lanes: bins.lanes, taps: most * bins.taps }) ?? pooling
}

function check({ spec, across, keeps }: Pooling, windows: readonly (readonly number[])[], taps: number): void {
  const name = JSON.stringify(spec)
  if (across) throw new TypeError(`pooling: ${name} pools whole frames, so expected a 1-D window, got a 2-D one`)
  if (keeps === 'order' && windows.some(({ length }) => length < taps))
    throw new TypeError(
      `pooling: ${name} goes by the order of taps, so expected windows over bins that are full, got padding; give includePad: true`,
    )
}

/**
 * States of pooled bins from those of the bins, tap by tap in ascending order. Several windows over time may stand side by side: a state then has the lanes of each, one after
 * the other.
 */
export class Merging {
  /** For each tap of the windows and each of their lanes, the lane of the bin; −1 where a window has no such tap. */
  readonly #sources: readonly Int32Array[]
  readonly #bins: Bins
  readonly #pooling: Pooling
  #pooled: Bank | undefined
  #more: Bank | undefined
  #count = 0
  #states: readonly unknown[] = []

  constructor(pooling: Pooling, bins: Bins, windows: readonly (readonly number[])[]) {
    const { planes, bins: count, channels } = bins.input
    this.#pooling = pooling
    this.#bins = bins
    this.#sources = Array.from({ length: Math.max(1, bins.taps) }, (_, k) =>
      Int32Array.from({ length: planes * windows.length * channels }, (_, lane) => {
        const [channel, place] = [lane % channels, Math.floor(lane / channels)]
        const bin = windows[place % windows.length]![k]
        return bin === undefined ? -1 : (Math.floor(place / windows.length) * count + bin) * channels + channel
      }),
    )
  }

  /** One state of `count` windows, from one over all their bins; what it is next time, too. */
  merge(columns: Bank, state: number, count: number): unknown {
    const lanes = count * this.#bins.lanes
    if (!this.#pooled || this.#pooled.lanes < lanes) {
      this.#pooled = new Bank(this.#pooling, lanes, Bank.fresh(this.#pooling, lanes, 1))
      this.#more = new Bank(this.#pooling, lanes, Bank.fresh(this.#pooling, lanes, 1))
      this.#count = 0
    }
    if (this.#count !== count) this.#states = [this.#pooled.part(0, 0, lanes), this.#more!.part(0, 0, lanes)]
    this.#count = count
    const [pooled, more] = this.#states
    this.#gather(columns, state, count, 0, this.#pooled)
    for (let k = 1; k < this.#sources.length; k++) {
      this.#gather(columns, state, count, k, this.#more!)
      this.#pooling.merge(pooled, more)
    }
    return pooled
  }

  #gather(columns: Bank, state: number, count: number, k: number, into: Bank): void {
    const { width, lanes } = this.#bins
    const { identity } = this.#pooling
    const sources = this.#sources[k]!
    const { buffer: from } = columns
    const { buffer: to } = into
    const first = state * Bank.size(this.#pooling, columns.lanes)
    for (let slot = 0; slot < identity.length; slot++) {
      const start = identity[slot]!
      for (let w = 0; w < count; w++) {
        const source = first + slot * columns.lanes + w * width
        const target = slot * into.lanes + w * lanes
        for (let lane = 0; lane < lanes; lane++) {
          const at = sources[lane]!
          to[target + lane] = at < 0 ? start : from[source + at]!
        }
      }
    }
  }
}

/** 'mel0-mel3' for a window from mel0 to mel3, numbered where several are over the same; nothing for the only one. */
function poolNames(names: readonly (string | undefined)[], windows: readonly (readonly number[])[]): string[] {
  if (windows.length === 1) return ['']
  const taken = new Map<string, number>()
  return windows.map((window) => {
    const inside = window.filter((bin) => names[bin] !== undefined)
    const first = names[inside[0]!] ?? ''
    const last = names[inside.at(-1)!] ?? ''
    const name = first === last ? first : `${first}-${last}`
    const count = (taken.get(name) ?? 0) + 1
    taken.set(name, count)
    return count === 1 || name === '' ? name : `${name}.${count}`
  })
}

/** The layout with bins of zeros before and after those of each plane, which count; their names are none. */
function widerLayout(input: Layout, before: number, after: number): Layout {
  if (before + after === 0) return input
  const none = (count: number) => new Array<string>(count).fill('')
  return {
    ...input,
    bins: before + input.bins + after,
    names: { ...input.names, bins: [...none(before), ...input.names.bins, ...none(after)] },
  }
}

function wider<Data extends Values>(frames: Frames<Data>, layout: Layout, before: number): Frames<Data> {
  const { planes, bins, channels } = frames.layout
  if (layout.bins === bins) return frames
  const data = new (frames.data.constructor as new (length: number) => Data)(frames.length * planes * layout.bins * channels)
  for (let row = 0; row < frames.length * planes; row++)
    data.set(frames.data.subarray(row * bins * channels, (row + 1) * bins * channels), (row * layout.bins + before) * channels)
  return { ...frames, layout, data }
}
