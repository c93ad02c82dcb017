// Samples to frames of bands: taper, Fourier transform, power or magnitude, filters, logarithm, in one pass over four frames at a time.
import { firstFour, Pass, transform } from './fourier'
import { ln, lnNormal, unusual } from './logarithm'

/** What to compute, and where in the arena its tables and its room are. */
@unmanaged
class Analysis {
  /** Of the transform; of its samples those of a frame are `length` from `lead` on, times the taper. */
  size: usize
  lead: usize
  length: usize
  taper: usize
  passes: usize
  /** e^(−2πi·k / size), as pairs of cosine and sine. */
  circle: usize
  /** Room for complex elements on either side of a pass, for a spectrum, and for bands. */
  from: usize
  to: usize
  spectrum: usize
  result: usize
  /** 2 for power, 1 for magnitude. */
  power: i32
  /** Band b sums the weights of the fours `starts[b]` (inclusive) to `starts[b + 1]` (exclusive), the first for bin `firsts[b]`. A last four is filled up with zeros. */
  bands: usize
  firsts: usize
  starts: usize
  weights: usize
  /** 0 for none, 1 for ln(max(x, floor) + offset)·scale. */
  logarithm: i32
  floor: f32
  offset: f32
  scale: f32
  /** For `analyzeOne`, the passes after the first, with a fourth of their strides. */
  others: usize
}

/**
 * `count` frames, frame i from sample i·hop on, to frames of bands at `out`, where there is room for a multiple of four.
 * `totals` gets for each of as many the sum of its powers: where it is not finite, the frame's bands are not to be used.
 */
export function analyze(plan: usize, samples: usize, hop: usize, count: usize, out: usize, totals: usize): void {
  const analysis = changetype<Analysis>(plan)
  // A last four of weights may look so far behind the spectrum, times 0.
  const behind = analysis.spectrum + (((analysis.size >> 1) + 1) << 4)
  zeros(behind, behind + 48)
  for (let i: usize = 0; i < count; i += 4) {
    // Where the last frames are fewer than four, the last stands for those that are missing.
    const last = count - 1
    gather(
      analysis,
      samples + 4 * i * hop,
      samples + 4 * min(i + 1, last) * hop,
      samples + 4 * min(i + 2, last) * hop,
      samples + 4 * min(i + 3, last) * hop,
    )
    const result = transform(analysis.passes, analysis.from, analysis.to)
    v128.store(totals + (i << 2), analysis.size & 1 ? powers(analysis, result) : split(analysis, result))
    filter(analysis)
    if (analysis.logarithm) logarithms(analysis, analysis.result, analysis.result + (analysis.bands << 4))
    spread(analysis, out + 4 * i * analysis.bands)
  }
}

/**
 * One frame, to its bands at `out`, where there is room for a multiple of four: the same numbers, four elements of the frame at a time.
 * The transform is of a multiple of 16 samples, and at least 64. Gives the sum of the powers.
 */
export function analyzeOne(plan: usize, samples: usize, out: usize): f32 {
  const analysis = changetype<Analysis>(plan)
  const half = analysis.size >> 1
  // A last four of weights may look so far behind the spectrum, times 0.
  v128.store(analysis.spectrum + (half << 2) + 4, f32x4.splat(0))
  // The first pass goes from the other side, so that what it writes is on the side where `transform` starts.
  weigh(analysis, samples, analysis.to)
  firstFour(changetype<Pass>(analysis.passes), analysis.to, analysis.from)
  const total = splitOne(analysis, transform(analysis.others, analysis.from, analysis.to))
  const end = out + (analysis.bands << 2)
  // What is behind the last band is no reason for a slower logarithm.
  v128.store(end, f32x4.splat(1))
  filterOne(analysis, out)
  if (analysis.logarithm) logarithms(analysis, out, end)
  return total
}

