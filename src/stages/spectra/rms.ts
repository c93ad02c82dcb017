import { defineStage } from '../defineStage.ts'
import { frameOptions, measured } from './measured.ts'

/**
 * Root mean square of each frame of samples: √(Σ x² / length), in float64.
 *
 * Shape: samples (1 × 1 × channels) → frames of 1 × 1 × channels, name 'rms', every channel by itself. Units: the samples'.
 * Frames lie where those of {@link spectrogram} with the same `length` and `hop` do. Silence gives 0; a sample that is not finite makes its frames NaN; a signal shorter than a frame gives none.
 * Source: librosa.feature.rms with center=False.
 *
 * @throws RangeError or TypeError for sizes that are none, and where the input is not samples at a rate.
 * @example
 * apply(signal([3, -3, 0, 4], { rate: 8000 }), rms({ length: 2, hop: 2 })).data // [3, 2.8284271247461903]
 */
export const rms = /* @__PURE__ */ defineStage('rms', frameOptions, (options, spec) =>
  measured(spec, options, (samples, from, to) => {
    let squares = 0
    for (let n = from; n < to; n++) squares += samples[n]! ** 2
    return Math.sqrt(squares / (to - from))
  }),
)
