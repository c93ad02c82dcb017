import { defineStage } from '../defineStage.ts'
import { frameOptions, measured } from './measured.ts'

/**
 * Zero crossings: how often the sign changes within each frame of samples, divided by the samples of the frame.
 *
 * Shape: samples (1 × 1 × channels) → frames of 1 × 1 × channels, name 'zeroCrossings', every channel by itself. Frames as those of {@link rms}.
 * Zero is positive, and so is what is within 1e-10 of it, so that silence gives 0. A sample that is not finite makes its frames NaN; a signal shorter than a frame gives none.
 * Source: librosa.feature.zero_crossing_rate with center=False.
 *
 * @throws as {@link rms}.
 * @example
 * apply(signal([1, -1, 1, 1], { rate: 8000 }), zeroCrossings({ length: 4 })).data // [0.5]
 */
export const zeroCrossings = /* @__PURE__ */ defineStage('zeroCrossings', frameOptions, (options, spec) =>
  measured(spec, options, (samples, from, to) => {
    let crossings = 0
    for (let n = from + 1; n < to; n++) if (isNegative(samples[n]!) !== isNegative(samples[n - 1]!)) crossings++
    return crossings / (to - from)
  }),
)

/** What is as good as 0 is not: silence that was computed has signs of its own. */
function isNegative(x: number): boolean {
  return x < -1e-10
}
