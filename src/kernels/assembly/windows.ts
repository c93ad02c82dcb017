// Windows over rows and columns of values. Each column is pooled over its rows, then columns are merged in their order: at once where windows share few columns,
// else all columns first, into the room, and from there the windows.

import { double, empty, Exact, Fast, further, Largest, moved, Smallest, single } from './lanes'

// Types stand for choices, and their sizes for an order of them.
type Magnitude = f32
type Sum = u8
type Square = u16
type Power = u32
// The highest power.
type Two = u8
type Four = u16
// Every second lane, or any.
type Pairs = u8
type Far = u16

/** Where in the arena tables and values are. Offsets and steps are in bytes. */
@unmanaged
class Windows {
  /** Images and from one to the next. */
  images: usize
  apart: usize
  /** From one row to the next, and from one that a window reads to its next. */
  width: usize
  down: usize
  data: usize
  /** Windows over the rows: the first row that each reads, how many, the first that is seen, and as float64 what all weigh, or 0 where each weighs 1. */
  tall: usize
  rowFirsts: usize
  rowCounts: usize
  anchors: usize
  rowWeights: usize
  /** As float64 what each row weighs, and from one that a window reads to its next. */
  weights: usize
  heavy: usize
  /** Windows over the columns, in runs of lanes, and from one column to the next. */
  runs: usize
  runsEnd: usize
  step: usize
  /** Whether windows are pooled without the room. */
  fused: usize
  /** What columns come to, and what a row of windows does, before it is divided. */
  room: usize
  merged: usize
  /** In either: from sums to shifts and on to squares. */
  far: usize
  /** From one row of results to the next; where the plain sum or norm, the mean or rms and the deviation go, 0 for nowhere. The largest and smallest go with the plain. */
  row: usize
  plain: usize
  mean: usize
  deviation: usize
  variance: usize
  skewness: usize
  kurtosis: usize
  excess: usize
  /** Which power is summed. */
  power: usize
  /** Here begins a run of all lanes. */
  all: usize
}

/** Windows that read equally many columns each: the lanes of the first column, side by side in the results, `stride` lanes apart in the rows. */
@unmanaged
class Run {
  from: usize
  lanes: usize
  stride: usize
  count: usize
}

/**
 * Pools by what `what` says: 0 the largest, 1 the smallest, 2 the largest magnitude; 3 sums, 4 sums and squares about the first value that is seen of each column,
 * 5 sums of powers, 6 as 4 of powers up to the fourth, of one column; the last four of weighted values or plain ones.
 */
export function pool(plan: usize, what: i32, weighted: i32): void {
  const windows = changetype<Windows>(plan)
  let out: usize = 0
  for (let image: usize = 0; image < windows.images; image++) {
    const data = windows.data + image * windows.apart
    for (let y: usize = 0; y < windows.tall; y++) {
      if (what === 0) endsOf<Largest>(windows, data, y, out)
      else if (what === 1) endsOf<Smallest>(windows, data, y, out)
      else if (what === 2) endsOf<Magnitude>(windows, data, y, out)
      else {
        const at = windows.fused ? windows.runs : plan + offsetof<Windows>('all')
        const last = windows.fused ? windows.runsEnd : at + 16
        const to = windows.fused ? windows.merged : windows.room
        if (what === 6) moments<Four>(windows, at, last, data, y, to, weighted)
        else if (what === 4) {
          moments<Two>(windows, at, last, data, y, to, weighted)
          if (!windows.fused) momentsAcross(windows, y)
        } else if (what !== 3 || weighted || !squares(windows, data, y)) {
          if (what === 3) sums<Sum>(windows, at, last, data, y, to, weighted)
          else if (windows.power === 2) sums<Square>(windows, at, last, data, y, to, weighted)
          else sums<Power>(windows, at, last, data, y, to, weighted)
          if (!windows.fused) sumsAcross(windows)
        }
        finish(windows, y, what, out)
      }
      out += windows.row
    }
  }
}

