import type { Reads } from '../core/window.ts'
import { type Arena, arenaIfReady, tablesAt } from './arena.ts'

/** Images of rows of columns of channels, channel fastest. */
export interface Images {
  readonly count: number
  readonly rows: number
  readonly columns: number
  readonly channels: number
}

/** What is computed of a window. */
export type End = 'max' | 'min' | 'mean'

// The plan's fields, then the tables of windows over rows and over columns, then values.
const planAt = 16
const [mostTall, mostWide] = [1024, 4096]
const rowFirstsAt: number = planAt + 4 * 20
const rowCountsAt: number = rowFirstsAt + 4 * mostTall
const rowSizesAt: number = rowCountsAt + 4 * mostTall
const firstsAt: number = rowSizesAt + 8 * mostTall
const countsAt: number = firstsAt + 4 * mostWide
const sizesAt: number = countsAt + 4 * mostWide
const dataAt: number = sizesAt + 8 * mostWide

// Values in the arena at a time: results, and what is read of several channels, of one (and a row of it), and of four images of one.
const room = (tablesAt - dataAt) / 4 - 16
const results = { lanes: 28_000, columns: 28_000, four: 20_000 } as const
const limits = { lanes: 2 ** 15, columns: Math.floor((room - results.columns) / 2), four: room - results.four } as const

/**
 * The largest, the smallest or the mean of every window over the rows and columns of images: to the bit what plain code gives.
 *
 * @param out images of `tall` rows of `wide` columns
 * @returns false where nothing was done: the kernels are not there, or a window is too large for them
 */
export function poolImages(end: End, data: Float32Array, images: Images, tall: Reads, wide: Reads, out: Float32Array): boolean {
  const arena = arenaIfReady()
  const { channels, count } = images
  if (!arena || (channels > 1 && channels < 4)) return false
  const [highest, widest] = [longest(tall), longest(wide)]
  const inFours = end === 'mean' && count > 3 && !overlap(wide) && highest * widest <= Math.floor(limits.four / 4)
  const way: keyof typeof limits = channels > 1 ? 'lanes' : inFours ? 'four' : 'columns'
  const most = Math.floor(limits[way] / channels / (way === 'four' ? 4 : 1))
  if (highest * widest > most) return false
  const apart = way === 'four' ? 4 : 1
  // Where not even one window's rows fit whole, columns are cut so that those of four or more do.
  const height = Math.min(images.rows, highest * images.columns <= most ? highest : 4 * highest)
  for (const x of parts(wide, Math.max(widest, Math.floor(most / height)), Math.min(mostWide, Math.floor(limits.columns / channels)))) {
    tabulate(arena, wide, channels, x)
    const fit = Math.floor(results[way] / channels / apart / (x.to - x.from))
    for (const y of parts(tall, Math.floor(most / Math.max(1, x.end - x.start)), Math.min(mostTall, fit))) {
      const run = { end, way, data, images, tall, wide, out, x, y }
      for (let image = 0; image < count; image += apart) poolPart(arena, run, Math.min(image, count - apart), apart)
    }
  }
  return true
}

/** Windows `from` to `to`, which read `start` to `end`. */
interface Part {
  readonly from: number
  readonly to: number
  readonly start: number
  readonly end: number
}

interface Run {
  readonly end: End
  readonly way: keyof typeof limits
  readonly data: Float32Array
  readonly images: Images
  readonly tall: Reads
  readonly wide: Reads
  readonly out: Float32Array
  readonly x: Part
  readonly y: Part
}

