// Windows that slide over rows, for some panes of a block: the end of the block before last, all of the last and the beginning of this one, in the order in which
// states merge. As many panes of the last block, from its end backward, are added to its suffixes.

import { double, empty, Exact, Fast, further, Largest, moved, Smallest, single } from './lanes'

/** What to slide over, and where in the arena it stands. Rows hold `width` bytes of floats, a multiple of 16; accumulators of float64 twice as much. */
@unmanaged
class Slide {
  width: usize
  /** Rows in a pane, and panes from one window to the next. */
  pane: usize
  step: usize
  /** How many panes there are here; whether the first begins a block; the first with which a window ends. */
  count: usize
  fresh: usize
  next: usize
  /** The rows of these panes, and of as many of the last block; 0 where there is no last block. */
  rows: usize
  before: usize
  /** What the rows weigh, in float64; 0 where each weighs 1. */
  weights: usize
  weightsBefore: usize
  /** For each pane here the suffix of the block before last with which a window begins, if the pane is before number `whole`. */
  suffixes: usize
  whole: usize
  /** Where the suffixes of the last block go, which may be in the place of those. */
  made: usize
  /** Three accumulators: what the last block comes to, this block so far, and the last block from its end backward so far. */
  held: usize
  /** About which numbers squares are summed: a row for the block before last, the last, and this one; then room for three rows. */
  shifts: usize
  /** What the last block weighs; then for each window by what its sums are divided, what its beginning of this block weighs, and 1 if its first part weighs something. */
  windows: usize
  /** A row of `far` bytes for each window; in it what is computed, at so many bytes, -1 where it is not; an end in the place of the sum. */
  out: usize
  far: usize
  sum: i32
  mean: i32
  std: i32
  norm: i32
  rms: i32
}

/** Sums and squares, or energies where the shifts are 0. Row by row, so that everything is read and written in its order. */
export function slideMoments(plan: usize): void {
  const slide = changetype<Slide>(plan)
  const wide = slide.width << 1
  const far = slide.pane * slide.width
  const prefix = slide.held + 2 * wide
  const running = slide.held + 4 * wide
  if (slide.fresh) {
    memory.copy(slide.held, prefix, 2 * wide)
    memory.fill(prefix, 0, 4 * wide)
  }
  begin(slide, wide)
  let next = slide.next
  let table = slide.windows + 8
  let out = slide.out
  for (let r: usize = 0; r < slide.count; r++) {
    addPane(slide, slide.rows + r * far, slide.weights, r, slide.shifts + 2 * wide, prefix, prefix)
    if (r !== next) continue
    next += slide.step
    const suffix = slide.suffixes + 2 * r * wide
    if (load<f64>(table, 16) !== 0) result<Three>(slide, suffix, table, wide, out)
    else result<Two>(slide, suffix, table, wide, out)
    table += 24
    out += slide.far
  }
  if (!slide.before) return
  let from = running
  for (let r = slide.count; r-- > 0; ) {
    const to = slide.made + 2 * r * wide
    addPane(slide, slide.before + r * far, slide.weightsBefore, r, slide.shifts + wide, from, to)
    from = to
  }
  memory.copy(running, from, 2 * wide)
}

// A window of three parts, or of two where there is nothing of the block before last.
type Two = u8
type Three = u16

/** What is the same for all windows that end in this block: the squares of the last block about the number of the one before it, and how far this block's numbers are from either's. */
function begin(slide: Slide, wide: usize): void {
  const weight = v128.load64_splat(slide.windows)
  for (let at: usize = 0; at < wide; at += 16) {
    const shifts = slide.shifts + at
    const total = slide.held + at
    const now = v128.load(shifts + 2 * wide)
    const last = v128.load(shifts + wide)
    const before = v128.load(shifts)
    v128.store(shifts + 3 * wide, moved(v128.load(total + wide), v128.load(total), last, f64x2.sub(last, before), weight))
    v128.store(shifts + 4 * wide, f64x2.sub(now, before))
    v128.store(shifts + 5 * wide, f64x2.sub(now, last))
  }
}

