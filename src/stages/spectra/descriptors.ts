import { refusal } from '../../core/check.ts'
import type { Layout } from '../../core/frames.ts'
import { list, number, oneOf } from '../../core/options.ts'
import { planOf } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'
import { forSeen } from '../whole.ts'
import { namedFrequencies } from './mel.ts'
import { checkEnergies } from './pcen.ts'

/** One channel of a frame. */
interface Spectrum {
  readonly hertz: readonly number[]
  readonly values: Float64Array
  /** Those of the last seen frame; the first one's are its own. */
  readonly before: Float64Array
  /** Of the values, from low to high. */
  readonly sum: number
  /** What share of the sum is at or below the rolloff. */
  readonly share: number
}

const measures: { readonly [descriptor in (typeof all)[number]]: (spectrum: Spectrum) => number } = {
  centroid,
  spread,
  rolloff,
  flatness,
  crest,
  flux,
}
const all = ['centroid', 'spread', 'rolloff', 'flatness', 'crest', 'flux'] as const

/** Values below it count as it, in flatness alone: a single bin of zero would take the geometric mean with it. */
const floor = 1e-10

/**
 * Spectral descriptors: what a spectrum looks like, in a few numbers.
 *
 * Shape: frames of 1 plane × bins named by frequency (as {@link spectrogram} gives them) × channels → frames of 1 × one bin for each descriptor × channels, named by them.
 * With values S[k] at frequencies f[k], N of them, taken as they are, be they magnitude or power:
 *
 * - centroid Σ f·S / ΣS and spread √(Σ (f − centroid)²·S / ΣS), in hertz; rolloff, the lowest f at or below which the share `rolloff` of ΣS lies (librosa, of magnitude: `exponent: 1`).
 * - flatness, geometric by arithmetic mean of max(S, 1e-10), 1 for white noise (librosa, of power: `exponent: 2`); crest, maximum by mean, from 1 to N (Peeters 2004).
 * - flux √Σ (S[k] − S₋₁[k])², S₋₁ being the last seen frame; in S's units, so that it follows the level (Essentia's Flux); the first frame's is 0 (pyACA).
 *
 * Silence gives 0, but flatness and crest 1, which a flat spectrum has. NaN in any bin makes the frame's descriptors NaN, and the flux of the frame that follows. Unseen frames give 0.
 * Computed in float64.
 *
 * @throws RangeError or TypeError for names that are none or twice there, a rolloff not in (0, 1], and where the bins are not named by frequency; DataError for values below 0.
 * @example
 * apply(signal(samples, { rate: 16000 }), spectrogram({ exponent: 1 }), descriptors({ of: ['centroid', 'spread'] })).layout.bins // 2
 */
export const descriptors = /* @__PURE__ */ defineStage(
  'descriptors',
  {
    /** Which ones, in the order of the bins they become. */
    of: list(oneOf(...all), { like: "['centroid', 'spread']" }).default(all),
    /** What share of a frame's sum lies at or below its rolloff. */
    rolloff: number({ above: 0, max: 1 }).default(0.85),
  },
  ({ of, rolloff: share }, spec, given) => {
    if (new Set(of).size < of.length) throw refusal('descriptors', 'of must name each descriptor once', of)
    if (given.rolloff !== undefined && !of.includes('rolloff'))
      throw new TypeError(`descriptors: option rolloff has an effect only on the descriptor of that name, got ${share} without`)
    return (input) => {
      const hertz = namedFrequencies('descriptors', input)
      const { bins, channels } = input
      const layout: Layout = { ...input, bins: of.length, names: { ...input.names, bins: of } }
      const [values, before] = [new Float64Array(bins), new Float64Array(bins)]
      return planOf({
        spec,
        input,
        layout,
        reach: { size: of.includes('flux') ? 2 : 1, stride: 1, latency: 0 },
        start: (): { last: Float32Array | undefined } => ({ last: undefined }),
        run: (live) => ({
          push(frames) {
            checkEnergies('descriptors', frames)
            const data = new Float32Array(frames.length * of.length * channels)
            forSeen(frames, (from, to) => {
              const row = frames.data.subarray(from, to)
              live.last ??= row.slice()
              for (let c = 0; c < channels; c++) {
                let sum = 0
                for (let k = 0, i = c; k < bins; k++, i += channels) {
                  before[k] = live.last[i]!
                  sum += values[k] = row[i]!
                }
                const spectrum = { hertz, values, before, sum, share }
                for (let d = 0; d < of.length; d++) data[((from / row.length) * of.length + d) * channels + c] = measures[of[d]!](spectrum)
              }
              live.last.set(row)
            })
            return { ...frames, layout, data }
          },
          close: () => undefined,
        }),
      })
    }
  },
)

function centroid({ hertz, values, sum }: Spectrum): number {
  if (sum === 0) return 0
  let moment = 0
  for (let k = 0; k < values.length; k++) moment += values[k]! * hertz[k]!
  return moment / sum
}

function spread(spectrum: Spectrum): number {
  const { hertz, values, sum } = spectrum
  if (sum === 0) return 0
  const center = centroid(spectrum)
  let moment = 0
  for (let k = 0; k < values.length; k++) moment += values[k]! * (hertz[k]! - center) ** 2
  return Math.sqrt(moment / sum)
}

function rolloff({ hertz, values, sum, share }: Spectrum): number {
  if (Number.isNaN(sum)) return NaN
  let k = 0
  // Added in the order of the sum, so that all of it is at least any share of it.
  for (let below = values[0]!; below < share * sum; below += values[k]!) k++
  return hertz[k]!
}

function flatness({ values }: Spectrum): number {
  let [logs, sum] = [0, 0]
  for (let k = 0; k < values.length; k++) {
    const x = Math.max(values[k]!, floor)
    logs += Math.log(x)
    sum += x
  }
  return Math.exp(logs / values.length) / (sum / values.length)
}

function crest({ values, sum }: Spectrum): number {
  if (sum === 0) return 1
  let most = 0
  for (let k = 0; k < values.length; k++) if (values[k]! > most) most = values[k]!
  return most / (sum / values.length)
}

function flux({ values, before }: Spectrum): number {
  let squares = 0
  for (let k = 0; k < values.length; k++) squares += (values[k]! - before[k]!) ** 2
  return Math.sqrt(squares)
}
