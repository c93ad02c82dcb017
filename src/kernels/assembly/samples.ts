// Numbers of 16 bits as float32.

/** `count` numbers, times `factor`. There is room behind the last for sixteen bytes to be read, and 32 written. */
export function widen(data: usize, out: usize, count: usize, factor: f32): void {
  const all = f32x4.splat(factor)
  for (const end = data + (count << 1); data < end; data += 16, out += 32) {
    const eight = v128.load(data)
    v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(eight)), all))
    v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(eight)), all), 16)
  }
}
