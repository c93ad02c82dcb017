import { defineStage } from '../defineStage.ts'
import { framedLayout, planFramed } from './framing.ts'
import { checkTransform, frequencyNames, spectrogramOptions, transformOf, writePower } from './transform.ts'

/**
 * Power or magnitude spectrogram: re² + im² of {@link stft}, or its square root.
 *
 * Shape: samples (1 × 1 × channels) → frames of ⌊fft/2⌋ + 1 bins named by frequency × channels. Units: the samples' squared (power), or the samples' (magnitude); nothing is scaled.
 * A signal shorter than a frame gives no frames. Source: torchaudio.transforms.Spectrogram.
 *
 * @throws as {@link stft}.
 * @example
 * apply(signal(samples, { rate: 16000 }), spectrogram({ fft: 512, exponent: 1 })).layout.bins // 257
 */
export const spectrogram = /* @__PURE__ */ defineStage('spectrogram', spectrogramOptions, (options, spec) => {
  checkTransform('spectrogram', options)
  return (input) => {
    const transform = transformOf('spectrogram', options, input)
    const layout = framedLayout('spectrogram', input, transform.framing, [''], frequencyNames(transform))
    return planFramed(spec, input, layout, transform.framing, (samples, at, out, to, step) => {
      writePower(transform.run(samples, at), options.exponent, out, to, step)
    })
  }
})