function poolPart(
  { kernels, floats, doubles, words }: Arena,
  { end, way, data, images, tall, wide, out, x, y }: Run,
  image: number,
  some: number,
): void {
  const { rows, columns, channels } = images
  const width = (x.end - x.start) * channels
  const height = y.end - y.start
  for (let i = 0; i < some; i++) {
    const from = ((image + i) * rows + y.start) * columns * channels
    const to = dataAt / 4 + i * height * width
    if (width === columns * channels) floats.set(data.subarray(from, from + height * width), to)
    else
      for (let row = 0; row < height; row++) {
        const at = from + (row * columns + x.start) * channels
        floats.set(data.subarray(at, at + width), to + row * width)
      }
  }
  const roomAt = dataAt + 4 * (some * height * width + 4)
  const outAt = roomAt + (way === 'columns' ? 4 * (width + 4) : 0)
  floats.fill(0, (roomAt >> 2) - 4, roomAt >> 2)
  words.set([channels, some, 4 * height * width, 4 * width, dataAt, outAt], planAt / 4)
  words.set([y.to - y.from, rowFirstsAt, rowCountsAt, rowSizesAt, tall.step], planAt / 4 + 6)
  words[planAt / 4 + 18] = roomAt
  for (let i = y.from; i < y.to; i++) words[rowFirstsAt / 4 + i - y.from] = tall.firsts[i]! - y.start
  words.set(tall.counts.subarray(y.from, y.to), rowCountsAt / 4)
  doubles.set(tall.sizes.subarray(y.from, y.to), rowSizesAt / 8)
  const op = end === 'max' ? 0 : end === 'min' ? 1 : 2
  if (way === 'lanes') kernels.poolLanes(planAt, op)
  else if (way === 'columns') kernels.poolColumns(planAt, op)
  else kernels.meanFour(planAt)
  const [across, down] = [(x.to - x.from) * channels, y.to - y.from]
  const all = wide.firsts.length * channels
  for (let i = 0; i < some; i++) {
    const to = ((image + i) * tall.firsts.length + y.from) * all + x.from * channels
    const from = outAt / 4 + i * down * across
    if (across === all) out.set(floats.subarray(from, from + down * across), to)
    else for (let row = 0; row < down; row++) out.set(floats.subarray(from + row * across, from + (row + 1) * across), to + row * all)
  }
}

/** Puts the windows over the columns into the arena. */
function tabulate({ words, doubles }: Arena, wide: Reads, channels: number, x: Part): void {
  words.set([x.to - x.from, firstsAt, countsAt, sizesAt, 4 * channels * wide.step, ...alongside(wide, x)], planAt / 4 + 11)
  for (let i = x.from; i < x.to; i++) words[firstsAt / 4 + i - x.from] = 4 * channels * (wide.firsts[i]! - x.start)
  words.set(wide.counts.subarray(x.from, x.to), countsAt / 4)
  doubles.set(wide.sizes.subarray(x.from, x.to), sizesAt / 8)
}

/** The windows, counted from the first of the part, about its middle that read and count equally many columns each, one further than the one before it; none where they are fewer than four. */
function alongside({ firsts, counts, sizes }: Reads, { from, to }: Part): [from: number, to: number] {
  const middle = (from + to) >> 1
  const follows = (i: number) => firsts[i]! - firsts[i - 1]! === 1 && counts[i] === counts[i - 1] && sizes[i] === sizes[i - 1]
  let [first, last] = [middle, middle + 1]
  while (first > from && follows(first)) first--
  while (last < to && follows(last)) last++
  return last - first < 4 ? [0, 0] : [first - from, last - from]
}

/** Whether windows overlap all but one column. */
function overlap({ firsts }: Reads): boolean {
  const middle = firsts.length >> 1
  return middle > 0 && firsts[middle]! - firsts[middle - 1]! === 1
}

/** What the window that reads farthest reads across. */
function longest({ counts, step }: Reads): number {
  let most = 1
  for (let i = 0; i < counts.length; i++) if (counts[i]! > most) most = counts[i]!
  return (most - 1) * step + 1
}

/** Cuts windows into parts that read at most `most` and are at most so many. */
function parts({ firsts, counts, step }: Reads, most: number, many: number): Part[] {
  const all: Part[] = []
  let from = 0
  let [start, end] = [Infinity, 0]
  for (let i = 0; i < firsts.length; i++) {
    const first = firsts[i]!
    const last = counts[i]! === 0 ? first : first + (counts[i]! - 1) * step + 1
    if (i > from && (Math.max(end, last) - Math.min(start, first) > most || i - from >= many)) {
      all.push({ from, to: i, start, end })
      from = i
      start = Infinity
      end = 0
    }
    start = Math.min(start, first)
    end = Math.max(end, last)
  }
  all.push({ from, to: firsts.length, start, end })
  return all
}