function endsOf<End>(windows: Windows, data: usize, y: usize, out: usize): void {
  const all = changetype<usize>(windows) + offsetof<Windows>('all')
  const top = data + load<usize>(windows.rowFirsts + (y << 2)) * windows.width
  const height = load<usize>(windows.rowCounts + (y << 2)) * windows.down
  out += windows.plain
  if (windows.fused) {
    if (ends<End, Fast>(windows, windows.runs, windows.runsEnd, top, height, out))
      ends<End, Exact>(windows, windows.runs, windows.runsEnd, top, height, out)
  } else if (ends<End, Fast>(windows, all, all + 16, top, height, windows.room)) {
    ends<End, Exact>(windows, all, all + 16, top, height, windows.room)
    across<End, Exact>(windows, out)
  } else across<End, Fast>(windows, out)
}

/** Says whether there was a NaN, or infinities of which the sum is one, and then what the fast way wrote does not count. */
function ends<End, Way>(windows: Windows, at: usize, last: usize, top: usize, height: usize, out: usize): bool {
  const down = windows.down
  const step = windows.step
  const zero = f32x4.splat(0)
  let total0 = zero
  let total1 = zero
  for (; at < last; at += 16) {
    const run = changetype<Run>(at)
    const end = out + (run.lanes << 2)
    const reach = run.count * step
    let from = top + run.from
    if (sizeof<Way>() === sizeof<Fast>() && !isFloat<End>() && height === 2 * down && reach === 2 * step) {
      // So many of what is pooled are, that they pay for a loop of their own.
      for (; out < end; out += 16, from += 16) {
        const p = v128.load(from)
        const q = v128.load(from + step)
        const r = v128.load(from + down)
        const s = v128.load(from + down + step)
        total0 = f32x4.add(total0, f32x4.add(f32x4.add(p, q), f32x4.add(r, s)))
        v128.store(out, f32x4.add(further<End, Fast>(further<End, Fast>(p, q), further<End, Fast>(r, s)), zero))
      }
    }
    for (; out < end; out += 32, from += 32) {
      let a = begin<End>()
      let b = a
      for (let column = from; column < from + reach; column += step) {
        let row = column
        const bottom = column + height
        if (sizeof<Way>() === sizeof<Fast>() && !isFloat<End>()) {
          for (; row + down < bottom; row += 2 * down) {
            const x0 = v128.load(row)
            const x1 = v128.load(row, 16)
            const y0 = v128.load(row + down)
            const y1 = v128.load(row + down, 16)
            total0 = f32x4.add(total0, f32x4.add(x0, y0))
            total1 = f32x4.add(total1, f32x4.add(x1, y1))
            a = more<End, Way>(more<End, Way>(a, x0), y0)
            b = more<End, Way>(more<End, Way>(b, x1), y1)
          }
        }
        for (; row < bottom; row += down) {
          const x = v128.load(row)
          const y = v128.load(row, 16)
          if (sizeof<Way>() === sizeof<Fast>()) {
            total0 = f32x4.add(total0, x)
            total1 = f32x4.add(total1, y)
          }
          a = more<End, Way>(a, x)
          b = more<End, Way>(b, y)
        }
      }
      // Positive zero for either.
      v128.store(out, f32x4.add(a, zero))
      if (out + 16 < end) v128.store(out, f32x4.add(b, zero), 16)
    }
    out = end
  }
  const total = f32x4.add(total0, total1)
  return v128.any_true(f32x4.ne(total, total))
}

// @ts-ignore: decorator
@inline
function begin<End>(): v128 {
  return isFloat<End>() ? f32x4.splat(0) : empty<End>()
}

// @ts-ignore: decorator
@inline
function more<End, Way>(a: v128, b: v128): v128 {
  return isFloat<End>() ? further<Largest, Way>(a, f32x4.abs(b)) : further<End, Way>(a, b)
}

function across<End, Way>(windows: Windows, out: usize): void {
  // Magnitudes in the room have no sign.
  if (sizeof<End>() === sizeof<Smallest>() && !isFloat<End>()) endsAcross<Smallest, Way>(windows, begin<End>(), out)
  else endsAcross<Largest, Way>(windows, begin<End>(), out)
}