/** The samples of a frame, times the taper, where they stand among zeros. */
function weigh(analysis: Analysis, samples: usize, to: usize): void {
  const start = to + (analysis.lead << 2)
  const end = start + (analysis.length << 2)
  const all = to + (analysis.size << 2)
  zeros(to, start)
  let taper = analysis.taper
  // What is read and written behind the last is written over by zeros, or stands behind the transform.
  for (let at = start; at < end; at += 16) {
    v128.store(at, f32x4.mul(v128.load(samples), v128.load(taper)))
    samples += 16
    taper += 16
  }
  let at = end
  for (; at < all && (at & 15) !== 0; at += 4) store<f32>(at, 0)
  zeros(at, all)
}

/** As `split`, four bins at a time; elements stand in fours of real and of imaginary parts. */
function splitOne(analysis: Analysis, z: usize): f32 {
  const power = analysis.power
  const spectrum = analysis.spectrum
  const half = analysis.size >> 1
  const mid = f32x4.splat(0.5)
  const end = z + (half << 2)
  let far = z + (half << 3)
  let to = spectrum
  let mirror = spectrum + (half << 2) - 12
  let turn = analysis.circle
  let total = f32x4.splat(0)
  for (let near = z; near < end; near += 32) {
    // Element 0 has itself as its mate.
    const start = near === z ? z : far
    const kRe = v128.load(near)
    const kIm = v128.load(near, 16)
    const nRe = v128.shuffle<f32>(v128.load(start), v128.load(far - 32), 0, 7, 6, 5)
    const nIm = v128.shuffle<f32>(v128.load(start, 16), v128.load(far - 16), 0, 7, 6, 5)
    const evenRe = f32x4.mul(f32x4.add(kRe, nRe), mid)
    const evenIm = f32x4.mul(f32x4.sub(kIm, nIm), mid)
    const oddRe = f32x4.mul(f32x4.add(kIm, nIm), mid)
    const oddIm = f32x4.mul(f32x4.sub(nRe, kRe), mid)
    const turn0 = v128.load(turn)
    const turn1 = v128.load(turn, 16)
    const cos = v128.shuffle<f32>(turn0, turn1, 0, 2, 4, 6)
    const sin = v128.shuffle<f32>(turn0, turn1, 1, 3, 5, 7)
    const turnedRe = f32x4.sub(f32x4.mul(oddRe, cos), f32x4.mul(oddIm, sin))
    const turnedIm = f32x4.add(f32x4.mul(oddRe, sin), f32x4.mul(oddIm, cos))
    total = f32x4.add(total, putPower(to, f32x4.add(evenRe, turnedRe), f32x4.add(evenIm, turnedIm), power))
    const mirrorRe = f32x4.sub(evenRe, turnedRe)
    const mirrorIm = f32x4.sub(turnedIm, evenIm)
    const re = v128.shuffle<f32>(mirrorRe, mirrorRe, 3, 2, 1, 0)
    const im = v128.shuffle<f32>(mirrorIm, mirrorIm, 3, 2, 1, 0)
    total = f32x4.add(total, putPower(mirror, re, im, power))
    far -= 32
    to += 16
    mirror -= 16
    turn += 32
  }
  // The middle is its own mate, and its mirror image is what counts.
  const midRe = load<f32>(end)
  const midIm = load<f32>(end, 16)
  const cos = load<f32>(turn)
  const sin = load<f32>(turn, 4)
  const re = midRe - midIm * cos
  const im = midIm * sin
  const square = re * re + im * im
  store<f32>(spectrum + (half << 1), power === 2 ? square : sqrt(square))
  return f32x4.extract_lane(total, 0) + f32x4.extract_lane(total, 1) + f32x4.extract_lane(total, 2) + f32x4.extract_lane(total, 3) + square
}

function filterOne(analysis: Analysis, out: usize): void {
  const spectrum = analysis.spectrum
  const weights = analysis.weights
  let starts = analysis.starts
  let firsts = analysis.firsts
  let weight = weights
  for (const last = out + (analysis.bands << 2); out < last; out += 4) {
    let bin = spectrum + (load<u32>(firsts) << 2)
    let sum: f32 = 0
    starts += 4
    firsts += 4
    for (const end = weights + (load<u32>(starts) << 4); weight < end; weight += 16) {
      const four = f32x4.mul(v128.load(weight), v128.load(bin))
      sum += f32x4.extract_lane(four, 0)
      sum += f32x4.extract_lane(four, 1)
      sum += f32x4.extract_lane(four, 2)
      sum += f32x4.extract_lane(four, 3)
      bin += 16
    }
    store<f32>(out, sum)
  }
}

