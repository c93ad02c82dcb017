import { known, oneOf } from '../../core/check.ts'
import { chain, type Stage } from '../../core/stage.ts'
import { specOf } from '../spec.ts'
import { type CepstrumOptions, cepstrum } from './cepstrum.ts'
import { decibels } from './decibels.ts'
import { kaldiMfcc } from './kaldi.ts'
import { type LogOptions, logOptions } from './log.ts'
import { logMel, melFrames, refuseLog, torchaudio } from './logMel.ts'
import { type MelOptions, melOptions } from './mel.ts'
import { type SpectrogramOptions, stftOptions } from './stft.ts'

export interface MfccOptions extends SpectrogramOptions, MelOptions, LogOptions, CepstrumOptions {
  /**
   * Another library's defaults, for what is not given here.
   * 'torchaudio': MFCC (40 coefficients of 128 bands in decibels, 80 dB range). 'librosa': feature.mfcc (20 of 128, likewise). Both need the end of the sequence.
   * 'kaldi': {@link kaldiMfcc} as it stands.
   */
  preset?: 'torchaudio' | 'librosa' | 'kaldi'
}

export function mfcc(options: MfccOptions = {}): Stage {
  known('mfcc', options, [...stftOptions, ...melOptions, ...logOptions, 'power', 'coefficients', 'lifter', 'preset'])
  const { preset, ...rest } = options
  if (preset !== undefined) oneOf('mfcc', 'preset', preset, ['torchaudio', 'librosa', 'kaldi'])
  const stage = stageOf(preset, rest)
  return { spec: specOf('mfcc', options), plan: (input) => stage.plan(input) }
}

function stageOf(preset: MfccOptions['preset'], options: Omit<MfccOptions, 'preset'>): Stage {
  if (preset === 'kaldi') return kaldiMfcc(options)
  const { coefficients = defaults[preset ?? 'none'], lifter = 0, ...bands } = options
  const cosines = cepstrum({ coefficients, lifter })
  if (preset === 'librosa') return chain(logMel({ preset, ...bands }), cosines)
  if (preset === undefined) return chain(logMel({ bands: 40, ...bands }), cosines)
  refuseLog('mfcc', preset, bands)
  return chain(melFrames('mfcc', { ...torchaudio, ...bands }), decibels({ range: 80 }), cosines)
}

const defaults = { none: 13, torchaudio: 40, librosa: 20 } as const