/** From the room, of which no value is below the `least`, or above. */
function endsAcross<End, Way>(windows: Windows, least: v128, out: usize): void {
  const step = windows.step
  for (let at = windows.runs; at < windows.runsEnd; at += 16) {
    const run = changetype<Run>(at)
    if (sizeof<Way>() === sizeof<Fast>() && run.stride === 1) endsNear<End>(run, windows.room, step, least, out)
    else if (sizeof<Way>() === sizeof<Fast>() && run.stride === 2) endsAlong<End, Way, Pairs>(run, windows.room, step, least, out)
    else endsAlong<End, Way, Far>(run, windows.room, step, least, out)
    out += run.lanes << 2
  }
}

function endsNear<End>(run: Run, room: usize, step: usize, least: v128, out: usize): void {
  const reach = run.count * step
  const last = out + (run.lanes << 2)
  let from = room + run.from
  for (; out < last; out += 32, from += 32) {
    let a = least
    let b = least
    for (let column = from; column < from + reach; column += step) {
      a = further<End, Fast>(a, v128.load(column))
      b = further<End, Fast>(b, v128.load(column, 16))
    }
    v128.store(out, a)
    if (out + 16 < last) v128.store(out, b, 16)
  }
}

function endsAlong<End, Way, Stride>(run: Run, room: usize, step: usize, least: v128, out: usize): void {
  const lanes = run.lanes
  const stride = run.stride << 2
  const reach = run.count * step
  let from = room + run.from
  for (let lane: usize = 0; lane < lanes; lane += 4, from += stride << 2) {
    // What is behind the last lane is not there to be read.
    const left = lanes - lane
    const second = left > 1 ? stride : 0
    const third = left > 2 ? stride << 1 : 0
    const fourth = left > 3 ? stride * 3 : 0
    let end = least
    for (let column = from; column < from + reach; column += step) {
      let x: v128
      if (sizeof<Stride>() === sizeof<Pairs>()) x = v128.shuffle<f32>(v128.load(column), v128.load(column, 16), 0, 2, 4, 6)
      else {
        x = v128.load32_zero(column)
        x = v128.load_lane<f32>(column + second, x, 1)
        x = v128.load_lane<f32>(column + third, x, 2)
        x = v128.load_lane<f32>(column + fourth, x, 3)
      }
      end = further<End, Way>(end, x)
    }
    v128.store(out + (lane << 2), end)
  }
}

function sums<What>(windows: Windows, at: usize, last: usize, data: usize, y: usize, to: usize, weighted: i32): void {
  const down = windows.down
  const step = windows.step
  const first = load<usize>(windows.rowFirsts + (y << 2))
  const height = load<usize>(windows.rowCounts + (y << 2)) * down
  const top = data + first * windows.width
  const weights = windows.weights + (first << 3)
  const heavy = windows.heavy
  const power = windows.power
  const none = f64x2.splat(0)
  for (; at < last; at += 16) {
    const run = changetype<Run>(at)
    const end = to + (run.lanes << 3)
    const reach = run.count * step
    let from = top + run.from
    if (sizeof<What>() === sizeof<Sum>() && !weighted && height === 2 * down && reach === 2 * step) {
      // As of the largest; a zero last, so that no zero is negative.
      for (; to < end; to += 32, from += 16) {
        const a = f64x2.add(f64x2.add(double(from), double(from + down)), f64x2.add(double(from + step), double(from + down + step)))
        const low = from + 8
        const b = f64x2.add(f64x2.add(double(low), double(low + down)), f64x2.add(double(low + step), double(low + down + step)))
        v128.store(to, f64x2.add(a, none))
        v128.store(to, f64x2.add(b, none), 16)
      }
    }
    for (; to < end; to += 64, from += 32) {
      let sum0 = none
      let sum1 = none
      let sum2 = none
      let sum3 = none
      for (let column = from; column < from + reach; column += step) {
        let a = none
        let b = none
        let c = none
        let d = none
        let weight = weights
        for (let row = column; row < column + height; row += down) {
          let p = double(row)
          let q = double(row + 8)
          let r = double(row + 16)
          let s = double(row + 24)
          if (sizeof<What>() !== sizeof<Sum>()) {
            p = raised<What>(p, power)
            q = raised<What>(q, power)
            r = raised<What>(r, power)
            s = raised<What>(s, power)
          }
          if (weighted) {
            const w = v128.load64_splat(weight)
            weight += heavy
            p = f64x2.mul(w, p)
            q = f64x2.mul(w, q)
            r = f64x2.mul(w, r)
            s = f64x2.mul(w, s)
          }
          a = f64x2.add(a, p)
          b = f64x2.add(b, q)
          c = f64x2.add(c, r)
          d = f64x2.add(d, s)
        }
        sum0 = f64x2.add(sum0, a)
        sum1 = f64x2.add(sum1, b)
        sum2 = f64x2.add(sum2, c)
        sum3 = f64x2.add(sum3, d)
      }
      four(to, sum0, sum1, sum2, sum3)
    }
    to = end
  }
}

