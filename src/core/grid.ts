import type { Taps } from './window.ts'

/** How values lie: images of rows of columns of channels, channel fastest; steps are counted in values. */
export interface Shape {
  readonly images: number
  /** From one image to the next. */
  readonly apart: number
  /** From one row to the next, between which other things may stand. */
  readonly pitch: number
  readonly columns: number
  readonly channels: number
}

/** Values that lie so, from `offset` on. */
export interface Rows {
  readonly data: Float32Array
  readonly offset: number
  readonly rows: number
  /** One a row, finite and ≥ 0, the same for all images; absent for 1. Rows of weight 0 are unseen, whatever they hold. */
  readonly weights?: Float32Array | undefined
}

/** Where results go, in values: measure m of window (y, x) of image n, channel c, to offset + n·image + y·row + m·measure + x·channels + c. */
export interface Place {
  readonly data: Float32Array
  readonly offset: number
  readonly image: number
  readonly row: number
  readonly measure: number
}

/** Replaces results of a measure, the largest or smallest values of windows, by what is told of them. */
export type Telling = (shape: Shape, rows: Rows, tall: Taps, wide: Taps, out: Place, measure: number) => void
