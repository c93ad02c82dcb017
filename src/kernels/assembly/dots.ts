// Dot products of rows of float32 in float64, four rows at a time, so that what is loaded of the query serves four and their sums do not wait for one another.

import { double } from './lanes'

/**
 * Of `count` rows of `size` floats, one after the other, with `query`, of `size` float64, into `out`, of float64. Of each four values the sums are kept side by side, and what is left of a row goes into the first.
 * Rows are taken in fours: up to three behind the last are read, and their products written.
 */
export function dots(rows: usize, count: i32, size: i32, query: usize, out: usize): void {
  const step = (<usize>size) << 2
  const fours = step & ~15
  for (const end = out + ((<usize>count) << 3); out < end; out += 32) {
    let a = rows
    let b = a + step
    let c = b + step
    let d = c + step
    rows = d + step
    let a0 = f64x2.splat(0)
    let a1 = a0
    let b0 = a0
    let b1 = a0
    let c0 = a0
    let c1 = a0
    let d0 = a0
    let d1 = a0
    let q = query
    for (const last = a + fours; a < last; a += 16, b += 16, c += 16, d += 16, q += 32) {
      const q0 = v128.load(q)
      const q1 = v128.load(q, 16)
      a0 = f64x2.add(a0, f64x2.mul(double(a), q0))
      a1 = f64x2.add(a1, f64x2.mul(double(a + 8), q1))
      b0 = f64x2.add(b0, f64x2.mul(double(b), q0))
      b1 = f64x2.add(b1, f64x2.mul(double(b + 8), q1))
      c0 = f64x2.add(c0, f64x2.mul(double(c), q0))
      c1 = f64x2.add(c1, f64x2.mul(double(c + 8), q1))
      d0 = f64x2.add(d0, f64x2.mul(double(d), q0))
      d1 = f64x2.add(d1, f64x2.mul(double(d + 8), q1))
    }
    const rest = step - fours
    store<f64>(out, total(a0, a1, a, rest, q))
    store<f64>(out, total(b0, b1, b, rest, q), 8)
    store<f64>(out, total(c0, c1, c, rest, q), 16)
    store<f64>(out, total(d0, d1, d, rest, q), 24)
  }
}

function total(near: v128, far: v128, at: usize, rest: usize, query: usize): f64 {
  let first = f64x2.extract_lane(near, 0)
  for (const end = at + rest; at < end; at += 4, query += 8) first += <f64>load<f32>(at) * load<f64>(query)
  return first + f64x2.extract_lane(near, 1) + (f64x2.extract_lane(far, 0) + f64x2.extract_lane(far, 1))
}
