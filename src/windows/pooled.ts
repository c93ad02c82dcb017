import type { Values } from '../core/frames.ts'
import { Bank, type Outputs, type Pooling } from '../core/pooling.ts'
import type { Taps } from '../core/window.ts'
import { poolWindows } from '../kernels/windows.ts'
import { type Bins, Merging } from './bins.ts'
import { Entrance } from './states.ts'

/** Rows of frames that windows are pooled from; taps count from the first, which is frame `index` of the sequence. */
export interface Source {
  readonly data: Values
  /** Where the first row begins, in values. */
  readonly offset: number
  readonly rows: number
  /** One a row, finite and ≥ 0; absent for 1. */
  readonly weights?: Float32Array | undefined
  readonly index: number
}

// Values of windows that are pooled at once, so that they stay in the cache.
const inCache = 2 ** 14
const alone: Taps = { firsts: Int32Array.of(0), counts: Int32Array.of(1), step: 1 }

/**
 * Pools windows over rows of frames, and over their bins: the one way that windows of bounded size run, of streams and of tensors.
 *
 * Each bin is pooled over time first, in the order of the frames; then the bins of a window are merged, in ascending order. A kernel does it where the pooling says what its
 * outputs measure; else `add`, `merge` and `result`, to which windows that are seen alike are lanes side by side. Both give the same bits.
 */
export class Pooled {
  /** Values of a pooled frame: outputs × lanes. */
  readonly width: number
  readonly #pooling: Pooling
  readonly #bins: Bins
  readonly #lanes: number
  readonly #parts: readonly Pooled[]
  #merging: Merging | undefined
  #measured: Float32Array = new Float32Array(0)
  #results: Float32Array = new Float32Array(0)
  #gathered: Values = new Float32Array(0)
  #places: Int32Array = new Int32Array(0)
  #ones: Float64Array = new Float64Array(0)
  #single: { readonly bank: Bank; readonly entrance: Entrance } | undefined
  #several: Bank | undefined

  constructor(pooling: Pooling, bins: Bins) {
    this.#pooling = pooling
    this.#bins = bins
    this.#lanes = pooling.across === 'one' ? 1 : bins.lanes
    this.width = pooling.outputs.length * this.#lanes
    // What kernels know of a list they do, whatever else is in it.
    this.#parts = pooling.parts && !pooling.measures ? pooling.parts.map((part) => new Pooled(part, bins)) : []
  }