/** Sums of squares of 2 × 2, side by side in one run of windows of one channel; false where windows are others. */
function squares(windows: Windows, data: usize, y: usize): bool {
  const down = windows.down
  const run = changetype<Run>(windows.runs)
  if (load<u32>(windows.rowCounts + (y << 2)) !== 2 || windows.runs + 16 !== windows.runsEnd || run.stride !== 2 || run.count !== 2 || windows.step !== 4) return false
  let from = data + load<usize>(windows.rowFirsts + (y << 2)) * windows.width + run.from
  let to = windows.merged
  for (const end = to + (run.lanes << 3); to < end; to += 16, from += 16) {
    const a = f64x2.add(double(from), double(from + down))
    const b = f64x2.add(double(from + 8), double(from + down + 8))
    // A zero last, so that no zero is negative.
    v128.store(to, f64x2.add(f64x2.add(v128.shuffle<f64>(a, b, 0, 2), v128.shuffle<f64>(a, b, 1, 3)), f64x2.splat(0)))
  }
  return true
}

// @ts-ignore: decorator
@inline
function four(to: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(to, a)
  v128.store(to, b, 16)
  v128.store(to, c, 32)
  v128.store(to, d, 48)
}

/** What all rows of a window weigh. */
function weightOf(windows: Windows, y: usize): f64 {
  return windows.rowWeights ? load<f64>(windows.rowWeights + (y << 3)) : <f64>load<u32>(windows.rowCounts + (y << 2))
}

/** A row of merged windows, divided by what they weigh; of powers the roots. */
function finish(windows: Windows, y: usize, what: i32, out: usize): void {
  const power = what === 5 ? windows.power : 1
  const one = weightOf(windows, y)
  let from = windows.merged
  for (let at = windows.runs; at < windows.runsEnd; ) {
    // Windows that weigh the same.
    const count = changetype<Run>(at).count
    let lanes: usize = 0
    for (; at < windows.runsEnd && changetype<Run>(at).count === count; at += 16) lanes += changetype<Run>(at).lanes
    // The weights of columns are added one by one. Where there are none all sums are 0.
    let weight: f64 = 0
    for (let k: usize = 0; k < count; k++) weight += one
    if (weight === 0) weight = 1
    const end = from + (lanes << 3)
    if (windows.plain) floats(from, end, windows.plain + out, 1, power)
    if (windows.mean) floats(from, end, windows.mean + out, weight, power)
    if (windows.deviation) deviations(from, end, windows.far, windows.deviation + out, weight)
    if (what === 6) forms(windows, from, end, out, weight)
    from = end
    out += lanes << 2
  }
}

/** Of a power of two the reciprocal is exact. */
function even(weight: f64): bool {
  return (reinterpret<u64>(weight) & 0x000fffffffffffff) === 0
}

function floats(from: usize, end: usize, to: usize, weight: f64, power: usize): void {
  const quick = even(weight)
  const divisor = f64x2.splat(weight)
  const factor = f64x2.splat(1 / weight)
  for (; from < end; from += 32, to += 16) {
    let a = v128.load(from)
    let b = v128.load(from, 16)
    if (quick) {
      a = f64x2.mul(a, factor)
      b = f64x2.mul(b, factor)
    } else {
      a = f64x2.div(a, divisor)
      b = f64x2.div(b, divisor)
    }
    if (power === 2) {
      a = f64x2.sqrt(a)
      b = f64x2.sqrt(b)
    }
    if (power > 2) roots(a, b, power, to)
    else v128.store(to, single(a, b))
  }
}

