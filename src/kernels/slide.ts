import type { Measure } from '../core/pooling.ts'
export interface Slide { readonly pane: number; readonly block: number; readonly panes: number; readonly step: number }
export interface Slider { ending(rows: number): number; push(data: Float32Array, offset: number, rows: number, weights: Float32Array | undefined, weightsFrom: number, out: Float32Array, at: number, weighed: Float32Array, first: number): number }
export function slider(_measures: readonly Measure[], _slide: Slide, _lanes: number, _blocks: number): Slider | undefined { return undefined }
