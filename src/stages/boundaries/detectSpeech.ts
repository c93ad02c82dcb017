import { number, oneOf } from '../../core/check.ts'
import { inFrames, type Size } from '../../core/duration.ts'
import { type Clock, lanesOf, rateOf } from '../../core/frames.ts'
import type { Stage } from '../../core/stage.ts'
import { specOf } from '../spec.ts'
import { checkMarks, type MarkOptions, planMarked } from './marks.ts'
import { follow, freshNoise, type Noise } from './noise.ts'
import { advance, freshPath } from './path.ts'

export interface DetectSpeechOptions extends MarkOptions {
  /** Evidence that speech has more than noise, in nats a band. Default 0.11. */
  threshold?: number
  /** Speech, and silence, of at least so long are found where they are clear; where not, they must be longer. Default '80ms'. */
  shortest?: Size
  /** What belongs to speech before it is heard. Default '10ms'. */
  before?: Size | 0
  /** What belongs to speech after it was heard, the hang-over. Default '20ms'. */
  after?: Size | 0
  /** 'unseen' (the default) gives frames outside speech weight 0, 'keep' leaves their weights. */
  outside?: 'unseen' | 'keep'
}

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

export function detectSpeech(options: DetectSpeechOptions = {}): Stage {
  const marks = checkMarks('detectSpeech', options, ['threshold', 'shortest', 'before', 'after', 'outside'])
  const threshold = number('detectSpeech', 'threshold', options.threshold ?? 0.11, { above: 0 })
  const hides = oneOf('detectSpeech', 'outside', options.outside ?? 'unseen', ['unseen', 'keep']) === 'unseen'
  const sizes = (clock: Clock | undefined) => {
    const margin = (name: 'before' | 'after', size: Size | 0) => (size === 0 ? 0 : inFrames('detectSpeech', name, size, clock))
    return {
      shortest: inFrames('detectSpeech', 'shortest', options.shortest ?? '80ms', clock),
      before: margin('before', options.before ?? '10ms'),
      after: margin('after', options.after ?? '20ms'),
    }
  }
  sizes(undefined)
  const spec = specOf('detectSpeech', options)
  return {
    spec,
    plan(input) {
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
    },
  }
}

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
