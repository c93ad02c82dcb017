import type { Values } from '../core/frames.ts'
import { Bank, type Outputs, type Pooling } from '../core/pooling.ts'
import type { Taps } from '../core/window.ts'
import { WindowKernel } from '../kernels/windows.ts'
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
  readonly #kernel: WindowKernel | undefined
  /** From the results of one plane to those of the next. */
  readonly #plane: number
  #merging: Merging | undefined
  #measured: Float32Array = new Float32Array(0)
  #measures: readonly Float32Array[] = []
  #results: Float32Array = new Float32Array(0)
  #gathered: Values = new Float32Array(0)
  #ones: Float64Array = new Float64Array(0)
  #single: { readonly bank: Bank; readonly entrance: Entrance } | undefined
  #several: Bank | undefined

  constructor(pooling: Pooling, bins: Bins) {
    this.#pooling = pooling
    this.#bins = bins
    this.#lanes = pooling.across === 'one' ? 1 : bins.lanes
    this.width = pooling.outputs.length * this.#lanes
    const { input, windows, wide = windows ? undefined : alone, width } = bins
    const { planes, bins: columns, channels } = input
    const shape = windows
      ? { images: planes, apart: columns * channels, pitch: width, columns, channels }
      : { images: 1, apart: 0, pitch: width, columns: 1, channels: width }
    this.#plane = this.#lanes / shape.images
    this.#kernel = pooling.measures && wide && new WindowKernel(pooling.measures, shape, wide)
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
  #measure(source: Source, tall: Taps, out: Float32Array, at: number, pitch: number): boolean {
    const kernel = this.#kernel
    if (!kernel || !(source.data instanceof Float32Array)) return false
    const rows = source as Source & { data: Float32Array }
    const [lanes, image] = [this.#lanes, this.#plane]
    if (!this.#pooling.blend) return kernel.pool(rows, tall, { data: out, offset: at, image, row: pitch, measure: lanes })
    const windows = tall.firsts.length
    const most = Math.max(1, Math.floor(inCache / lanes))
    for (let y = 0; y < windows; y += most) {
      const count = Math.min(most, windows - y)
      const some =
        count === windows ? tall : { ...tall, firsts: tall.firsts.subarray(y, y + count), counts: tall.counts.subarray(y, y + count) }
      this.#makeRoom(count * lanes)
      if (!kernel.pool(rows, some, { data: this.#measured, offset: 0, image, row: lanes, measure: count * lanes })) return false
      this.#pooling.blend(this.#measures, this.#outputs(count, out, at + y * pitch, pitch))
      this.#put(count, out, at + y * pitch, pitch)
    }
    return true
  }

  /** For so many values of each measure. */
  #makeRoom(size: number): void {
    if (this.#measures[0]?.length === size) return
    const { measures } = this.#pooling
    if (this.#measured.length < measures!.length * size) this.#measured = new Float32Array(measures!.length * size)
    this.#measures = measures!.map((_, m) => this.#measured.subarray(m * size, (m + 1) * size))
  }

  /** Where the outputs of `count` windows are written, each in a row of its own: where they belong, or where `put` gets them from. */
  #outputs(count: number, out: Float32Array, at: number, pitch: number): Outputs {
    const { outputs } = this.#pooling
    const size = count * this.#lanes
    const inPlace = this.#inPlace(count, pitch)
    if (!inPlace && this.#results.length < outputs.length * size) this.#results = new Float32Array(outputs.length * size)
    const [rows, from] = inPlace ? [out, at] : [this.#results, 0]
    const views: { [output: string]: Float32Array } = {}
    for (let o = 0; o < outputs.length; o++) views[outputs[o]!] = rows.subarray(from + o * size, from + (o + 1) * size)
    return views
  }

  #inPlace(count: number, pitch: number): boolean {
    return this.#pooling.outputs.length === 1 && (pitch === this.#lanes || count === 1)
  }

  /** Puts outputs that were not written where they belong there. */
  #put(count: number, out: Float32Array, at: number, pitch: number): void {
    if (this.#inPlace(count, pitch)) return
    for (let o = 0; o < this.#pooling.outputs.length; o++)
      for (let w = 0; w < count; w++) {
        const [from, to] = [(o * count + w) * this.#lanes, at + w * pitch + o * this.#lanes]
        for (let lane = 0; lane < this.#lanes; lane++) out[to + lane] = this.#results[from + lane]!
      }
  }

  /** By `add`, `merge` and `result`: as many windows at once as read equally many rows that all weigh 1. */
  #add(source: Source, tall: Taps, out: Float32Array, at: number, pitch: number): void {
    const { width } = this.#bins
    const { across, keeps, identity } = this.#pooling
    const { counts, firsts } = tall
    const slots = Math.max(identity.length, keeps ? 64 : 1)
    const most = across ? 1 : Math.max(1, Math.floor((4 * inCache) / (width * slots)))
    const even = seenAlike(source)
    for (let y = 0; y < firsts.length; ) {
      let to = y + 1
      if (even) while (to < firsts.length && to - y < most && counts[to] === counts[y]) to++
      const count = to - y
      const bank = count === 1 ? this.#addRows(source, tall, y) : this.#addBeside(source, tall, y, count)
      this.#finish(bank, count, firsts.subarray(y, to), source.index, out, at + y * pitch, pitch)
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
  #addBeside({ data, offset, index }: Source, { firsts, counts, step: dilation }: Taps, y: number, windows: number): Bank {
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
    const places = this.#pooling.positional || this.#pooling.keeps ? this.#placesBeside(firsts.subarray(y, y + windows)) : undefined
    for (let k = 0; k < count; k += some) {
      const rows = Math.min(some, count - k)
      for (let r = 0; r < rows; r++)
        for (let w = 0; w < windows; w++) {
          const from = offset + (firsts[y + w]! + (k + r) * dilation) * width
          const to = r * lanes + w * width
          if (width > 32) gathered.set(data.subarray(from, from + width), to)
          else for (let i = 0; i < width; i++) gathered[to + i] = data[from + i]!
        }
      const position = (index + firsts[y]! + k * dilation) * step
      this.#pooling.add(bank.states[0], { data: gathered, offset: 0, lanes, rows, weights, index: position, step: dilation * step, places })
    }
    return bank
  }

  /** How far each window's positions are from the first one's. */
  #placesBeside(firsts: Int32Array): Int32Array {
    const { width, step, places } = this.#bins
    return Int32Array.from({ length: firsts.length * width }, (_, i) => {
      return (firsts[Math.floor(i / width)]! - firsts[0]!) * step + (places?.[i % width] ?? 0)
    })
  }

  #finish(bank: Bank, count: number, firsts: Int32Array, index: number, out: Float32Array, at: number, pitch: number): void {
    const { step } = this.#bins
    const lanes = this.#bins.lanes
    if (this.#bins.windows) this.#merging ??= new Merging(this.#pooling, this.#bins)
    const pooled = this.#merging?.merge(bank, 0, count) ?? bank
    // Where it is from the region's first frame differs from window to window.
    const each = this.#pooling.positional ? 1 : count
    for (let w = 0; w < count; w += each) {
      const state = each === count ? pooled.states[0] : pooled.part(0, w * lanes, (w + 1) * lanes)
      const origin = (index + firsts[w]!) * step
      this.#pooling.result(state, this.#outputs(each, out, at + w * pitch, pitch), origin)
      this.#put(each, out, at + w * pitch, pitch)
    }
  }
}

/** Whether all rows weigh 1. */
function seenAlike({ weights }: Source): boolean {
  if (weights) for (let row = 0; row < weights.length; row++) if (weights[row] !== 1) return false
  return true
}
