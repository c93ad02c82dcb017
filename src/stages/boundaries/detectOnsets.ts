import { duration, inFrames } from '../../core/duration.ts'
import { type Clock, type Layout, lanesOf, rateOf } from '../../core/frames.ts'
import { number } from '../../core/options.ts'
import { defineStage } from '../defineStage.ts'
import { markOptions, planMarked } from './marks.ts'
import { loudestOf, lowest, silence } from './noise.ts'

/** Seconds before a frame whose flux its own is compared with. */
const before = 0.3

/**
 * Marks onsets: where many bins of a spectrum grow louder at once, as when a note is struck or a syllable begins.
 *
 * Shape: frames of logarithms of power at a regular rate, as {@link logMel} gives them → the same frames with a boundary mark at each onset, `around` frames later.
 * The flux of a frame is how much louder its bins are than the loudest of the same and the neighboring bins of the frame before, in nats a bin; what is 11 nats (48 dB) below the loudest
 * counts as that, so that levels do not matter. An onset is its largest value within `around`, above the median of the last 0.3 s by `threshold`.
 * Unseen frames, and NaN, have no flux. Sources: Dixon 2006 (peaks), Böck & Widmer 2013 (SuperFlux).
 *
 * @throws RangeError or TypeError for options that are none, and, when planned, without a regular rate.
 * @example
 * apply(frames([0, 0, 0, 0, 3, 3, 3, 3], { hop: 0.01 }), detectOnsets()).boundaries // [0, 0, 0, 0, 1, 0, 0, 0]
 */
export const detectOnsets = /* @__PURE__ */ defineStage(
  'detectOnsets',
  {
    /** How far the flux must exceed its median around. */
    threshold: number({ above: 0 }).default(0.3).unit('nats a band'),
    /** Before and after a frame, within which its flux is the largest. */
    around: duration().default('30ms'),
    /** No two onsets are nearer to each other. */
    apart: duration().default('60ms'),
    ...markOptions,
  },
  ({ threshold, around: near, apart: least, marks }, spec) => {
    const sizes = (clock: Clock | undefined) => ({
      around: inFrames('detectOnsets', 'around', near, clock),
      apart: inFrames('detectOnsets', 'apart', least, clock),
    })
    return (input) => {
      const rate = rateOf(input.clock, 'detectOnsets')
      const { around, apart } = sizes(input.clock)
      const ring = Math.max(2 * around, Math.round(before * rate) + around) + 1
      return planMarked({
        spec,
        input,
        ahead: around,
        marks,
        start: () => ({
          frame: 0,
          loudest: lowest,
          /** The last seen frame. */
          last: new Float32Array(lanesOf(input)).fill(NaN),
          /** The flux of the last frames, in a ring; NaN where there was none yet. */
          fluxes: new Float64Array(ring).fill(NaN),
          onset: -Infinity,
        }),
        run: (live) => ({
          step(row) {
            const { fluxes, last } = live
            fluxes[live.frame % ring] = 0
            if (row) {
              live.loudest = loudestOf(live.loudest, row, rate)
              fluxes[live.frame % ring] = flux(row, last, silence(live.loudest), input)
              last.set(row)
            }
            const at = live.frame++ - around
            const begins = at >= 0 && at - live.onset >= apart && standsOut(fluxes, at, around, threshold)
            if (begins) live.onset = at
            return { begins, seen: true }
          },
        }),
      })
    }
  },
)

/**
 * How much louder each lane is than the loudest of it and its neighbors among the bins was in the frame before, on the average; what is softer counts for nothing, so that a tone
 * that glides is no onset. NaN on either side says nothing.
 *
 * @source SuperFlux, Böck & Widmer 2013
 */
function flux(row: Float32Array, last: Float32Array, least: number, { bins, channels }: Layout): number {
  let sum = 0
  for (let i = 0; i < row.length; i++) {
    const bin = Math.floor(i / channels) % bins
    const below = bin > 0 ? last[i - channels]! : NaN
    const over = bin < bins - 1 ? last[i + channels]! : NaN
    let most = Math.max(last[i]!, least)
    if (below > most) most = below
    if (over > most) most = over
    if (row[i]! > most) sum += row[i]! - most
  }
  return sum / row.length
}

/** Whether a value of a ring is the largest of `around` before and after it, the first of equals, and exceeds the median of all the ring holds by a threshold. */
function standsOut(fluxes: Float64Array, at: number, around: number, threshold: number): boolean {
  const ring = fluxes.length
  const own = fluxes[at % ring]!
  for (let k = 1; k <= around; k++) if (fluxes[(at + k) % ring]! > own || fluxes[(at - k + ring) % ring]! >= own) return false
  const known = fluxes.filter((x) => !Number.isNaN(x)).sort()
  return own > known[known.length >> 1]! + threshold
}