/** Sample k of four frames, times the taper, as element k; of an even transform two samples are one complex element. */
function gather(analysis: Analysis, a: usize, b: usize, c: usize, d: usize): void {
  const apart: usize = analysis.size & 1 ? 32 : 16
  const start = analysis.from + analysis.lead * apart
  const end = start + analysis.length * apart
  const all = analysis.from + analysis.size * apart
  zeros(analysis.from, apart === 32 ? all : start)
  zeros(end, all)
  let taper = analysis.taper
  let to = start
  for (; to + 4 * apart <= end; to += 4 * apart) {
    const weights = v128.load(taper)
    const x0 = f32x4.mul(v128.load(a), weights)
    const x1 = f32x4.mul(v128.load(b), weights)
    const x2 = f32x4.mul(v128.load(c), weights)
    const x3 = f32x4.mul(v128.load(d), weights)
    const early01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5)
    const early23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5)
    const late01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7)
    const late23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7)
    v128.store(to, v128.shuffle<f64>(early01, early23, 0, 2))
    v128.store(to + apart, v128.shuffle<f64>(early01, early23, 1, 3))
    v128.store(to + 2 * apart, v128.shuffle<f64>(late01, late23, 0, 2))
    v128.store(to + 3 * apart, v128.shuffle<f64>(late01, late23, 1, 3))
    a += 16
    b += 16
    c += 16
    d += 16
    taper += 16
  }
  for (; to < end; to += apart) {
    const weight = load<f32>(taper)
    store<f32>(to, load<f32>(a) * weight)
    store<f32>(to, load<f32>(b) * weight, 4)
    store<f32>(to, load<f32>(c) * weight, 8)
    store<f32>(to, load<f32>(d) * weight, 12)
    a += 4
    b += 4
    c += 4
    d += 4
    taper += 4
  }
}

function zeros(from: usize, to: usize): void {
  for (; from < to; from += 16) v128.store(from, f32x4.splat(0))
}

/** Writes the power or magnitude of a bin, and gives the power. */
function putPower(to: usize, re: v128, im: v128, power: i32): v128 {
  const square = f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im))
  v128.store(to, power === 2 ? square : f32x4.sqrt(square))
  return square
}

function powers(analysis: Analysis, z: usize): v128 {
  let total = f32x4.splat(0)
  const bins = (analysis.size >> 1) + 1
  for (let k: usize = 0; k < bins; k++) {
    const power = putPower(analysis.spectrum + (k << 4), v128.load(z + (k << 5)), v128.load(z + (k << 5), 16), analysis.power)
    total = f32x4.add(total, power)
  }
  return total
}

