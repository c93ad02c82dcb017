import { duration, inFrames } from '../../core/duration.ts'
import { type Clock, type Frames, lanesOf } from '../../core/frames.ts'
import { number, oneOf, read } from '../../core/options.ts'
import { Bank } from '../../core/pooling.ts'
import type { Saved } from '../../core/saved.ts'
import { resolveWindow, windowOptions } from '../../core/window.ts'
import { stats } from '../../poolings/stats.ts'
import { everyBin } from '../../windows/bins.ts'
import { planWindows } from '../../windows/planWindows.ts'
import { defineStage } from '../defineStage.ts'
import { markOptions, planMarked } from './marks.ts'
import { freshPeaks, isPeak, type Peaks } from './peaks.ts'

interface Live {
  frame: number
  /** The machine that pools the last `radius` frames. */
  windows: Saved | undefined
  /** All frames so far, pooled. */
  whole: Float64Array
  /** What it gave for the last `radius` frames, in a ring. */
  pasts: Float32Array
  /** Which of the last frames were seen, in a ring, and how many in the past and in the present. */
  seen: Uint8Array
  counts: [number, number]
  peaks: Peaks
}

/** Variances count this share of the whole sequence's more, so that what is constant for a while is not infinitely sure to have changed. */
const share = 0.1
/** Mean and deviation of the distance are those of the last so many times `radius` frames, about. */
const memory = 100

/**
 * Marks where what comes is new: where the last `radius` frames and the next differ most. Works on any frames: sounds, embeddings, sentence vectors.
 *
 * Shape: any frames → the same frames with a boundary mark where a segment begins, `radius` + `apart` − 2 frames later: it streams, and takes live sources.
 * The distance of the two pooled windows, per lane and frame: the Gaussian likelihood ratio ½ ln(v / √(v₁v₂)) of their variances and that of both, each with a tenth of the variance of
 * all that came so far added, or 1 − the cosine of their means. A mark stands at its largest value within `apart`, if that exceeds the mean of what the distance was so far by `threshold`
 * standard deviations, what came within the last 100 · `radius` frames counting most, and, of likelihoods, ln(2·`radius`) / (2·`radius`), below which chance explains it (the Bayesian information criterion). Frames count by their weights; a window of which less than half was seen says nothing, and so does a frame with NaN.
 * Sources: Gish, Siu & Rohlicek 1991 (likelihood ratio), Chen & Gopalakrishnan 1998 (criterion), Foote 2000 (novelty), Hearst 1997 (the cosine over sentences, TextTiling).
 *
 * @throws RangeError or TypeError for options that are none, and, when planned, durations where the clock counts tokens.
 * @example
 * apply(frames([1, 1, 1, 5, 5, 5]), detectNovelty({ radius: 2 })).boundaries // [0, 0, 0, 1, 0, 0]
 */
