import type { Measure } from '../core/pooling.ts'
import type { Taps } from '../core/window.ts'
export interface Grid { readonly data: Float32Array; readonly offset: number; readonly images: number; readonly apart: number; readonly rows: number; readonly pitch: number; readonly columns: number; readonly channels: number; readonly weights?: Float32Array | undefined }
export interface Place { readonly data: Float32Array; readonly offset: number; readonly image: number; readonly row: number; readonly measure: number }
export function poolWindows(_measures: readonly Measure[], _grid: Grid, _tall: Taps, _wide: Taps, _out: Place): boolean { return false }
