// Rows into accumulators: four or eight lanes at a time down all rows of a block that lies in cache, so that accumulators stay in registers.

import { double } from './lanes'

// Types stand for choices, and their sizes for an order of them: each combination becomes a function of its own, without branches.
type None = u8
type Sum = u16
type Moments = u32
type Both = u64
type Magnitude = f32
type Plain = u8
type Weighted = u16

/**
 * `count` rows of `lanes` floats at `data` into `sum`, `shift` and `squares` (float64), `high` and `low` (float32), all one value a lane.
 *
 * `sums` is 0 for none, 1 for Σwx, 2 for that and Σw(x − shift)²; `ends` 0 for none, 1 for the largest and the smallest, 2 for the largest |x|, in `high`.
 * `weights` are float64, one a row, or 0 where all are 1. Sums are added in the order of the rows, each product and sum rounded.
 * Lanes are done in eights: what stands beyond a last one that is not full, in accumulators and after the rows, is read and may be overwritten. So may an end that is not asked
 * for.
 */
export function rows(
  sums: i32,
  ends: i32,
  data: usize,
  count: i32,
  lanes: i32,
  weights: usize,
  sum: usize,
  shift: usize,
  squares: usize,
  high: usize,
  low: usize,
): void {
  if (weights !== 0) {
    // Of what is seldom weighted the squares that are not asked for are summed too.
    if (sums > 0) strips<Moments, None, Weighted>(data, count, lanes, weights, sum, shift, squares, high, low)
    if (ends === 0) return
    sums = 0
  }
  if (sums === 1) {
    if (ends === 0) strips<Sum, None, Plain>(data, count, lanes, 0, sum, shift, squares, high, low)
    else strips<Sum, Both, Plain>(data, count, lanes, 0, sum, shift, squares, high, low)
  } else if (sums === 2) {
    if (ends === 0) strips<Moments, None, Plain>(data, count, lanes, 0, sum, shift, squares, high, low)
    else strips<Moments, Both, Plain>(data, count, lanes, 0, sum, shift, squares, high, low)
  } else if (ends === 1) strips<None, Both, Plain>(data, count, lanes, 0, sum, shift, squares, high, low)
  else strips<None, Magnitude, Plain>(data, count, lanes, 0, sum, shift, squares, high, low)
}

function strips<Sums, Ends, Weights>(
  data: usize,
  count: i32,
  lanes: i32,
  weights: usize,
  sum: usize,
  shift: usize,
  squares: usize,
  high: usize,
  low: usize,
): void {
  const step = (<usize>lanes) << 2
  const end = data + <usize>count * step
  const moments = sizeof<Sums>() === sizeof<Moments>()
  for (; lanes > 0; lanes -= moments ? 4 : 8) {
    strip<Sums, Ends, Weights>(data, end, step, weights, sum, shift, squares, high, low)
    data += moments ? 16 : 32
    sum += moments ? 32 : 64
    shift += 32
    squares += 32
    high += moments ? 16 : 32
    low += moments ? 16 : 32
  }
}

