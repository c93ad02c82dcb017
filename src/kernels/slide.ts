import { chooseShift } from '../core/accumulators.ts'
import type { Rows } from '../core/grid.ts'
import type { Measure } from '../core/pooling.ts'
import { type Arena, arenaIfReady } from './arena.ts'
import { type Layout, layOut, planAt, type Slide, suffixBytes } from './slideLayout.ts'

/**
 * Windows that slide over rows that come block by block, by a kernel: to the bit what the states of windows/sliding.ts come to.
 * What it needs between pushes it keeps in arrays of its own.
 */
export interface Slider {
  /** Rows of weight 0 are not seen, whatever they hold. */
  push(rows: Rows): Slid
}

/** What the windows that end within some rows come to, window after window, in each measure after measure; and what they weigh. */
export interface Slid {
  readonly data: Float32Array
  readonly weights: Float32Array
}

/** A slider that stands before the first row, or where so many blocks have passed, of which it knows nothing; undefined where the kernels are not there, or the panes are too large for them. */
export function slider(measures: readonly Measure[], slide: Slide, lanes: number, blocks = 0): Slider | undefined {
  const arena = arenaIfReady()
  const layout = arena && layOut(measures, slide, lanes)
  return layout && new Sliding(arena, layout, slide, lanes, blocks)
}

/** A pass and what it keeps between pushes, as words, since copies of words keep all bits. */
interface Kept {
  readonly ends: boolean
  readonly end: number
  readonly neutral: number
  readonly plan: Int32Array
  /** Three accumulators, and where they are in the arena. */
  readonly held: Int32Array
  readonly heldThere: Int32Array
  readonly shifts: Float64Array
  readonly shiftsThere: Float64Array
  /** Words in a suffix, and the suffixes of the block before last and of the last, by turns. */
  readonly row: number
  readonly suffixes: readonly [Int32Array, Int32Array]
  readonly suffixesAt: number
}

class Sliding implements Slider {
  readonly #arena: Arena
  readonly #layout: Layout
  readonly #slide: Slide
  readonly #lanes: number
  readonly #passes: readonly Kept[]
  /** Whether a kernel needs to know where a NaN may be. */
  readonly #wary: boolean
  /** Of the block being filled and the one before, by turns: rows, what each weighs, and each pane. */
  readonly #rows: Float32Array
  readonly #weights: Float32Array
  readonly #paneWeights: Float64Array
  /** What the suffixes weigh. */
  readonly #suffixWeights: Float64Array
  readonly #shifts: Float64Array
  #totalWeight = 0
  #prefixWeight = 0
  #turn: 0 | 1 = 0
  /** Whether a block has passed, rows in the one being filled, and panes until a window ends. */
  #passed = false
  #filled = 0
  #wait: number
  #anchored = false
  /** By turns: whether a row weighs other than 1, and whether one is unseen. */
  readonly #weighed: [boolean, boolean] = [false, false]
  readonly #unseen: [boolean, boolean] = [false, false]
  /** By turns: whether there may be a NaN. One in the block before last is the first of what is compared, which stays. */
  readonly #odd: [number, number] = [0, 0]

