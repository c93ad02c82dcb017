import { boolean, known, number, oneOf, refusal } from '../../core/check.ts'
import { inFrames, type Size } from '../../core/duration.ts'
import { type Layout, rateOf } from '../../core/frames.ts'
import type { Stage } from '../../core/stage.ts'
import { ln } from '../../kernels/logarithm.ts'
import { specOf } from '../spec.ts'
import { cepstralNames, checkCepstrum, cosinesOf } from './cepstrum.ts'
import { type Analysis, checkSamples, type Framing, framedLayout, planFramed } from './framing.ts'
import { checkMel, filterbank, melNames } from './mel.ts'
import { checkPower, frequenciesOf, powerOfTwo, samplesOf, windowed, writePower } from './stft.ts'
import { type Taper, taper, tapers } from './taper.ts'

export interface KaldiFbankOptions {
  /** Default 23. */
  bands?: number
  /** Lower end of the first filter in hertz. Default 20. */
  low?: number
  /** Upper end of the last filter in hertz. Default: half the rate. */
  high?: number
  /** Default '25ms', cut down to samples as Kaldi does. */
  length?: Size
  /** Default '10ms', cut down likewise. */
  hop?: Size
  /** Samples of the Fourier transform. Default: `length` rounded up to a power of two. */
  size?: Size
  /** Symmetric. Default 'povey'. */
  window?: Taper
  /** 2 (the default) for power, 1 for magnitude. */
  power?: 1 | 2
  /** 'snip' (the default): frames lie within the signal. 'mirror': one frame for every hop, centered in it, the signal mirrored at its ends. */
  edges?: 'snip' | 'mirror'
  /** Takes each frame's mean off. Default true. */
  removeOffset?: boolean
  /** x[n] − c·x[n − 1] within each frame, whose first sample stands before itself. Default 0.97. */
  preemphasis?: number
  /** Adds the logarithm of the frame's energy as a bin 'energy', 'first' or 'last'. Default 'none'. */
  energy?: 'none' | 'first' | 'last'
  /** Whether the energy is that before pre-emphasis and window. Default true. */
  rawEnergy?: boolean
  /** Energies below it count as it. Default 1. */
  energyFloor?: number
  /** Natural logarithm of the bands, not below that of float32's epsilon. Default true. */
  log?: boolean
}

export interface KaldiMfccOptions extends Omit<KaldiFbankOptions, 'energy' | 'power' | 'log'> {
  /** Default 13. */
  coefficients?: number
  /** Raises higher coefficients: c[k]·(1 + L/2·sin(πk / L)); 0 for none. Default 22. */
  lifter?: number
  /** Whether the frame's log energy takes the place of coefficient 0. Default false. */
  energy?: boolean
}

const fbankOptions = [
  'bands',
  'low',
  'high',
  'length',
  'hop',
  'size',
  'window',
  'power',
  'edges',
  'removeOffset',
  'preemphasis',
  'energy',
  'rawEnergy',
  'energyFloor',
  'log',
] satisfies (keyof KaldiFbankOptions)[]

const epsilon = 2 ** -23

export function kaldiFbank(options: KaldiFbankOptions = {}): Stage {
  known('kaldiFbank', options, fbankOptions)
  checkFbank('kaldiFbank', options)
  const spec = specOf('kaldiFbank', options)
  return {
    spec,
    plan(input) {
      const { framing, bins, analysis } = resolve('kaldiFbank', options, input)
      return planFramed(spec, input, framedLayout('kaldiFbank', input, framing, [''], bins), framing, analysis)
    },
  }
}

export function kaldiMfcc(options: KaldiMfccOptions = {}): Stage {
  known('kaldiMfcc', options, [...fbankOptions.filter((name) => name !== 'power' && name !== 'log'), 'coefficients', 'lifter'])
  const { coefficients = 13, lifter = 22, energy = false, ...rest } = options
  boolean('kaldiMfcc', 'energy', energy)
  checkFbank('kaldiMfcc', rest)
  checkCepstrum('kaldiMfcc', { coefficients, lifter })
  const spec = specOf('kaldiMfcc', options)
  return {
    spec,
    plan(input) {
      const { framing, bins, analysis } = resolve('kaldiMfcc', { ...rest, energy: 'first' }, input)
      const cosines = cosinesOf('kaldiMfcc', { coefficients, lifter }, bins.length - 1)
      const bands = new Float32Array(bins.length)
      const layout = framedLayout('kaldiMfcc', input, framing, [''], cepstralNames(coefficients))
      return planFramed(spec, input, layout, framing, (samples, at, out, to, step) => {
        analysis(samples, at, bands, 0, 1)
        cosines.apply(bands, 1, 1, out, to, step)
        if (energy) out[to] = bands[0]!
      })
    },
  }
}

