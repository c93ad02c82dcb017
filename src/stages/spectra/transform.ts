import { integer, refusal } from '../../core/check.ts'
import { duration, inFrames, type Size } from '../../core/duration.ts'
import { type Clock, type Layout, rateOf } from '../../core/frames.ts'
import { boolean, Option, oneOf, type Read } from '../../core/options.ts'
import { Fourier } from '../../kernels/fourier.ts'
import { checkSamples, type Framing } from './framing.ts'

/** Windows by name; 'povey' is Kaldi's: a Hann window to the power 0.85; 'gaussian' openSMILE's, 2.5 deviations to either end. */
export const tapers = ['hann', 'hamming', 'blackman', 'povey', 'gaussian', 'rectangular'] as const

/** A number of samples, or a duration; no more than fit into memory. */
export function samples(): Option<Size> {
  const { read, description } = duration()
  return new Option<Size>(
    (who, name, value) => {
      samplesOf(who, name as 'length', read(who, name, value), undefined)
      return value as Size
    },
    { ...description, unit: 'samples or time' },
  )
}

/** The options of a short-time Fourier transform. */
export const transformOptions = {
  /** How long a frame is (win_length). */
  length: samples().optional("fft where it is given, else '25ms'"),
  /** From one frame to the next (hop_length). */
  hop: duration().unit('samples or time').default('10ms'),
  /** Size of the Fourier transform (n_fft), any number ≥ length; a frame is filled up with zeros. */
  fft: samples().optional('length, rounded up to a power of two'),
  /** What a frame is multiplied by. */
  window: oneOf(...tapers).default('hann'),
  /** Whether the window's period is its length, or one less, which makes it symmetric. */
  periodic: boolean().default(true),
  /** Where a frame shorter than the transform stands in it: at its start (TensorFlow and Kaldi), or in its center, and then each frame needs `fft` samples (PyTorch and librosa). */
  align: oneOf('start', 'center').default('start'),
  /** Whether frame i is centered on sample i·hop, with padding before and after the signal; else frames lie within the signal, and the first starts with it. */
  center: boolean().default(false),
  /** What the padding of `center` is; 'reflect' needs more than fft / 2 samples. */
  padding: oneOf('reflect', 'zeros').optional('reflect'),
}

/** The options of power or magnitude. */
export const spectrogramOptions = {
  ...transformOptions,
  /** 2 for power, 1 for magnitude. */
  exponent: oneOf(1, 2).default(2),
}

/** Everything about a short-time transform, resolved for one rate. */
export interface Transform {
  readonly size: number
  readonly rate: number
  readonly framing: Framing
  /** What a frame is multiplied by, and where it then stands in the transform. */
  readonly taper: Float32Array
  readonly lead: number
  /** The transform of the windowed frame that starts at `samples[at]`. The result is overwritten by the next call. */
  run(samples: Float32Array, at: number): Fourier
}

/** Checks what goes together and needs no layout. */
export function checkTransform(who: string, { fft, length, center, padding }: Read<typeof transformOptions>): void {
  if (typeof fft === 'number' && typeof length === 'number') checkFits(who, fft, length)
  if (padding !== undefined && !center) throw new TypeError(`${who}: padding has an effect only with center: true, got ${padding} without`)
}

/** Samples of a frame or a transform: as many as a clock says, and no more than fit into memory. */
export function samplesOf(who: string, name: 'fft' | 'length', value: Size, clock: Clock | undefined): number {
  return integer(who, `${name} in samples`, inFrames(who, name, value, clock), 1, 2 ** 24)
}

/** Refuses frames longer than the transform. */
export function checkFits(who: string, size: number, length: number): void {
  if (length > size) throw refusal(who, `length must be at most the size of the transform, ${size}`, length)
}

