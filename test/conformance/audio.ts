import {
  apply,
  cepstrum,
  chain,
  decibels,
  deltas,
  type Frames,
  frames,
  globalPool,
  kaldiFbank,
  kaldiMfcc,
  log,
  mel,
  normalize,
  type OptionsOf,
  preemphasis,
  pyramidPool,
  resample,
  type Size,
  type Stage,
  signal,
  spectrogram,
  std,
} from 'poolwise'
import type { Answer, Inputs, Params, Tensor } from './cases.ts'

type KaldiFbankOptions = OptionsOf<typeof kaldiFbank>
type SpectrogramOptions = OptionsOf<typeof spectrogram>
type Taper = NonNullable<SpectrogramOptions['window']>

/** torchaudio's spectra are (features, frames). */
function transposed({ length, data }: Frames): Tensor {
  const width = data.length / length
  return { shape: [width, length], data: Float64Array.from(data, (_, i) => data[(i % length) * width + Math.floor(i / length)]!) }
}

/** Kaldi's are (frames, features). */
function straight({ length, data }: Frames): Tensor {
  return { shape: [length, data.length / length], data }
}

/** int16 samples, from −1 to 1 unless the case says that they stay as they are. */
function signalOf(inputs: Inputs, params: Params, rate: number): Frames {
  const count = (params.firstSamples as number | undefined) ?? inputs.pcm!.data.length
  const scale = (params.scale as number | undefined) ?? 1 / 32768
  return signal(
    Float32Array.from({ length: count }, (_, i) => inputs.pcm!.data[i]! * scale),
    { rate },
  )
}

function spectrogramOf(params: Params): Stage {
  const center = (params.center as boolean | undefined) ?? true
  const options: SpectrogramOptions = {
    fft: params.nFft as number,
    length: params.winLength as number,
    hop: params.hop as number,
    window: ((params.window as string | undefined) ?? 'hann') as Taper,
    exponent: ((params.power as number | undefined) ?? 2) as 1 | 2,
    align: 'center',
    center,
    ...(center && { padding: params.padMode === 'constant' ? ('zeros' as const) : ('reflect' as const) }),
  }
  return spectrogram(options)
}

function melOf(params: Params): Stage {
  return mel({
    bands: params.nMels as number,
    scale: params.melScale as NonNullable<OptionsOf<typeof mel>['scale']>,
    norm: params.norm as 'slaney' | null,
    low: (params.fMin as number | undefined) ?? 0,
    // torchaudio halves the rate in integers.
    high: (params.fMax as number | null | undefined) ?? Math.floor((params.sampleRate as number) / 2),
  })
}

/** A case's log-mel spectrogram: frames of bands, for pooling. */
export function logMelOf(params: Params, inputs: Inputs): Frames {
  return apply(signalOf(inputs, params, params.sampleRate as number), spectrogramOf(params), melOf(params), log({ offset: 1e-6 }))
}

function mfccOf(params: Params, inputs: Inputs): Frames {
  const level = params.logMels ? log({ offset: 1e-6 }) : decibels({ range: params.topDb as number })
  const stages = chain(spectrogramOf(params), melOf(params), level, cepstrum({ coefficients: params.nMfcc as number }))
  return apply(signalOf(inputs, params, params.sampleRate as number), stages)
}

function kaldiOf(params: Params, rate: number): KaldiFbankOptions {
  const samples = (name: string, fallback: number): Size => Math.trunc(rate * ((params[name] as number | undefined) ?? fallback) * 0.001)
  const windows: Record<string, Taper> = { hanning: 'hann' }
  const window = params.window_type as string | undefined
  const high = (params.high_freq as number | undefined) ?? 0
  const length = samples('frame_length', 25)
  return {
    bands: (params.num_mel_bins as number | undefined) ?? 23,
    low: (params.low_freq as number | undefined) ?? 20,
    high: high > 0 ? high : rate / 2 + high,
    length,
    hop: samples('frame_shift', 10),
    ...(params.round_to_power_of_two === false && { fft: length }),
    window: window === undefined ? 'povey' : (windows[window] ?? (window as Taper)),
    edges: params.snip_edges === false ? 'mirror' : 'snip',
    removeOffset: (params.remove_dc_offset as boolean | undefined) ?? true,
    preemphasis: (params.preemphasis_coefficient as number | undefined) ?? 0.97,
    rawEnergy: (params.raw_energy as boolean | undefined) ?? true,
    energyFloor: (params.energy_floor as number | undefined) ?? 1,
  }
}

function withoutMean(params: Params): Stage[] {
  return params.subtract_mean ? [normalize({ variance: false })] : []
}