  /** Writes the pooled frames of the windows one after the other into `out` from `at` on, each `pitch` values after the one before it. */
  pool(source: Source, tall: Taps, out: Float32Array, at = 0, pitch: number = this.width): void {
    if (tall.firsts.length === 0) return
    let from = at
    for (const part of this.#parts) {
      part.pool(source, tall, out, from, pitch)
      from += part.width
    }
    if (this.#parts.length === 0 && !this.#measure(source, tall, out, at, pitch)) this.#add(source, tall, out, at, pitch)
  }

  /** By a kernel, where there is one. */
  #measure({ data, offset, rows, weights }: Source, tall: Taps, out: Float32Array, at: number, pitch: number): boolean {
    const { measures } = this.#pooling
    const { input, windows, wide = alone, width } = this.#bins
    if (!measures || !(data instanceof Float32Array) || (windows && wide === alone)) return false
    const grid = windows
      ? { images: input.planes, apart: input.bins * input.channels, columns: input.bins, channels: input.channels }
      : { images: 1, apart: 0, columns: 1, channels: width }
    const all = { ...grid, data, offset, rows, pitch: width, weights }
    const image = this.#lanes / grid.images
    if (!this.#pooling.blend) return poolWindows(measures, all, tall, wide, { data: out, offset: at, image, row: pitch, measure: this.#lanes })
    const most = Math.max(1, Math.floor(inCache / this.#lanes))
    for (let y = 0; y < tall.firsts.length; y += most) {
      const some: Taps = { ...tall, firsts: tall.firsts.subarray(y, y + most), counts: tall.counts.subarray(y, y + most) }
      const count = some.firsts.length
      const size = count * this.#lanes
      if (this.#measured.length < measures.length * size) this.#measured = new Float32Array(measures.length * size)
      const measured = this.#measured
      if (!poolWindows(measures, all, some, wide, { data: measured, offset: 0, image, row: this.#lanes, measure: size })) return false
      const values = measures.map((_, m) => measured.subarray(m * size, (m + 1) * size))
      this.#write(count, out, at + y * pitch, pitch, (outputs: Outputs) => this.#pooling.blend!(values, outputs))
    }
    return true
  }

  /** Lets `fill` write the outputs of `count` windows, each in a row of its own, and puts them where they belong. */
  #write(count: number, out: Float32Array, at: number, pitch: number, fill: (outputs: Outputs) => void): void {
    const { outputs } = this.#pooling
    const size = count * this.#lanes
    const inPlace = outputs.length === 1 && (pitch === this.#lanes || count === 1)
    if (!inPlace && this.#results.length < outputs.length * size) this.#results = new Float32Array(outputs.length * size)
    const rows = inPlace ? out.subarray(at, at + size) : this.#results
    const views: { [output: string]: Float32Array } = {}
    for (let o = 0; o < outputs.length; o++) views[outputs[o]!] = rows.subarray(o * size, (o + 1) * size)
    fill(views)
    if (inPlace) return
    for (let o = 0; o < outputs.length; o++)
      for (let w = 0; w < count; w++) {
        const [from, to] = [o * size + w * this.#lanes, at + w * pitch + o * this.#lanes]
        for (let lane = 0; lane < this.#lanes; lane++) out[to + lane] = rows[from + lane]!
      }
  }

  /** By `add`, `merge` and `result`: as many windows at once as read equally many rows that all weigh 1. */
  #add(source: Source, tall: Taps, out: Float32Array, at: number, pitch: number): void {
    const { width } = this.#bins
    const { across, keeps, positional, identity } = this.#pooling
    const { counts, firsts } = tall
    // What is added and what it is added to stay in the nearest cache.
    const slots = Math.max(2 * identity.length, keeps ? 64 : 1)
    const fits = (count: number) => (across || positional === 'sequence' ? 1 : Math.max(1, Math.floor(inCache / (width * Math.max(count, slots)))))
    const even = seenAlike(source)
    for (let y = 0; y < firsts.length; ) {
      let to = y + 1
      const most = fits(counts[y]!)
      if (even) while (to < firsts.length && to - y < most && counts[to] === counts[y]) to++
      const count = to - y
      const bank = count === 1 ? this.#addRows(source, tall, y) : this.#addBeside(source, tall, y, count)
      const origin = count === 1 ? (source.index + firsts[y]!) * this.#bins.step : 0
      this.#finish(bank, count, origin, out, at + y * pitch, pitch)
      y = to
    }
  }

  /** The rows of one window, as they stand. */
  #addRows(source: Source, { firsts, counts, step: dilation }: Taps, y: number): Bank {
    const { width } = this.#bins
    if (!this.#single) {
      const bank = new Bank(this.#pooling, width, Bank.fresh(this.#pooling, width, 1))
      this.#single = { bank, entrance: new Entrance(bank, this.#bins) }
    }
    const { bank, entrance } = this.#single
    bank.reset(0)
    const first = firsts[y]!
    const last = first + counts[y]! * dilation
    const rows = dilation === 1 ? counts[y]! : 1
    for (let row = first; row < last; row += dilation === 1 ? rows : dilation) entrance.add(0, source, row, row + rows, source.index + row)
    return bank
  }

  /** The rows of several windows side by side: first taps, second taps, and so on. */
  #addBeside({ data, offset }: Source, { firsts, counts, step: dilation }: Taps, y: number, windows: number): Bank {
    const { width, step } = this.#bins
    const lanes = windows * width
    if (this.#several?.lanes !== lanes) this.#several = new Bank(this.#pooling, lanes, Bank.fresh(this.#pooling, lanes, 1))
    else this.#several.reset(0)
    const bank = this.#several
    const count = counts[y]!
    const some = Math.min(count, Math.max(1, Math.floor((4 * inCache) / lanes)))
    if (this.#gathered.length < some * lanes || this.#gathered.constructor !== data.constructor)
      this.#gathered = new (data.constructor as new (length: number) => Values)(some * lanes)
    if (this.#ones.length < some) this.#ones = new Float64Array(some).fill(1)
    const [gathered, weights] = [this.#gathered, this.#ones]
    const places = this.#placesBeside(windows)
    for (let k = 0; k < count; k += some) {
      const rows = Math.min(some, count - k)
      for (let r = 0; r < rows; r++)
        for (let w = 0; w < windows; w++) {
          const from = offset + (firsts[y + w]! + (k + r) * dilation) * width
          const to = r * lanes + w * width
          if (width > 256) gathered.set(data.subarray(from, from + width), to)
          else for (let i = 0; i < width; i++) gathered[to + i] = data[from + i]!
        }
      // Positions from the first frame of each window on, so that they are alike.
      const position = k * dilation * step
      this.#pooling.add(bank.states[0], { data: gathered, offset: 0, lanes, rows, weights, index: position, step: dilation * step, places })
    }
    return bank
  }

  /** The places of the values of as many frames side by side. */
  #placesBeside(windows: number): Int32Array | undefined {
    const { width, places } = this.#bins
    if (places && this.#places.length !== windows * width) {
      this.#places = new Int32Array(windows * width)
      for (let w = 0; w < windows; w++) this.#places.set(places, w * width)
    }
    return places && this.#places
  }

  #finish(bank: Bank, count: number, origin: number, out: Float32Array, at: number, pitch: number): void {
    if (this.#bins.windows) this.#merging ??= new Merging(this.#pooling, this.#bins)
    const [state] = (this.#merging?.merge(bank, 0, count) ?? bank).states
    this.#write(count, out, at, pitch, (outputs: Outputs) => this.#pooling.result(state, outputs, origin))
  }
}

/** Whether all rows weigh 1. */
function seenAlike({ weights }: Source): boolean {
  if (weights) for (let row = 0; row < weights.length; row++) if (weights[row] !== 1) return false
  return true
}