/** The transform that options describe at the input's rate. */
export function transformOf(who: string, options: Read<typeof transformOptions>, input: Layout): Transform {
  checkSamples(who, input)
  const rate = rateOf(input.clock, who)
  const length = samplesOf(who, 'length', options.length ?? options.fft ?? '25ms', input.clock)
  const size = options.fft === undefined ? powerOfTwo(length) : samplesOf(who, 'fft', options.fft, input.clock)
  checkFits(who, size, length)
  const hop = inFrames(who, 'hop', options.hop, input.clock)
  const lead = options.align === 'center' ? (size - length) >> 1 : 0
  const framing = options.center
    ? centered(size, length, hop, options.padding ?? 'reflect')
    : within(options.align === 'center' ? size : length, lead, length, hop)
  const weights = taper(options.window, length, options.periodic)
  return { size, rate, framing, taper: weights, lead, run: windowed(size, lead, weights) }
}

/** Frames that lie within the signal, the first starting with it; `lead` and `needed` are those of a frame inside a longer transform. */
export function within(needed: number, lead: number, length: number, hop: number): Framing {
  const count = (samples: number) => (samples < needed ? 0 : Math.floor((samples - needed) / hop) + 1)
  return { length, hop, first: lead, padding: 'zeros', least: needed, tail: 0, count }
}

/** As torch.stft: size / 2 samples of padding before and after the signal, and the window in the middle of `size` samples. */
export function centered(size: number, length: number, hop: number, padding: 'reflect' | 'zeros'): Framing {
  const half = size >> 1
  return {
    length,
    hop,
    first: ((size - length) >> 1) - half,
    padding,
    least: padding === 'reflect' ? half + 1 : 1,
    tail: half + 1,
    count: (samples) => (samples === 0 ? 0 : Math.floor((samples + 2 * half - size) / hop) + 1),
  }
}

/** Multiplies by the window, fills up with zeros, transforms. */
export function windowed(size: number, lead: number, weights: Float32Array): (samples: Float32Array, at: number) => Fourier {
  const fourier = new Fourier(size)
  const { input } = fourier
  return (samples, at) => {
    for (let k = 0; k < weights.length; k++) input[lead + k] = samples[at + k]! * weights[k]!
    fourier.run()
    return fourier
  }
}

/** |X|² or |X| of every bin. */
export function writePower({ re, im, bins }: Fourier, power: 1 | 2, out: Float32Array, to: number, step: number): void {
  for (let k = 0; k < bins; k++) {
    const square = Math.fround(Math.fround(re[k]! * re[k]!) + Math.fround(im[k]! * im[k]!))
    out[to + k * step] = power === 2 ? square : Math.sqrt(square)
  }
}

/** Frequency of every bin, in hertz. */
export function frequenciesOf(rate: number, size: number): number[] {
  return Array.from({ length: Math.floor(size / 2) + 1 }, (_, k) => (k * rate) / size)
}

export function frequencyNames({ rate, size }: Transform): string[] {
  return frequenciesOf(rate, size).map((frequency) => `hz${frequency}`)
}

/** The least power of two that is ≥ n. */
export function powerOfTwo(n: number): number {
  let power = 1
  while (power < n) power *= 2
  return power
}

/**
 * A window's values, computed in float64 and rounded to float32. With θ = 2πn / period: hann ½ − ½cos θ, hamming 0.54 − 0.46 cos θ, blackman 0.42 − ½cos θ + 0.08 cos 2θ, povey hann^0.85,
 * gaussian exp(−½((n / period − ½) / 0.2)²).
 * The period is the length, or one less for a symmetric window.
 */
export function taper(name: (typeof tapers)[number], length: number, periodic: boolean): Float32Array {
  const period = periodic ? length : length - 1
  return Float32Array.from({ length }, (_, n) => {
    // A single sample is not attenuated, as in PyTorch.
    if (length === 1 || name === 'rectangular') return 1
    const angle = (2 * Math.PI * n) / period
    const hann = 0.5 - 0.5 * Math.cos(angle)
    if (name === 'hann') return hann
    if (name === 'gaussian') return Math.exp(-0.5 * ((n / period - 0.5) / 0.2) ** 2)
    if (name === 'hamming') return 0.54 - 0.46 * Math.cos(angle)
    if (name === 'blackman') return 0.42 - 0.5 * Math.cos(angle) + 0.08 * Math.cos(2 * angle)
    return hann ** 0.85
  })
}