/** The roots that src/core/roots.ts says, step by step, as floats. */
function roots(a: v128, b: v128, power: usize, to: usize): void {
  const share = 1 / <f64>power
  const one = f64x2.splat(1 + share)
  const part = f64x2.splat(share)
  let r = guess(a, part, share)
  let s = guess(b, part, share)
  let p = a
  let q = b
  for (let step = 0; step < 5; step++) {
    p = a
    q = b
    for (let n = power; --n > 0; ) {
      p = f64x2.mul(p, r)
      q = f64x2.mul(q, s)
    }
    r = f64x2.mul(r, f64x2.sub(one, f64x2.mul(part, f64x2.mul(p, r))))
    s = f64x2.mul(s, f64x2.sub(one, f64x2.mul(part, f64x2.mul(q, s))))
  }
  v128.store(to, single(bounded(a, p), bounded(b, q)))
}

function guess(x: v128, part: v128, share: f64): v128 {
  const none = f64x2.splat(0)
  const high = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(x, none, 1, 3, 4, 4))
  const words = i32x4.trunc_sat_f64x2_s_zero(f64x2.sub(f64x2.splat((1 + share) * 1072648159), f64x2.mul(high, part)))
  return v128.shuffle<i32>(words, none, 4, 0, 4, 1)
}

/** What is not finite is its own root. */
function bounded(x: v128, root: v128): v128 {
  return v128.bitselect(root, x, f64x2.eq(f64x2.sub(x, x), f64x2.splat(0)))
}

/** The powers from 1 to 6 of |x|. */
// @ts-ignore: decorator
@inline
function raised<What>(x: v128, power: usize): v128 {
  if (sizeof<What>() === sizeof<Square>()) return f64x2.mul(x, x)
  x = f64x2.abs(x)
  let y = x
  for (let n: usize = 1; n < power; n++) y = f64x2.mul(y, x)
  return y
}

function deviations(from: usize, end: usize, far: usize, to: usize, weight: f64): void {
  const divisor = f64x2.splat(weight)
  for (; from < end; from += 16, to += 8) {
    const d = f64x2.sub(f64x2.div(v128.load(from), divisor), v128.load(from + far))
    // Rounding can leave what is scattered just below 0; NaN stays.
    const scatter = f64x2.pmax(f64x2.sub(v128.load(from + 2 * far), f64x2.mul(f64x2.mul(divisor, d), d)), f64x2.splat(0))
    v128.store_lane<f64>(to, f32x4.demote_f64x2_zero(f64x2.sqrt(f64x2.div(scatter, divisor))), 0)
  }
}

/** Variance, skewness and kurtosis: about the mean what was summed about the first value. */
function forms(windows: Windows, from: usize, end: usize, out: usize, weight: f64): void {
  const far = windows.far
  const all = f64x2.splat(weight)
  const share = f64x2.splat(1 / weight)
  const two = f64x2.splat(2)
  const three = f64x2.splat(3)
  const none = f64x2.splat(0)
  for (; from < end; from += 16, out += 8) {
    const m = f64x2.sub(f64x2.div(v128.load(from), all), v128.load(from + far))
    const p2 = f64x2.mul(v128.load(from + 2 * far), share)
    const p3 = f64x2.mul(v128.load(from + 3 * far), share)
    const p4 = f64x2.mul(v128.load(from + 4 * far), share)
    const square = f64x2.mul(m, m)
    const triple = f64x2.mul(three, p2)
    const m2 = f64x2.pmax(f64x2.sub(p2, square), none)
    const m3 = f64x2.sub(p3, f64x2.mul(m, f64x2.sub(triple, f64x2.mul(two, square))))
    const inner = f64x2.sub(f64x2.mul(two, triple), f64x2.mul(three, square))
    const m4 = f64x2.sub(p4, f64x2.mul(m, f64x2.sub(f64x2.mul(f64x2.splat(4), p3), f64x2.mul(m, inner))))
    const varies = f64x2.ne(m2, none)
    const kurtosis = f64x2.div(m4, f64x2.mul(m2, m2))
    pair(windows.variance, out, m2)
    pair(windows.skewness, out, v128.and(f64x2.div(m3, f64x2.mul(m2, f64x2.sqrt(m2))), varies))
    pair(windows.kurtosis, out, v128.and(kurtosis, varies))
    pair(windows.excess, out, v128.and(f64x2.sub(kurtosis, three), varies))
  }
}

