import type { Measure } from '../core/pooling.ts'
import { tablesAt } from './arena.ts'

/** A window that slides: rows in a pane, panes in a block and in a window, and from one window to the next. */
export interface Slide {
  readonly pane: number
  readonly block: number
  readonly panes: number
  readonly step: number
}

/** What slides. */
type Slid = 'max' | 'min' | 'peak' | 'sum' | 'mean' | 'std' | 'norm2' | 'power2'

export const planAt = 16
const startAt: number = planAt + 4 * 24

type Kind = 'ends' | 'sums' | 'energies'

/** Of each measure which kernel, its place among the results of that, and what unseen rows are taken to be. */
const sliding: Readonly<Record<Slid, readonly [kind: Kind, place: number, neutral: number]>> = {
  max: ['ends', 0, -Infinity],
  min: ['ends', 0, Infinity],
  peak: ['ends', 0, 0],
  sum: ['sums', 0, 0],
  mean: ['sums', 1, 0],
  std: ['sums', 2, 0],
  norm2: ['energies', 3, 0],
  power2: ['energies', 4, 0],
}

/** What one kernel computes in one go: an end, or everything made of the same sums. */
export interface Pass {
  readonly kind: Kind
  /** For assembly/slide.ts, of ends: 0 the largest, 1 the smallest, 2 the largest magnitude. */
  readonly end: number
  /** What unseen rows are taken to be. */
  readonly neutral: number
  /** Where in a row of results each is, in bytes; -1 where it is not asked for. */
  readonly places: number[]
}

function passesOf(measures: readonly Slid[], width: number): Pass[] {
  const passes: Pass[] = []
  for (const [index, measure] of measures.entries()) {
    const [kind, place, neutral] = sliding[measure]
    let pass = passes.find((one) => one.kind === kind && one.places[place] === -1)
    if (!pass) {
      pass = { kind, end: ['max', 'min', 'peak'].indexOf(measure), neutral, places: [-1, -1, -1, -1, -1] }
      passes.push(pass)
    }
    pass.places[place] = 4 * index * width
  }
  return passes
}

/** Where in the arena things stand while some panes are pushed, in bytes. */
export interface Layout {
  readonly width: number
  readonly measures: number
  /** As many panes at once. */
  readonly most: number
  readonly windowsAt: number
  readonly rowsAt: readonly [number, number]
  readonly weightsAt: readonly [number, number]
  readonly outAt: number
  readonly passes: readonly (Pass & { readonly heldAt: number; readonly suffixesAt: number })[]
}

/** Undefined where some measure does not slide, or the panes are too large. */
export function layOut(given: readonly Measure[], { pane, block, step }: Slide, lanes: number): Layout | undefined {
  const measures = given.filter((measure): measure is Slid => measure in sliding)
  if (measures.length < given.length) return undefined
  const width = 4 * Math.ceil(lanes / 4)
  let end = startAt
  const take = (bytes: number): number => {
    end += 16 * Math.ceil(bytes / 16)
    return end - 16 * Math.ceil(bytes / 16)
  }
  // Of sums three accumulators, each of sums and squares, and six rows of shifts.
  const held = passesOf(measures, width).map((pass) => ({ ...pass, heldAt: take((pass.kind === 'ends' ? 12 : 96) * width) }))
  const row = 4 * pane * width
  const suffix = held.reduce((sum, { kind }) => sum + suffixBytes(kind, width), 0)
  const [each, window] = [2 * row + 16 * pane + suffix, 24 + 4 * measures.length * width]
  const most = Math.min(block, Math.floor((tablesAt - end - window - 64) / (each + window / step)))
  if (most < 1) return undefined
  const windows = Math.ceil(most / step)
  return {
    width,
    measures: measures.length,
    most,
    windowsAt: take(8 + 24 * windows),
    rowsAt: [take(most * row), take(most * row)],
    weightsAt: [take(8 * most * pane), take(8 * most * pane)],
    outAt: take(4 * windows * measures.length * width),
    passes: held.map((pass) => ({ ...pass, suffixesAt: take(most * suffixBytes(pass.kind, width)) })),
  }
}

export function suffixBytes(kind: Kind, width: number): number {
  return (kind === 'ends' ? 4 : 16) * width
}