  constructor(arena: Arena, layout: Layout, slide: Slide, lanes: number, blocks: number) {
    const { width } = layout
    const { pane, block, step } = slide
    const high = pane * block
    this.#arena = arena
    this.#layout = layout
    this.#slide = slide
    this.#lanes = lanes
    // The first window that begins in a block that is known.
    this.#wait = slide.panes + ((step - ((blocks * block) % step)) % step)
    this.#rows = new Float32Array(2 * high * width)
    this.#weights = new Float32Array(2 * high)
    this.#paneWeights = new Float64Array(2 * block)
    this.#suffixWeights = new Float64Array(2 * block)
    this.#shifts = new Float64Array(3 * width)
    this.#wary = layout.passes.some(({ end }) => end === 0 || end === 1)
    this.#passes = layout.passes.map(({ kind, end, neutral, places, heldAt, suffixesAt }) => {
      const row = suffixBytes(kind, width) / 4
      const shiftsAt = heldAt + 12 * row
      const plan = new Int32Array(23)
      // The words that assembly/slide.ts reads, in its order; a pass fills in what is between, and behind them is a word for the place of each result.
      plan.set([4 * width, pane, step])
      plan.set([heldAt, shiftsAt, layout.windowsAt, layout.outAt, 4 * layout.measures * width, ...places], 13)
      return {
        ends: kind === 'ends',
        end,
        neutral,
        plan,
        held: new Int32Array(3 * row),
        heldThere: arena.words.subarray(heldAt / 4, heldAt / 4 + 3 * row),
        // Energies are squares about 0.
        shifts: kind === 'sums' ? this.#shifts : new Float64Array(3 * width),
        shiftsThere: arena.doubles.subarray(shiftsAt / 8, shiftsAt / 8 + 3 * width),
        row,
        suffixes: [new Int32Array(block * row), new Int32Array(block * row)],
        suffixesAt,
      }
    })
  }

  push({ data, offset, rows, weights }: Rows): Slid {
    const { pane, block, step } = this.#slide
    const { most, measures } = this.#layout
    const lanes = this.#lanes
    const high = pane * block
    const panes = Math.floor((this.#filled + rows) / pane) - Math.floor(this.#filled / pane)
    const length = Math.max(0, Math.floor((panes - this.#wait) / step) + 1)
    const out = { data: new Float32Array(length * measures * lanes), weights: new Float32Array(length) }
    let ended = 0
    let resident = false
    for (let done = 0; done < rows; ) {
      const from = Math.floor(this.#filled / pane)
      const take = Math.min(rows - done, high - this.#filled, (from + most) * pane - this.#filled)
      this.#keep(data, offset + done * lanes, take, weights?.subarray(done))
      this.#filled += take
      done += take
      const count = Math.floor(this.#filled / pane) - from
      if (count > 0) {
        // From one whole block to the next, what is kept stays in the arena.
        const stays = count === block && rows - done >= high
        ended += this.#pass(from, count, resident, stays, out, ended)
        resident = stays
      }
      if (this.#filled === high) this.#turnOver()
    }
    return out
  }

  #keep(data: Float32Array, offset: number, count: number, weights: Float32Array | undefined): void {
    const [turn, lanes, rows] = [this.#turn, this.#lanes, this.#rows]
    const { width } = this.#layout
    const first = turn * this.#slide.pane * this.#slide.block + this.#filled
    if (lanes === width) copy(data, offset, count * lanes, rows, first * width)
    else for (let k = 0; k < count; k++) copy(data, offset + k * lanes, lanes, rows, (first + k) * width)
    if (!weights) this.#weights.fill(1, first, first + count)
    else {
      for (let k = 0; k < count; k++) {
        const w = weights[k]!
        this.#weights[first + k] = w
        if (w !== 1) this.#weighed[turn] = true
        if (w !== 0) continue
        this.#unseen[turn] = true
        rows.fill(0, (first + k) * width, (first + k + 1) * width)
      }
    }
    for (let k = 0; k < count && !this.#anchored; k++) if (this.#weights[first + k] !== 0) this.#anchor((first + k) * width)
  }

  /** The numbers of the first seen row are near those of its block. */
  #anchor(row: number): void {
    const [shifts, rows] = [this.#shifts, this.#rows]
    const { width } = this.#layout
    chooseShift(shifts.subarray(2 * width).fill(Number.NaN), rows, row)
    // Nothing was summed about the numbers of an empty block: what begins with it begins with this one.
    if (this.#totalWeight === 0) shifts.copyWithin(width, 2 * width)
    this.#anchored = true
  }

  #turnOver(): void {
    const shifts = this.#shifts
    const { width } = this.#layout
    this.#turn = this.#turn === 0 ? 1 : 0
    this.#passed = true
    this.#filled = 0
    this.#totalWeight = this.#prefixWeight
    this.#prefixWeight = 0
    shifts.copyWithin(0, width)
    shifts.fill(0, 2 * width)
    this.#anchored = false
    this.#weighed[this.#turn] = false
    this.#unseen[this.#turn] = false
    this.#odd[this.#turn] = 0
  }

  /** `count` panes of the block being filled, from pane `from` on; their windows are written from window `first` on, and counted. */
  #pass(from: number, count: number, resident: boolean, stays: boolean, out: Slid, first: number): number {
    const [turn, passed, odd] = [this.#turn, this.#passed, this.#odd]
    const { pane, block, panes, step } = this.#slide
    const { width, rowsAt, weightsAt, outAt, measures } = this.#layout
    const { kernels, floats, doubles, words } = this.#arena
    const last = turn === 0 ? 1 : 0
    const rows = count * pane
    const nowFrom = (turn * block + from) * pane
    const lastFrom = ((last + 1) * block - from - count) * pane
    const [nowAt, lastAt] = [rowsAt[turn], rowsAt[last]]
    copy(this.#rows, nowFrom * width, rows * width, floats, nowAt / 4)
    if (passed && !resident) copy(this.#rows, lastFrom * width, rows * width, floats, lastAt / 4)
    if (this.#weighed[turn]) copy(this.#weights, nowFrom, rows, doubles, weightsAt[turn] / 8)
    if (this.#weighed[last]) copy(this.#weights, lastFrom, rows, doubles, weightsAt[last] / 8)
    if (this.#wary) odd[turn] |= kernels.odd(nowAt, nowAt + 4 * rows * width)
    const next = this.#wait - 1
    const ended = this.#weigh(from, count, out.weights, first)
    const late = panes % 2 === 0 ? 1 : 0
    const suffixes = Math.min(count, block - late - from)
    for (const pass of this.#passes) {
      const { plan, row, suffixesAt } = pass
      if (this.#unseen[turn]) this.#hide(pass.neutral, nowFrom, rows, nowAt)
      if (this.#unseen[last]) this.#hide(pass.neutral, lastFrom, rows, lastAt)
      if (!pass.ends) pass.shiftsThere.set(pass.shifts)
      if (!resident) {
        pass.heldThere.set(pass.held)
        if (ended > 0) copy(pass.suffixes[turn], (from + late) * row, suffixes * row, words, suffixesAt / 4)
      }
      const fresh = from === 0 ? 1 : 0
      const [nowWeights, lastWeights] = [this.#weighed[turn] ? weightsAt[turn] : 0, this.#weighed[last] ? weightsAt[last] : 0]
      const kept = suffixesAt + (resident ? 4 * late * row : 0)
      plan.set([count, fresh, next, nowAt, passed ? lastAt : 0, nowWeights, lastWeights, kept, suffixes, suffixesAt], 3)
      words.set(plan, planAt / 4)
      if (pass.ends) kernels.slideEnds(planAt, pass.end, odd[0] | odd[1])
      else kernels.slideMoments(planAt)
      if (stays) continue
      pass.held.set(pass.heldThere)
      if (passed) copy(words, suffixesAt / 4, count * row, pass.suffixes[last], (block - from - count) * row)
    }
    this.#wait += ended * step - count
    const lanes = this.#lanes
    const at = first * measures * lanes
    if (lanes === width) copy(floats, outAt / 4, ended * measures * width, out.data, at)
    else for (let k = 0; k < ended * measures; k++) copy(floats, outAt / 4 + k * width, lanes, out.data, at + k * lanes)
    return ended
  }

  /** What panes, suffixes and windows weigh, and for the kernels the table of it. */
  #weigh(from: number, count: number, weighed: Float32Array, first: number): number {
    const [turn, passed, paneWeights, suffixWeights, totalWeight] = [
      this.#turn,
      this.#passed,
      this.#paneWeights,
      this.#suffixWeights,
      this.#totalWeight,
    ]
    const { pane, block, panes, step } = this.#slide
    const { doubles } = this.#arena
    const late = panes % 2 === 0 ? 1 : 0
    const [now, last] = [turn * block, (1 - turn) * block]
    let table = this.#layout.windowsAt / 8
    doubles[table++] = totalWeight
    let ended = 0
    let next = from + this.#wait - 1
    for (let r = from; r < from + count; r++) {
      const weight = this.#weighed[turn] ? this.#paneWeight((now + r) * pane) : pane
      paneWeights[now + r] = weight
      this.#prefixWeight += weight
      if (r === next) {
        next += step
        const begins = r + late < block ? suffixWeights[now + r + late]! : 0
        const all = begins + totalWeight + this.#prefixWeight
        weighed[first + ended++] = all
        // Where nothing was seen all sums are 0, and so are their quotients.
        doubles[table] = all > 0 ? all : 1
        doubles[table + 1] = this.#prefixWeight
        doubles[table + 2] = begins > 0 ? 1 : 0
        table += 3
      }
      if (!passed) continue
      const i = last + block - 1 - r
      suffixWeights[i] = r === 0 ? paneWeights[i]! : paneWeights[i]! + suffixWeights[i + 1]!
    }
    return ended
  }

  #paneWeight(from: number): number {
    let sum = 0
    for (let k = from; k < from + this.#slide.pane; k++) sum += this.#weights[k]!
    return sum
  }

  /** Unseen rows become `neutral`. */
  #hide(neutral: number, from: number, count: number, at: number): void {
    const { width } = this.#layout
    const { floats } = this.#arena
    for (let k = 0; k < count; k++) {
      if (this.#weights[from + k] === 0) floats.fill(neutral, at / 4 + k * width, at / 4 + (k + 1) * width)
    }
  }
}

type Numbers = Float32Array | Float64Array | Int32Array

/** A few numbers are sooner copied one by one. */
function copy(from: Numbers, start: number, count: number, into: Numbers, to: number): void {
  if (count <= 0) return
  if (count <= 8) for (let i = 0; i < count; i++) into[to + i] = from[start + i]!
  else into.set(from.subarray(start, start + count), to)
}