function pair(to: usize, out: usize, x: v128): void {
  if (to) v128.store_lane<f64>(to + out, f32x4.demote_f64x2_zero(x), 0)
}

/** Two float64 of lanes that are `stride` apart, `next` for the second of lanes that are far. */
// @ts-ignore: decorator
@inline
function two<Stride>(at: usize, next: usize): v128 {
  if (sizeof<Stride>() === sizeof<Pairs>()) return v128.shuffle<f64>(v128.load(at), v128.load(at, 16), 0, 2)
  return v128.load_lane<f64>(next, v128.load64_zero(at), 1)
}

function sumsAcross(windows: Windows): void {
  let to = windows.merged
  for (let at = windows.runs; at < windows.runsEnd; at += 16) {
    const run = changetype<Run>(at)
    if (run.stride === 1) sumsNear(windows, run, to)
    else if (run.stride === 2) sumsAlong<Pairs>(windows, run, to)
    else sumsAlong<Far>(windows, run, to)
    to += run.lanes << 3
  }
}

function sumsNear(windows: Windows, run: Run, to: usize): void {
  const step = windows.step << 1
  const reach = run.count * step
  const end = to + (run.lanes << 3)
  let from = windows.room + (run.from << 1)
  for (; to < end; to += 64, from += 64) {
    let a = f64x2.splat(0)
    let b = a
    let c = a
    let d = a
    for (let column = from; column < from + reach; column += step) {
      a = f64x2.add(a, v128.load(column))
      b = f64x2.add(b, v128.load(column, 16))
      c = f64x2.add(c, v128.load(column, 32))
      d = f64x2.add(d, v128.load(column, 48))
    }
    four(to, a, b, c, d)
  }
}

function sumsAlong<Stride>(windows: Windows, run: Run, to: usize): void {
  const lanes = run.lanes
  const stride = run.stride << 3
  const step = windows.step << 1
  const reach = run.count * step
  let from = windows.room + (run.from << 1)
  for (let lane: usize = 0; lane < lanes; lane += 4, from += stride << 2) {
    const left = lanes - lane
    const second = left > 1 ? stride : 0
    const third = left > 2 ? stride << 1 : 0
    const fourth = left > 3 ? stride * 3 : 0
    let a = f64x2.splat(0)
    let b = a
    for (let column = from; column < from + reach; column += step) {
      a = f64x2.add(a, two<Stride>(column, column + second))
      b = f64x2.add(b, two<Stride>(column + third, column + fourth))
    }
    v128.store(to + (lane << 3), a)
    v128.store(to + (lane << 3), b, 16)
  }
}

