// Fourier transforms of four frames at once, one in each lane, in float32: operation by operation those of src/kernels/fourier.ts.
// A complex element is two vectors, its real and its imaginary part.

/** One pass: fields as in src/kernels/fourier.ts, twiddles as pairs of cosine and sine. A radix of 0 ends the list of passes. */
@unmanaged
export class Pass {
  radix: usize
  groups: usize
  stride: usize
  twiddles: usize
  unit: usize
}

/** Transforms what is at `from`, with `to` as the other side, and says on which side the result is. */
export function transform(passes: usize, from: usize, to: usize): usize {
  for (let pass = changetype<Pass>(passes); pass.radix !== 0; pass = changetype<Pass>(changetype<usize>(pass) + offsetof<Pass>())) {
    if (pass.radix === 4) four(pass, from, to)
    else if (pass.radix === 2) two(pass, from, to)
    else if (pass.radix === 5) five(pass, from, to)
    else odd(pass, from, to)
    const side = from
    from = to
    to = side
  }
  return from
}

// In every pass, input k of group p is at stride·(p + groups·k) + q, and output j, turned by w^(p·j), goes to stride·(radix·p + j) + q.

function put(to: usize, re: v128, im: v128): void {
  v128.store(to, re)
  v128.store(to, im, 16)
}

function putTurnedBy(to: usize, re: v128, im: v128, twiddle: usize): void {
  putTurned(to, re, im, v128.load32_splat(twiddle), v128.load32_splat(twiddle, 4))
}

/** An element turned by a twiddle. */
function putTurned(to: usize, re: v128, im: v128, cos: v128, sin: v128): void {
  put(to, f32x4.sub(f32x4.mul(re, cos), f32x4.mul(im, sin)), f32x4.add(f32x4.mul(re, sin), f32x4.mul(im, cos)))
}

function two(pass: Pass, from: usize, to: usize): void {
  const step = pass.stride << 5
  const far = pass.groups * step
  let twiddle = pass.twiddles
  for (let p: usize = 0; p < pass.groups; p++) {
    const cos = v128.load32_splat(twiddle)
    const sin = v128.load32_splat(twiddle, 4)
    for (const end = from + step; from < end; from += 32) {
      const aRe = v128.load(from)
      const aIm = v128.load(from, 16)
      const bRe = v128.load(from + far)
      const bIm = v128.load(from + far, 16)
      put(to, f32x4.add(aRe, bRe), f32x4.add(aIm, bIm))
      putTurned(to + step, f32x4.sub(aRe, bRe), f32x4.sub(aIm, bIm), cos, sin)
      to += 32
    }
    to += step
    twiddle += 8
  }
}

function four(pass: Pass, from: usize, to: usize): void {
  const step = pass.stride << 5
  const far = pass.groups * step
  const twiddle = pass.twiddles
  // The first group's twiddles are 1, and multiplying by them changes nothing but the signs of zeros, which no power shows.
  fours<u8>(from, far, to, step, twiddle)
  for (let p: usize = 1; p < pass.groups; p++) fours<u16>(from + p * step, far, to + 4 * p * step, step, twiddle + 24 * p)
}

