const f = Math.fround
const float = new Float32Array(1)
const bits = new Int32Array(float.buffer)

// ln 2 in two parts: the first has so few bits that its product with an exponent is exact.
const ln2High = 0.693359375
const ln2Low = f(-0.00021219444170128554)

/** 1 / ln 10 in float32: log10(x) is ln(x) times this. */
export const perLn10: number = f(1 / Math.LN10)

// ln(1 + r) = r − r²/2 + r³·P(r) for √½ ≤ 1 + r < √2: the minimax fit in relative error (Lawson's iteration, 4001 nodes) is within 6e-9; these are its float32 values.
const p0 = f(0.3333333134651184)
const p1 = f(-0.2500081956386566)
const p2 = f(0.20001226663589478)
const p3 = f(-0.16623356938362122)
const p4 = f(0.14201758801937103)
const p5 = f(-0.13160182535648346)
const p6 = f(0.12761574983596802)
const p7 = f(-0.07634492963552475)

/**
 * The natural logarithm in float32, every step rounded, within 1 ulp. Math.log is not used: its last bits differ between engines, and a SIMD kernel could not repeat them.
 *
 * @param x a float32 value. 0 gives −∞, a negative number NaN.
 */
export function ln(x: number): number {
  if (!(x > 0) || x === Infinity) return x === 0 ? -Infinity : x === Infinity ? x : NaN
  float[0] = x
  let exponent = 0
  if (bits[0]! < 0x00800000) {
    // Below the normal range: 2²³ times as much is in it.
    float[0] = x * 8388608
    exponent = -23
  }
  // 0x3f3504f3 is √½: taking it off first makes the exponent step at √½ and √2, not at powers of two.
  const above = bits[0]! - 0x3f3504f3
  exponent += above >> 23
  bits[0] = (above & 0x007fffff) + 0x3f3504f3
  const r = f(float[0]! - 1)
  const square = f(r * r)
  // Estrin's scheme: its steps depend on fewer others than Horner's.
  const low = f(f(f(f(p3 * r) + p2) * square) + f(f(p1 * r) + p0))
  const high = f(f(f(f(p7 * r) + p6) * square) + f(f(p5 * r) + p4))
  const p = f(f(high * f(square * square)) + low)
  let tail = f(f(r * square) * p)
  tail = f(tail + f(exponent * ln2Low))
  tail = f(tail - f(square * 0.5))
  return f(f(r + tail) + f(exponent * ln2High))
}
