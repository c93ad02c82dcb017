import { type Given, oneOf } from '../../core/options.ts'
import { chain, type Stage } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'
import { cepstrum, cepstrumOptions } from './cepstrum.ts'
import { decibels } from './decibels.ts'
import { kaldiMfcc } from './kaldiMfcc.ts'
import { logOptions } from './log.ts'
import { logMel, melFrames, refuseLog, torchaudio } from './logMel.ts'
import { melOptions } from './mel.ts'
import { spectrogramOptions } from './transform.ts'

const options = {
  ...spectrogramOptions,
  ...melOptions,
  /** How many mel bands (n_mels). */
  bands: melOptions.bands.default(40),
  ...logOptions,
  ...cepstrumOptions,
}

/**
 * Mel-frequency cepstral coefficients: {@link logMel} and then {@link cepstrum}.
 *
 * Shape: samples (1 × 1 × channels) → frames of 1 × `coefficients` × channels, names 'mfcc0', …. Defaults: 13 coefficients of 40 bands, the rest as logMel has it.
 * A signal shorter than a frame gives no frames.
 *
 * @throws as {@link logMel} and {@link cepstrum}.
 * @example
 * apply(signal(samples, { rate: 16000 }), mfcc(), deltas()).layout.planes // 2
 */
export const mfcc = /* @__PURE__ */ defineStage(
  'mfcc',
  {
    ...options,
    /**
     * Another library's defaults, for what is not given here.
     * 'torchaudio': MFCC (40 coefficients of 128 bands in decibels, 80 dB range). 'librosa': feature.mfcc (20 of 128, likewise, its lifter from 1). Both need the end of the sequence.
     * 'kaldi': {@link kaldiMfcc} as it stands.
     */
    preset: oneOf('torchaudio', 'librosa', 'kaldi').optional('none'),
  },
  (_, __, { preset, ...given }) => stageOf(preset, given).plan,
)

function stageOf(preset: 'torchaudio' | 'librosa' | 'kaldi' | undefined, given: Given<typeof options>): Stage {
  if (preset === 'kaldi') return kaldiMfcc(given as object)
  const { coefficients = defaults[preset ?? 'none'], lifter = 0, lifterFrom = preset === 'librosa' ? 1 : 0, ...bands } = given
  const cosines = cepstrum({ coefficients, lifter, lifterFrom })
  if (preset === 'librosa') return chain(logMel({ preset, ...bands }), cosines)
  if (preset === undefined) return chain(logMel({ bands: options.bands.missing, ...bands }), cosines)
  refuseLog('mfcc', preset, bands)
  return chain(melFrames('mfcc', { ...torchaudio, ...bands }), decibels({ range: 80 }), cosines)
}

const defaults = { none: 13, torchaudio: 40, librosa: 20 } as const