/** Sums, and squares about the first value that is seen, or powers up to the fourth, of windows of one column, or none. */
function moments<Most>(windows: Windows, at: usize, last: usize, data: usize, y: usize, to: usize, weighted: i32): void {
  const down = windows.down
  const far = windows.far
  const first = load<usize>(windows.rowFirsts + (y << 2))
  const all = load<usize>(windows.rowCounts + (y << 2)) * down
  const beyond = (load<usize>(windows.anchors + (y << 2)) - first) * windows.width
  const top = data + first * windows.width
  const heavy = windows.heavy
  for (; at < last; at += 16) {
    const run = changetype<Run>(at)
    const end = to + (run.lanes << 3)
    const height = run.count * all
    let from = top + run.from
    for (; to < end; to += 32, from += 16) {
      const shift0 = settled(double(from + beyond))
      const shift1 = settled(double(from + beyond + 8))
      let sum0 = f64x2.splat(0)
      let sum1 = sum0
      let squares0 = sum0
      let squares1 = sum0
      let cubes0 = sum0
      let cubes1 = sum0
      let fourths0 = sum0
      let fourths1 = sum0
      let weight = windows.weights + (first << 3)
      for (let row = from; row < from + height; row += down) {
        let x0 = double(row)
        let x1 = double(row + 8)
        const d0 = f64x2.sub(x0, shift0)
        const d1 = f64x2.sub(x1, shift1)
        let part0 = d0
        let part1 = d1
        if (weighted) {
          const w = v128.load64_splat(weight)
          weight += heavy
          x0 = f64x2.mul(w, x0)
          x1 = f64x2.mul(w, x1)
          part0 = f64x2.mul(w, d0)
          part1 = f64x2.mul(w, d1)
        }
        sum0 = f64x2.add(sum0, x0)
        sum1 = f64x2.add(sum1, x1)
        part0 = f64x2.mul(part0, d0)
        part1 = f64x2.mul(part1, d1)
        squares0 = f64x2.add(squares0, part0)
        squares1 = f64x2.add(squares1, part1)
        if (sizeof<Most>() === sizeof<Four>()) {
          part0 = f64x2.mul(part0, d0)
          part1 = f64x2.mul(part1, d1)
          cubes0 = f64x2.add(cubes0, part0)
          cubes1 = f64x2.add(cubes1, part1)
          fourths0 = f64x2.add(fourths0, f64x2.mul(part0, d0))
          fourths1 = f64x2.add(fourths1, f64x2.mul(part1, d1))
        }
      }
      v128.store(to, sum0)
      v128.store(to, sum1, 16)
      v128.store(to + far, shift0)
      v128.store(to + far, shift1, 16)
      v128.store(to + 2 * far, squares0)
      v128.store(to + 2 * far, squares1, 16)
      if (sizeof<Most>() === sizeof<Four>()) {
        v128.store(to + 3 * far, cubes0)
        v128.store(to + 3 * far, cubes1, 16)
        v128.store(to + 4 * far, fourths0)
        v128.store(to + 4 * far, fourths1, 16)
      }
    }
    to = end
  }
}

/** 0 for what is not finite. */
// @ts-ignore: decorator
@inline
function settled(x: v128): v128 {
  return v128.and(x, f64x2.eq(f64x2.sub(x, x), f64x2.splat(0)))
}

function momentsAcross(windows: Windows, y: usize): void {
  const one = f64x2.splat(weightOf(windows, y))
  let to = windows.merged
  for (let at = windows.runs; at < windows.runsEnd; at += 16) {
    const run = changetype<Run>(at)
    if (run.stride === 2) momentsAlong<Pairs>(windows, run, one, to)
    else momentsAlong<Far>(windows, run, one, to)
    to += run.lanes << 3
  }
}

function momentsAlong<Stride>(windows: Windows, run: Run, one: v128, to: usize): void {
  const far = windows.far
  const lanes = run.lanes
  const stride = run.stride << 3
  const step = windows.step << 1
  const reach = run.count * step
  let from = windows.room + (run.from << 1)
  for (let lane: usize = 0; lane < lanes; lane += 2, from += stride << 1, to += 16) {
    const next = lanes - lane > 1 ? stride : 0
    const shift = two<Stride>(from + far, from + far + next)
    let sum = f64x2.splat(0)
    let squares = sum
    for (let column = from; column < from + reach; column += step) {
      const s = two<Stride>(column, column + next)
      const c = two<Stride>(column + far, column + far + next)
      const q = two<Stride>(column + 2 * far, column + 2 * far + next)
      squares = f64x2.add(squares, moved(q, s, c, f64x2.sub(c, shift), one))
      sum = f64x2.add(sum, s)
    }
    v128.store(to, sum)
    v128.store(to + far, shift)
    v128.store(to + 2 * far, squares)
  }
}

/** `count` rows of floats, from `table` on each its share and where it is, times their shares and added up, into `bytes` from `out` on. */
export function blend(table: usize, count: usize, out: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    let a = f64x2.splat(0)
    let b = a
    for (let k: usize = 0; k < count; k++) {
      const share = v128.load64_splat(table + (k << 4))
      const from = load<usize>(table + (k << 4), 8) + at
      a = f64x2.add(a, f64x2.mul(share, double(from)))
      b = f64x2.add(b, f64x2.mul(share, double(from + 8)))
    }
    v128.store(out + at, single(a, b))
  }
}
