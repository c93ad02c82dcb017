import { defineStage } from '../defineStage.ts'
import { framedLayout, planFramed } from './framing.ts'
import { checkTransform, frequencyNames, transformOf, transformOptions } from './transform.ts'

/**
 * Short-time Fourier transform.
 *
 * Shape: samples (1 × 1 × channels) → frames of 2 planes 're' and 'im' × ⌊fft/2⌋ + 1 bins named by frequency ('hz31.25') × channels, every channel by itself.
 * X[i, k] = Σₙ w[n]·x[i·hop + first + n]·e^(−2πi·k·n / fft), in float32, unscaled. A frame's time is that of its window.
 * A signal shorter than a frame gives no frames. The same bits whatever the blocks.
 * Source: torch.stft, of which `align: 'center'` is the placement.
 *
 * @throws RangeError or TypeError for options that make no transform, and where the input is not samples at a rate; DataError where a signal is too short for `padding: 'reflect'`.
 * @example
 * apply(signal(samples, { rate: 16000 }), stft({ fft: 400, hop: 160, center: true }))
 */
export const stft = /* @__PURE__ */ defineStage('stft', transformOptions, (options, spec) => {
  checkTransform('stft', options)
  return (input) => {
    const transform = transformOf('stft', options, input)
    const layout = framedLayout('stft', input, transform.framing, ['re', 'im'], frequencyNames(transform))
    return planFramed(spec, input, layout, transform.framing, (samples, at, out, to, step) => {
      const { re, im, bins } = transform.run(samples, at)
      for (let k = 0; k < bins; k++) {
        out[to + k * step] = re[k]!
        out[to + (bins + k) * step] = im[k]!
      }
    })
  }
})
