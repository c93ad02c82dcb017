import type { Frames } from '../core/frames.ts'

/** A piece of the inputs that is pooled by itself, as plain data: it may go to a thread, or to another machine that sees the same files. */
export interface Piece {
  /** The file that is read, or a pattern or a folder without files, which fails as such. */
  readonly file: string
  /** The row of a manifest that names it. */
  readonly row?: Row | BadRow
  /** Of a text that is cut, the lines that are meant. */
  readonly lines?: LineRange
  /** Of a Parquet file, the number of the row group that is meant. */
  readonly group?: number
  /** What was pooled of it already: its vectors, as frames. */
  readonly pooled?: Frames
}

/** A part of a recording that is pooled by itself, of which a state comes. */
export interface Stretch {
  /** The sample where reading begins. */
  readonly sample: number
  /** The frames that are pooled, the last excluded; up to the recording's end where none is said. */
  readonly from: number
  readonly to?: number
}

/** A row of a manifest: a recording, or a piece of one. */
export interface Row {
  readonly id: string
  readonly path: string
  /** In seconds. */
  readonly start: number
  /** None for the end of the file. */
  readonly end?: number
  /** Empty where there is none. */
  readonly label: string
  /** What else the row says, each field as JSON text. */
  readonly fields: readonly (readonly [name: string, json: string])[]
  /** `manifest: list.csv:3`, for messages. */
  readonly who: string
}

/** A row that names no recording, and what is wrong with it. */
export interface BadRow {
  readonly id: string
  readonly fault: string
}

/** Whole lines of a file. */
export interface LineRange {
  /** Bytes, the last excluded. */
  readonly from: number
  readonly to: number
  /** Number of the first line, counted from 1. */
  readonly first: number
}
