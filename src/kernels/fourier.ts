const f = Math.fround

/** One pass of a Stockham transform: `length` is what is left to transform, `stride` the product of the radices before. */
export interface Pass {
  readonly radix: number
  readonly groups: number
  readonly stride: number
  /** e^(−2πi·p·j / length) for every group p and output j from 1 to radix − 1. */
  readonly cos: Float32Array
  readonly sin: Float32Array
  /** cos and sin of −2πk / radix. */
  readonly unit: readonly [cos: Float32Array, sin: Float32Array]
}

/**
 * The discrete Fourier transform of real input, of any length, in float32: twiddles are rounded from float64, every sum and product to float32.
 *
 * Stockham's autosort with radices 4, 2, 5 and any other prime; an even length is done as a complex transform of half of it.
 * Source: C. Van Loan, Computational Frameworks for the Fast Fourier Transform, 1992, §1.7 and §4.3.
 */
export class Fourier {
  readonly size: number
  /** ⌊size / 2⌋ + 1: from zero up to half the rate. */
  readonly bins: number
  /** To be filled before `run`, which leaves it as it is. */
  readonly input: Float32Array
  /** The result: Σ input[n]·e^(−2πi·k·n / size) for k < bins. */
  readonly re: Float32Array
  readonly im: Float32Array
  readonly #passes: Pass[]
  readonly #inner: number
  readonly #cos: Float32Array
  readonly #sin: Float32Array
  #fromRe: Float32Array
  #fromIm: Float32Array
  #toRe: Float32Array
  #toIm: Float32Array

  constructor(size: number) {
    this.size = size
    this.bins = Math.floor(size / 2) + 1
    this.input = new Float32Array(size)
    this.re = new Float32Array(this.bins)
    this.im = new Float32Array(this.bins)
    const inner = size % 2 === 0 ? size / 2 : size
    this.#inner = inner
    this.#passes = passesOf(inner)
    const [cos, sin] = circle(size, this.bins)
    this.#cos = cos
    this.#sin = sin
    this.#fromRe = new Float32Array(inner)
    this.#fromIm = new Float32Array(inner)
    this.#toRe = new Float32Array(inner)
    this.#toIm = new Float32Array(inner)
  }

  run(): void {
    if (this.size % 2 === 0) {
      for (let k = 0; k < this.#inner; k++) {
        this.#fromRe[k] = this.input[2 * k]!
        this.#fromIm[k] = this.input[2 * k + 1]!
      }
      this.#transform()
      this.#split()
    } else {
      this.#fromRe.set(this.input)
      this.#fromIm.fill(0)
      this.#transform()
      for (let k = 0; k < this.bins; k++) {
        this.re[k] = this.#fromRe[k]!
        this.im[k] = this.#fromIm[k]!
      }
    }
  }

  /** Transforms `from`, with `to` as the other side of each pass; the result is in `from` again. */
  #transform(): void {
    for (const pass of this.#passes) {
      const [fromRe, fromIm, toRe, toIm] = [this.#fromRe, this.#fromIm, this.#toRe, this.#toIm]
      if (pass.radix === 4) four(pass, fromRe, fromIm, toRe, toIm)
      else if (pass.radix === 2) two(pass, fromRe, fromIm, toRe, toIm)
      else if (pass.radix === 5) five(pass, fromRe, fromIm, toRe, toIm)
      else odd(pass, fromRe, fromIm, toRe, toIm)
      this.#fromRe = toRe
      this.#fromIm = toIm
      this.#toRe = fromRe
      this.#toIm = fromIm
    }
  }