/** One group; its twiddles are 1 where the type's size is. */
function fours<Twiddles>(from: usize, far: usize, to: usize, step: usize, twiddle: usize): void {
  const cos1 = v128.load32_splat(twiddle)
  const sin1 = v128.load32_splat(twiddle, 4)
  const cos2 = v128.load32_splat(twiddle, 8)
  const sin2 = v128.load32_splat(twiddle, 12)
  const cos3 = v128.load32_splat(twiddle, 16)
  const sin3 = v128.load32_splat(twiddle, 20)
  for (const end = from + step; from < end; from += 32) {
    const aRe = v128.load(from)
    const aIm = v128.load(from, 16)
    const bRe = v128.load(from + far)
    const bIm = v128.load(from + far, 16)
    const cRe = v128.load(from + 2 * far)
    const cIm = v128.load(from + 2 * far, 16)
    const dRe = v128.load(from + 3 * far)
    const dIm = v128.load(from + 3 * far, 16)
    const acRe = f32x4.add(aRe, cRe)
    const acIm = f32x4.add(aIm, cIm)
    const ac2Re = f32x4.sub(aRe, cRe)
    const ac2Im = f32x4.sub(aIm, cIm)
    const bdRe = f32x4.add(bRe, dRe)
    const bdIm = f32x4.add(bIm, dIm)
    const bd2Re = f32x4.sub(bRe, dRe)
    const bd2Im = f32x4.sub(bIm, dIm)
    put(to, f32x4.add(acRe, bdRe), f32x4.add(acIm, bdIm))
    if (sizeof<Twiddles>() === 1) {
      put(to + step, f32x4.add(ac2Re, bd2Im), f32x4.sub(ac2Im, bd2Re))
      put(to + 2 * step, f32x4.sub(acRe, bdRe), f32x4.sub(acIm, bdIm))
      put(to + 3 * step, f32x4.sub(ac2Re, bd2Im), f32x4.add(ac2Im, bd2Re))
    } else {
      putTurned(to + step, f32x4.add(ac2Re, bd2Im), f32x4.sub(ac2Im, bd2Re), cos1, sin1)
      putTurned(to + 2 * step, f32x4.sub(acRe, bdRe), f32x4.sub(acIm, bdIm), cos2, sin2)
      putTurned(to + 3 * step, f32x4.sub(ac2Re, bd2Im), f32x4.add(ac2Im, bd2Re), cos3, sin3)
    }
    to += 32
  }
}

/**
 * The first pass, of radix 4, of one frame by itself, from elements of real and imaginary part side by side at `from`, for at least four groups.
 * It leaves four elements to a vector, and as every further pass has a stride of a multiple of 4, `transform` goes on with them as with four frames of a stride of a fourth.
 */
export function firstFour(pass: Pass, from: usize, to: usize): void {
  const groups = pass.groups
  const twiddles = pass.twiddles
  const far = groups << 3
  for (let p: usize = 0; p < groups; p += 4) {
    // Where the last groups are fewer than four, some are computed again.
    const first = min(p, groups - 4)
    firstFours(from + (first << 3), far, twiddles + 24 * first, to + (first << 5))
  }
}

function firstFours(from: usize, far: usize, twiddle: usize, to: usize): void {
  const a = v128.load(from)
  const a2 = v128.load(from, 16)
  const b = v128.load(from + far)
  const b2 = v128.load(from + far, 16)
  const c = v128.load(from + 2 * far)
  const c2 = v128.load(from + 2 * far, 16)
  const d = v128.load(from + 3 * far)
  const d2 = v128.load(from + 3 * far, 16)
  const ac = f32x4.add(a, c)
  const ac2 = f32x4.add(a2, c2)
  const acGap = f32x4.sub(a, c)
  const acGap2 = f32x4.sub(a2, c2)
  const bd = f32x4.add(b, d)
  const bd2 = f32x4.add(b2, d2)
  const bdGap = f32x4.sub(b, d)
  const bdGap2 = f32x4.sub(b2, d2)
  const acRe = v128.shuffle<f32>(acGap, acGap2, 0, 2, 4, 6)
  const acIm = v128.shuffle<f32>(acGap, acGap2, 1, 3, 5, 7)
  const bdRe = v128.shuffle<f32>(bdGap, bdGap2, 0, 2, 4, 6)
  const bdIm = v128.shuffle<f32>(bdGap, bdGap2, 1, 3, 5, 7)
  const sum = f32x4.add(ac, bd)
  const sum2 = f32x4.add(ac2, bd2)
  const gap = f32x4.sub(ac, bd)
  const gap2 = f32x4.sub(ac2, bd2)
  const re0 = v128.shuffle<f32>(sum, sum2, 0, 2, 4, 6)
  const im0 = v128.shuffle<f32>(sum, sum2, 1, 3, 5, 7)
  const re1 = f32x4.add(acRe, bdIm)
  const im1 = f32x4.sub(acIm, bdRe)
  const re2 = v128.shuffle<f32>(gap, gap2, 0, 2, 4, 6)
  const im2 = v128.shuffle<f32>(gap, gap2, 1, 3, 5, 7)
  const re3 = f32x4.sub(acRe, bdIm)
  const im3 = f32x4.add(acIm, bdRe)
  // From an output of four groups to the four outputs of a group.
  const earlyRe01 = v128.shuffle<f32>(re0, re1, 0, 4, 1, 5)
  const earlyRe23 = v128.shuffle<f32>(re2, re3, 0, 4, 1, 5)
  const lateRe01 = v128.shuffle<f32>(re0, re1, 2, 6, 3, 7)
  const lateRe23 = v128.shuffle<f32>(re2, re3, 2, 6, 3, 7)
  const earlyIm01 = v128.shuffle<f32>(im0, im1, 0, 4, 1, 5)
  const earlyIm23 = v128.shuffle<f32>(im2, im3, 0, 4, 1, 5)
  const lateIm01 = v128.shuffle<f32>(im0, im1, 2, 6, 3, 7)
  const lateIm23 = v128.shuffle<f32>(im2, im3, 2, 6, 3, 7)
  putTurnedEach(to, v128.shuffle<f64>(earlyRe01, earlyRe23, 0, 2), v128.shuffle<f64>(earlyIm01, earlyIm23, 0, 2), twiddle)
  putTurnedEach(to + 32, v128.shuffle<f64>(earlyRe01, earlyRe23, 1, 3), v128.shuffle<f64>(earlyIm01, earlyIm23, 1, 3), twiddle + 24)
  putTurnedEach(to + 64, v128.shuffle<f64>(lateRe01, lateRe23, 0, 2), v128.shuffle<f64>(lateIm01, lateIm23, 0, 2), twiddle + 48)
  putTurnedEach(to + 96, v128.shuffle<f64>(lateRe01, lateRe23, 1, 3), v128.shuffle<f64>(lateIm01, lateIm23, 1, 3), twiddle + 72)
}