/** Down the rows: of moments four lanes, which are as many sums at once as of eight without squares. */
function strip<Sums, Ends, Weights>(
  data: usize,
  end: usize,
  step: usize,
  weights: usize,
  sum: usize,
  shift: usize,
  squares: usize,
  high: usize,
  low: usize,
): void {
  const sums = sizeof<Sums>() !== sizeof<None>()
  const moments = sizeof<Sums>() === sizeof<Moments>()
  const wide = !moments
  let sum0 = f64x2.splat(0)
  let sum1 = sum0
  let sum2 = sum0
  let sum3 = sum0
  let shift0 = sum0
  let shift1 = sum0
  let shift2 = sum0
  let shift3 = sum0
  let squares0 = sum0
  let squares1 = sum0
  let squares2 = sum0
  let squares3 = sum0
  let most0 = sum0
  let most1 = sum0
  let least0 = sum0
  let least1 = sum0
  let total0 = sum0
  let total1 = sum0
  let w = sum0
  if (sums) {
    sum0 = v128.load(sum)
    sum1 = v128.load(sum, 16)
    if (wide) {
      sum2 = v128.load(sum, 32)
      sum3 = v128.load(sum, 48)
    }
  }
  if (moments) {
    shift0 = v128.load(shift)
    shift1 = v128.load(shift, 16)
    squares0 = v128.load(squares)
    squares1 = v128.load(squares, 16)
    if (wide) {
      shift2 = v128.load(shift, 32)
      shift3 = v128.load(shift, 48)
      squares2 = v128.load(squares, 32)
      squares3 = v128.load(squares, 48)
    }
  }
  if (isHigh<Ends>()) {
    most0 = v128.load(high)
    if (wide) most1 = v128.load(high, 16)
  }
  if (isLow<Ends>()) {
    least0 = v128.load(low)
    if (wide) least1 = v128.load(low, 16)
  }
  for (let row = data; row < end; row += step) {
    if (sums) {
      if (sizeof<Weights>() === sizeof<Weighted>()) {
        w = v128.load64_splat(weights)
        weights += 8
      }
      const x0 = double(row)
      const x1 = double(row + 8)
      sum0 = f64x2.add(sum0, once<Weights>(w, x0))
      sum1 = f64x2.add(sum1, once<Weights>(w, x1))
      if (moments) {
        squares0 = f64x2.add(squares0, squared<Weights>(w, f64x2.sub(x0, shift0)))
        squares1 = f64x2.add(squares1, squared<Weights>(w, f64x2.sub(x1, shift1)))
      }
      if (wide) {
        const x2 = double(row + 16)
        const x3 = double(row + 24)
        sum2 = f64x2.add(sum2, once<Weights>(w, x2))
        sum3 = f64x2.add(sum3, once<Weights>(w, x3))
        if (moments) {
          squares2 = f64x2.add(squares2, squared<Weights>(w, f64x2.sub(x2, shift2)))
          squares3 = f64x2.add(squares3, squared<Weights>(w, f64x2.sub(x3, shift3)))
        }
      }
    }
    if (sizeof<Ends>() !== sizeof<None>()) {
      const x0 = magnitude<Ends>(v128.load(row))
      if (isHigh<Ends>()) most0 = f32x4.pmax(most0, x0)
      if (isLow<Ends>()) least0 = f32x4.pmin(least0, x0)
      if (!sums) total0 = f32x4.add(total0, x0)
      if (wide) {
        const x1 = magnitude<Ends>(v128.load(row, 16))
        if (isHigh<Ends>()) most1 = f32x4.pmax(most1, x1)
        if (isLow<Ends>()) least1 = f32x4.pmin(least1, x1)
        if (!sums) total1 = f32x4.add(total1, x1)
      }
    }
  }
  if (sums) {
    v128.store(sum, sum0)
    v128.store(sum, sum1, 16)
    if (wide) {
      v128.store(sum, sum2, 32)
      v128.store(sum, sum3, 48)
    }
  }
  if (moments) {
    v128.store(squares, squares0)
    v128.store(squares, squares1, 16)
    if (wide) {
      v128.store(squares, squares2, 32)
      v128.store(squares, squares3, 48)
    }
  }
  if (sizeof<Ends>() === sizeof<None>()) return
  // pmax and pmin, which are faster than max and min, pass over NaN. A sum is NaN if a value was, or an infinity too many.
  const total = sums ? f64x2.add(f64x2.add(sum0, sum1), f64x2.add(sum2, sum3)) : f32x4.add(total0, total1)
  if (v128.any_true(sums ? f64x2.ne(total, total) : f32x4.ne(total, total))) {
    if (isHigh<Ends>()) {
      most0 = v128.load(high)
      if (wide) most1 = v128.load(high, 16)
    }
    if (isLow<Ends>()) {
      least0 = v128.load(low)
      if (wide) least1 = v128.load(low, 16)
    }
    for (let row = data; row < end; row += step) {
      const x0 = magnitude<Ends>(v128.load(row))
      if (isHigh<Ends>()) most0 = f32x4.max(most0, x0)
      if (isLow<Ends>()) least0 = f32x4.min(least0, x0)
      if (wide) {
        const x1 = magnitude<Ends>(v128.load(row, 16))
        if (isHigh<Ends>()) most1 = f32x4.max(most1, x1)
        if (isLow<Ends>()) least1 = f32x4.min(least1, x1)
      }
    }
  }
  if (isHigh<Ends>()) {
    v128.store(high, most0)
    if (wide) v128.store(high, most1, 16)
  }
  if (isLow<Ends>()) {
    v128.store(low, least0)
    if (wide) v128.store(low, least1, 16)
  }
}

// @ts-ignore: decorator
@inline
function once<Weights>(w: v128, x: v128): v128 {
  return sizeof<Weights>() === sizeof<Weighted>() ? f64x2.mul(w, x) : x
}

// @ts-ignore: decorator
@inline
function squared<Weights>(w: v128, x: v128): v128 {
  return f64x2.mul(once<Weights>(w, x), x)
}

function isHigh<Ends>(): bool {
  return isFloat<Ends>() || isLow<Ends>()
}

function isLow<Ends>(): bool {
  return !isFloat<Ends>() && sizeof<Ends>() === sizeof<Both>()
}

function magnitude<Ends>(x: v128): v128 {
  if (isFloat<Ends>()) return f32x4.abs(x)
  return x
}
