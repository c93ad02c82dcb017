import { noted } from '../../core/notes.ts'
import { defineStage } from '../defineStage.ts'
import { framedLayout, planFramed } from './framing.ts'
import { fbankOptions, resolve } from './kaldi.ts'
import { checkMel } from './mel.ts'

/**
 * Kaldi's log mel filterbank, as torchaudio.compliance.kaldi.fbank without dither.
 *
 * Shape: samples (1 × 1 × channels) → frames of 1 × `bands` (one more with `energy`) × channels, names 'mel0', …, 'energy'. Units: natural logarithm of power.
 * Kaldi itself counts samples from −32768 to 32767; on samples from −1 to 1 the floors weigh more.
 * Frame mean and energy are summed in float64, everything else is float32. A signal shorter than a frame gives no frames.
 *
 * @throws RangeError or TypeError for options that do not fit together or the input.
 * @example
 * apply(signal(samples, { rate: 16000 }), kaldiFbank({ bands: 80 }))
 */
export const kaldiFbank = /* @__PURE__ */ defineStage('kaldiFbank', fbankOptions, (options, spec) => {
  checkMel('kaldiFbank', options)
  return (input) => {
    const { framing, bins, analysis, note } = resolve('kaldiFbank', options, input)
    return noted(planFramed(spec, input, framedLayout('kaldiFbank', input, framing, [''], bins), framing, analysis), note)
  }
})
