// The natural logarithm in float32, step by step that of src/kernels/logarithm.ts, of four values at once.

const ln2High: f32 = 0.693359375
const ln2Low: f32 = -0.00021219444170128554
const p0: f32 = 0.3333333134651184
const p1: f32 = -0.2500081956386566
const p2: f32 = 0.20001226663589478
const p3: f32 = -0.16623356938362122
const p4: f32 = 0.14201758801937103
const p5: f32 = -0.13160182535648346
const p6: f32 = 0.12761574983596802
const p7: f32 = -0.07634492963552475

/** Which are not positive, finite and of full precision. */
export function unusual(x: v128): v128 {
  return i32x4.ge_u(i32x4.sub(x, i32x4.splat(0x00800000)), i32x4.splat(0x7f000000))
}

/** Of positive, finite values of full precision. */
export function lnNormal(x: v128): v128 {
  return lnOf<u8>(x, i32x4.splat(0))
}

export function ln(x: v128): v128 {
  // Below the normal range 2²³ times as much is in it.
  const small = f32x4.lt(x, f32x4.splat(1.1754943508222875e-38))
  const result = lnOf<u16>(v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, small), small)
  // 0 gives −∞, ∞ itself, what is negative or NaN gives NaN.
  const zero = f32x4.eq(x, f32x4.splat(0))
  const infinite = f32x4.eq(x, f32x4.splat(Infinity))
  const right = f32x4.ge(x, f32x4.splat(0))
  return v128.bitselect(
    f32x4.splat(-Infinity),
    v128.bitselect(f32x4.splat(Infinity), v128.bitselect(result, f32x4.splat(NaN), right), infinite),
    zero,
  )
}

/** Of normal values, divided by 2²³ where `small` says so and the type's size is not 1. */
function lnOf<Small>(x: v128, small: v128): v128 {
  const above = i32x4.sub(x, i32x4.splat(0x3f3504f3))
  let exponent = i32x4.shr_s(above, 23)
  if (sizeof<Small>() > 1) exponent = i32x4.add(exponent, v128.and(small, i32x4.splat(-23)))
  const e = f32x4.convert_i32x4_s(exponent)
  const r = f32x4.sub(i32x4.add(v128.and(above, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3)), f32x4.splat(1))
  const square = f32x4.mul(r, r)
  const low = f32x4.add(
    f32x4.mul(f32x4.add(f32x4.mul(f32x4.splat(p3), r), f32x4.splat(p2)), square),
    f32x4.add(f32x4.mul(f32x4.splat(p1), r), f32x4.splat(p0)),
  )
  const high = f32x4.add(
    f32x4.mul(f32x4.add(f32x4.mul(f32x4.splat(p7), r), f32x4.splat(p6)), square),
    f32x4.add(f32x4.mul(f32x4.splat(p5), r), f32x4.splat(p4)),
  )
  const p = f32x4.add(f32x4.mul(high, f32x4.mul(square, square)), low)
  let tail = f32x4.mul(f32x4.mul(r, square), p)
  tail = f32x4.add(tail, f32x4.mul(e, f32x4.splat(ln2Low)))
  tail = f32x4.sub(tail, f32x4.mul(square, f32x4.splat(0.5)))
  return f32x4.add(f32x4.add(r, tail), f32x4.mul(e, f32x4.splat(ln2High)))
}
