import { arenaIfReady, tablesAt } from './arena.ts'

/** A window that slides: rows in a pane, panes in a block and in a window, and from one window to the next. */
export interface Slide {
  readonly pane: number
  readonly block: number
  readonly panes: number
  readonly step: number
}

/** What is computed of a window. */
export type Slid = 'max' | 'min' | 'mean' | 'std' | 'stats'

const planAt = 16
const startAt: number = planAt + 4 * 16

/**
 * All windows that lie within rows of which each weighs 1: to the bit what the states of windows/sliding.ts come to.
 *
 * @param out a row for each window, or two, means and deviations, for 'stats'
 * @returns false where nothing was done: the kernels are not there, or the blocks are too large for them
 */
export function slideRows(what: Slid, { pane, block, panes, step }: Slide, data: Float32Array, lanes: number, out: Float32Array): boolean {
  const arena = arenaIfReady()
  const [ends, outputs] = [what === 'max' || what === 'min', what === 'stats' ? 2 : 1]
  const width = 4 * Math.ceil(lanes / 4)
  const [high, all] = [block * pane, Math.floor(data.length / lanes)]
  const rowsAt = [startAt, startAt + 4 * high * width]
  const suffixesAt = startAt + 8 * high * width
  const totalAt = suffixesAt + (ends ? 4 : 16) * block * width
  const shiftsAt = totalAt + 16 * width
  const outAt = shiftsAt + 64 * width
  if (!arena || outAt + 4 * outputs * width * (Math.floor(block / step) + 1) > tablesAt) return false
  const { kernels, floats, doubles, words } = arena
  const low = what === 'min' ? 1 : 0
  floats.fill(0, startAt / 4, suffixesAt / 4)
  let written = 0
  // Of the last three blocks: whether there may be a NaN.
  let odd: [number, number, number] = [0, 0, 0]
  for (let row = 0, b = 0; row < all; row += high, b++) {
    const rows = Math.min(high, all - row)
    const [now, last] = [rowsAt[b % 2]!, rowsAt[1 - (b % 2)]!]
    copyRows(data.subarray(row * lanes, (row + rows) * lanes), lanes, floats, now / 4, width)
    // The first row's numbers are near those of its block.
    const shifts = doubles.subarray(shiftsAt / 8, shiftsAt / 8 + 3 * width)
    shifts.copyWithin(0, width)
    for (let lane = 0; lane < width; lane++) {
      const x = floats[now / 4 + lane]!
      shifts[2 * width + lane] = Number.isFinite(x) ? x : 0
    }
    const first = b * block
    const count = Math.floor(rows / pane)
    words.set([4 * width, pane, block, panes, step, now, last, count, first, suffixesAt, totalAt, shiftsAt, outAt], planAt / 4)
    words[planAt / 4 + 13] = what === 'mean' ? 0 : what === 'std' ? 1 : 2
    odd = ends ? [odd[1], odd[2], kernels.odd(now, now + 4 * rows * width)] : odd
    const exact = Math.max(...odd)
    if (ends) kernels.slideEnds(planAt, low, exact)
    else kernels.slideMoments(planAt)
    const finished = Math.max(0, Math.floor((first + count - panes) / step) + 1)
    const some = finished - written
    if (some > 0) takeRows(floats, outAt / 4, width, out, written * outputs * lanes, lanes, some * outputs)
    written = Math.max(written, finished)
    if (b === 0) continue
    if (ends) kernels.suffixEnds(planAt, low, exact)
    else kernels.suffixMoments(planAt)
  }
  return true
}

function copyRows(rows: Float32Array, lanes: number, into: Float32Array, to: number, width: number): void {
  if (lanes === width) into.set(rows, to)
  else for (let from = 0, at = to; from < rows.length; from += lanes, at += width) into.set(rows.subarray(from, from + lanes), at)
}

function takeRows(from: Float32Array, at: number, width: number, out: Float32Array, to: number, lanes: number, count: number): void {
  if (lanes === width) out.set(from.subarray(at, at + count * width), to)
  else for (let row = 0; row < count; row++) out.set(from.subarray(at + row * width, at + row * width + lanes), to + row * lanes)
}
