import { type Frames, spanOf } from 'poolwise'
import { colorsOf } from './palette.ts'
import { Spread } from './spread.ts'

/** Columns. */
const perSecond = 100
/** That are seen. */
export const seconds = 8
const columns = perSecond * seconds

/** A canvas on which frames go by: time to the right, lanes upwards, each plane in colors from its least to its greatest value of late. */
export class Strip {
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D
  /** Values from 0 to 255, a column after the other in a ring, and which column of all time each is. */
  #values = new Uint8Array(0)
  readonly #times = new Float64Array(columns).fill(-1)
  #lanes = 0
  #spreads: Spread[] = []

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas
    this.#context = canvas.getContext('2d', { alpha: false })!
    canvas.width = columns
    canvas.height = 1
  }

  /** Takes frames, whenever they come, at the time that they are of. */
  take(frames: Frames): void {
    const { planes, bins, channels } = frames.layout
    const lanes = planes * bins * channels
    if (lanes !== this.#lanes || planes !== this.#spreads.length) this.#begin(lanes, planes)
    for (let i = 0; i < frames.length; i++) {
      if (frames.weights?.[i] === 0) continue
      const row = this.#scaled(frames.data.subarray(i * lanes, (i + 1) * lanes))
      const [from, to] = spanOf(frames, frames.start + i).map((time) => Math.floor(time * perSecond)) as [number, number]
      // The frame's own width, so that overlapping windows do not hide one another: what comes later lies on top.
      for (let column = Math.max(from, to - columns); column < Math.max(to, from + 1); column++) {
        this.#values.set(row, (column % columns) * lanes)
        this.#times[column % columns] = column
      }
    }
  }

  /** Begins anew, without what was seen. */
  clear(): void {
    this.#begin(this.#lanes, this.#spreads.length)
  }

  /** Shows the seconds up to `now`. */
  draw(now: number): void {
    const lanes = this.#lanes
    if (lanes === 0) return
    const colors = colorsOf(this.#canvas)
    const image = this.#context.createImageData(columns, lanes)
    const pixels = new Uint32Array(image.data.buffer)
    const first = Math.floor(now * perSecond) - columns
    for (let x = 0; x < columns; x++) {
      const slot = (first + x) % columns
      const there = this.#times[slot] === first + x
      for (let lane = 0; lane < lanes; lane++) {
        pixels[(lanes - 1 - lane) * columns + x] = there ? colors[this.#values[slot * lanes + lane]!]! : colors[0]!
      }
    }
    this.#context.putImageData(image, 0, 0)
  }

  #begin(lanes: number, planes: number): void {
    this.#lanes = lanes
    this.#values = new Uint8Array(lanes * columns)
    this.#times.fill(-1)
    this.#spreads = Array.from({ length: planes }, () => new Spread())
    this.#canvas.height = Math.max(lanes, 1)
  }

  #scaled(row: Float32Array): Uint8Array {
    const each = row.length / this.#spreads.length
    return Uint8Array.from(row, (value, i) => this.#spreads[Math.floor(i / each)]!.place(value))
  }
}
