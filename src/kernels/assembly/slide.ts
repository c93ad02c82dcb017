// Windows that slide over the rows of a block: the end of the block before last, all of the last and the beginning of this one, in the order in which states merge.

import { double, empty, Exact, Fast, further, Largest, Smallest, single, square } from './lanes'

/** What to slide over, and where in the arena it stands. Rows hold `width` bytes of floats, a multiple of 16; accumulators of float64 twice as much. */
@unmanaged
class Slide {
  width: usize
  /** Rows in a pane, panes in a block, in a window, and from one window to the next. */
  pane: usize
  block: usize
  panes: usize
  step: usize
  /** The rows of this block and the block before it. */
  rows: usize
  before: usize
  /** Panes in this block, and the number of the first. */
  count: usize
  first: usize
  /** A row for each pane of the block before last: what it and all after it come to. Of moments first all sums, then all squares. */
  suffixes: usize
  /** Of the last block; of moments a row of sums and one of squares. */
  total: usize
  /** About which numbers squares are summed: a row for the block before last, the last, and this one; then room for five rows. */
  shifts: usize
  out: usize
  /** 0 for the mean, 1 for the standard deviation, 2 for both, one after the other. */
  outputs: usize
}

/** The first pane of the block with which a window ends. */
function firstEnd(slide: Slide): usize {
  const passed = slide.first + 1
  if (passed <= slide.panes) return slide.panes - passed
  const late = (passed - slide.panes) % slide.step
  return late === 0 ? 0 : slide.step - late
}

/** Squares about `shift + d` as squares about `shift`: Σ(x − b)² = q + d·(2·(s − w·c) + d·w), c what q is about, d = c − b. */
function moved(q: v128, s: v128, c: v128, d: v128, w: v128): v128 {
  const two = f64x2.splat(2)
  const more = f64x2.mul(d, f64x2.add(f64x2.mul(two, f64x2.sub(s, f64x2.mul(w, c))), f64x2.mul(d, w)))
  return v128.bitselect(q, f64x2.add(q, more), f64x2.eq(d, f64x2.splat(0)))
}

/** Row by row, so that everything is read and written in its order. */
export function slideMoments(plan: usize): void {
  const slide = changetype<Slide>(plan)
  const wide = slide.width << 1
  const block = slide.block
  const skipped: usize = slide.panes & 1 ? 0 : 1
  const both = slide.outputs === 2
  const sums = slide.shifts + 3 * wide
  begin(slide, sums, wide)
  let next = firstEnd(slide)
  let out = slide.out
  for (let r: usize = 0; r < slide.count; r++) {
    addPane(slide, r, sums, wide)
    if (r !== next) continue
    next += slide.step
    const suffix = r + skipped
    const weight = <f64>((r + 1) * slide.pane)
    if (suffix < block) windows<Three>(slide, suffix * wide, weight, sums, wide, out)
    else windows<Two>(slide, 0, weight, sums, wide, out)
    out += both ? wide : slide.width
  }
  memory.copy(slide.total, sums, 2 * wide)
}

// A window of three parts, or of two where all of the block before last has passed.
type Two = u8
type Three = u16

/** What is the same for all windows that end in this block. After the rows of sums and squares: those of the last block about the number of the one before it, and how far this block's numbers are from either's. */
function begin(slide: Slide, sums: usize, wide: usize): void {
  const one = f64x2.splat(<f64>(slide.block * slide.pane))
  for (let at: usize = 0; at < wide; at += 16) {
    const shifts = slide.shifts + at
    const total = slide.total + at
    const now = v128.load(shifts + 2 * wide)
    const last = v128.load(shifts + wide)
    const before = v128.load(shifts)
    v128.store(sums + at, f64x2.splat(0))
    v128.store(sums + wide + at, f64x2.splat(0))
    v128.store(sums + 2 * wide + at, moved(v128.load(total + wide), v128.load(total), last, f64x2.sub(last, before), one))
    v128.store(sums + 3 * wide + at, f64x2.sub(now, before))
    v128.store(sums + 4 * wide + at, f64x2.sub(now, last))
  }
}

/** Adds a pane to the sums and squares of this block. */
function addPane(slide: Slide, r: usize, sums: usize, wide: usize): void {
  const width = slide.width
  const start = slide.rows + r * slide.pane * width
  const far = slide.pane * width
  for (let lane: usize = 0; lane < width; lane += 16) {
    const at = lane << 1
    const shiftA = v128.load(slide.shifts + 2 * wide + at)
    const shiftB = v128.load(slide.shifts + 2 * wide + at, 16)
    let sumA = f64x2.splat(0)
    let sumB = sumA
    let squaresA = sumA
    let squaresB = sumA
    for (let row = start + lane; row < start + far; row += width) {
      const a = double(row)
      const b = double(row + 8)
      sumA = f64x2.add(sumA, a)
      sumB = f64x2.add(sumB, b)
      squaresA = f64x2.add(squaresA, square(f64x2.sub(a, shiftA)))
      squaresB = f64x2.add(squaresB, square(f64x2.sub(b, shiftB)))
    }
    const to = sums + at
    v128.store(to, f64x2.add(v128.load(to), sumA))
    v128.store(to, f64x2.add(v128.load(to, 16), sumB), 16)
    v128.store(to + wide, f64x2.add(v128.load(to + wide), squaresA))
    v128.store(to + wide, f64x2.add(v128.load(to + wide, 16), squaresB), 16)
  }
}

