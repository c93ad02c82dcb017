// Rows into accumulators: four lanes at a time down all rows of a block that lies in cache, so that accumulators stay in registers.

import { double, square } from './lanes'

// Types stand for choices, and their sizes for an order of them: each combination becomes a function of its own, without branches.
type None = u8
type Sum = u16
type Moments = u32
type High = u16
type Low = u32
type Both = u64
type Magnitude = f32
type Plain = u8
type Weighted = u16

/**
 * `count` rows of `lanes` floats at `data` into `sum`, `shift` and `squares` (float64), `high` and `low` (float32), all one value a lane.
 *
 * `sums` is 0 for none, 1 for Σwx, 2 for that and Σw(x − shift)²; `ends` 0 for none, 1 for the largest, 2 for the smallest, 3 for both, 4 for the largest |x|, in `high`.
 * `weights` are float64, one a row, or 0 where all are 1. Sums are added in the order of the rows, each product and sum rounded.
 * Lanes are done in fours: what stands beyond a last one that is not full, in accumulators and after the rows, is read and may be overwritten.
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
    if (sums === 1) strips<Sum, None, Weighted>(data, count, lanes, weights, sum, shift, squares, high, low)
    else if (sums === 2) strips<Moments, None, Weighted>(data, count, lanes, weights, sum, shift, squares, high, low)
    if (ends === 0) return
    sums = 0
  }
  if (sums === 1) {
    if (ends === 0) strips<Sum, None, Plain>(data, count, lanes, 0, sum, shift, squares, high, low)
    else if (ends === 1) strips<Sum, High, Plain>(data, count, lanes, 0, sum, shift, squares, high, low)
    else if (ends === 2) strips<Sum, Low, Plain>(data, count, lanes, 0, sum, shift, squares, high, low)
    else strips<Sum, Both, Plain>(data, count, lanes, 0, sum, shift, squares, high, low)
  } else if (sums === 2) {
    if (ends === 0) strips<Moments, None, Plain>(data, count, lanes, 0, sum, shift, squares, high, low)
    else if (ends === 1) strips<Moments, High, Plain>(data, count, lanes, 0, sum, shift, squares, high, low)
    else if (ends === 2) strips<Moments, Low, Plain>(data, count, lanes, 0, sum, shift, squares, high, low)
    else strips<Moments, Both, Plain>(data, count, lanes, 0, sum, shift, squares, high, low)
  } else {
    if (ends === 1) strips<None, High, Plain>(data, count, lanes, 0, sum, shift, squares, high, low)
    else if (ends === 2) strips<None, Low, Plain>(data, count, lanes, 0, sum, shift, squares, high, low)
    else if (ends === 3) strips<None, Both, Plain>(data, count, lanes, 0, sum, shift, squares, high, low)
    else strips<None, Magnitude, Plain>(data, count, lanes, 0, sum, shift, squares, high, low)
  }
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
  let lane: usize = 0
  for (; lane + 8 <= <usize>lanes; lane += 8) eight<Sums, Ends, Weights>(data, end, step, lane, weights, sum, shift, squares, high, low)
  for (; lane < <usize>lanes; lane += 4) {
    const wide = lane << 3
    const near = lane << 2
    let sum0 = f64x2.splat(0)
    let sum1 = f64x2.splat(0)
    let shift0 = f64x2.splat(0)
    let shift1 = f64x2.splat(0)
    let squares0 = f64x2.splat(0)
    let squares1 = f64x2.splat(0)
    let most = f32x4.splat(0)
    let least = f32x4.splat(0)
    let total = f32x4.splat(0)
    if (sizeof<Sums>() !== sizeof<None>()) {
      sum0 = v128.load(sum + wide)
      sum1 = v128.load(sum + wide, 16)
    }
    if (sizeof<Sums>() === sizeof<Moments>()) {
      shift0 = v128.load(shift + wide)
      shift1 = v128.load(shift + wide, 16)
      squares0 = v128.load(squares + wide)
      squares1 = v128.load(squares + wide, 16)
    }
    if (isHigh<Ends>()) most = v128.load(high + near)
    if (isLow<Ends>()) least = v128.load(low + near)
    let weight = weights
    for (let row = data + near; row < end; row += step) {
      if (sizeof<Sums>() !== sizeof<None>()) {
        const x0 = double(row)
        const x1 = double(row + 8)
        if (sizeof<Weights>() === sizeof<Weighted>()) {
          const w = v128.load64_splat(weight)
          weight += 8
          sum0 = f64x2.add(sum0, f64x2.mul(w, x0))
          sum1 = f64x2.add(sum1, f64x2.mul(w, x1))
          if (sizeof<Sums>() === sizeof<Moments>()) {
            squares0 = f64x2.add(squares0, weighed(w, f64x2.sub(x0, shift0)))
            squares1 = f64x2.add(squares1, weighed(w, f64x2.sub(x1, shift1)))
          }
        } else {
          sum0 = f64x2.add(sum0, x0)
          sum1 = f64x2.add(sum1, x1)
          if (sizeof<Sums>() === sizeof<Moments>()) {
            squares0 = f64x2.add(squares0, square(f64x2.sub(x0, shift0)))
            squares1 = f64x2.add(squares1, square(f64x2.sub(x1, shift1)))
          }
        }
      }
      if (sizeof<Ends>() !== sizeof<None>()) {
        const x = magnitude<Ends>(v128.load(row))
        if (isHigh<Ends>()) most = f32x4.pmax(most, x)
        if (isLow<Ends>()) least = f32x4.pmin(least, x)
        if (sizeof<Sums>() === sizeof<None>()) total = f32x4.add(total, x)
      }
    }
    if (sizeof<Sums>() !== sizeof<None>()) {
      v128.store(sum + wide, sum0)
      v128.store(sum + wide, sum1, 16)
    }
    if (sizeof<Sums>() === sizeof<Moments>()) {
      v128.store(squares + wide, squares0)
      v128.store(squares + wide, squares1, 16)
    }
    // pmax and pmin, which are faster than max and min, pass over NaN. A sum is NaN if a value was, or an infinity too many.
    const nan = sizeof<Sums>() === sizeof<None>() ? f32x4.ne(total, total) : v128.or(f64x2.ne(sum0, sum0), f64x2.ne(sum1, sum1))
    if (sizeof<Ends>() !== sizeof<None>() && v128.any_true(nan)) {
      if (isHigh<Ends>()) most = v128.load(high + near)
      if (isLow<Ends>()) least = v128.load(low + near)
      for (let row = data + near; row < end; row += step) {
        const x = magnitude<Ends>(v128.load(row))
        if (isHigh<Ends>()) most = f32x4.max(most, x)
        if (isLow<Ends>()) least = f32x4.min(least, x)
      }
    }
    if (isHigh<Ends>()) v128.store(high + near, most)
    if (isLow<Ends>()) v128.store(low + near, least)
  }
}

/** As each four of `strips`, but more sums at once, each of which waits for the one before it. */
function eight<Sums, Ends, Weights>(
  data: usize,
  end: usize,
  step: usize,
  lane: usize,
  weights: usize,
  sum: usize,
  shift: usize,
  squares: usize,
  high: usize,
  low: usize,
): void {
  sum += lane << 3
  shift += lane << 3
  squares += lane << 3
  high += lane << 2
  low += lane << 2
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
  if (sizeof<Sums>() !== sizeof<None>()) {
    sum0 = v128.load(sum)
    sum1 = v128.load(sum, 16)
    sum2 = v128.load(sum, 32)
    sum3 = v128.load(sum, 48)
  }
  if (sizeof<Sums>() === sizeof<Moments>()) {
    shift0 = v128.load(shift)
    shift1 = v128.load(shift, 16)
    shift2 = v128.load(shift, 32)
    shift3 = v128.load(shift, 48)
    squares0 = v128.load(squares)
    squares1 = v128.load(squares, 16)
    squares2 = v128.load(squares, 32)
    squares3 = v128.load(squares, 48)
  }
  if (isHigh<Ends>()) {
    most0 = v128.load(high)
    most1 = v128.load(high, 16)
  }
  if (isLow<Ends>()) {
    least0 = v128.load(low)
    least1 = v128.load(low, 16)
  }
  data += lane << 2
  for (let row = data; row < end; row += step) {
    if (sizeof<Sums>() !== sizeof<None>()) {
      const x0 = double(row)
      const x1 = double(row + 8)
      const x2 = double(row + 16)
      const x3 = double(row + 24)
      if (sizeof<Weights>() === sizeof<Weighted>()) {
        const w = v128.load64_splat(weights)
        weights += 8
        sum0 = f64x2.add(sum0, f64x2.mul(w, x0))
        sum1 = f64x2.add(sum1, f64x2.mul(w, x1))
        sum2 = f64x2.add(sum2, f64x2.mul(w, x2))
        sum3 = f64x2.add(sum3, f64x2.mul(w, x3))
        if (sizeof<Sums>() === sizeof<Moments>()) {
          squares0 = f64x2.add(squares0, weighed(w, f64x2.sub(x0, shift0)))
          squares1 = f64x2.add(squares1, weighed(w, f64x2.sub(x1, shift1)))
          squares2 = f64x2.add(squares2, weighed(w, f64x2.sub(x2, shift2)))
          squares3 = f64x2.add(squares3, weighed(w, f64x2.sub(x3, shift3)))
        }
      } else {
        sum0 = f64x2.add(sum0, x0)
        sum1 = f64x2.add(sum1, x1)
        sum2 = f64x2.add(sum2, x2)
        sum3 = f64x2.add(sum3, x3)
        if (sizeof<Sums>() === sizeof<Moments>()) {
          squares0 = f64x2.add(squares0, square(f64x2.sub(x0, shift0)))
          squares1 = f64x2.add(squares1, square(f64x2.sub(x1, shift1)))
          squares2 = f64x2.add(squares2, square(f64x2.sub(x2, shift2)))
          squares3 = f64x2.add(squares3, square(f64x2.sub(x3, shift3)))
        }
      }
    }
    if (sizeof<Ends>() !== sizeof<None>()) {
      const x0 = magnitude<Ends>(v128.load(row))
      const x1 = magnitude<Ends>(v128.load(row, 16))
      if (isHigh<Ends>()) {
        most0 = f32x4.pmax(most0, x0)
        most1 = f32x4.pmax(most1, x1)
      }
      if (isLow<Ends>()) {
        least0 = f32x4.pmin(least0, x0)
        least1 = f32x4.pmin(least1, x1)
      }
      if (sizeof<Sums>() === sizeof<None>()) {
        total0 = f32x4.add(total0, x0)
        total1 = f32x4.add(total1, x1)
      }
    }
  }
  if (sizeof<Sums>() !== sizeof<None>()) {
    v128.store(sum, sum0)
    v128.store(sum, sum1, 16)
    v128.store(sum, sum2, 32)
    v128.store(sum, sum3, 48)
  }
  if (sizeof<Sums>() === sizeof<Moments>()) {
    v128.store(squares, squares0)
    v128.store(squares, squares1, 16)
    v128.store(squares, squares2, 32)
    v128.store(squares, squares3, 48)
  }
  if (sizeof<Ends>() === sizeof<None>()) return
  const one =
    sizeof<Sums>() === sizeof<None>() ? f32x4.add(total0, total1) : f64x2.add(f64x2.add(sum0, sum1), f64x2.add(sum2, sum3))
  const nan = sizeof<Sums>() === sizeof<None>() ? f32x4.ne(one, one) : f64x2.ne(one, one)
  if (v128.any_true(nan)) {
    if (isHigh<Ends>()) {
      most0 = v128.load(high)
      most1 = v128.load(high, 16)
    }
    if (isLow<Ends>()) {
      least0 = v128.load(low)
      least1 = v128.load(low, 16)
    }
    for (let row = data; row < end; row += step) {
      const x0 = magnitude<Ends>(v128.load(row))
      const x1 = magnitude<Ends>(v128.load(row, 16))
      if (isHigh<Ends>()) {
        most0 = f32x4.max(most0, x0)
        most1 = f32x4.max(most1, x1)
      }
      if (isLow<Ends>()) {
        least0 = f32x4.min(least0, x0)
        least1 = f32x4.min(least1, x1)
      }
    }
  }
  if (isHigh<Ends>()) {
    v128.store(high, most0)
    v128.store(high, most1, 16)
  }
  if (isLow<Ends>()) {
    v128.store(low, least0)
    v128.store(low, least1, 16)
  }
}

function weighed(w: v128, x: v128): v128 {
  return f64x2.mul(f64x2.mul(w, x), x)
}

function isHigh<Ends>(): bool {
  return isFloat<Ends>() || sizeof<Ends>() === sizeof<High>() || sizeof<Ends>() === sizeof<Both>()
}

function isLow<Ends>(): bool {
  return !isFloat<Ends>() && (sizeof<Ends>() === sizeof<Low>() || sizeof<Ends>() === sizeof<Both>())
}

function magnitude<Ends>(x: v128): v128 {
  if (isFloat<Ends>()) return f32x4.abs(x)
  return x
}
