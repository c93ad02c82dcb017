import type { Taps } from '../core/window.ts'

/** Windows `from` to `to`, which read `start` to `end`. */
export interface Part {
  readonly from: number
  readonly to: number
  readonly start: number
  readonly end: number
}

/** A part of the windows over the columns. */
export interface Columns extends Part {
  /** Runs of windows as the kernels read them. */
  readonly table: Int32Array
  /** Lanes that are read, and lanes of results. */
  readonly lanes: number
  readonly across: number
  /** Lanes that windows without the room would read, whether all lanes of runs follow one another, whether no window is of two columns, and whether all runs are of fours of lanes. */
  readonly reads: number
  readonly near: boolean
  readonly single: boolean
  readonly whole: boolean
}

/** Windows over the columns as runs: those that count equally many columns and lie evenly apart, of several channels only where lanes follow one another. */
export function tabulate({ firsts, counts }: Taps, channels: number, part: Part): Columns {
  const { from, to, start, end } = part
  const table: number[] = []
  let [reads, near, single, whole] = [0, true, true, true]
  for (let i = from; i < to; ) {
    const columns = counts[i]!
    const apart = i + 1 < to && columns > 0 ? firsts[i + 1]! - firsts[i]! : 0
    let next = i + 1
    if (apart === 1 || (apart > 1 && channels === 1))
      while (next < to && counts[next] === columns && firsts[next]! - firsts[next - 1]! === apart) next++
    const stride = next > i + 1 ? apart : 1
    const lanes = (next - i) * channels
    table.push(columns === 0 ? 0 : 4 * channels * (firsts[i]! - start), lanes, stride, columns)
    reads += 8 * Math.ceil(lanes / 8) * columns
    if (stride !== 1) near = false
    if (columns > 1) single = false
    if (lanes % 4 !== 0) whole = false
    i = next
  }
  return {
    ...part,
    table: Int32Array.from(table),
    lanes: (end - start) * channels,
    across: (to - from) * channels,
    reads,
    near,
    single,
    whole,
  }
}

/** What the window that reads farthest reads across. */
export function longest({ counts, step }: Taps): number {
  let most = 1
  for (let i = 0; i < counts.length; i++) if (counts[i]! > most) most = counts[i]!
  return (most - 1) * step + 1
}

/** Windows `from` to `to` as one part. */
export function partOf({ firsts, counts, step }: Taps, from: number, to: number): Part {
  let [start, end] = [Infinity, 0]
  for (let i = from; i < to; i++) {
    if (counts[i] === 0) continue
    start = Math.min(start, firsts[i]!)
    end = Math.max(end, firsts[i]! + (counts[i]! - 1) * step + 1)
  }
  return { from, to, start: Math.min(start, end), end }
}

/** Cuts windows into parts that read at most `most` and are at most so many. */
export function parts({ firsts, counts, step }: Taps, most: number, many: number): Part[] {
  const all: Part[] = []
  let from = 0
  let [start, end] = [Infinity, 0]
  const push = (to: number) => all.push({ from, to, start: Math.min(start, end), end })
  for (let i = 0; i < firsts.length; i++) {
    const empty = counts[i] === 0
    const first = empty ? start : firsts[i]!
    const last = empty ? end : first + (counts[i]! - 1) * step + 1
    if (i > from && ((end > last ? end : last) - (start < first ? start : first) > most || i - from >= many)) {
      push(i)
      from = i
      start = empty ? Infinity : first
      end = empty ? 0 : last
    } else {
      if (first < start) start = first
      if (last > end) end = last
    }
  }
  if (firsts.length > 0) push(firsts.length)
  return all
}
