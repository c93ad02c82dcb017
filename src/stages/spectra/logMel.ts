import { known, oneOf } from '../../core/check.ts'
import { rateOf } from '../../core/frames.ts'
import { chain, type Stage } from '../../core/stage.ts'
import { analysis } from '../../kernels/spectrum.ts'
import { specOf } from '../spec.ts'
import { loudest, whole } from '../whole.ts'
import { decibels } from './decibels.ts'
import { type Analysis, type Framing, framedLayout, planFramed } from './framing.ts'
import { kaldiFbank } from './kaldi.ts'
import { type Logarithm, type LogOptions, logarithmOf, logOptions } from './log.ts'
import { checkMel, filterbank, type MelOptions, melNames, melOptions } from './mel.ts'
import { checkPower, checkStft, frequenciesOf, type SpectrogramOptions, stftOptions, transformOf, writePower } from './stft.ts'

export const presets = ['torchaudio', 'librosa', 'kaldi', 'whisper'] as const

export interface LogMelOptions extends SpectrogramOptions, MelOptions, LogOptions {
  /**
   * Another library's defaults, for what is not given here.
   * 'torchaudio': MelSpectrogram (transform 400, hop 200, 128 bands, centered) and ln(x + 1e-6), as its MFCC has it.
   * 'librosa': melspectrogram and power_to_db (2048, hop 512, 128 Slaney bands with Slaney's norm, centered with zeros, 80 dB range). Needs the end of the sequence.
   * 'kaldi': {@link kaldiFbank} as it stands.
   * 'whisper': log_mel_spectrogram at 16 kHz (400, hop 160, 80 Slaney bands with norm, log₁₀ cut 8 below the maximum, (x + 4) / 4), without its padding to 30 s. Needs the end.
   */
  preset?: (typeof presets)[number]
}

const slaneyBands = { scale: 'slaney', norm: 'slaney' } as const
export const torchaudio = { size: 400, hop: 200, center: true, bands: 128 } as const
const librosa = { size: 2048, hop: 512, center: true, padding: 'zeros', bands: 128, ...slaneyBands } as const
const whisper = { size: 400, hop: 160, center: true, bands: 80, ...slaneyBands } as const

export function logMel(options: LogMelOptions = {}): Stage {
  known('logMel', options, [...stftOptions, ...melOptions, ...logOptions, 'power', 'preset'])
  const { preset, ...rest } = options
  if (preset !== undefined) oneOf('logMel', 'preset', preset, presets)
  const spec = specOf('logMel', options)
  const stage = stageOf(preset, rest)
  return { spec, plan: (input) => stage.plan(input) }
}

function stageOf(preset: LogMelOptions['preset'], options: Omit<LogMelOptions, 'preset'>): Stage {
  if (preset === 'kaldi') return kaldiFbank(options)
  if (preset === undefined) return melFrames('logMel', options, logarithmOf('logMel', options))
  if (preset === 'torchaudio') {
    const logarithm = logarithmOf('logMel', options.floor === undefined ? { offset: 1e-6, ...options } : options)
    return melFrames('logMel', { ...torchaudio, ...options }, logarithm)
  }
  refuseLog('logMel', preset, options)
  if (preset === 'librosa') return chain(melFrames('logMel', { ...librosa, ...options }), decibels({ range: 80 }))
  const log10 = logarithmOf('logMel', { base: 10 })
  return chain(melFrames('logMel', { ...whisper, ...options }, log10, 'whisper'), whisperScale)
}

/** Refuses options of the logarithm where a preset brings its own. */
export function refuseLog(who: string, preset: string, options: object): void {
  const name = logOptions.find((option) => Object.hasOwn(options, option))
  if (name !== undefined) throw new TypeError(`${who}: preset ${preset} has its own logarithm, got option ${name}`)
}

/** A mel spectrogram in one pass, with a logarithm if any. Whisper leaves out the last frame and knows one rate. */
export function melFrames(who: string, options: SpectrogramOptions & MelOptions, logarithm?: Logarithm, like?: 'whisper'): Stage {
  checkStft(who, options)
  checkMel(who, options)
  const power = checkPower(who, options.power)
  const spec = specOf(who, options)
  return {
    spec,
    plan(input) {
      const transform = transformOf(who, options, input)
      const bank = filterbank(who, options, frequenciesOf(transform.rate, transform.size))
      const framing = like === 'whisper' ? butLast(transform.framing) : transform.framing
      if (like === 'whisper' && transform.rate !== 16000)
        throw new RangeError(`${who}: preset whisper expects 16000 samples per second, got ${rateOf(input.clock, who)}`)
      const layout = framedLayout(who, input, framing, [''], melNames(bank.bands))
      const spectrum = new Float32Array((transform.size >> 1) + 1)
      const { size, lead, taper } = transform
      const many = analysis({ size, lead, taper, power, filters: bank, ...(logarithm && { logarithm }) })
      const one: Analysis = (samples, at, out, to, step) => {
        writePower(transform.run(samples, at), power, spectrum, 0, 1)
        bank.apply(spectrum, 0, 1, out, to, step)
        if (!logarithm) return
        const end = to + bank.bands * step
        for (let i = to; i < end; i += step) out[i] = logarithm.of(out[i]!)
      }
      return planFramed(spec, input, layout, framing, one, many)
    },
  }
}

function butLast(framing: Framing): Framing {
  return { ...framing, count: (samples) => Math.max(0, framing.count(samples) - 1) }
}

const whisperScale: Stage = {
  spec: { stage: 'whisperScale' },
  plan: (input) =>
    whole({ stage: 'whisperScale' }, input, (all) => {
      const least = Math.fround(loudest(all.data, all) - 8)
      return all.data.map((x) => Math.fround(Math.max(x, least) + 4) / 4)
    }),
}
