// Signals and references that the tests of features share.
import fc from 'fast-check'
import { type Frames, frames } from '../../src/core/frames.ts'
import { close, sequence } from '../laws/laws.ts'

/** Random samples at 1000 a second, some of them unseen or marked. */
export function samples(most: number, channels = 1): fc.Arbitrary<Frames> {
  return fc.integer({ min: 0, max: most }).chain((length) =>
    fc
      .record({
        data: fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: length * channels, maxLength: length * channels }),
        unseen: fc.option(fc.array(fc.nat(most), { maxLength: 3 }), { nil: undefined }),
        marks: fc.option(fc.array(fc.nat(most), { maxLength: 4 }), { nil: undefined }),
      })
      .map(({ data, unseen, marks }) =>
        frames(data, {
          hop: 0.001,
          channels,
          ...(unseen && { weights: Array.from({ length }, (_, t) => (unseen.includes(t) ? 0 : 1)) }),
          ...(marks && { boundaries: Array.from({ length }, (_, t) => (marks.includes(t) ? 1 : 0)) }),
        }),
      ),
  )
}

/** Random magnitudes of bins 100 Hz apart, at a regular rate or not, some of the frames unseen. */
export function spectra(most: number, bins: number, channels = 1): fc.Arbitrary<Frames> {
  return sequence(most, { bins, channels }).map((block) => {
    const names = { ...block.layout.names, bins: Array.from({ length: bins }, (_, k) => `hz${100 * k}`) }
    return { ...block, layout: { ...block.layout, names }, data: block.data.map(Math.abs) }
  })
}

/** One channel's frames of bins 100 Hz apart. */
export function spectrum(...rows: readonly (readonly number[])[]): Frames {
  const bins = rows[0]!.length
  return frames(rows.flat(), { bins, hop: 0.01, names: { bins: Array.from({ length: bins }, (_, k) => `hz${100 * k}`) } })
}

/** Float32 values as near to float64 ones as rounding allows, give or take one in the last place; NaN is NaN. */
export function rounded(got: ArrayLike<number>, expected: ArrayLike<number>): void {
  close(got, Array.from(expected, Math.fround), 2 ** -23)
}

/** A repeatable sequence of numbers from −1 to 1 (Lehmer's generator, modulus 2³¹ − 1). */
export function noise(length: number, seed = 1): Float32Array {
  let state = seed
  return Float32Array.from({ length }, () => {
    state = (state * 48271) % 2147483647
    return (2 * state) / 2147483647 - 1
  })
}

/** Something like a voice: harmonics of a gliding 120 Hz, louder and softer, over quiet noise. */
export function voice(length: number, rate: number): Float32Array {
  const breath = noise(length)
  return Float32Array.from({ length }, (_, t) => {
    const s = t / rate
    const phase = 2 * Math.PI * (120 * s + 15 * s * s)
    let sum = 0
    for (let k = 1; k <= 20; k++) sum += Math.sin(k * phase) / k
    return 0.2 * sum * (0.6 + 0.4 * Math.sin(2 * Math.PI * 3 * s)) + 0.01 * breath[t]!
  })
}

export function tone(length: number, rate: number, frequency: number): Float32Array {
  return Float32Array.from({ length }, (_, t) => Math.sin((2 * Math.PI * frequency * t) / rate))
}

/** The discrete Fourier transform by its definition, in float64: real and imaginary parts up to half the rate. */
export function dft(x: ArrayLike<number>): { re: number[]; im: number[] } {
  const n = x.length
  const cos = Array.from({ length: n }, (_, i) => Math.cos((2 * Math.PI * i) / n))
  const sin = Array.from({ length: n }, (_, i) => Math.sin((2 * Math.PI * i) / n))
  const re: number[] = []
  const im: number[] = []
  for (let k = 0; k <= n / 2; k++) {
    let [a, b] = [0, 0]
    for (let t = 0; t < n; t++) {
      a += x[t]! * cos[(k * t) % n]!
      b -= x[t]! * sin[(k * t) % n]!
    }
    re.push(a)
    im.push(b)
  }
  return { re, im }
}
