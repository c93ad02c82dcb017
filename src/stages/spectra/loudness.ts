import { refusal } from '../../core/check.ts'
import { pointwise } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'
import { filterbank, namedFrequencies, peaksOf } from './mel.ts'

const bands = 26
const low = 20
const highest = 8000

/** How sensitive the ear is at a frequency: the equal-loudness curve at 40 dB, for power. */
function sensitivity(hertz: number): number {
  const square = hertz * hertz
  return (square / (square + 1.6e5)) ** 2 * ((square + 1.44e6) / (square + 9.61e6))
}

/**
 * Loudness as GeMAPS defines it: how loud a frame sounds, the sum of an auditory spectrum. Of 26 mel bands from 20 to 8000 Hz (triangles over mels), each is weighted by the ear's
 * equal-loudness curve at its peak, and its cube root is taken.
 *
 * Shape: frames of 1 plane × power of bins named by frequency (as {@link spectrogram} gives them) × channels → frames of 1 × 1 × channels, name 'loudness'. Units: the power's, to the third;
 * sounds ten times as loud in amplitude give 4.6 times as much. Silence gives 0; NaN stays NaN. Below a rate of 16 kHz the bands end at half of it. Computed in float64.
 * Sources: Eyben et al. 2016 (GeMAPS); Hermansky 1990 (the curve), with 1/3 for openSMILE's 0.33.
 *
 * @throws TypeError or RangeError where the bins are not named by frequency.
 * @example
 * apply(signal(samples, { rate: 16000 }), spectrogram({ length: '20ms', window: 'hamming' }), loudness()).layout.names.bins // ['loudness']
 */
export const loudness = /* @__PURE__ */ defineStage('loudness', {}, (_, spec) => (input) => {
  const frequencies = namedFrequencies('loudness', input)
  const high = Math.min(highest, frequencies.at(-1)!)
  if (high <= low) throw refusal('loudness', `the spectrum must reach beyond ${low} Hz`, high)
  const bank = filterbank('loudness', { bands, scale: 'kaldi', norm: null, low, high }, frequencies)
  const weights = peaksOf({ bands, scale: 'kaldi', low, high }).map(sensitivity)
  const { bins, channels } = input
  const layout = { ...input, bins: 1, names: { ...input.names, bins: ['loudness'] } }
  return pointwise(spec, input, layout, ({ data, length }) =>
    Float32Array.from({ length: length * channels }, (_, i) => {
      const at = Math.floor(i / channels) * bins * channels + (i % channels)
      let sum = 0
      for (let band = 0; band < bands; band++) {
        let power = 0
        for (let k = bank.starts[band]!, bin = at + bank.firsts[band]! * channels; k < bank.starts[band + 1]!; k++, bin += channels)
          power += bank.weights[k]! * data[bin]!
        sum += Math.cbrt(weights[band]! * power)
      }
      return sum
    }),
  )
})
