import { Fourier } from '../../kernels/fourier.ts'
import { powerOfTwo, taper } from './transform.ts'

/** Lags are this fine at least: at 8 kHz, a voice of 500 Hz has only 16 samples a period. */
export const finest = 32_000
/** What is so many times as high as the highest pitch is averaged out; less passes, the lower the more. */
const cutoff = 2

/** Where a frame is more like itself than at lags around: a local minimum of the normalized difference. */
export interface Trough {
  /** In samples, between them too. */
  readonly lag: number
  /** The difference there, normalized: 0 where the frame repeats itself, about 1 where it does not. */
  readonly depth: number
}

/** What is found of a frame. */
export interface Periodicity {
  readonly troughs: readonly Trough[]
  /** The effective value of the frame, averaged and weighed as its difference is. */
  readonly level: number
}

/**
 * The lags at which a frame is most like itself, shortest first: the minima of YIN's cumulative mean normalized difference, placed by parabolas; and how loud it is.
 *
 * The difference at a lag is the mean square over all pairs of samples of the frame so far apart, each weighed by a Hann window at both, so that it is of the middle of the frame whatever the
 * lag. It is found by three Fourier transforms, between samples as well. What is far above the highest pitch is averaged out before: most noise is there, and glides blur it.
 * Source: de Cheveigné & Kawahara 2002, steps 2, 3 and 5.
 *
 * @param length samples of a frame
 * @param shortest the least lag to be found, in samples
 * @param longest the greatest
 * @param least the mean square, so averaged and weighed, that a frame must have more of to have any
 */
export function troughsOf(
  rate: number,
  length: number,
  shortest: number,
  longest: number,
  least: number,
): (samples: Float32Array, at: number) => Periodicity {
  const width = Math.max(1, Math.round(shortest / cutoff))
  const inner = length - 2 * (width - 1)
  const smooth = new Float64Array(length)
  const per = powerOfTwo(finest / rate)
  const lags = Math.ceil(longest * per) + 2
  const size = powerOfTwo(inner + Math.ceil(lags / per) + 1)
  const weights = taper('hann', inner + 2, false).subarray(1, inner + 1)
  const total = sumOf(weights)
  const [signal, square, back] = [new Fourier(size), new Fourier(size), new Fourier(size * per)]

  // The weights of all pairs at each lag.
  signal.input.set(weights)
  signal.run()
  const [re, im] = [signal.re.slice(), signal.im.slice()]
  overLags(back, size, (k) => re[k]! * re[k]! + im[k]! * im[k]!)
  const pairs = back.re.slice(0, lags)

  const differences = new Float64Array(lags)
  const normalized = new Float64Array(lags)
  return (samples, at) => {
    for (let t = 0; t < length; t++) smooth[t] = samples[at + t]!
    average(smooth, length, width)
    average(smooth, length - width + 1, width)
    let mean = 0
    for (let t = 0; t < inner; t++) mean += smooth[t]! / inner
    for (let t = 0; t < inner; t++) {
      const x = smooth[t]! - mean
      signal.input[t] = x * weights[t]!
      square.input[t] = x * x * weights[t]!
    }
    const power = sumOf(square.input) / total
    const level = Math.sqrt(power)
    if (!(power > least)) return { troughs: [], level }
    signal.run()
    square.run()
    // Σ w·w′·(x − x′)², where x² + x′² is a correlation with the window.
    overLags(
      back,
      size,
      (k) => 2 * (square.re[k]! * re[k]! + square.im[k]! * im[k]!) - 2 * (signal.re[k]! * signal.re[k]! + signal.im[k]! * signal.im[k]!),
    )
    normalized[0] = 1
    let sum = 0
    for (let i = 1; i < lags; i++) {
      differences[i] = Math.max(0, back.re[i]! / pairs[i]!)
      sum += differences[i]!
      normalized[i] = sum > 0 ? (differences[i]! * i) / sum : 1
    }
    const troughs: Trough[] = []
    for (let i = Math.max(1, Math.floor(shortest * per)); i < lags - 1; i++) {
      if (!(normalized[i]! < normalized[i - 1]! && normalized[i]! <= normalized[i + 1]!)) continue
      // The normalization leans the minimum to longer lags, so that it is placed in the difference itself.
      const lag = (i + vertex(differences, i)) / per
      const depth = Math.max(0, normalized[i]! - (vertex(normalized, i) * (normalized[i - 1]! - normalized[i + 1]!)) / 4)
      if (lag >= shortest && lag <= longest) troughs.push({ lag, depth })
    }
    return { troughs, level }
  }
}

/** The transform, back to lags, of an even spectrum with zeros above it. */
export function overLags(back: Fourier, size: number, spectrum: (k: number) => number): void {
  const { input } = back
  input.fill(0)
  for (let k = 0; 2 * k <= size; k++) {
    // The highest is its own mirror image, unless there are zeros between the two.
    const value = 2 * k === size && back.size > size ? spectrum(k) / 2 : spectrum(k)
    input[k] = value
    input[(back.size - k) % back.size] = value
  }
  back.run()
}

function sumOf(values: Float32Array): number {
  let sum = 0
  for (const x of values) sum += x
  return sum
}

/** How far from i the parabola through three values has its least, at most half a step. */
export function vertex(values: ArrayLike<number>, i: number): number {
  const bend = values[i - 1]! - 2 * values[i]! + values[i + 1]!
  return bend > 0 ? Math.max(-0.5, Math.min(0.5, (values[i - 1]! - values[i + 1]!) / (2 * bend))) : 0
}

/** Each of the first values becomes the mean of `width` from it on, where there are so many. */
function average(values: Float64Array, count: number, width: number): void {
  let sum = 0
  for (let t = 0; t < width - 1; t++) sum += values[t]!
  for (let t = 0; t + width <= count; t++) {
    const first = values[t]!
    sum += values[t + width - 1]!
    values[t] = sum / width
    sum -= first
  }
}