/** The four outputs of a group: the first is turned by 1, the others by the group's twiddles. */
function putTurnedEach(to: usize, re: v128, im: v128, twiddle: usize): void {
  const near = v128.load(twiddle)
  const last = v128.load64_zero(twiddle, 16)
  const cos = v128.shuffle<f32>(v128.shuffle<f32>(f32x4.splat(1), near, 0, 4, 6, 6), last, 0, 1, 2, 4)
  const sin = v128.shuffle<f32>(v128.shuffle<f32>(f32x4.splat(0), near, 0, 5, 7, 7), last, 0, 1, 2, 5)
  putTurned(to, re, im, cos, sin)
}

const cos72: f32 = 0.30901700258255005
const cos144: f32 = -0.80901700258255
const sin72: f32 = 0.9510565400123596
const sin144: f32 = 0.5877852439880371

function five(pass: Pass, from: usize, to: usize): void {
  const step = pass.stride << 5
  const far = pass.groups * step
  let twiddle = pass.twiddles
  const c1 = f32x4.splat(cos72)
  const c2 = f32x4.splat(cos144)
  const s1 = f32x4.splat(sin72)
  const s2 = f32x4.splat(sin144)
  for (let p: usize = 0; p < pass.groups; p++) {
    for (const end = from + step; from < end; from += 32) {
      const aRe = v128.load(from)
      const aIm = v128.load(from, 16)
      const bRe = v128.load(from + far)
      const bIm = v128.load(from + far, 16)
      const cRe = v128.load(from + 2 * far)
      const cIm = v128.load(from + 2 * far, 16)
      const dRe = v128.load(from + 3 * far)
      const dIm = v128.load(from + 3 * far, 16)
      const eRe = v128.load(from + 4 * far)
      const eIm = v128.load(from + 4 * far, 16)
      const sum1Re = f32x4.add(bRe, eRe)
      const sum1Im = f32x4.add(bIm, eIm)
      const gap1Re = f32x4.sub(bRe, eRe)
      const gap1Im = f32x4.sub(bIm, eIm)
      const sum2Re = f32x4.add(cRe, dRe)
      const sum2Im = f32x4.add(cIm, dIm)
      const gap2Re = f32x4.sub(cRe, dRe)
      const gap2Im = f32x4.sub(cIm, dIm)
      put(to, f32x4.add(f32x4.add(aRe, sum1Re), sum2Re), f32x4.add(f32x4.add(aIm, sum1Im), sum2Im))
      const even1Re = f32x4.add(f32x4.add(aRe, f32x4.mul(sum1Re, c1)), f32x4.mul(sum2Re, c2))
      const even1Im = f32x4.add(f32x4.add(aIm, f32x4.mul(sum1Im, c1)), f32x4.mul(sum2Im, c2))
      const odd1Re = f32x4.add(f32x4.mul(gap1Re, s1), f32x4.mul(gap2Re, s2))
      const odd1Im = f32x4.add(f32x4.mul(gap1Im, s1), f32x4.mul(gap2Im, s2))
      putTurnedBy(to + step, f32x4.add(even1Re, odd1Im), f32x4.sub(even1Im, odd1Re), twiddle)
      putTurnedBy(to + 4 * step, f32x4.sub(even1Re, odd1Im), f32x4.add(even1Im, odd1Re), twiddle + 24)
      const even2Re = f32x4.add(f32x4.add(aRe, f32x4.mul(sum1Re, c2)), f32x4.mul(sum2Re, c1))
      const even2Im = f32x4.add(f32x4.add(aIm, f32x4.mul(sum1Im, c2)), f32x4.mul(sum2Im, c1))
      const odd2Re = f32x4.sub(f32x4.mul(gap1Re, s2), f32x4.mul(gap2Re, s1))
      const odd2Im = f32x4.sub(f32x4.mul(gap1Im, s2), f32x4.mul(gap2Im, s1))
      putTurnedBy(to + 2 * step, f32x4.add(even2Re, odd2Im), f32x4.sub(even2Im, odd2Re), twiddle + 8)
      putTurnedBy(to + 3 * step, f32x4.sub(even2Re, odd2Im), f32x4.add(even2Im, odd2Re), twiddle + 16)
      to += 32
    }
    to += 4 * step
    twiddle += 32
  }
}

