import { rateOf } from '../../core/frames.ts'
import { noted } from '../../core/notes.ts'
import { copied, type Given, oneOf, plain, read } from '../../core/options.ts'
import { chain, type Stage } from '../../core/stage.ts'
import { analysis } from '../../kernels/spectrum.ts'
import { defineStage } from '../defineStage.ts'
import { loudest, whole } from '../whole.ts'
import { decibels } from './decibels.ts'
import { type Analysis, type Framing, framedLayout, planFramed } from './framing.ts'
import { kaldiFbank } from './kaldiFbank.ts'
import { logarithmOf, logOptions } from './log.ts'
import { checkMel, emptyBands, filterbank, melNames, melOptions } from './mel.ts'
import { checkTransform, frequenciesOf, spectrogramOptions, transformOf, writePower } from './transform.ts'

export const presets = ['torchaudio', 'librosa', 'kaldi', 'whisper'] as const

const slaneyBands = { scale: 'slaney', norm: 'slaney' } as const
export const torchaudio = { fft: 400, hop: 200, center: true, bands: 128 } as const
const librosa = { fft: 2048, hop: 512, center: true, padding: 'zeros', bands: 128, ...slaneyBands } as const
const whisper = { fft: 400, hop: 160, center: true, bands: 80, ...slaneyBands } as const

/** The options of a mel spectrogram. */
const melFrameOptions = { ...spectrogramOptions, ...melOptions }

/** As they are given: what is not has a preset's default, or ours. */
type MelGiven = Given<typeof melFrameOptions>

/**
 * Logarithmic mel spectrogram: the usual features of speech.
 *
 * Shape: samples (1 × 1 × channels) → frames of 1 × `bands` × channels, names 'mel0', 'mel1', …, every channel by itself.
 * The same bits as {@link spectrogram}, {@link mel} and {@link log} one after the other, in one pass; the same bits whatever the blocks.
 * Defaults, for any rate: 25 ms periodic Hann window, hop 10 ms, transform of the window rounded up to a power of two, frames within the signal (so that a live stream
 * starts at once and nothing is invented at the edges), 80 bands, HTK's scale, power, natural logarithm of max(x, 1e-10).
 * A signal shorter than a frame gives no frames. Filters that no bin of the transform lies in give constant lanes, which is said on the console, once.
 *
 * @throws RangeError or TypeError for options that do not fit together or the input; DataError where a signal is too short for reflect padding.
 * @example
 * apply(signal(samples, { rate: 16000 }), logMel({ bands: 40 })).layout.bins // 40
 */
export const logMel = /* @__PURE__ */ defineStage(
  'logMel',
  {
    ...melFrameOptions,
    ...logOptions,
    /**
     * Another library's defaults, for what is not given here.
     * 'torchaudio': MelSpectrogram (transform 400, hop 200, 128 bands, centered) and ln(x + 1e-6), as its MFCC has it.
     * 'librosa': melspectrogram and power_to_db (2048, hop 512, 128 Slaney bands with Slaney's norm, centered with zeros, 80 dB range). Needs the end of the sequence.
     * 'kaldi': {@link kaldiFbank} as it stands.
     * 'whisper': log_mel_spectrogram at 16 kHz (400, hop 160, 80 Slaney bands with norm, log₁₀ cut 8 below the maximum, (x + 4) / 4), without its padding to 30 s. Needs the end.
     */
    preset: oneOf(...presets).optional('none'),
  },
  (_, __, { preset, ...given }) => stageOf(preset, given).plan,
)

function stageOf(preset: (typeof presets)[number] | undefined, given: MelGiven & Given<typeof logOptions>): Stage {
  if (preset === 'kaldi') return kaldiFbank(given as object)
  const { floor, offset, base, ...bands } = given
  const logarithm = copied({ floor, offset, base }) as Given<typeof logOptions>
  if (preset === undefined) return melFrames('logMel', bands, logarithm)
  if (preset === 'torchaudio') {
    const own = floor === undefined && offset === undefined ? { ...logarithm, offset: 1e-6 } : logarithm
    return melFrames('logMel', { ...torchaudio, ...bands }, own)
  }
  refuseLog('logMel', preset, given)
  if (preset === 'librosa') return chain(melFrames('logMel', { ...librosa, ...bands }), decibels({ range: 80 }))
  return chain(melFrames('logMel', { ...whisper, ...bands }, { base: 10 }, 'whisper'), whisperScale)
}

/** Refuses options of the logarithm where a preset brings its own. */
export function refuseLog(who: string, preset: string, options: object): void {
  const name = Object.keys(logOptions).find((option) => Object.hasOwn(options, option))
  if (name !== undefined) throw new TypeError(`${who}: preset ${preset} has its own logarithm, got option ${name}`)
}

/** A mel spectrogram in one pass, with a logarithm if any. Whisper leaves out the last frame and knows one rate. */
export function melFrames(who: string, given: MelGiven, log?: Given<typeof logOptions>, like?: 'whisper'): Stage {
  const options = read(who, melFrameOptions, given)
  checkTransform(who, options)
  checkMel(who, options)
  const logarithm = log && logarithmOf(who, read(who, logOptions, log))
  const spec = { stage: who, ...(plain(given) as object) }
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
      const many = analysis({ size, lead, taper, power: options.exponent, filters: bank, ...(logarithm && { logarithm }) })
      const one: Analysis = (samples, at, out, to, step) => {
        writePower(transform.run(samples, at), options.exponent, spectrum, 0, 1)
        bank.apply(spectrum, 0, 1, out, to, step)
        if (!logarithm) return
        const end = to + bank.bands * step
        for (let i = to; i < end; i += step) out[i] = logarithm.of(out[i]!)
      }
      const note = emptyBands(who, bank, `a transform of ${transform.size} at ${transform.rate} Hz`)
      return noted(planFramed(spec, input, layout, framing, one, many), note)
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