// Whether each row weighs 1.
type Plain = u8
type Weighed = u16

/** Sums and squares of pane `r` and of `from`, into `to`. */
function addPane(slide: Slide, row: usize, weights: usize, r: usize, shifts: usize, from: usize, to: usize): void {
  if (weights) addRows<Weighed>(slide, row, weights + 8 * r * slide.pane, shifts, from, to)
  else addRows<Plain>(slide, row, 0, shifts, from, to)
}

function addRows<Way>(slide: Slide, start: usize, weights: usize, shifts: usize, from: usize, to: usize): void {
  const width = slide.width
  const wide = width << 1
  const end = start + slide.pane * width
  for (let at: usize = 0; at < wide; at += 32) {
    const shiftA = v128.load(shifts + at)
    const shiftB = v128.load(shifts + at, 16)
    let sumA = f64x2.splat(0)
    let sumB = sumA
    let squaresA = sumA
    let squaresB = sumA
    let weight = weights
    for (let row = start + (at >> 1); row < end; row += width) {
      let a = double(row)
      let b = double(row + 8)
      const farA = f64x2.sub(a, shiftA)
      const farB = f64x2.sub(b, shiftB)
      let partA = farA
      let partB = farB
      if (sizeof<Way>() === sizeof<Weighed>()) {
        const w = v128.load64_splat(weight)
        weight += 8
        a = f64x2.mul(w, a)
        b = f64x2.mul(w, b)
        partA = f64x2.mul(w, farA)
        partB = f64x2.mul(w, farB)
      }
      sumA = f64x2.add(sumA, a)
      sumB = f64x2.add(sumB, b)
      squaresA = f64x2.add(squaresA, f64x2.mul(partA, farA))
      squaresB = f64x2.add(squaresB, f64x2.mul(partB, farB))
    }
    v128.store(to + at, f64x2.add(v128.load(from + at), sumA))
    v128.store(to + at, f64x2.add(v128.load(from + at, 16), sumB), 16)
    v128.store(to + wide + at, f64x2.add(v128.load(from + wide + at), squaresA))
    v128.store(to + wide + at, f64x2.add(v128.load(from + wide + at, 16), squaresB), 16)
  }
}

/** What is computed of the window that ends here. */
function result<Parts>(slide: Slide, suffix: usize, table: usize, wide: usize, out: usize): void {
  const all = v128.load64_splat(table)
  const weight = v128.load64_splat(table, 8)
  const sum = slide.sum
  const mean = slide.mean
  const std = slide.std
  const norm = slide.norm
  const rms = slide.rms
  const far = slide.shifts - slide.held
  let held = slide.held
  for (const end = held + wide; held < end; held += 32, suffix += 32, out += 16) {
    const a = sums<Parts>(held, suffix, wide)
    const b = sums<Parts>(held + 16, suffix + 16, wide)
    const meanA = f64x2.div(a, all)
    const meanB = f64x2.div(b, all)
    if (sum >= 0) v128.store(out + sum, single(a, b))
    if (mean >= 0) v128.store(out + mean, single(meanA, meanB))
    if ((std & norm & rms) < 0) continue
    const shifts = held + far
    const qA = squares<Parts>(held, shifts, suffix, wide, weight)
    const qB = squares<Parts>(held + 16, shifts + 16, suffix + 16, wide, weight)
    if (std >= 0) {
      const shift = shifts + (sizeof<Parts>() === sizeof<Two>() ? wide : 0)
      const scatterA = scatter(qA, f64x2.sub(meanA, v128.load(shift)), all)
      roots(out + std, scatterA, scatter(qB, f64x2.sub(meanB, v128.load(shift, 16)), all), all)
    }
    if (norm >= 0) roots(out + norm, qA, qB, f64x2.splat(1))
    if (rms >= 0) roots(out + rms, qA, qB, all)
  }
}

function sums<Parts>(held: usize, suffix: usize, wide: usize): v128 {
  const total = v128.load(held)
  const prefix = v128.load(held + 2 * wide)
  if (sizeof<Parts>() === sizeof<Two>()) return f64x2.add(total, prefix)
  return f64x2.add(f64x2.add(v128.load(suffix), total), prefix)
}

