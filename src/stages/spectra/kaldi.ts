// What Kaldi's two features share.
import { duration, inFrames } from '../../core/duration.ts'
import { type Layout, rateOf } from '../../core/frames.ts'
import { boolean, integer, number, oneOf, type Read } from '../../core/options.ts'
import { ln } from '../../kernels/logarithm.ts'
import { type Analysis, checkSamples, type Framing } from './framing.ts'
import { emptyBands, filterbank, melNames } from './mel.ts'
import { checkFits, frequenciesOf, powerOfTwo, samples, samplesOf, taper, tapers, windowed, within, writePower } from './transform.ts'

/** The options of Kaldi's frames and filterbank. */
export const frameOptions = {
  /** How many mel bands (num-mel-bins). */
  bands: integer(1, 65536).default(23),
  /** Lower end of the first filter (low-freq). */
  low: number({ min: 0 }).default(20).unit('Hz'),
  /** Upper end of the last filter (high-freq). */
  high: number().optional('half the rate').unit('Hz'),
  /** How long a frame is (frame-length). */
  length: samples().optional('25 ms, cut down to samples as Kaldi does'),
  /** From one frame to the next (frame-shift). */
  hop: duration().optional('10 ms, cut down likewise').unit('samples or time'),
  /** Size of the Fourier transform. */
  fft: samples().optional('length, rounded up to a power of two'),
  /** What a frame is multiplied by; symmetric. */
  window: oneOf(...tapers).default('povey'),
  /** 'snip': frames lie within the signal. 'mirror': one frame for every hop, centered in it, the signal mirrored at its ends. */
  edges: oneOf('snip', 'mirror').default('snip'),
  /** Takes each frame's mean off. */
  removeOffset: boolean().default(true),
  /** x[n] − c·x[n − 1] within each frame, whose first sample stands before itself. */
  preemphasis: number({ min: 0, max: 1 }).default(0.97),
  /** Whether the energy is that before pre-emphasis and window. */
  rawEnergy: boolean().default(true),
  /** Energies below it count as it. */
  energyFloor: number({ min: 0 }).default(1),
}

/** Those of the filterbank as a feature. */
export const fbankOptions = {
  ...frameOptions,
  /** 2 for power, 1 for magnitude. */
  exponent: oneOf(1, 2).default(2),
  /** Adds the logarithm of the frame's energy as a bin 'energy', first or last. */
  energy: oneOf('none', 'first', 'last').default('none'),
  /** Natural logarithm of the bands, not below that of float32's epsilon. */
  log: boolean().default(true),
}

const epsilon = 2 ** -23

/** Kaldi's filterbank at the input's rate. */
export function resolve(
  who: string,
  options: Read<typeof fbankOptions>,
  input: Layout,
): { framing: Framing; bins: string[]; analysis: Analysis; note: string | undefined } {
  checkSamples(who, input)
  const rate = rateOf(input.clock, who)
  // Kaldi cuts its durations down to samples.
  const cut = (milliseconds: number) => Math.max(1, Math.trunc(rate * milliseconds * 0.001))
  const length = samplesOf(who, 'length', options.length ?? cut(25), input.clock)
  const hop = inFrames(who, 'hop', options.hop ?? cut(10), input.clock)
  const size = options.fft === undefined ? powerOfTwo(length) : samplesOf(who, 'fft', options.fft, input.clock)
  checkFits(who, size, length)
  const framing = options.edges === 'mirror' ? mirrored(length, hop) : within(length, 0, length, hop)

  const { bands, low, high, exponent, energy, log, removeOffset, rawEnergy } = options
  const bank = filterbank(who, { bands, low, high, scale: 'kaldi', norm: null }, frequenciesOf(rate, size))
  const preemphasis = Math.fround(options.preemphasis)
  const floor = Math.max(options.energyFloor, epsilon)
  const window = taper(options.window, length, false)
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
    writePower(transform(frame, 0), exponent, spectrum, 0, 1)
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
  const note = emptyBands(who, bank, `a transform of ${size} at ${rate} Hz`)
  return { framing, analysis, note, bins: energy === 'none' ? names : energy === 'first' ? ['energy', ...names] : [...names, 'energy'] }
}

function mirrored(length: number, hop: number): Framing {
  const first = (hop >> 1) - (length >> 1)
  const count = (samples: number) => Math.floor((samples + (hop >> 1)) / hop)
  return { length, hop, first, padding: 'mirror', least: Math.max(1, -first), tail: length + 1, count }
}