/** The powers of an even transform, whose even and odd samples were transformed as the parts of complex elements. */
function split(analysis: Analysis, z: usize): v128 {
  const power = analysis.power
  const half = analysis.size >> 1
  const zero = f32x4.splat(0)
  const mid = f32x4.splat(0.5)
  const re0 = v128.load(z)
  const im0 = v128.load(z, 16)
  let total = putPower(analysis.spectrum, f32x4.add(re0, im0), zero, power)
  total = f32x4.add(total, putPower(analysis.spectrum + (half << 4), f32x4.sub(re0, im0), zero, power))
  let near = z + 32
  let far = z + ((half - 1) << 5)
  let to = analysis.spectrum + 16
  let mirror = analysis.spectrum + ((half - 1) << 4)
  let turn = analysis.circle + 8
  for (; near <= far; near += 32) {
    const kRe = v128.load(near)
    const kIm = v128.load(near, 16)
    const nRe = v128.load(far)
    const nIm = v128.load(far, 16)
    const evenRe = f32x4.mul(f32x4.add(kRe, nRe), mid)
    const evenIm = f32x4.mul(f32x4.sub(kIm, nIm), mid)
    const oddRe = f32x4.mul(f32x4.add(kIm, nIm), mid)
    const oddIm = f32x4.mul(f32x4.sub(nRe, kRe), mid)
    const cos = v128.load32_splat(turn)
    const sin = v128.load32_splat(turn, 4)
    const turnedRe = f32x4.sub(f32x4.mul(oddRe, cos), f32x4.mul(oddIm, sin))
    const turnedIm = f32x4.add(f32x4.mul(oddRe, sin), f32x4.mul(oddIm, cos))
    total = f32x4.add(total, putPower(to, f32x4.add(evenRe, turnedRe), f32x4.add(evenIm, turnedIm), power))
    total = f32x4.add(total, putPower(mirror, f32x4.sub(evenRe, turnedRe), f32x4.sub(turnedIm, evenIm), power))
    far -= 32
    to += 16
    mirror -= 16
    turn += 8
  }
  return total
}

/** Sums of weighed powers, one vector a band. */
function filter(analysis: Analysis): void {
  const spectrum = analysis.spectrum
  const weights = analysis.weights
  let starts = analysis.starts
  let firsts = analysis.firsts
  let weight = weights
  const last = analysis.result + (analysis.bands << 4)
  for (let to = analysis.result; to < last; to += 16) {
    let bin = spectrum + (load<u32>(firsts) << 4)
    let sum = f32x4.splat(0)
    starts += 4
    firsts += 4
    for (const end = weights + (load<u32>(starts) << 4); weight < end; weight += 16) {
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(weight), v128.load(bin)))
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(weight, 4), v128.load(bin, 16)))
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(weight, 8), v128.load(bin, 32)))
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(weight, 12), v128.load(bin, 48)))
      bin += 64
    }
    v128.store(to, sum)
  }
}

/** From `start` to `end`, in place. */
function logarithms(analysis: Analysis, start: usize, end: usize): void {
  const floor = f32x4.splat(analysis.floor)
  const offset = f32x4.splat(analysis.offset)
  const scale = f32x4.splat(analysis.scale)
  let odd = i32x4.splat(0)
  for (let at = start; at < end; at += 16) {
    // pmax keeps a NaN where it is the first.
    const x = f32x4.add(f32x4.pmax(v128.load(at), floor), offset)
    odd = v128.or(odd, unusual(x))
    v128.store(at, x)
  }
  if (v128.any_true(odd)) for (let at = start; at < end; at += 16) v128.store(at, f32x4.mul(ln(v128.load(at)), scale))
  else for (let at = start; at < end; at += 16) v128.store(at, f32x4.mul(lnNormal(v128.load(at)), scale))
}

/** From one vector a band to four frames of bands. */
function spread(analysis: Analysis, out: usize): void {
  const width = analysis.bands << 2
  const end = out + width
  let from = analysis.result
  for (; out + 16 <= end; out += 16) {
    const x0 = v128.load(from)
    const x1 = v128.load(from, 16)
    const x2 = v128.load(from, 32)
    const x3 = v128.load(from, 48)
    const early01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5)
    const early23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5)
    const late01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7)
    const late23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7)
    v128.store(out, v128.shuffle<f64>(early01, early23, 0, 2))
    v128.store(out + width, v128.shuffle<f64>(early01, early23, 1, 3))
    v128.store(out + 2 * width, v128.shuffle<f64>(late01, late23, 0, 2))
    v128.store(out + 3 * width, v128.shuffle<f64>(late01, late23, 1, 3))
    from += 64
  }
  for (; out < end; out += 4) {
    const x = v128.load(from)
    v128.store_lane<f32>(out, x, 0)
    v128.store_lane<f32>(out + width, x, 1)
    v128.store_lane<f32>(out + 2 * width, x, 2)
    v128.store_lane<f32>(out + 3 * width, x, 3)
    from += 16
  }
}