/** About the numbers of the block of the first part. */
function squares<Parts>(held: usize, shifts: usize, suffix: usize, wide: usize, w: v128): v128 {
  const prefix = held + 2 * wide
  const far = v128.load(shifts + (sizeof<Parts>() === sizeof<Two>() ? 5 : 4) * wide)
  const end = moved(v128.load(prefix + wide), v128.load(prefix), v128.load(shifts + 2 * wide), far, w)
  if (sizeof<Parts>() === sizeof<Two>()) return f64x2.add(v128.load(held + wide), end)
  return f64x2.add(f64x2.add(v128.load(suffix + wide), v128.load(shifts + 3 * wide)), end)
}

function scatter(q: v128, d: v128, w: v128): v128 {
  return f64x2.pmax(f64x2.sub(q, f64x2.mul(f64x2.mul(w, d), d)), f64x2.splat(0))
}

/** The roots of two pairs over `w`, as floats. */
function roots(out: usize, a: v128, b: v128, w: v128): void {
  v128.store(out, single(f64x2.sqrt(f64x2.div(a, w)), f64x2.sqrt(f64x2.div(b, w))))
}

// Values as they are, or their magnitudes.
type Signed = u8
type Size = u16

/** The largest (`end` 0), the smallest (1), or the largest magnitude (2); `exact` where there may be a NaN in this block or the last. */
export function slideEnds(plan: usize, end: i32, exact: i32): void {
  const slide = changetype<Slide>(plan)
  if (end === 2) slideTo<Largest, Fast, Size>(slide)
  else if (end) {
    if (exact) slideTo<Smallest, Exact, Signed>(slide)
    else slideTo<Smallest, Fast, Signed>(slide)
  } else if (exact) slideTo<Largest, Exact, Signed>(slide)
  else slideTo<Largest, Fast, Signed>(slide)
}

function none<End, Of>(): v128 {
  return sizeof<Of>() === sizeof<Size>() ? f32x4.splat(0) : empty<End>()
}

function read<Of>(at: usize): v128 {
  return sizeof<Of>() === sizeof<Size>() ? f32x4.abs(v128.load(at)) : v128.load(at)
}

/** Magnitudes compare as integers do, and NaN is beyond infinity. */
function beyond<End, Way, Of>(a: v128, b: v128): v128 {
  return sizeof<Of>() === sizeof<Size>() ? i32x4.max_s(a, b) : further<End, Way>(a, b)
}

function slideTo<End, Way, Of>(slide: Slide): void {
  const width = slide.width
  const far = slide.pane * width
  const zero = f32x4.splat(0)
  for (let lane: usize = 0; lane < width; lane += 16) {
    const held = slide.held + lane
    let total = v128.load(held)
    let most = v128.load(held + width)
    let last = v128.load(held + 2 * width)
    if (slide.fresh) {
      total = most
      most = none<End, Of>()
      last = most
    }
    let next = slide.next
    let row = slide.rows + lane
    let out = slide.out + slide.sum + lane
    for (let r: usize = 0; r < slide.count; r++) {
      for (const end = row + far; row < end; row += width) most = beyond<End, Way, Of>(most, read<Of>(row))
      if (r !== next) continue
      next += slide.step
      let end = beyond<End, Way, Of>(total, most)
      if (r < slide.whole) end = beyond<End, Way, Of>(v128.load(slide.suffixes + r * width + lane), end)
      v128.store(out, f32x4.add(end, zero))
      out += slide.far
    }
    if (slide.before) {
      for (let r = slide.count; r-- > 0; ) {
        const start = slide.before + r * far + lane
        for (let row = start; row < start + far; row += width) last = beyond<End, Way, Of>(last, read<Of>(row))
        v128.store(slide.made + r * width + lane, last)
      }
    }
    v128.store(held, total)
    v128.store(held + width, most)
    v128.store(held + 2 * width, last)
  }
}
