import { refusal } from '../../core/check.ts'
import type { Layout } from '../../core/frames.ts'
import { list, number, oneOf } from '../../core/options.ts'
import { planOf } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'
import { forSeen } from '../whole.ts'
import { namedFrequencies } from './mel.ts'
import { checkEnergies } from './pcen.ts'

/** One channel of a frame, or a band of it. */
interface Spectrum {
  readonly hertz: readonly number[]
  readonly values: Float64Array
  /** Those of the last seen frame; the first one's are its own. */
  readonly before: Float64Array
  /** Of the values, from low to high. */
  readonly sum: number
  /** What share of the sum is at or below the rolloff. */
  readonly share: number
  /** What share of the values are peaks, and as many valleys. */
  readonly extremes: number
}

const measures: { readonly [descriptor in (typeof all)[number]]: (spectrum: Spectrum) => number } = {
  centroid,
  spread,
  rolloff,
  flatness,
  crest,
  flux,
  skewness: (spectrum) => standardized(spectrum, 3),
  kurtosis: (spectrum) => standardized(spectrum, 4),
  slope,
  decrease,
  contrast,
}
const usual = ['centroid', 'spread', 'rolloff', 'flatness', 'crest', 'flux'] as const
const all = [...usual, 'skewness', 'kurtosis', 'slope', 'decrease', 'contrast'] as const

/** Values below it count as it, in flatness and contrast alone: a single bin of zero would take the geometric mean with it. */
const floor = 1e-10

/**
 * Spectral descriptors: what a spectrum looks like, in a few numbers.
 *
 * Shape: frames of 1 plane × bins named by frequency (as {@link spectrogram} gives them) × channels → frames of 1 × one bin for each descriptor × channels, named by them.
 * With values S[k] at frequencies f[k], N of them, taken as they are, be they magnitude or power:
 *
 * - centroid Σ f·S / ΣS and spread √(Σ (f − centroid)²·S / ΣS), in hertz; rolloff, the lowest f at or below which the share `rolloff` of ΣS lies (librosa, of magnitude: `exponent: 1`).
 * - flatness, geometric by arithmetic mean of max(S, 1e-10), 1 for white noise (librosa, of power: `exponent: 2`); crest, maximum by mean, from 1 to N (Peeters 2004).
 * - skewness and kurtosis, the third and fourth moment of f about the centroid, weighted by S, by the spread's power of as much: 0 and 3 where S is a normal curve (Peeters 2004).
 * - slope, that of the line of least squares through S over f, by ΣS, a hertz; decrease Σ (S[k] − S[0]) / k by Σ S[k], k from 1 (Peeters 2004).
 * - contrast 10·log₁₀ of the mean of the largest by that of the smallest values, `extremes` of them each and one at least, none below 1e-10 (Jiang et al. 2002, librosa).
 * - flux √Σ (S[k] − S₋₁[k])², S₋₁ being the last seen frame; in S's units, so that it follows the level (Essentia's Flux); the first frame's is 0 (pyACA).
 *
 * With `bands` each is computed of the bins of each band, low ≤ f < high, as if there were no others: what is called 'contrast' is 'contrast200-400' then, a band's descriptors standing together.
 *
 * Silence gives 0, but flatness and crest 1, which a flat spectrum has. NaN in any bin makes the frame's descriptors NaN, and the flux of the frame that follows. Unseen frames give 0.
 * Computed in float64.
 *
 * @throws RangeError or TypeError for names that are none or twice there, a rolloff not in (0, 1], bands that are no pairs or in which no bins are, and where the bins are not named by frequency; DataError for values below 0.
 * @example
 * apply(signal(samples, { rate: 16000 }), spectrogram({ exponent: 1 }), descriptors({ of: ['centroid', 'spread'] })).layout.bins // 2
 */
