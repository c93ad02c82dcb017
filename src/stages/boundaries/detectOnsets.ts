import { number } from '../../core/check.ts'
import { inFrames, type Size } from '../../core/duration.ts'
import { type Clock, type Layout, lanesOf, rateOf } from '../../core/frames.ts'
import type { Stage } from '../../core/stage.ts'
import { specOf } from '../spec.ts'
import { checkMarks, type MarkOptions, planMarked } from './marks.ts'
import { loudestOf, lowest, silence } from './noise.ts'

export interface DetectOnsetsOptions extends MarkOptions {
  /** Nats a band by which the flux exceeds its median around. Default 0.3. */
  threshold?: number
  /** Frames, or a duration, before and after a frame within which its flux is the largest. Default '30ms'. */
  around?: Size
  /** No two onsets are nearer to each other. Default '60ms'. */
  apart?: Size
}

/** Seconds before a frame whose flux its own is compared with. */
const before = 0.3

export function detectOnsets(options: DetectOnsetsOptions = {}): Stage {
  const marks = checkMarks('detectOnsets', options, ['threshold', 'around', 'apart'])
  const threshold = number('detectOnsets', 'threshold', options.threshold ?? 0.3, { above: 0 })
  const sizes = (clock: Clock | undefined) => ({
    around: inFrames('detectOnsets', 'around', options.around ?? '30ms', clock),
    apart: inFrames('detectOnsets', 'apart', options.apart ?? '60ms', clock),
  })
  sizes(undefined)
  const spec = specOf('detectOnsets', options)
  return {
    spec,
    plan(input) {
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
    },
  }
}

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