const resampled: Answer = (params, inputs) => {
  const stage = resample({
    to: params.newFreq as number,
    width: (params.lowpassFilterWidth as number | undefined) ?? 6,
    rolloff: (params.rolloff as number | undefined) ?? 0.99,
  })
  const { length, data } = apply(signalOf(inputs, params, params.origFreq as number), stage)
  return { y: { shape: [length], data } }
}

function vector({ data }: Frames): Tensor {
  return { shape: [data.length], data }
}

/** Level by level, within it bands before windows. */
function pyramid(input: Frames, levels: number[], kind: string): Tensor {
  const { data } = apply(input, pyramidPool(kind === 'avg' ? 'mean' : 'max', { levels }))
  const { bins } = input.layout
  let at = 0
  const all = levels.flatMap((level) => {
    const from = at
    at += level * bins
    return Array.from({ length: level * bins }, (_, i) => data[from + (i % level) * bins + Math.floor(i / level)]!)
  })
  return { shape: [all.length], data: all }
}

/** Answers to the golden suite `audio`, by operation. */
export const answers: Record<string, Answer> = {
  spectrogram: (params, inputs) => ({ y: transposed(apply(signalOf(inputs, params, 16000), spectrogramOf(params))) }),
  melSpectrogram: (params, inputs) => ({
    y: transposed(apply(signalOf(inputs, params, params.sampleRate as number), spectrogramOf(params), melOf(params))),
  }),
  logMel: (params, inputs) => ({ y: transposed(logMelOf(params, inputs)) }),
  'logMel+statsPool': (params, inputs) => ({
    y: vector(apply(logMelOf(params, inputs), globalPool(['mean', std({ correction: params.correction as 0 | 1 })]))),
  }),
  'logMel+temporalPyramid': (params, inputs) => ({
    y: pyramid(logMelOf(params, inputs), params.levels as number[], params.kind as string),
  }),
  amplitudeToDB: (params, inputs) => {
    const of = params.stype === 'magnitude' ? 'amplitude' : 'power'
    const level = decibels({ of, ...(typeof params.topDb === 'number' && { range: params.topDb }) })
    return { y: transposed(apply(signalOf(inputs, params, params.sampleRate as number), spectrogramOf(params), melOf(params), level)) }
  },
  // A filterbank is what the mel stage does to a spectrum with one bin set, for each bin.
  melFilterbank: (params) => {
    const bins = params.nFreqs as number
    const names = Array.from({ length: bins }, (_, k) => `hz${(k * (params.sampleRate as number)) / 2 / (bins - 1)}`)
    const identity = Float32Array.from({ length: bins * bins }, (_, i) => (i % (bins + 1) === 0 ? 1 : 0))
    return { y: straight(apply(frames(identity, { bins, names: { bins: names } }), melOf(params))) }
  },
  mfcc: (params, inputs) => ({ y: transposed(mfccOf(params, inputs)) }),
  // Deltas alone: the second plane.
  'mfcc+deltas': (params, inputs) => {
    const both = apply(mfccOf(params, inputs), deltas({ width: params.winLengthDelta as number }))
    const { bins } = both.layout
    const slopes = both.data.filter((_, i) => Math.floor(i / bins) % 2 === 1)
    return { y: transposed({ ...both, data: slopes }) }
  },
  kaldiFbank: (params, inputs) => {
    const rate = (params.sample_frequency as number | undefined) ?? 16000
    const options: KaldiFbankOptions = {
      ...kaldiOf(params, rate),
      exponent: params.use_power === false ? 1 : 2,
      log: (params.use_log_fbank as boolean | undefined) ?? true,
      energy: params.use_energy ? (params.htk_compat ? 'last' : 'first') : 'none',
    }
    return { y: straight(apply(signalOf(inputs, params, rate), kaldiFbank(options), ...withoutMean(params))) }
  },
  kaldiMfcc: (params, inputs) => {
    const rate = (params.sample_frequency as number | undefined) ?? 16000
    const stage = kaldiMfcc({
      ...kaldiOf(params, rate),
      coefficients: (params.num_ceps as number | undefined) ?? 13,
      lifter: (params.cepstral_lifter as number | undefined) ?? 22,
      energy: (params.use_energy as boolean | undefined) ?? false,
    })
    return { y: straight(apply(signalOf(inputs, params, rate), stage, ...withoutMean(params))) }
  },
  resample: resampled,
  preemphasis: (params, inputs) => {
    const { length, data } = apply(signalOf(inputs, params, 16000), preemphasis({ coefficient: params.coeff as number }))
    return { y: { shape: [length], data } }
  },
}