export const detectNovelty = /* @__PURE__ */ defineStage(
  'detectNovelty',
  {
    /** How much of the past, and of the present, is compared. */
    radius: duration(),
    /**
     * How they are compared. 'likelihood': by how much two Gaussians explain them better than one, in means and variances. 'cosine': 1 − the cosine of the angle between their means; for embeddings.
     */
    distance: oneOf('likelihood', 'cosine').default('likelihood'),
    /** Standard deviations above its mean so far that the distance must reach. */
    threshold: number().default(0.5),
    /** No two boundaries are nearer to each other. */
    apart: duration().optional('radius'),
    ...markOptions,
  },
  ({ radius, distance, threshold, apart: least, marks }, spec) => {
    const sizes = (clock: Clock | undefined) => {
      const size = inFrames('detectNovelty', 'radius', radius, clock)
      return { size, apart: least === undefined ? size : inFrames('detectNovelty', 'apart', least, clock) }
    }
    return (input) => {
      const { size, apart } = sizes(input.clock)
      const { length: _, ...layout } = input
      const lanes = lanesOf(input)
      // The Bayesian information criterion: what two means and variances more must explain to be worth it. Cosines differ by rounding alone.
      const worth = distance === 'likelihood' ? Math.log(2 * size) / (2 * size) : 1e-6
      // Each window ends with the frame that came last, those at the beginning too.
      const window = resolveWindow(
        'detectNovelty',
        read('detectNovelty', windowOptions, { size, stride: 1, padding: [size - 1, 0] }),
        undefined,
      )
      const windows = planWindows(spec, layout, stats(), everyBin(input), window)
      return planMarked({
        spec,
        input,
        ahead: size + apart - 2,
        marks,
        start: (): Live => ({
          frame: 0,
          windows: undefined,
          whole: Bank.fresh(stats(), lanes, 1),
          pasts: new Float32Array(size * 2 * lanes),
          seen: new Uint8Array(2 * size),
          counts: [0, 0],
          peaks: freshPeaks(apart - 1),
        }),
        run(live) {
          const machine = windows.open(live.windows)
          const whole = new Bank(stats(), lanes, live.whole)
          const nothing = new Float32Array(lanes)
          return {
            step(row, weight) {
              const { pasts, seen, counts } = live
              const start = live.frame++
              const there = row?.every(Number.isFinite) ? weight : 0
              if (row && there > 0) include(whole, row, weight, start)
              const block: Frames = { layout, start, length: 1, data: row ?? nothing, weights: Float32Array.of(there) }
              const { data: present } = machine.push(block)!
              const past = pasts.subarray((start % size) * 2 * lanes, ((start % size) + 1) * 2 * lanes)

              const [old, left] = [(start + size) % (2 * size), start % (2 * size)]
              counts[0] += seen[old]! - seen[left]!
              counts[1] += (there > 0 ? 1 : 0) - seen[old]!
              seen[left] = there > 0 ? 1 : 0

              const enough = 2 * Math.min(...counts) >= size
              const novelty = enough ? distances[distance](past, present, whole) : NaN
              past.set(present)
              return { begins: isPeak(live.peaks, novelty, worth, threshold, memory * size), seen: true }
            },
            settle() {
              live.windows = machine.save()
            },
          }
        },
      })
    }
  },
)

/** Adds a frame to the only state of a bank. */
function include(bank: Bank, row: Float32Array, weight: number, index: number): void {
  bank.pooling.add(bank.state(0), { data: row, offset: 0, lanes: row.length, rows: 1, weights: Float64Array.of(weight), index, step: 1 })
  bank.weigh(0, weight)
}

const distances = { likelihood: changed, cosine: turned } as const

/**
 * By how much two diagonal Gaussians, given as means and deviations, explain themselves better than one for both, in nats a lane and frame: ½ ln(v / √(v₁v₂)).
 *
 * @source the generalized likelihood ratio of Gish, Siu & Rohlicek 1991
 */
function changed(past: Float32Array, present: Float32Array, whole: Bank): number {
  const lanes = past.length / 2
  const out = { mean: new Float32Array(lanes), std: new Float32Array(lanes) }
  whole.pooling.result(whole.state(0), out, 0)
  let sum = 0
  for (let i = 0; i < lanes; i++) {
    const floor = share * out.std[i]! ** 2
    // A lane that never changed has not changed here.
    if (!(floor > 0)) continue
    const [v1, v2] = [past[lanes + i]! ** 2 + floor, present[lanes + i]! ** 2 + floor]
    const apart = past[i]! - present[i]!
    sum += 0.5 * Math.log(((v1 + v2) / 2 + (apart * apart) / 4) / Math.sqrt(v1 * v2))
  }
  return sum / lanes
}

/** 1 − the cosine of the angle between two means; 0 where one of them is 0. */
function turned(past: Float32Array, present: Float32Array): number {
  let [dot, left, right] = [0, 0, 0]
  for (let i = 0; i < past.length / 2; i++) {
    dot += past[i]! * present[i]!
    left += past[i]! * past[i]!
    right += present[i]! * present[i]!
  }
  return left > 0 && right > 0 ? 1 - dot / Math.sqrt(left * right) : 0
}
