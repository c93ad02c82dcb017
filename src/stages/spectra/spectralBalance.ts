import { refusal } from '../../core/check.ts'
import { pointwise } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'
import { namedFrequencies } from './mel.ts'

const names = ['alphaRatio', 'hammarbergIndex', 'slope0-500', 'slope500-1500'] as const

/** Powers below it count as it: where there is nothing, ratios are 0 dB and slopes 0. */
const floor = 1e-10

/** Bins `from` (inclusive) to `to` (exclusive). */
type Band = readonly [from: number, to: number]

const decibels = (power: number) => 10 * Math.log10(power)

/**
 * How a voice's power is spread over frequencies, as GeMAPS defines it: soft and breathy voices have less above, loud and pressed ones more.
 *
 * Shape: frames of 1 plane × power of bins named by frequency (as {@link spectrogram} gives them) × channels → frames of 1 × 4 × channels, in float64:
 *
 * - 'alphaRatio', dB: the level of 1 to 5 kHz above that of 50 to 1000 Hz, usually below 0, as Sundberg and openSMILE have it (Eyben et al. name the bands in the other order).
 * - 'hammarbergIndex', dB: the level of the strongest bin up to 2 kHz above that of the strongest from 2 to 5 kHz.
 * - 'slope0-500', 'slope500-1500', dB a hertz: of the line of least squares through the levels of the bins of that band.
 *
 * A bin on the edge of two bands is in the upper one; in the last it is in. Powers below 1e-10 count as it, so silence gives 0 for all. NaN in a band makes what is of it NaN.
 * Source: Eyben et al. 2016 (GeMAPS), section 3.
 *
 * @throws TypeError where the bins are not named by frequency, RangeError where they do not reach beyond 2 kHz or a band has not two bins.
 * @example
 * apply(signal(samples, { rate: 16000 }), spectrogram({ length: '20ms', window: 'hamming' }), spectralBalance()).layout.bins // 4
 */
export const spectralBalance = /* @__PURE__ */ defineStage('spectralBalance', {}, (_, spec) => (input) => {
  const hertz = namedFrequencies('spectralBalance', input)
  const band = (low: number, high: number, closed = false): Band => {
    const [from, to] = [hertz.findIndex((f) => f >= low), hertz.findLastIndex((f) => f < high || (closed && f === high)) + 1]
    if (from >= 0 && to - from >= 2) return [from, to]
    throw refusal('spectralBalance', `expected at least two bins from ${low} to ${high} Hz`, `${hertz.length} up to ${hertz.at(-1)} Hz`)
  }
  const sums = [band(50, 1000), band(1000, 5000, true)] as const
  const peaks = [band(0, 2000), band(2000, 5000, true)] as const
  const lines = [band(0, 500), band(500, 1500, true)].map(([from, to]) => lineOver(hertz.slice(from, to), from))
  const { bins, channels } = input
  const layout = { ...input, bins: names.length, names: { ...input.names, bins: names } }
  return pointwise(spec, input, layout, ({ data, length }) => {
    const out = new Float32Array(length * names.length * channels)
    for (let i = 0; i < length * channels; i++) {
      const [frame, c] = [Math.floor(i / channels), i % channels]
      const power = (k: number) => Math.max(data[(frame * bins + k) * channels + c]!, floor)
      const over = ([from, to]: Band, add: (sum: number, power: number) => number) => {
        let sum = 0
        for (let k = from; k < to; k++) sum = add(sum, power(k))
        return sum
      }
      const plus = (sum: number, x: number) => sum + x
      const [below, above] = [over(sums[0], plus), over(sums[1], plus)]
      const values = [
        // Where there is nothing, all bands are alike, wide or not.
        over(peaks[0], Math.max) === floor && over(peaks[1], Math.max) === floor ? 0 : decibels(above / below),
        decibels(over(peaks[0], Math.max) / over(peaks[1], Math.max)),
        ...lines.map((slope) => slope((k) => decibels(power(k)))),
      ]
      for (const [n, value] of values.entries()) out[(frame * names.length + n) * channels + c] = value
    }
    return out
  })
})

/** The slope of the line of least squares through levels at these frequencies, the first of them in bin `from`. */
function lineOver(hertz: readonly number[], from: number): (level: (bin: number) => number) => number {
  const middle = hertz.reduce((sum, f) => sum + f, 0) / hertz.length
  const spread = hertz.reduce((sum, f) => sum + (f - middle) ** 2, 0)
  return (level) => hertz.reduce((sum, f, k) => sum + (f - middle) * level(from + k), 0) / spread
}