function odd(pass: Pass, from: usize, to: usize): void {
  const radix = pass.radix
  const step = pass.stride << 5
  const far = pass.groups * step
  for (let p: usize = 0; p < pass.groups; p++) {
    // Twiddles start at output 1.
    const twiddle = pass.twiddles + 8 * (p * (radix - 1) - 1)
    for (const end = from + step; from < end; from += 32) {
      const aRe = v128.load(from)
      const aIm = v128.load(from, 16)
      let sumRe = aRe
      let sumIm = aIm
      for (let k: usize = 1; k < radix; k++) {
        sumRe = f32x4.add(sumRe, v128.load(from + k * far))
        sumIm = f32x4.add(sumIm, v128.load(from + k * far, 16))
      }
      put(to, sumRe, sumIm)
      for (let j: usize = 1; j + j < radix; j++) {
        let evenRe = aRe
        let evenIm = aIm
        let oddRe = f32x4.splat(0)
        let oddIm = f32x4.splat(0)
        let at = j
        for (let k: usize = 1; k + k < radix; k++) {
          const near = from + k * far
          const mate = from + (radix - k) * far
          const cos = v128.load32_splat(pass.unit + (at << 3))
          const sin = v128.load32_splat(pass.unit + (at << 3), 4)
          const nearRe = v128.load(near)
          const nearIm = v128.load(near, 16)
          const mateRe = v128.load(mate)
          const mateIm = v128.load(mate, 16)
          evenRe = f32x4.add(evenRe, f32x4.mul(f32x4.add(nearRe, mateRe), cos))
          evenIm = f32x4.add(evenIm, f32x4.mul(f32x4.add(nearIm, mateIm), cos))
          oddRe = f32x4.sub(oddRe, f32x4.mul(f32x4.sub(nearIm, mateIm), sin))
          oddIm = f32x4.add(oddIm, f32x4.mul(f32x4.sub(nearRe, mateRe), sin))
          at = (at + j) % radix
        }
        putTurnedBy(to + j * step, f32x4.add(evenRe, oddRe), f32x4.add(evenIm, oddIm), twiddle + 8 * j)
        const last = radix - j
        putTurnedBy(to + last * step, f32x4.sub(evenRe, oddRe), f32x4.sub(evenIm, oddIm), twiddle + 8 * last)
      }
      to += 32
    }
    to += (radix - 1) * step
  }
}