  /** X[k] = E[k] + w^k·O[k], where E and O, the transforms of even and odd samples, are the two halves of the complex result. */
  #split(): void {
    const { re, im } = this
    const zRe = this.#fromRe
    const zIm = this.#fromIm
    const half = this.#inner
    re[0] = zRe[0]! + zIm[0]!
    im[0] = 0
    re[half] = zRe[0]! - zIm[0]!
    im[half] = 0
    for (let k = 1; 2 * k <= half; k++) {
      const n = half - k
      const evenRe = f(f(zRe[k]! + zRe[n]!) * 0.5)
      const evenIm = f(f(zIm[k]! - zIm[n]!) * 0.5)
      const oddRe = f(f(zIm[k]! + zIm[n]!) * 0.5)
      const oddIm = f(f(zRe[n]! - zRe[k]!) * 0.5)
      const turnedRe = f(f(oddRe * this.#cos[k]!) - f(oddIm * this.#sin[k]!))
      const turnedIm = f(f(oddRe * this.#sin[k]!) + f(oddIm * this.#cos[k]!))
      re[k] = evenRe + turnedRe
      im[k] = evenIm + turnedIm
      re[n] = evenRe - turnedRe
      im[n] = turnedIm - evenIm
    }
  }
}

/** cos and sin of −2πk / size for k < count. */
export function circle(size: number, count: number): [cos: Float32Array, sin: Float32Array] {
  const angle = (k: number) => (-2 * Math.PI * k) / size
  return [
    Float32Array.from({ length: count }, (_, k) => Math.cos(angle(k))),
    Float32Array.from({ length: count }, (_, k) => Math.sin(angle(k))),
  ]
}

export function passesOf(size: number): Pass[] {
  const passes: Pass[] = []
  let length = size
  let stride = 1
  while (length > 1) {
    const radix = radixOf(length)
    const groups = length / radix
    const cos = new Float32Array(groups * (radix - 1))
    const sin = new Float32Array(groups * (radix - 1))
    for (let p = 0; p < groups; p++) {
      for (let j = 1; j < radix; j++) {
        const angle = (-2 * Math.PI * ((p * j) % length)) / length
        cos[p * (radix - 1) + j - 1] = Math.cos(angle)
        sin[p * (radix - 1) + j - 1] = Math.sin(angle)
      }
    }
    passes.push({ radix, groups, stride, cos, sin, unit: circle(radix, radix) })
    length = groups
    stride *= radix
  }
  return passes
}

function radixOf(length: number): number {
  if (length % 4 === 0) return 4
  for (let radix = 2; radix * radix <= length; radix++) if (length % radix === 0) return radix
  return length
}

// In every pass, input k of group p is at stride·(p + groups·k) + q, and output j, turned by w^(p·j), goes to stride·(radix·p + j) + q.

function two({ groups, stride, cos, sin }: Pass, fromRe: Float32Array, fromIm: Float32Array, toRe: Float32Array, toIm: Float32Array): void {
  const far = groups * stride
  for (let p = 0; p < groups; p++) {
    const c = cos[p]!
    const s = sin[p]!
    const to = 2 * p * stride
    for (let q = 0; q < stride; q++) {
      const a = p * stride + q
      const re = f(fromRe[a]! - fromRe[a + far]!)
      const im = f(fromIm[a]! - fromIm[a + far]!)
      toRe[to + q] = fromRe[a]! + fromRe[a + far]!
      toIm[to + q] = fromIm[a]! + fromIm[a + far]!
      toRe[to + stride + q] = f(re * c) - f(im * s)
      toIm[to + stride + q] = f(re * s) + f(im * c)
    }
  }
}

function four(
  { groups, stride, cos, sin }: Pass,
  fromRe: Float32Array,
  fromIm: Float32Array,
  toRe: Float32Array,
  toIm: Float32Array,
): void {
  const far = groups * stride
  for (let p = 0; p < groups; p++) {
    const c1 = cos[3 * p]!
    const s1 = sin[3 * p]!
    const c2 = cos[3 * p + 1]!
    const s2 = sin[3 * p + 1]!
    const c3 = cos[3 * p + 2]!
    const s3 = sin[3 * p + 2]!
    for (let q = 0; q < stride; q++) {
      const a = p * stride + q
      const b = a + far
      const c = b + far
      const d = c + far
      const acRe = f(fromRe[a]! + fromRe[c]!)
      const acIm = f(fromIm[a]! + fromIm[c]!)
      const ac2Re = f(fromRe[a]! - fromRe[c]!)
      const ac2Im = f(fromIm[a]! - fromIm[c]!)
      const bdRe = f(fromRe[b]! + fromRe[d]!)
      const bdIm = f(fromIm[b]! + fromIm[d]!)
      const bd2Re = f(fromRe[b]! - fromRe[d]!)
      const bd2Im = f(fromIm[b]! - fromIm[d]!)
      const to = 4 * p * stride + q
      toRe[to] = acRe + bdRe
      toIm[to] = acIm + bdIm
      const re1 = f(ac2Re + bd2Im)
      const im1 = f(ac2Im - bd2Re)
      toRe[to + stride] = f(re1 * c1) - f(im1 * s1)
      toIm[to + stride] = f(re1 * s1) + f(im1 * c1)
      const re2 = f(acRe - bdRe)
      const im2 = f(acIm - bdIm)
      toRe[to + 2 * stride] = f(re2 * c2) - f(im2 * s2)
      toIm[to + 2 * stride] = f(re2 * s2) + f(im2 * c2)
      const re3 = f(ac2Re - bd2Im)
      const im3 = f(ac2Im + bd2Re)
      toRe[to + 3 * stride] = f(re3 * c3) - f(im3 * s3)
      toIm[to + 3 * stride] = f(re3 * s3) + f(im3 * c3)
    }
  }
}

const cos72 = f(Math.cos((2 * Math.PI) / 5))
const cos144 = f(Math.cos((4 * Math.PI) / 5))
const sin72 = f(Math.sin((2 * Math.PI) / 5))
const sin144 = f(Math.sin((4 * Math.PI) / 5))

function five(
  { groups, stride, cos, sin }: Pass,
  fromRe: Float32Array,
  fromIm: Float32Array,
  toRe: Float32Array,
  toIm: Float32Array,
): void {
  const far = groups * stride
  for (let p = 0; p < groups; p++) {
    const turn = 4 * p
    for (let q = 0; q < stride; q++) {
      const a = p * stride + q
      const aRe = fromRe[a]!
      const aIm = fromIm[a]!
      const sum1Re = f(fromRe[a + far]! + fromRe[a + 4 * far]!)
      const sum1Im = f(fromIm[a + far]! + fromIm[a + 4 * far]!)
      const gap1Re = f(fromRe[a + far]! - fromRe[a + 4 * far]!)
      const gap1Im = f(fromIm[a + far]! - fromIm[a + 4 * far]!)
      const sum2Re = f(fromRe[a + 2 * far]! + fromRe[a + 3 * far]!)
      const sum2Im = f(fromIm[a + 2 * far]! + fromIm[a + 3 * far]!)
      const gap2Re = f(fromRe[a + 2 * far]! - fromRe[a + 3 * far]!)
      const gap2Im = f(fromIm[a + 2 * far]! - fromIm[a + 3 * far]!)
      const even1Re = f(f(aRe + f(sum1Re * cos72)) + f(sum2Re * cos144))
      const even1Im = f(f(aIm + f(sum1Im * cos72)) + f(sum2Im * cos144))
      const even2Re = f(f(aRe + f(sum1Re * cos144)) + f(sum2Re * cos72))
      const even2Im = f(f(aIm + f(sum1Im * cos144)) + f(sum2Im * cos72))
      const odd1Re = f(f(gap1Re * sin72) + f(gap2Re * sin144))
      const odd1Im = f(f(gap1Im * sin72) + f(gap2Im * sin144))
      const odd2Re = f(f(gap1Re * sin144) - f(gap2Re * sin72))
      const odd2Im = f(f(gap1Im * sin144) - f(gap2Im * sin72))
      const to = 5 * p * stride + q
      toRe[to] = f(aRe + sum1Re) + sum2Re
      toIm[to] = f(aIm + sum1Im) + sum2Im
      const re1 = f(even1Re + odd1Im)
      const im1 = f(even1Im - odd1Re)
      toRe[to + stride] = f(re1 * cos[turn]!) - f(im1 * sin[turn]!)
      toIm[to + stride] = f(re1 * sin[turn]!) + f(im1 * cos[turn]!)
      const re2 = f(even2Re + odd2Im)
      const im2 = f(even2Im - odd2Re)
      toRe[to + 2 * stride] = f(re2 * cos[turn + 1]!) - f(im2 * sin[turn + 1]!)
      toIm[to + 2 * stride] = f(re2 * sin[turn + 1]!) + f(im2 * cos[turn + 1]!)
      const re3 = f(even2Re - odd2Im)
      const im3 = f(even2Im + odd2Re)
      toRe[to + 3 * stride] = f(re3 * cos[turn + 2]!) - f(im3 * sin[turn + 2]!)
      toIm[to + 3 * stride] = f(re3 * sin[turn + 2]!) + f(im3 * cos[turn + 2]!)
      const re4 = f(even1Re - odd1Im)
      const im4 = f(even1Im + odd1Re)
      toRe[to + 4 * stride] = f(re4 * cos[turn + 3]!) - f(im4 * sin[turn + 3]!)
      toIm[to + 4 * stride] = f(re4 * sin[turn + 3]!) + f(im4 * cos[turn + 3]!)
    }
  }
}

/** Any odd radix by its definition, outputs j and radix − j together: O(radix²), so that a prime length costs its square. */
function odd(pass: Pass, fromRe: Float32Array, fromIm: Float32Array, toRe: Float32Array, toIm: Float32Array): void {
  const { radix, groups, stride, cos, sin } = pass
  const far = groups * stride
  const [unitRe, unitIm] = pass.unit
  for (let p = 0; p < groups; p++) {
    const turn = p * (radix - 1) - 1
    for (let q = 0; q < stride; q++) {
      const a = p * stride + q
      const to = radix * p * stride + q
      let sumRe = fromRe[a]!
      let sumIm = fromIm[a]!
      for (let k = 1; k < radix; k++) {
        sumRe = f(sumRe + fromRe[a + k * far]!)
        sumIm = f(sumIm + fromIm[a + k * far]!)
      }
      toRe[to] = sumRe
      toIm[to] = sumIm
      for (let j = 1; 2 * j < radix; j++) {
        let evenRe = fromRe[a]!
        let evenIm = fromIm[a]!
        let oddRe = 0
        let oddIm = 0
        for (let k = 1, at = j; 2 * k < radix; k++, at = (at + j) % radix) {
          const near = a + k * far
          const mate = a + (radix - k) * far
          evenRe = f(evenRe + f(f(fromRe[near]! + fromRe[mate]!) * unitRe[at]!))
          evenIm = f(evenIm + f(f(fromIm[near]! + fromIm[mate]!) * unitRe[at]!))
          oddRe = f(oddRe - f(f(fromIm[near]! - fromIm[mate]!) * unitIm[at]!))
          oddIm = f(oddIm + f(f(fromRe[near]! - fromRe[mate]!) * unitIm[at]!))
        }
        const re = f(evenRe + oddRe)
        const im = f(evenIm + oddIm)
        toRe[to + j * stride] = f(re * cos[turn + j]!) - f(im * sin[turn + j]!)
        toIm[to + j * stride] = f(re * sin[turn + j]!) + f(im * cos[turn + j]!)
        const mateRe = f(evenRe - oddRe)
        const mateIm = f(evenIm - oddIm)
        const last = radix - j
        toRe[to + last * stride] = f(mateRe * cos[turn + last]!) - f(mateIm * sin[turn + last]!)
        toIm[to + last * stride] = f(mateRe * sin[turn + last]!) + f(mateIm * cos[turn + last]!)
      }
    }
  }
}
