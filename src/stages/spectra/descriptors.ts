import { known, number, oneOf, refusal } from '../../core/check.ts'
import type { Layout } from '../../core/frames.ts'
import { planOf, type Stage } from '../../core/stage.ts'
import { specOf } from '../spec.ts'
import { forSeen } from '../whole.ts'
import { checkEnergies } from './energies.ts'
import { namedFrequencies } from './mel.ts'

export interface DescriptorsOptions {
  /** Which ones, in the order of the bins they become. Default: all, as listed in {@link Descriptor}. */
  of?: readonly Descriptor[]
  /** What share of a frame's sum lies at or below its rolloff. Default 0.85. */
  rolloff?: number
}

export type Descriptor = 'centroid' | 'spread' | 'rolloff' | 'flatness' | 'crest' | 'flux'

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

const measures: { readonly [descriptor in Descriptor]: (spectrum: Spectrum) => number } = {
  centroid,
  spread,
  rolloff,
  flatness,
  crest,
  flux,
}
const all = Object.keys(measures) as Descriptor[]

/** Values below it count as it, in flatness alone: a single bin of zero would take the geometric mean with it. */
const floor = 1e-10

export function descriptors(options: DescriptorsOptions = {}): Stage {
  known('descriptors', options, ['of', 'rolloff'])
  const of = checkNames(options.of ?? all)
  const share = number('descriptors', 'rolloff', options.rolloff ?? 0.85, { above: 0, max: 1 })
  if (options.rolloff !== undefined && !of.includes('rolloff'))
    throw new TypeError(`descriptors: option rolloff has an effect only on the descriptor of that name, got ${share} without`)
  const spec = specOf('descriptors', options)
  return {
    spec,
    plan(input) {
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
    },
  }
}

function checkNames(names: readonly Descriptor[]): readonly Descriptor[] {
  if (!Array.isArray(names) || names.length === 0) throw refusal('descriptors', "of must be a list such as ['centroid', 'spread']", names)
  for (const name of names) oneOf('descriptors', 'of', name, all)
  if (new Set(names).size < names.length) throw refusal('descriptors', 'of must name each descriptor once', names)
  return [...names]
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
