import { refusal } from '../../core/check.ts'
import { rateOf } from '../../core/frames.ts'
import { integer, number, oneOf } from '../../core/options.ts'
import { defineStage } from '../defineStage.ts'
import { framedLayout, planFramed } from './framing.ts'
import { byAutocorrelation, byBurg, rootsOf } from './linearPrediction.ts'
import { frameOptions, framingOf } from './measured.ts'
import { taper, tapers } from './transform.ts'

/** Resonances so near to 0 or half the rate are none of a throat. */
const margin = 50

const ways = { burg: byBurg, autocorrelation: byAutocorrelation } as const

/**
 * Formants: the resonances of the throat, which tell vowels and speakers apart, by linear prediction. They are the roots of the predictor's polynomial, lowest first.
 *
 * Shape: samples (1 × 1 × channels) → frames of 3 planes × `count` bins 'F1', 'F2', … × channels. Planes: 'frequency' and 'bandwidth' in hertz, and 'amplitude', the level of the predicted spectrum
 * there in decibels (10·log₁₀ of power a sample). A formant that is not there, and all of silence, are 0 in every plane. A sample that is not finite makes its frames NaN; a signal
 * shorter than a frame gives none. In float64.
 *
 * As many formants as there are below half the rate share the `order`, two coefficients each: give it samples at twice the highest that is wanted, 11 kHz for five of a
 * woman's (`resample({ to: 11000 })`), 10 kHz for a man's. Sources: Praat's To Formant (burg); Markel & Gray 1976.
 *
 * @throws RangeError or TypeError for options that are none, where the input is not samples at a rate, and where `order` is not below a frame's samples or is below 2·`count`.
 * @example
 * apply(signal(samples, { rate: 16000 }), resample({ to: 11000 }), formants()).layout.names.bins // ['F1', 'F2', 'F3']
 */
export const formants = /* @__PURE__ */ defineStage(
  'formants',
  {
    /** How many, from the lowest on. */
    count: integer(1, 16).default(3),
    ...frameOptions,
    /** What a frame is multiplied by. */
    window: oneOf(...tapers).default('hamming'),
    /** How the predictor is found. */
    method: oneOf('burg', 'autocorrelation').default('burg'),
    /** Coefficients of the predictor. */
    order: integer(2, 128).optional('one for each kHz of the rate, and one more'),
    /** Wider resonances are the tilt of the spectrum and none of a throat, and are left out. */
    widest: number({ above: 0 }).default(800).unit('Hz'),
    /** How much of the sample before is taken off, so that high formants count as much as low ones. */
    preemphasis: number({ min: 0, max: 1 }).default(0.97),
  },
  (options, spec) => {
    const { count, window, method, widest, preemphasis } = options
    if (options.order !== undefined && options.order < 2 * count)
      throw refusal('formants', `order must be at least 2·count, ${2 * count}`, options.order)
    return (input) => {
      const rate = rateOf(input.clock, 'formants')
      const order = options.order ?? Math.max(2 * count, Math.round(rate / 1000) + 1)
      const framing = framingOf('formants', options, input.clock)
      const { length } = framing
      if (order >= length) throw refusal('formants', `order must be below the ${length} samples of a frame`, order)
      const names = Array.from({ length: count }, (_, n) => `F${n + 1}`)
      const layout = framedLayout('formants', input, framing, ['frequency', 'bandwidth', 'amplitude'], names)
      const weights = taper(window, length, false)
      const frame = new Float64Array(length)
      return planFramed(spec, input, layout, framing, (samples, at, out, to, step) => {
        // The first sample is taken to have one like it before.
        for (let t = 0; t < length; t++) frame[t] = (samples[at + t]! - preemphasis * samples[at + Math.max(t - 1, 0)]!) * weights[t]!
        const { coefficients, error } = ways[method](frame, order)
        const found = error > 0 ? resonances(coefficients, rate).filter(([, bandwidth]) => bandwidth <= widest) : []
        for (const [n, [frequency, bandwidth]] of found.slice(0, count).entries()) {
          const level = 10 * Math.log10(error / gainAt(coefficients, (2 * Math.PI * frequency) / rate))
          for (const [plane, value] of [frequency, bandwidth, level].entries()) out[to + (plane * count + n) * step] = value
        }
      })
    }
  },
)

/** Frequency and bandwidth of each pair of roots, lowest first. */
function resonances(coefficients: Float64Array, rate: number): [frequency: number, bandwidth: number][] {
  const { re, im } = rootsOf(coefficients)
  return Array.from(re, (x, k): [number, number] => [
    (Math.atan2(im[k]!, x) * rate) / (2 * Math.PI),
    (-Math.log(Math.hypot(x, im[k]!)) * rate) / Math.PI,
  ])
    .filter(([frequency, bandwidth]) => frequency > margin && frequency < rate / 2 - margin && bandwidth >= 0)
    .sort(([a], [b]) => a - b)
}

/** |A|² at an angle on the unit circle. */
function gainAt(coefficients: Float64Array, angle: number): number {
  let [re, im] = [0, 0]
  for (const [k, a] of coefficients.entries()) {
    re += a * Math.cos(k * angle)
    im -= a * Math.sin(k * angle)
  }
  return re * re + im * im
}
