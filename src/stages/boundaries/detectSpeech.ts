import { duration, durationOrZero, inFrames } from '../../core/duration.ts'
import { type Clock, lanesOf, rateOf } from '../../core/frames.ts'
import { number, oneOf } from '../../core/options.ts'
import { defineStage } from '../defineStage.ts'
import { markOptions, planMarked } from './marks.ts'
import { follow, freshNoise, type Noise } from './noise.ts'
import { advance, freshPath } from './path.ts'

/** Seconds until a frame is compared with the noise, which is known better then. */
const hindsight = 0.1
/** Seconds over which the evidence that noise alone gives is averaged. */
const calming = 0.5
/** Seconds at the beginning that are taken for noise. */
const opening = 0.3
/** Seconds before and after a frame that are averaged. */
const averaged = 0.02
/** How much lower the logarithm of noise is on the average than that of its mean, in nats. */
const bias = 0.15
/** A frame has no more evidence than so many times what the frames up to it have, or those from it on. */
const edge = 6
/** Evidence of one band at most, so that none decides alone. */
const most = 3

/**
 * Marks where speech begins and where it ends, whatever its level, in noise that may change, and gives frames outside it weight 0: `segmentPool` then pools each stretch of speech.
 *
 * Shape: frames of logarithms of power at a regular rate, as {@link logMel} gives them → the same frames with a boundary mark at the first frame of speech and the first after it,
 * 0.12 s + 2·`shortest` + `before` later (29 frames of 10 ms by default): it streams, and takes live sources.
 *
 * The noise in each band is followed while nothing stands out, and is at least the least level of the last seconds. The evidence for speech is the logarithm of the likelihood
 * ratio of two exponential distributions, γ − 1 − ln γ where the power averaged over 50 ms is γ > 1 times the noise, at most 3 nats, averaged over the bands, and at most 6 times
 * that of either half of the 50 ms; what noise alone gives is followed too, and taken off. The path through speech and silence of most evidence is taken, each change costing as
 * much as `shortest` makes. The first 0.3 s are taken for noise. What is 48 dB below the loudest is silence. An unseen frame, and NaN, says nothing.
 * Sources: Sohn, Kim & Sung 1999 (likelihood ratio, hang-over), Martin 2001 and Cohen & Berdugo 2002 (noise).
 *
 * @throws RangeError or TypeError for options that are none, and, when planned, without a regular rate.
 * @example
 * apply(signal(samples, { rate: 16000 }), logMel(), detectSpeech(), segmentPool('stats')).layout.planes // 2
 */
export const detectSpeech = /* @__PURE__ */ defineStage(
  'detectSpeech',
  {
    /** Evidence that speech has more than noise. */
    threshold: number({ above: 0 }).default(0.11).unit('nats a band'),
    /** Speech, and silence, of at least so long are found where they are clear; where not, they must be longer. */
    shortest: duration().default('80ms'),
    /** What belongs to speech before it is heard. */
    before: durationOrZero().default('10ms'),
    /** What belongs to speech after it was heard, the hang-over. */
    after: durationOrZero().default('20ms'),
    /** What frames outside speech become: unseen, of weight 0, or as they were. */
    outside: oneOf('unseen', 'keep').default('unseen'),
    ...markOptions,
  },
  ({ threshold, outside, marks, ...given }, spec) => {
    const hides = outside === 'unseen'
    const sizes = (clock: Clock | undefined) => {
      const margin = (name: 'before' | 'after') => (given[name] === 0 ? 0 : inFrames('detectSpeech', name, given[name], clock))
      return { shortest: inFrames('detectSpeech', 'shortest', given.shortest, clock), before: margin('before'), after: margin('after') }
    }
    return (input) => {
      const lanes = lanesOf(input)
      const rate = rateOf(input.clock, 'detectSpeech')
      const { shortest, before, after } = sizes(input.clock)
      const [wait, reach] = [hindsight, averaged].map((seconds) => Math.round(seconds * rate)) as [number, number]
      const steady = 1 - Math.exp(-1 / (calming * rate))
      const [lag, cost] = [2 * shortest, (shortest - 1) / 2]
      return planMarked({
        spec,
        input,
        ahead: wait + reach + lag + before,
        marks,
        start: () => ({
          frame: 0,
          noise: freshNoise(lanes),
          path: freshPath(lag, cost),
          /** The last frames, in a ring; NaN where they were not seen. */
          rows: new Float64Array((wait + 1) * lanes).fill(NaN),
          /** By how much frames that noise is known for by now exceed it, in a ring. */
          ratios: new Float64Array((2 * reach + 1) * lanes).fill(NaN),
          /** Frames that still belong to the speech heard last. */
          left: 0,
          /** What noise alone gives for evidence. */
          usual: 0,
          inside: false,
        }),
        run: (live) => ({
          step(row) {
            const { frame, noise, path } = live
            const now = (frame % (wait + 1)) * lanes
            if (row) {
              follow(noise, row, rate)
              live.rows.set(row, now)
            } else live.rows.fill(NaN, now, now + lanes)
            // The next in the ring is the oldest.
            const old = ((frame + 1) % (wait + 1)) * lanes
            compare(live.rows.subarray(old, old + lanes), noise, live.ratios, (frame % (2 * reach + 1)) * lanes)
            const at = live.frame++ - wait - reach
            if (at >= 0) {
              const above = (around(live.ratios, lanes, at + wait) - live.usual) / threshold
              // At the beginning the mean of what there is: compared with itself it cannot be speech.
              const share = at < opening * rate ? 1 / (at + 1) : steady / (1 + Math.exp(4 * (above - 1)))
              live.usual += share * threshold * above
              if (advance(path, Math.min(Math.max(above - 1, -1), 1), cost) && at >= lag) live.left = before + after + 1
            }
            const inside = live.left > 0
            if (inside) live.left--
            const begins = inside !== live.inside
            live.inside = inside
            return { begins, seen: inside || !hides }
          },
        }),
      })
    }
  },
)

/** How many times louder than the noise each lane is; NaN where it was not seen. */
function compare(row: Float64Array, { level }: Noise, ratios: Float64Array, to: number): void {
  for (let i = 0; i < row.length; i++) ratios[to + i] = Math.exp(row[i]! - level[i]! - bias)
}

/**
 * The evidence of a frame and those around it, which are all in the ring. Where what is before it, or what comes after it, says next to nothing, it is the edge of something loud.
 */
function around(ratios: Float64Array, lanes: number, middle: number): number {
  const size = ratios.length / lanes
  const slots = Array.from({ length: size }, (_, k) => ((middle + size + k - (size >> 1)) % size) * lanes)
  const of = (from: number, to: number) => evidence(ratios, lanes, slots.slice(from, to))
  return Math.min(of(0, size), edge * of(0, (size >> 1) + 1), edge * of(size >> 1, size))
}

/** The logarithm of how much likelier the mean of some ratios is for an exponential distribution about it than for one about 1, in nats a lane; 0 where none was seen. */
function evidence(ratios: Float64Array, lanes: number, slots: readonly number[]): number {
  let total = 0
  for (let lane = 0; lane < lanes; lane++) {
    let [sum, count] = [0, 0]
    for (const slot of slots) {
      const ratio = ratios[slot + lane]!
      if (Number.isNaN(ratio)) continue
      sum += ratio
      count++
    }
    const ratio = count > 0 ? sum / count : 0
    if (ratio > 1) total += Math.min(ratio - 1 - Math.log(ratio), most)
  }
  return total / lanes
}
