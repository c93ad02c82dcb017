import type { Measure } from '../core/pooling.ts'
import type { Taps } from '../core/window.ts'
import { type Arena, arenaIfReady, tablesAt } from './arena.ts'

/** Images of rows of columns of channels, channel fastest; steps are counted in values. */
export interface Grid {
  readonly data: Float32Array
  readonly offset: number
  readonly images: number
  /** From one image to the next. */
  readonly apart: number
  readonly rows: number
  /** From one row to the next, between which other things may stand. */
  readonly pitch: number
  readonly columns: number
  readonly channels: number
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

// Of fewer values the way into the kernels costs more than it saves.
const least = 256
// The plan's fields, then the tables of windows over rows and over columns, then values.
const planAt = 16
const [mostTall, mostRuns] = [1024, 2048]
const rowWeightsAt: number = planAt + 4 * 32
const rowFirstsAt: number = rowWeightsAt + 8 * mostTall
const rowCountsAt: number = rowFirstsAt + 4 * mostTall
const anchorsAt: number = rowCountsAt + 4 * mostTall
const runsAt: number = anchorsAt + 4 * mostTall
const dataAt: number = runsAt + 16 * mostRuns
// Floats of room for values, without what is read or written beyond the last of each kind; what is read at a time, so that it stays in cache.
const capacity = (tablesAt - dataAt) / 4 - 512
const cached = 60_000

/** Measures that are made of one pass, of which each holds what goes to its three places. */
type Kind = 'max' | 'min' | 'peak' | 'sums' | 'energies' | 'moments'
type Pass = readonly [kind: Kind, plain?: Measure | undefined, mean?: Measure | undefined, deviation?: Measure | undefined]

/**
 * Pools every window over the rows and columns of images, to the bit: each column over its rows, then the columns in their order. Largest and smallest zeros are +0;
 * windows that see nothing come to 0, or to an infinity for 'max' and 'min'.
 *
 * @param measures any number in any order
 * @returns false where nothing was done: the kernels are not there, a window is too large for them, or so few values do not pay
 */
export function poolWindows(measures: readonly Measure[], grid: Grid, tall: Taps, wide: Taps, out: Place): boolean {
  const arena = arenaIfReady()
  const { images, rows, columns, channels, weights } = grid
  const [highest, widest] = [longest(tall), longest(wide)]
  if (!arena || images * rows * columns * channels < least) return false
  const distinct = [...new Set(measures)]
  const passes = passesOf(distinct)
  // In floats, of each lane: what is held of columns and of a row of windows.
  const kept = Math.max(0, ...passes.map(([kind]) => (kind === 'moments' ? 12 : kind === 'sums' || kind === 'energies' ? 4 : 1)))
  const most = Math.floor(capacity / (channels * (highest + kept + distinct.length) + (weights ? (2 * highest) / widest : 0)))
  if (widest > most) return false
  // Where not even one window's rows fit whole, columns are cut so that those of four or more do.
  const reach = highest * columns * channels <= cached ? columns : Math.max(widest, Math.floor(cached / (4 * highest * channels)))
  for (const x of parts(wide, Math.min(most, reach), Math.min(mostRuns, most))) {
    const runs = tabulate(arena, wide, channels, x)
    const lanes = (x.end - x.start) * channels
    const across = (x.to - x.from) * channels
    const results = distinct.length * across
    const rest = capacity - kept * Math.max(lanes, across)
    // What stands between rows is copied along where it is little.
    const along = x.end - x.start === columns && grid.pitch <= 2 * lanes && highest * (grid.pitch + 2) <= Math.min(cached, rest - results)
    const width = along ? grid.pitch : lanes
    const each = width + (weights ? 2 : 0)
    const deep = Math.max(highest, Math.floor(Math.min(cached, 0.7 * rest, rest - results) / Math.max(1, each)))
    const many = Math.max(1, Math.floor((rest - deep * each) / Math.max(1, results)))
    for (const y of parts(tall, deep, Math.min(mostTall, many))) {
      const down = y.to - y.from
      const height = y.end - y.start
      const image = Math.max(1, height * width)
      const together = Math.max(1, Math.min(images, Math.floor(Math.min(cached / image, (rest - 2 * height) / (image + down * results)))))
      const interleaved =
        across % 4 === 0 &&
        runs.whole &&
        distinct.length === measures.length &&
        out.measure === across &&
        out.row === results &&
        x.to - x.from === wide.firsts.length
      const run: Run = { measures, distinct, passes, grid, tall, wide, out, x, y, runs, width, lanes, across, interleaved, highest }
      const seen = weigh(arena, run, dataAt + 4 * together * height * width)
      for (let first = 0; first < images; first += together) poolPart(arena, run, seen, first, Math.min(together, images - first))
    }
  }
  return true
}

function passesOf(measures: readonly Measure[]): Pass[] {
  const has = (measure: Measure) => (measures.includes(measure) ? measure : undefined)
  const passes: Pass[] = []
  for (const end of ['max', 'min', 'peak'] as const) if (has(end)) passes.push([end, end])
  if (has('std')) passes.push(['moments', has('sum'), has('mean'), 'std'])
  else if (has('sum') || has('mean')) passes.push(['sums', has('sum'), has('mean')])
  if (has('norm') || has('rms')) passes.push(['energies', has('norm'), has('rms')])
  return passes
}

/** Windows `from` to `to`, which read `start` to `end`. */
interface Part {
  readonly from: number
  readonly to: number
  readonly start: number
  readonly end: number
}

/** Runs of windows over the columns: lanes that windows without the room would read, whether all follow one another, whether none is of two columns, and whether all are of fours of lanes. */
interface Runs {
  readonly reads: number
  readonly near: boolean
  readonly single: boolean
  readonly whole: boolean
}

interface Run {
  readonly measures: readonly Measure[]
  readonly distinct: readonly Measure[]
  readonly passes: readonly Pass[]
  readonly grid: Grid
  readonly tall: Taps
  readonly wide: Taps
  readonly out: Place
  readonly x: Part
  readonly y: Part
  readonly runs: Runs
  /** From one row to the next in the arena, lanes of a row that are read, and lanes of results. */
  readonly width: number
  readonly lanes: number
  readonly across: number
  /** Whether results stand in the arena row by row as they do in their place. */
  readonly interleaved: boolean
  readonly highest: number
}

/** What is seen of rows, counted from the first of the part: those that are not, whether those that are weigh 1, and where weights end. */
interface Seen {
  readonly unseen: readonly number[]
  readonly even: boolean
  readonly weightsAt: number
  readonly roomAt: number
}

/** Puts the windows over the rows into the arena, and what they weigh. */
function weigh({ words, doubles }: Arena, { grid: { weights }, tall, y, width }: Run, end: number): Seen {
  const { firsts, counts, step } = tall
  const height = y.end - y.start
  const weightsAt = 8 * Math.ceil((end + 64) / 8)
  const unseen: number[] = []
  let even = true
  if (weights) {
    for (let row = 0; row < height; row++) {
      const weight = weights[y.start + row]!
      doubles[weightsAt / 8 + row] = weight
      if (weight === 0) unseen.push(row)
      else if (weight !== 1) even = false
    }
  }
  words.set(firsts.subarray(y.from, y.to), rowFirstsAt / 4)
  words.set(counts.subarray(y.from, y.to), rowCountsAt / 4)
  const plain = even && unseen.length === 0
  if (!plain) {
    for (let i = y.from; i < y.to; i++) {
      const [first, count] = [firsts[i]!, counts[i]!]
      let [anchor, weight] = [first, 0]
      for (let k = 0, row = first; k < count; k++, row += step) {
        const more = weights![row]!
        if (weight === 0 && more > 0) anchor = row
        weight += more
      }
      words[anchorsAt / 4 + i - y.from] = anchor
      doubles[rowWeightsAt / 8 + i - y.from] = weight
    }
  }
  // Rows are counted from the first of all, which would stand before those that are there.
  const plan = planAt / 4
  words[plan + 2] = 4 * width
  words[plan + 3] = 4 * width * step
  words[plan + 4] = dataAt - 4 * width * y.start
  words[plan + 5] = y.to - y.from
  words[plan + 6] = rowFirstsAt
  words[plan + 7] = rowCountsAt
  words[plan + 8] = plain ? rowFirstsAt : anchorsAt
  words[plan + 9] = plain ? 0 : rowWeightsAt
  words[plan + 10] = weightsAt - 8 * y.start
  words[plan + 11] = 8 * step
  return { unseen, even, weightsAt, roomAt: 16 * Math.ceil((weightsAt + (weights ? 8 * height : 0)) / 16) }
}

function poolPart(arena: Arena, run: Run, { unseen, even, roomAt }: Seen, first: number, some: number): void {
  const { kernels, floats, words } = arena
  const { measures, distinct, passes, grid, tall, out, x, y, runs, width, lanes, across, interleaved, highest } = run
  const [down, height] = [y.to - y.from, y.end - y.start]
  copyIn(arena, run, first, some)
  const far = 8 * (Math.max(lanes, across) + 8)
  const most = Math.max(0, ...passes.map(([kind]) => (kind === 'moments' ? 3 : kind === 'sums' || kind === 'energies' ? 1 : 0.5)))
  const mergedAt = roomAt + most * far
  const outAt = mergedAt + Math.floor(most) * far
  const row = interleaved ? across * distinct.length : across
  const each = interleaved ? across : some * down * across + 8
  const placeOf = (measure: Measure | undefined) => (measure ? outAt + 4 * each * distinct.indexOf(measure) : 0)
  const plan = planAt / 4
  words[plan] = some
  words[plan + 1] = 4 * height * width
  words[plan + 16] = roomAt
  words[plan + 17] = mergedAt
  words[plan + 18] = far
  words[plan + 19] = 4 * row
  let filled: number | undefined
  for (const [kind, ...to] of passes) {
    const neutral = kind === 'max' ? -Infinity : kind === 'min' ? Infinity : 0
    if (unseen.length > 0 && neutral !== filled) {
      for (let i = 0; i < some; i++) {
        for (const at of unseen) floats.fill(neutral, dataAt / 4 + (i * height + at) * width, dataAt / 4 + (i * height + at + 1) * width)
      }
      filled = neutral
    }
    const fused = runs.near && (runs.single || (kind !== 'moments' && (highest - 1) * runs.reads <= (highest + 0.5) * lanes))
    words[plan + 15] = fused ? 1 : 0
    words[plan + 20] = placeOf(to[0])
    words[plan + 21] = placeOf(to[1])
    words[plan + 22] = placeOf(to[2])
    if (kind === 'moments') kernels.poolMoments(planAt, even && unseen.length === 0 ? 0 : 1)
    else if (kind === 'sums' || kind === 'energies') kernels.poolSums(planAt, kind === 'sums' ? 0 : 1, even ? 0 : 1)
    else kernels.poolEnds(planAt, kind === 'max' ? 0 : kind === 'min' ? 1 : 2)
  }
  const all = { from: outAt / 4, images: some, rows: down }
  const to = out.offset + first * out.image + y.from * out.row + x.from * grid.channels
  const rowsOfAll = tall.firsts.length
  if (interleaved) copyOut(floats, { ...all, across: row }, out, to, rowsOfAll)
  else
    measures.forEach((measure, m) => {
      copyOut(floats, { ...all, across, from: placeOf(measure) / 4 }, out, to + m * out.measure, rowsOfAll)
    })
}

/** Copies the rows of a part of some images. */
function copyIn({ floats }: Arena, { grid, x, y, width, lanes }: Run, first: number, some: number): void {
  const { data, offset, apart, pitch, channels } = grid
  const height = y.end - y.start
  const start = offset + first * apart + y.start * pitch + x.start * channels
  const end = dataAt / 4 + some * height * width
  if (height > 0 && lanes > 0) {
    const whole = (height - 1) * pitch + lanes
    if (width !== pitch)
      for (let i = 0; i < some; i++)
        for (let row = 0; row < height; row++) {
          const from = start + i * apart + row * pitch
          floats.set(data.subarray(from, from + lanes), dataAt / 4 + (i * height + row) * lanes)
        }
    else if (apart === height * pitch) floats.set(data.subarray(start, start + (some - 1) * apart + whole), dataAt / 4)
    else
      for (let i = 0; i < some; i++)
        floats.set(data.subarray(start + i * apart, start + i * apart + whole), dataAt / 4 + i * height * width)
  }
  // Rows are read in eights.
  floats.fill(0, end - (width - lanes), end + 16)
}

interface Results {
  readonly from: number
  readonly images: number
  readonly rows: number
  readonly across: number
}

function copyOut(
  floats: Float32Array,
  { from, images, rows, across }: Results,
  { data, image, row }: Place,
  to: number,
  all: number,
): void {
  if (row === across && (images === 1 || (rows === all && image === rows * row)))
    data.set(floats.subarray(from, from + images * rows * across), to)
  else if (row === across)
    for (let i = 0; i < images; i++) data.set(floats.subarray(from + i * rows * across, from + (i + 1) * rows * across), to + i * image)
  else
    for (let i = 0; i < images; i++)
      for (let y = 0; y < rows; y++) {
        const at = from + (i * rows + y) * across
        data.set(floats.subarray(at, at + across), to + i * image + y * row)
      }
}

/** Puts the windows over the columns into the arena: those that count equally many columns and lie evenly apart in a run, of several channels only where lanes follow one another. */
function tabulate({ words }: Arena, { firsts, counts, step }: Taps, channels: number, { from, to, start, end }: Part): Runs {
  let [count, reads, near, single, whole] = [0, 0, true, true, true]
  for (let i = from; i < to; ) {
    const columns = counts[i]!
    const apart = i + 1 < to && columns > 0 ? firsts[i + 1]! - firsts[i]! : 0
    let next = i + 1
    if (apart === 1 || (apart > 1 && channels === 1))
      while (next < to && counts[next] === columns && firsts[next]! - firsts[next - 1]! === apart) next++
    const stride = next > i + 1 ? apart : 1
    const lanes = (next - i) * channels
    const at = runsAt / 4 + 4 * count++
    words[at] = columns === 0 ? 0 : 4 * channels * (firsts[i]! - start)
    words[at + 1] = lanes
    words[at + 2] = stride
    words[at + 3] = columns
    reads += 8 * Math.ceil(lanes / 8) * columns
    if (stride !== 1) near = false
    if (columns > 1) single = false
    if (lanes % 4 !== 0) whole = false
    i = next
  }
  words.set([runsAt, runsAt + 16 * count, 4 * channels * step], planAt / 4 + 12)
  words.set([0, (end - start) * channels, 1, 1], planAt / 4 + 23)
  return { reads, near, single, whole }
}

/** What the window that reads farthest reads across. */
function longest({ counts, step }: Taps): number {
  let most = 1
  for (let i = 0; i < counts.length; i++) if (counts[i]! > most) most = counts[i]!
  return (most - 1) * step + 1
}

/** Cuts windows into parts that read at most `most` and are at most so many. */
function parts({ firsts, counts, step }: Taps, most: number, many: number): Part[] {
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
