import type { Place, Rows, Shape, Telling } from '../core/grid.ts'
import type { Measure } from '../core/pooling.ts'
import type { Taps } from '../core/window.ts'
import { type Arena, arenaIfReady, tablesAt } from './arena.ts'
import { type Columns, longest, type Part, partOf, parts, tabulate } from './cuts.ts'

// Of fewer values the way into the kernels costs more than it saves.
const least = 32
// The plan's fields, then the tables of windows over rows and over columns, then values.
const planAt = 16
const plan: number = planAt / 4
const [mostTall, mostRuns, mostShares] = [1024, 2048, 16]
const sharesAt: number = planAt + 4 * 32
const rowWeightsAt: number = sharesAt + 16 * mostShares
const rowFirstsAt: number = rowWeightsAt + 8 * mostTall
const rowCountsAt: number = rowFirstsAt + 4 * mostTall
const anchorsAt: number = rowCountsAt + 4 * mostTall
const runsAt: number = anchorsAt + 4 * mostTall
const dataAt: number = runsAt + 16 * mostRuns
// Floats of room for values, without what is read or written beyond the last of each kind; what is read at a time, so that it stays in cache.
const capacity = (tablesAt - dataAt) / 4 - 512
const cached = 60_000

const [moments, shapes] = [4, 6]

/** One way over the values, for measures that are made of the same. */
interface Pass {
  /** For assembly/windows.ts, and which power. */
  readonly what: number
  readonly power: number
  /** What unseen rows are filled with. */
  readonly neutral: number
  /** Which of the distinct measures go to its places; −1 for none. */
  readonly places: readonly number[]
}

/** What the parts of the windows over the rows share. */
interface Run {
  readonly arena: Arena
  readonly rows: Rows
  readonly weights: Float32Array | undefined
  readonly tall: Taps
  readonly highest: number
  readonly out: Place
  readonly x: Columns
  /** From one row to the next in the arena. */
  readonly width: number
  /** Values of the arena that are left for rows and results. */
  readonly rest: number
  /** Whether results stand in the arena row by row as they do in their place. */
  readonly interleaved: boolean
}

/**
 * Pools every window over the rows and columns of images, to the bit: each column over its rows, then the columns in their order. Largest and smallest zeros are +0;
 * windows that see nothing come to 0, or to an infinity for 'max' and 'min'.
 *
 * What does not depend on the rows is prepared once, so that few rows at a time, as streams bring them, cost little more than many.
 */
export class WindowKernel {
  readonly #shape: Shape
  readonly #wide: Taps
  readonly #widest: number
  /** Of each measure, which of the distinct ones it is. */
  readonly #measures: readonly number[]
  readonly #distinct: number
  /** Those that ask where a value is. */
  readonly #located: readonly number[]
  readonly #locate: Telling | undefined
  readonly #passes: readonly Pass[]
  /** Float64 of each lane that the passes hold of columns, and of a row of windows; both together in floats. */
  readonly #room: number
  readonly #merged: number
  readonly #kept: number
  /** What measures are multiplied by and then added up, where the kernel does that. */
  readonly #shares: readonly number[] | undefined
  #columns: readonly Columns[] = []
  #reach = -1
  #many = -1

  /**
   * @param measures any number in any order
   * @param shares with as many numbers as measures there is one result: the measures times these, added up
   * @param locate tells where a value is
   */
  constructor(measures: readonly Measure[], shape: Shape, wide: Taps, shares?: readonly number[], locate?: Telling) {
    const ends = measures.map((measure) => (measure === 'argmax' ? 'max' : measure === 'argmin' ? 'min' : measure))
    const distinct = [...new Set(ends)]
    this.#located = measures.flatMap((measure, m) => (measure === ends[m] ? [] : [m]))
    this.#locate = locate
    this.#shape = shape
    this.#wide = wide
    this.#widest = longest(wide)
    this.#measures = ends.map((measure) => distinct.indexOf(measure))
    this.#distinct = distinct.length
    this.#passes = passesOf(distinct)
    this.#shares = measures.length <= mostShares && this.#located.length === 0 ? shares : undefined
    this.#room = Math.max(0, ...this.#passes.map(({ what }) => (what === shapes ? 5 : what === moments ? 3 : what < 3 ? 0.5 : 1)))
    this.#merged = Math.floor(this.#room)
    this.#kept = 2 * (this.#room + this.#merged)
  }