/** Means and deviations of the window that ends here. */
function windows<Parts>(slide: Slide, suffix: usize, weight: f64, sums: usize, wide: usize, out: usize): void {
  const outputs = slide.outputs
  const second: usize = outputs === 2 ? slide.width : 0
  for (let at: usize = 0; at < wide; at += 32, out += 16) {
    const a = part<Parts>(slide, suffix + at, at, sums, wide)
    const b = part<Parts>(slide, suffix + at + 16, at + 16, sums, wide)
    const all = f64x2.splat(<f64>(slide.panes * slide.pane))
    const meanA = f64x2.div(a, all)
    const meanB = f64x2.div(b, all)
    if (outputs !== 1) v128.store(out, single(meanA, meanB))
    if (outputs === 0) continue
    const w = f64x2.splat(weight)
    const deviationA = deviation<Parts>(slide, suffix + at, at, sums, wide, w, meanA, all)
    v128.store(out + second, single(deviationA, deviation<Parts>(slide, suffix + at + 16, at + 16, sums, wide, w, meanB, all)))
  }
}

function part<Parts>(slide: Slide, suffix: usize, at: usize, sums: usize, wide: usize): v128 {
  const total = v128.load(slide.total + at)
  if (sizeof<Parts>() === sizeof<Two>()) return f64x2.add(total, v128.load(sums + at))
  return f64x2.add(f64x2.add(v128.load(slide.suffixes + suffix), total), v128.load(sums + at))
}

function deviation<Parts>(slide: Slide, suffix: usize, at: usize, sums: usize, wide: usize, w: v128, mean: v128, all: v128): v128 {
  const here = sums + at
  const now = v128.load(slide.shifts + 2 * wide + at)
  const far = v128.load(here + (sizeof<Parts>() === sizeof<Two>() ? 4 : 3) * wide)
  const end = moved(v128.load(here + wide), v128.load(here), now, far, w)
  let q: v128
  let shift: v128
  if (sizeof<Parts>() === sizeof<Two>()) {
    q = f64x2.add(v128.load(slide.total + wide + at), end)
    shift = v128.load(slide.shifts + wide + at)
  } else {
    q = f64x2.add(f64x2.add(v128.load(slide.suffixes + slide.block * wide + suffix), v128.load(here + 2 * wide)), end)
    shift = v128.load(slide.shifts + at)
  }
  const d = f64x2.sub(mean, shift)
  const scatter = f64x2.pmax(f64x2.sub(q, f64x2.mul(f64x2.mul(all, d), d)), f64x2.splat(0))
  return f64x2.sqrt(f64x2.div(scatter, all))
}

/** The suffixes of the block before, whose `shifts` are those of the last: each pane before what the panes after it come to. */
export function suffixMoments(plan: usize): void {
  const slide = changetype<Slide>(plan)
  const width = slide.width
  const wide = width << 1
  const squares = slide.block * wide
  const far = slide.pane * width
  for (let r = slide.block; r-- > 0; ) {
    const start = slide.before + r * far
    const last = r + 1 === slide.block
    const to = slide.suffixes + r * wide
    for (let lane: usize = 0; lane < width; lane += 8) {
      const at = lane << 1
      const shift = v128.load(slide.shifts + wide + at)
      let sum = f64x2.splat(0)
      let sq = sum
      for (let row = start + lane; row < start + far; row += width) {
        const x = double(row)
        sum = f64x2.add(sum, x)
        sq = f64x2.add(sq, square(f64x2.sub(x, shift)))
      }
      v128.store(to + at, last ? sum : f64x2.add(sum, v128.load(to + wide + at)))
      v128.store(to + squares + at, last ? sq : f64x2.add(sq, v128.load(to + squares + wide + at)))
    }
  }
}

/** The largest, or the smallest; `exact` where there may be a NaN in any of the three blocks. */
export function slideEnds(plan: usize, low: i32, exact: i32): void {
  const slide = changetype<Slide>(plan)
  if (low) {
    if (exact) slideTo<Smallest, Exact>(slide)
    else slideTo<Smallest, Fast>(slide)
  } else if (exact) slideTo<Largest, Exact>(slide)
  else slideTo<Largest, Fast>(slide)
}

function slideTo<End, Way>(slide: Slide): void {
  const width = slide.width
  const pane = slide.pane
  const skipped: usize = slide.panes & 1 ? 0 : 1
  const zero = f32x4.splat(0)
  for (let lane: usize = 0; lane < width; lane += 16) {
    const total = v128.load(slide.total + lane)
    let most = empty<End>()
    let next = firstEnd(slide)
    let row = slide.rows + lane
    let out = slide.out + lane
    for (let r: usize = 0; r < slide.count; r++) {
      for (const end = row + pane * width; row < end; row += width) most = further<End, Way>(most, v128.load(row))
      if (r !== next) continue
      next += slide.step
      let end = further<End, Way>(total, most)
      if (r + skipped < slide.block) end = further<End, Way>(v128.load(slide.suffixes + (r + skipped) * width + lane), end)
      v128.store(out, f32x4.add(end, zero))
      out += width
    }
    v128.store(slide.total + lane, most)
  }
}

export function suffixEnds(plan: usize, low: i32, exact: i32): void {
  const slide = changetype<Slide>(plan)
  if (low) {
    if (exact) suffixTo<Smallest, Exact>(slide)
    else suffixTo<Smallest, Fast>(slide)
  } else if (exact) suffixTo<Largest, Exact>(slide)
  else suffixTo<Largest, Fast>(slide)
}

function suffixTo<End, Way>(slide: Slide): void {
  const width = slide.width
  const pane = slide.pane
  for (let lane: usize = 0; lane < width; lane += 16) {
    let most = empty<End>()
    for (let r = slide.block; r-- > 0; ) {
      const start = slide.before + r * pane * width + lane
      for (let row = start; row < start + pane * width; row += width) most = further<End, Way>(most, v128.load(row))
      v128.store(slide.suffixes + r * width + lane, most)
    }
  }
}