export const descriptors = /* @__PURE__ */ defineStage(
  'descriptors',
  {
    /** Which ones, in the order of the bins they become. */
    of: list(oneOf(...all), { like: "['centroid', 'spread']" }).default(usual),
    /** Low and high end of each band that is described by itself. */
    bands: list(list(number({ min: 0 }), { like: '[200, 400]' }), { like: '[[0, 200], [200, 400]]' })
      .optional('all bins')
      .unit('Hz'),
    /** What share of a frame's sum lies at or below its rolloff. */
    rolloff: number({ above: 0, max: 1 }).default(0.85),
    /** What share of the values contrast takes for peaks, and for valleys (quantile). */
    extremes: number({ above: 0, max: 0.5 }).default(0.02),
  },
  ({ of, bands: pairs, rolloff: share, extremes }, spec, given) => {
    if (new Set(of).size < of.length) throw refusal('descriptors', 'of must name each descriptor once', of)
    if (given.rolloff !== undefined && !of.includes('rolloff'))
      throw new TypeError(`descriptors: option rolloff has an effect only on the descriptor of that name, got ${share} without`)
    if (given.extremes !== undefined && !of.includes('contrast'))
      throw new TypeError(`descriptors: option extremes has an effect only on contrast, got ${extremes} without`)
    for (const pair of pairs ?? [])
      if (pair.length !== 2 || pair[0]! >= pair[1]!)
        throw refusal('descriptors', 'bands must be pairs such as [200, 400], low before high', pair)
    return (input) => {
      const hertz = namedFrequencies('descriptors', input)
      const { bins, channels } = input
      const bands = pairs?.map((pair) => bandOf(hertz, pair as [number, number])) ?? [{ from: 0, to: bins, name: '' }]
      const names = bands.flatMap(({ name }) => of.map((descriptor) => descriptor + name))
      const layout: Layout = { ...input, bins: names.length, names: { ...input.names, bins: names } }
      const [values, before] = [new Float64Array(bins), new Float64Array(bins)]
      const parts = bands.map(({ from, to }) => ({
        hertz: hertz.slice(from, to),
        values: values.subarray(from, to),
        before: before.subarray(from, to),
        sum: 0,
        share,
        extremes,
      }))
      return planOf({
        spec,
        input,
        layout,
        reach: { size: of.includes('flux') ? 2 : 1, stride: 1, latency: 0 },
        start: (): { last: Float32Array | undefined } => ({ last: undefined }),
        run: (live) => ({
          push(frames) {
            checkEnergies('descriptors', frames)
            const data = new Float32Array(frames.length * names.length * channels)
            forSeen(frames, (first, end) => {
              const row = frames.data.subarray(first, end)
              live.last ??= row.slice()
              for (let c = 0; c < channels; c++) {
                for (let k = 0, i = c; k < bins; k++, i += channels) {
                  before[k] = live.last[i]!
                  values[k] = row[i]!
                }
                let to = (first / row.length) * names.length * channels + c
                for (const spectrum of parts) {
                  spectrum.sum = 0
                  for (let k = 0; k < spectrum.values.length; k++) spectrum.sum += spectrum.values[k]!
                  for (const descriptor of of) {
                    data[to] = measures[descriptor](spectrum)
                    to += channels
                  }
                }
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

/** The bins of a band, and what is added to the names of its descriptors. */
function bandOf(hertz: readonly number[], [low, high]: readonly [number, number]): { from: number; to: number; name: string } {
  const [from, to] = [hertz.findIndex((f) => f >= low), hertz.findLastIndex((f) => f < high) + 1]
  if (from < 0 || to <= from) throw refusal('descriptors', `expected bins from ${low} to ${high} Hz`, `some up to ${hertz.at(-1)} Hz`)
  return { from, to, name: `${low}-${high}` }
}

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

function standardized(spectrum: Spectrum, power: 3 | 4): number {
  const { hertz, values, sum } = spectrum
  const width = spread(spectrum)
  if (width === 0) return 0
  const center = centroid(spectrum)
  let moment = 0
  for (let k = 0; k < values.length; k++) moment += values[k]! * ((hertz[k]! - center) / width) ** power
  return moment / sum
}

function slope({ hertz, values, sum }: Spectrum): number {
  if (sum === 0 || values.length === 1) return 0
  const middle = hertz.reduce((total, f) => total + f, 0) / hertz.length
  let [common, square] = [0, 0]
  for (let k = 0; k < values.length; k++) {
    common += (hertz[k]! - middle) * values[k]!
    square += (hertz[k]! - middle) ** 2
  }
  return common / square / sum
}

function decrease({ values, sum }: Spectrum): number {
  const [first] = values as unknown as [number]
  const rest = sum - first
  let total = 0
  for (let k = 1; k < values.length; k++) total += (values[k]! - first) / k
  return rest > 0 ? total / rest : rest * 0
}

function contrast({ values, sum, extremes }: Spectrum): number {
  if (Number.isNaN(sum)) return NaN
  const sorted = values.slice().sort()
  const count = Math.max(1, Math.round(extremes * sorted.length))
  const mean = (some: Float64Array) => some.reduce((total, x) => total + Math.max(x, floor), 0) / count
  return 10 * Math.log10(mean(sorted.subarray(-count)) / mean(sorted.subarray(0, count)))
}