function checkFbank(who: string, options: KaldiFbankOptions): void {
  const { bands = 23, low = 20, high, length, hop, size } = options
  checkMel(who, { bands, low, ...(high === undefined ? {} : { high }) })
  if (length !== undefined) samplesOf(who, 'length', length, undefined)
  if (hop !== undefined) inFrames(who, 'hop', hop, undefined)
  if (size !== undefined) samplesOf(who, 'size', size, undefined)
  oneOf(who, 'window', options.window ?? 'povey', tapers)
  oneOf(who, 'edges', options.edges ?? 'snip', ['snip', 'mirror'])
  oneOf(who, 'energy', options.energy ?? 'none', ['none', 'first', 'last'])
  checkPower(who, options.power)
  boolean(who, 'removeOffset', options.removeOffset ?? true)
  boolean(who, 'rawEnergy', options.rawEnergy ?? true)
  boolean(who, 'log', options.log ?? true)
  number(who, 'preemphasis', options.preemphasis ?? 0.97, { min: 0, max: 1 })
  number(who, 'energyFloor', options.energyFloor ?? 1, { min: 0 })
}

function resolve(who: string, options: KaldiFbankOptions, input: Layout): { framing: Framing; bins: string[]; analysis: Analysis } {
  checkSamples(who, input)
  const rate = rateOf(input.clock, who)
  // Kaldi cuts its durations down to samples.
  const cut = (milliseconds: number) => Math.max(1, Math.trunc(rate * milliseconds * 0.001))
  const length = samplesOf(who, 'length', options.length ?? cut(25), input.clock)
  const hop = inFrames(who, 'hop', options.hop ?? cut(10), input.clock)
  const size = options.size === undefined ? powerOfTwo(length) : samplesOf(who, 'size', options.size, input.clock)
  if (length > size) throw refusal(who, `length must be at most the size of the transform, ${size}`, length)
  const framing = options.edges === 'mirror' ? mirrored(length, hop) : snipped(length, hop)

  const { bands = 23, low = 20, high, power = 2, energy = 'none', log = true, removeOffset = true, rawEnergy = true } = options
  const bank = filterbank(who, { bands, low, scale: 'kaldi', ...(high === undefined ? {} : { high }) }, frequenciesOf(rate, size))
  const preemphasis = Math.fround(options.preemphasis ?? 0.97)
  const floor = Math.max(options.energyFloor ?? 1, epsilon)
  const window = taper(options.window ?? 'povey', length, false)
  const transform = windowed(size, 0, window)
  const frame = new Float32Array(length)
  const spectrum = new Float32Array((size >> 1) + 1)
  const first = energy === 'first' ? 1 : 0

  const logEnergy = (): number => {
    let sum = 0
    for (let k = 0; k < length; k++) sum += frame[k]! * frame[k]!
    return ln(Math.fround(Math.max(sum, floor)))
  }
  const analysis: Analysis = (samples, at, out, to, step) => {
    let mean = 0
    if (removeOffset) for (let k = 0; k < length; k++) mean += samples[at + k]! / length
    for (let k = 0; k < length; k++) frame[k] = samples[at + k]! - mean
    let level = rawEnergy ? logEnergy() : 0
    for (let k = length - 1; k >= 0; k--) frame[k] = frame[k]! - Math.fround(preemphasis * frame[k === 0 ? 0 : k - 1]!)
    writePower(transform(frame, 0), power, spectrum, 0, 1)
    if (!rawEnergy) {
      for (let k = 0; k < length; k++) frame[k] = frame[k]! * window[k]!
      level = logEnergy()
    }
    const start = to + first * step
    bank.apply(spectrum, 0, 1, out, start, step)
    const end = start + bands * step
    if (log) for (let i = start; i < end; i += step) out[i] = ln(Math.max(out[i]!, epsilon))
    if (energy !== 'none') out[energy === 'first' ? to : end] = level
  }
  const names = melNames(bands)
  return { framing, analysis, bins: energy === 'none' ? names : energy === 'first' ? ['energy', ...names] : [...names, 'energy'] }
}

function snipped(length: number, hop: number): Framing {
  const count = (samples: number) => (samples < length ? 0 : Math.floor((samples - length) / hop) + 1)
  return { length, hop, first: 0, padding: 'zeros', least: length, tail: 0, count }
}

function mirrored(length: number, hop: number): Framing {
  const first = (hop >> 1) - (length >> 1)
  const count = (samples: number) => Math.floor((samples + (hop >> 1)) / hop)
  return { length, hop, first, padding: 'mirror', least: Math.max(1, -first), tail: length + 1, count }
}
