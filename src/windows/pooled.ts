import type { Values } from '../core/frames.ts'
import { Bank, type Holding, type Outputs, type Pooling } from '../core/pooling.ts'
import type { Taps } from '../core/window.ts'
import { WindowKernel } from '../kernels/windows.ts'
import type { Bins, Merging } from './bins.ts'
import { rowsOf } from './sheet.ts'
import { enter } from './states.ts'

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
/** The one window over the one column that all lanes of a frame are in 1-D. */
export const alone: Taps = { firsts: Int32Array.of(0), counts: Int32Array.of(1), step: 1 }

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
  #bank: Bank | undefined
  #held: (readonly Holding[])[] = []

  constructor(pooling: Pooling, bins: Bins) {
    this.#pooling = pooling
    this.#bins = bins
    this.#lanes = pooling.across === 'one' ? 1 : bins.lanes
    this.width = pooling.outputs.length * this.#lanes
    const { input, windows, width } = bins
    const wide = windows ? windows.wide : alone
    const { planes, bins: columns, channels } = input
    const shape = windows
      ? { images: planes, apart: columns * channels, pitch: width, columns, channels }
      : { images: 1, apart: 0, pitch: width, columns: 1, channels: width }
    this.#plane = this.#lanes / shape.images
    this.#kernel = pooling.measures && wide && new WindowKernel(pooling.measures, shape, wide, pooling.shares, pooling.locate)
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
    if (!kernel || !(source.data instanceof Float32Array) || this.#early(source)) return false
    const rows = source as Source & { data: Float32Array }
    const [lanes, image] = [this.#lanes, this.#plane]
    if (!this.#pooling.blend || kernel.blends) return kernel.pool(rows, tall, { data: out, offset: at, image, row: pitch, measure: lanes })
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

  /** Whether positions are asked for where there is padding before the input. */
  #early({ index }: Source): boolean {
    return index < 0 && this.#pooling.positional !== undefined
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
    return inPlace ? rowsOf(outputs, out, at, size) : rowsOf(outputs, this.#results, 0, size)
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

  /** By `add`, `merge` and `result`: windows are lanes side by side, so that all are merged and have their results at once. */
  #add(source: Source, { firsts, counts, step: dilation }: Taps, out: Float32Array, at: number, pitch: number): void {
    const bins = this.#bins
    const { across, keeps, positional, identity } = this.#pooling
    // Whose results depend on where in the sequence they are cannot be had at once.
    const singly = across || positional === 'sequence' || this.#early(source)
    const most = singly ? 1 : Math.max(1, Math.floor(inCache / (bins.width * (keeps ? 64 : 2 * identity.length))))
    for (let y = 0; y < firsts.length; y += most) {
      const windows = Math.min(most, firsts.length - y)
      const held = this.#emptied(windows)
      for (let w = 0; w < windows; w++) {
        const [first, count] = [firsts[y + w]!, counts[y + w]!]
        // Where it is in the sequence, or the same for each window.
        const index = singly ? source.index + first : 0
        if (dilation === 1) enter(held[w]!, bins, source, first, first + count, index)
        else
          for (let k = 0; k < count; k++)
            enter(held[w]!, bins, source, first + k * dilation, first + k * dilation + 1, index + k * dilation)
      }
      this.#merging ??= bins.windows?.merging(this.#pooling)
      const state = this.#merging?.merge(this.#bank!, 0, windows) ?? this.#bank!.part(0, 0, windows * bins.width)
      const index = source.index + firsts[y]!
      // The first tap that is not in the padding.
      const origin = !singly ? 0 : index < 0 ? index + Math.ceil(-index / dilation) * dilation : index
      this.#pooling.result(state, this.#outputs(windows, out, at + y * pitch, pitch), origin * bins.step)
      this.#put(windows, out, at + y * pitch, pitch)
    }
  }

  /** The states of so many windows before any frame. */
  #emptied(windows: number): readonly (readonly Holding[])[] {
    const { width } = this.#bins
    if (!this.#bank || this.#bank.lanes < windows * width) {
      const lanes = windows * width
      this.#bank = new Bank(this.#pooling, lanes, Bank.fresh(this.#pooling, lanes, 1))
      this.#held = []
    } else this.#bank.reset(0)
    for (let w = this.#held.length; w < windows; w++) this.#held.push(this.#bank.held(0, w * width, (w + 1) * width))
    return this.#held
  }
}