  /** Whether measures are added up by their shares. */
  get blends(): boolean {
    return this.#shares !== undefined
  }

  /** @returns false where nothing was done: the kernels, or what tells where values are, are not there, a window is too large for them, or so few values do not pay */
  pool(rows: Rows, tall: Taps, out: Place): boolean {
    const arena = arenaIfReady()
    const { columns, channels, images, pitch } = this.#shape
    if (!arena || (this.#located.length > 0 && !this.#locate) || images * rows.rows * columns * channels < least) return false
    const highest = longest(tall)
    const all = partOf(tall, 0, tall.firsts.length)
    const weights = differing(rows.weights, all) ? rows.weights : undefined
    if (!this.#cut(highest, weights !== undefined)) return false
    if (this.#passes.some(({ what }) => what === shapes) && !this.#columns.every(({ near, single }) => near && single)) return false
    for (const x of this.#columns) {
      const { lanes, across } = x
      const results = this.#distinct * across
      const rest = capacity - this.#kept * Math.max(lanes, across)
      // What stands between rows is copied along where it is little.
      const along = lanes === columns * channels && pitch <= 2 * lanes && highest * (pitch + 2) <= Math.min(cached, rest - results)
      const width = along ? pitch : lanes
      const each = width + (weights ? 2 : 0)
      const deep = Math.max(highest, Math.floor(Math.min(cached, 0.7 * rest, rest - results) / Math.max(1, each)))
      const many = Math.min(mostTall, Math.max(1, Math.floor((rest - deep * each) / Math.max(1, results))))
      const interleaved =
        across % 4 === 0 &&
        x.whole &&
        !this.#shares &&
        this.#distinct === this.#measures.length &&
        out.measure === across &&
        out.row === results &&
        this.#columns.length === 1
      const run: Run = { arena, rows, weights, tall, highest, out, x, width, rest, interleaved }
      if (all.end - all.start <= deep && all.to <= many) this.#poolRows(run, all)
      else for (const y of parts(tall, deep, many)) this.#poolRows(run, y)
    }
    for (const measure of this.#located) this.#locate!(this.#shape, rows, tall, this.#wide, out, measure)
    return true
  }

  /** Cuts the windows over the columns so that the arena holds what they read; false where one alone is too much for it. */
  #cut(highest: number, weighted: boolean): boolean {
    const { columns, channels } = this.#shape
    const widest = this.#widest
    const most = Math.floor(capacity / (channels * (highest + this.#kept + this.#distinct) + (weighted ? (2 * highest) / widest : 0)))
    if (widest > most) return false
    // Where not even one window's rows fit whole, columns are cut so that those of four or more do.
    const fits = highest * columns * channels <= cached ? columns : Math.max(widest, Math.floor(cached / (4 * highest * channels)))
    const [reach, many] = [Math.min(most, fits, columns), Math.min(most, mostRuns, this.#wide.firsts.length)]
    if (reach !== this.#reach || many !== this.#many) {
      this.#columns = parts(this.#wide, reach, many).map((part) => tabulate(this.#wide, channels, part))
      this.#reach = reach
      this.#many = many
    }
    return true
  }

  /** Windows over rows that the arena holds at once, of as many images at a time as it holds too. */
  #poolRows(run: Run, y: Part): void {
    const { arena, weights, tall, x, width, rest } = run
    const { images } = this.#shape
    const { words } = arena
    const [down, height] = [y.to - y.from, y.end - y.start]
    const image = Math.max(1, height * width)
    const results = this.#distinct * x.across
    const together = Math.max(1, Math.min(images, Math.floor(Math.min(cached / image, (rest - 2 * height) / (image + down * results)))))
    const weightsAt = 8 * Math.ceil((dataAt + 4 * together * height * width + 64) / 8)
    for (let i = y.from, at = rowFirstsAt / 4; i < y.to; i++, at++) {
      words[at] = tall.firsts[i]!
      words[at + mostTall] = tall.counts[i]!
    }
    const seen = weights ? weigh(arena, weights, tall, y, weightsAt) : allSeen
    words.set(x.table, runsAt / 4)
    const row = 4 * width
    // Rows are counted from the first of all, which would stand before those that are there.
    const rowsAt = [dataAt - row * y.start, down, rowFirstsAt, rowCountsAt]
    const weighing = [seen.plain ? rowFirstsAt : anchorsAt, seen.plain ? 0 : rowWeightsAt, weightsAt - 8 * y.start, 8 * tall.step]
    const columns = [runsAt, runsAt + 4 * x.table.length, 4 * this.#shape.channels * this.#wide.step]
    words.set([height * row, row, row * tall.step, ...rowsAt, ...weighing, ...columns], plan + 1)
    words.set([0, x.lanes, 1, 1], plan + 28)
    const roomAt = 16 * Math.ceil((weightsAt + (weights ? 8 * height : 0)) / 16)
    for (let first = 0; first < images; first += together) this.#poolImages(run, y, seen, roomAt, first, Math.min(together, images - first))
  }

  #poolImages(
    { arena, rows, highest, out, tall, x, width, interleaved }: Run,
    y: Part,
    seen: Seen,
    roomAt: number,
    first: number,
    some: number,
  ): void {
    const { kernels, floats, words } = arena
    const { lanes, across } = x
    const [down, height] = [y.to - y.from, y.end - y.start]
    copyIn(floats, rows, this.#shape, x, y, width, first, some)
    const far = 8 * (Math.max(lanes, across) + 8)
    const mergedAt = roomAt + this.#room * far
    const outAt = mergedAt + this.#merged * far
    const row = interleaved ? across * this.#distinct : across
    const each = interleaved ? across : some * down * across + 8
    words[plan] = some
    words.set([roomAt, mergedAt, far, 4 * row], plan + 16)
    let filled: number | undefined
    for (const { what, power, neutral, places } of this.#passes) {
      if (seen.unseen.length > 0 && neutral !== filled) {
        for (let i = 0; i < some; i++) {
          for (const at of seen.unseen)
            floats.fill(neutral, dataAt / 4 + (i * height + at) * width, dataAt / 4 + (i * height + at + 1) * width)
        }
        filled = neutral
      }
      const fused = x.near && (x.single || (what !== moments && what !== shapes && (highest - 1) * x.reads <= (highest + 0.5) * lanes))
      words[plan + 15] = fused ? 1 : 0
      for (let i = 0; i < places.length; i++) words[plan + 20 + i] = places[i]! < 0 ? 0 : outAt + 4 * each * places[i]!
      words[plan + 27] = power
      // Of sums unseen rows are zeros like others.
      kernels.pool(planAt, what, (what === moments || what === shapes ? seen.plain : seen.even) ? 0 : 1)
    }
    const to = out.offset + first * out.image + y.from * out.row + x.from * this.#shape.channels
    const count = tall.firsts.length
    if (this.#shares) {
      let shared = 0
      for (const [m, share] of this.#shares.entries()) {
        if (share === 0) continue
        arena.doubles[sharesAt / 8 + 2 * shared] = share
        words[sharesAt / 4 + 4 * shared++ + 2] = outAt + 4 * each * this.#measures[m]!
      }
      kernels.blend(sharesAt, shared, outAt, 4 * some * down * across)
      copyOut(floats, outAt / 4, some, down, row, out, to, count)
    } else if (interleaved) copyOut(floats, outAt / 4, some, down, row, out, to, count)
    else
      for (let m = 0; m < this.#measures.length; m++)
        copyOut(floats, outAt / 4 + each * this.#measures[m]!, some, down, row, out, to + m * out.measure, count)
  }
}

const forms = ['variance', 'skewness', 'kurtosis', 'excess'] as const

function passesOf(measures: readonly Measure[]): Pass[] {
  const passes: Pass[] = []
  const pass = (what: number, power: number, neutral: number, ...those: readonly Measure[]) => {
    const places = Array.from({ length: 7 }, (_, i) => measures.indexOf(those[i]!))
    if (Math.max(...places) >= 0) passes.push({ what, power, neutral, places })
  }
  pass(0, 1, -Infinity, 'max')
  pass(1, 1, Infinity, 'min')
  pass(2, 1, 0, 'peak')
  if (forms.some((form) => measures.includes(form))) pass(shapes, 1, 0, 'sum', 'mean', 'std', ...forms)
  else if (measures.includes('std')) pass(moments, 1, 0, 'sum', 'mean', 'std')
  else pass(3, 1, 0, 'sum', 'mean')
  for (const power of [1, 2, 3, 4, 5, 6] as const) pass(5, power, 0, `norm${power}`, `power${power}`)
  return passes
}

/** What is seen of rows: which are not, counted from the first of the part, whether those that are weigh 1, and whether both hold of all. */
interface Seen {
  readonly unseen: readonly number[]
  readonly even: boolean
  readonly plain: boolean
}

const allSeen: Seen = { unseen: [], even: true, plain: true }

/** Whether some of the rows that are read weigh other than 1. */
function differing(weights: Float32Array | undefined, { start, end }: Part): boolean {
  if (weights) for (let row = start; row < end; row++) if (weights[row] !== 1) return true
  return false
}

/** Puts what rows weigh into the arena, and what windows do. */
function weigh({ words, doubles }: Arena, weights: Float32Array, { firsts, counts, step }: Taps, y: Part, weightsAt: number): Seen {
  const unseen: number[] = []
  let even = true
  for (let row = y.start; row < y.end; row++) {
    const weight = weights[row]!
    doubles[weightsAt / 8 + row - y.start] = weight
    if (weight === 0) unseen.push(row - y.start)
    else if (weight !== 1) even = false
  }
  for (let i = y.from; i < y.to; i++) {
    const [first, count] = [firsts[i]!, counts[i]!]
    let [anchor, weight] = [first, 0]
    for (let k = 0, row = first; k < count; k++, row += step) {
      const more = weights[row]!
      if (weight === 0 && more > 0) anchor = row
      weight += more
    }
    words[anchorsAt / 4 + i - y.from] = anchor
    doubles[rowWeightsAt / 8 + i - y.from] = weight
  }
  return { unseen, even, plain: even && unseen.length === 0 }
}

/** Copies the rows of a part of some images. */
function copyIn(
  floats: Float32Array,
  { data, offset }: Rows,
  { apart, pitch, channels }: Shape,
  x: Columns,
  y: Part,
  width: number,
  first: number,
  some: number,
): void {
  const { lanes } = x
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

/** Copies results that stand in the arena from `from` on: of so many images as many rows, of `all` that an image has. */
function copyOut(
  floats: Float32Array,
  from: number,
  images: number,
  rows: number,
  across: number,
  { data, image, row }: Place,
  to: number,
  all: number,
): void {
  // As much at once as stands together in both.
  const whole = row === across && (images === 1 || (rows === all && image === rows * row))
  const size = whole ? images * rows * across : row === across ? rows * across : across
  const each = row === across ? 1 : rows
  for (let i = 0; i < (whole ? 1 : images); i++)
    for (let y = 0; y < each; y++, from += size) data.set(floats.subarray(from, from + size), to + i * image + y * row)
}
