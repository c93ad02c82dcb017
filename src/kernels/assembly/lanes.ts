// What several kernels do with the lanes of a vector.

// Types stand for choices, and their sizes for an order of them.
export type Largest = u8
export type Smallest = u16
export type Fast = u8
export type Exact = u16

export function empty<End>(): v128 {
  return f32x4.splat(sizeof<End>() === sizeof<Largest>() ? -Infinity : Infinity)
}

/** pmax and pmin, which are faster than max and min, pass over NaN. */
export function further<End, Way>(a: v128, b: v128): v128 {
  if (sizeof<Way>() === sizeof<Fast>()) return sizeof<End>() === sizeof<Largest>() ? f32x4.pmax(a, b) : f32x4.pmin(a, b)
  return sizeof<End>() === sizeof<Largest>() ? f32x4.max(a, b) : f32x4.min(a, b)
}

/** Whether there is a NaN from `at` to `end`, or infinities of which the sum is one. */
export function odd(at: usize, end: usize): bool {
  let a = f32x4.splat(0)
  let b = f32x4.splat(0)
  let c = f32x4.splat(0)
  let d = f32x4.splat(0)
  for (; at + 64 <= end; at += 64) {
    a = f32x4.add(a, v128.load(at))
    b = f32x4.add(b, v128.load(at, 16))
    c = f32x4.add(c, v128.load(at, 32))
    d = f32x4.add(d, v128.load(at, 48))
  }
  // There are zeros behind the last.
  for (; at < end; at += 16) a = f32x4.add(a, v128.load(at))
  const total = f32x4.add(f32x4.add(a, b), f32x4.add(c, d))
  return v128.any_true(f32x4.ne(total, total))
}

/** Two floats as float64. */
export function double(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at))
}

/** Four float64 as floats. */
export function single(near: v128, far: v128): v128 {
  return v128.shuffle<f64>(f32x4.demote_f64x2_zero(near), f32x4.demote_f64x2_zero(far), 0, 2)
}

/** Squares about `c` as squares about `c − d`: Σ(x − b)² = q + d·(2·(s − w·c) + d·w), d = c − b. */
export function moved(q: v128, s: v128, c: v128, d: v128, w: v128): v128 {
  const more = f64x2.mul(d, f64x2.add(f64x2.mul(f64x2.splat(2), f64x2.sub(s, f64x2.mul(w, c))), f64x2.mul(d, w)))
  return v128.bitselect(q, f64x2.add(q, more), f64x2.eq(d, f64x2.splat(0)))
}
