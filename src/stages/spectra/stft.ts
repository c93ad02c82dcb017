import { boolean, integer, known, oneOf, refusal } from '../../core/check.ts'
import { inFrames, type Size } from '../../core/duration.ts'
import { type Clock, type Layout, rateOf } from '../../core/frames.ts'
import type { Stage } from '../../core/stage.ts'
import { Fourier } from '../../kernels/fourier.ts'
import { specOf } from '../spec.ts'
import { checkSamples, type Framing, framedLayout, planFramed } from './framing.ts'
import { type Taper, taper, tapers } from './taper.ts'

export interface StftOptions {
  /** Samples in one frame, as a number or a duration. Default: `size` where it is given, else '25ms'. */
  length?: Size
  /** Samples from one frame to the next. Default '10ms'. */
  hop?: Size
  /** Samples of the Fourier transform, any number ≥ `length`; a frame is filled up with zeros. Default: `length` rounded up to a power of two. */
  size?: Size
  /** What a frame is multiplied by. Default 'hann'. */
  window?: Taper
  /** Whether the window's period is its length (the default) or one less, which makes it symmetric. */
  periodic?: boolean
  /**
   * Where a frame shorter than the transform stands in it: at its 'start' (the default; TensorFlow and Kaldi),
   * or in its 'center', and then each frame needs `size` samples (PyTorch and librosa).
   */
  align?: 'start' | 'center'
  /** Whether frame i is centered on sample i·hop, with padding before and after the signal. Default false: frames lie within the signal, the first starts with it. */
  center?: boolean
  /** What the padding of `center` is: 'reflect' (the default), which needs more than size / 2 samples, or 'zeros'. */
  padding?: 'reflect' | 'zeros'
}

export interface SpectrogramOptions extends StftOptions {
  /** 2 (the default) for power, 1 for magnitude. */
  power?: 1 | 2
}

export const stftOptions: readonly string[] = [
  'length',
  'hop',
  'size',
  'window',
  'periodic',
  'align',
  'center',
  'padding',
] satisfies (keyof StftOptions)[]

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

export function stft(options: StftOptions = {}): Stage {
  known('stft', options, stftOptions)
  checkStft('stft', options)
  const spec = specOf('stft', options)
  return {
    spec,
    plan(input) {
      const transform = transformOf('stft', options, input)
      const layout = framedLayout('stft', input, transform.framing, ['re', 'im'], frequencyNames(transform))
      return planFramed(spec, input, layout, transform.framing, (samples, at, out, to, step) => {
        const { re, im, bins } = transform.run(samples, at)
        for (let k = 0; k < bins; k++) {
          out[to + k * step] = re[k]!
          out[to + (bins + k) * step] = im[k]!
        }
      })
    },
  }
}

export function spectrogram(options: SpectrogramOptions = {}): Stage {
  known('spectrogram', options, [...stftOptions, 'power'])
  const power = checkPower('spectrogram', options.power)
  checkStft('spectrogram', options)
  const spec = specOf('spectrogram', options)
  return {
    spec,
    plan(input) {
      const transform = transformOf('spectrogram', options, input)
      const layout = framedLayout('spectrogram', input, transform.framing, [''], frequencyNames(transform))
      return planFramed(spec, input, layout, transform.framing, (samples, at, out, to, step) => {
        writePower(transform.run(samples, at), power, out, to, step)
      })
    },
  }
}

/** Checks what needs no layout. */
export function checkStft(who: string, options: StftOptions): void {
  const { size, length, padding } = options
  if (size !== undefined) samplesOf(who, 'size', size, undefined)
  if (length !== undefined) samplesOf(who, 'length', length, undefined)
  if (options.hop !== undefined) inFrames(who, 'hop', options.hop, undefined)
  if (typeof size === 'number' && typeof length === 'number') checkFits(who, size, length)
  oneOf(who, 'window', options.window ?? 'hann', tapers)
  oneOf(who, 'align', options.align ?? 'start', ['start', 'center'])
  boolean(who, 'periodic', options.periodic ?? true)
  const center = boolean(who, 'center', options.center ?? false)
  oneOf(who, 'padding', padding ?? 'reflect', ['reflect', 'zeros'])
  if (padding !== undefined && !center) throw new TypeError(`${who}: padding has an effect only with center: true, got ${padding} without`)
}

export function checkPower(who: string, power: unknown): 1 | 2 {
  return integer(who, 'power', power ?? 2, 1, 2) as 1 | 2
}

/** Samples of a frame or a transform: as many as a clock says, and no more than fit into memory. */
export function samplesOf(who: string, name: 'size' | 'length', value: Size, clock: Clock | undefined): number {
  return integer(who, `${name} in samples`, inFrames(who, name, value, clock), 1, 2 ** 24)
}

function checkFits(who: string, size: number, length: number): void {
  if (length > size) throw refusal(who, `length must be at most the size of the transform, ${size}`, length)
}

/** The transform that options describe at the input's rate. */
export function transformOf(who: string, options: StftOptions, input: Layout): Transform {
  checkSamples(who, input)
  const rate = rateOf(input.clock, who)
  const length = samplesOf(who, 'length', options.length ?? options.size ?? '25ms', input.clock)
  const size = options.size === undefined ? powerOfTwo(length) : samplesOf(who, 'size', options.size, input.clock)
  checkFits(who, size, length)
  const hop = inFrames(who, 'hop', options.hop ?? '10ms', input.clock)
  const lead = options.align === 'center' ? (size - length) >> 1 : 0
  const framing = options.center
    ? centered(size, length, hop, options.padding ?? 'reflect')
    : within(options.align === 'center' ? size : length, lead, length, hop)
  const weights = taper(options.window ?? 'hann', length, options.periodic ?? true)
  return { size, rate, framing, taper: weights, lead, run: windowed(size, lead, weights) }
}

/** Frames that lie within the signal, the first starting with it; `lead` and `needed` are those of a frame inside a longer transform. */
export function within(needed: number, lead: number, length: number, hop: number): Framing {
  const count = (samples: number) => (samples < needed ? 0 : Math.floor((samples - needed) / hop) + 1)
  return { length, hop, first: lead, padding: 'zeros', least: needed, tail: 0, count }
}

/** As torch.stft: size / 2 samples of padding before and after the signal, and the window in the middle of `size` samples. */
function centered(size: number, length: number, hop: number, padding: 'reflect' | 'zeros'): Framing {
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

function frequencyNames({ rate, size }: Transform): string[] {
  return frequenciesOf(rate, size).map((frequency) => `hz${frequency}`)
}

/** The least power of two that is ≥ n. */
export function powerOfTwo(n: number): number {
  let power = 1
  while (power < n) power *= 2
  return power
}
