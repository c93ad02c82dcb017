import { refusal } from '../../core/check.ts'
import { duration, inFrames } from '../../core/duration.ts'
import { type Clock, lanesOf } from '../../core/frames.ts'
import { number } from '../../core/options.ts'
import { defineStage } from '../defineStage.ts'
import { markOptions, planMarked } from './marks.ts'

interface Live {
  /** Frames so far: also the place after the last. */
  place: number
  /** For each place where a window may begin, in a ring: the sum of what came since, of its squares over all lanes, and of weights. */
  sums: Float64Array
  squares: Float64Array
  weights: Float64Array
  /** The same since the beginning. */
  all: Float64Array
  square: number
  weight: number
  /** The squared deviations of the windows that end at each place, by their length, in a ring; NaN for one that saw nothing, which costs nothing. */
  deviations: Float64Array
  /** Where the last window that is decided ends. */
  decided: number
}

/**
 * Marks windows that follow the content: short where frames change fast, long where they are steady. `segmentPool` then pools each, and the spans show what was chosen.
 *
 * Shape: any frames → the same frames with a boundary mark where each window begins, 2·`max` − 1 frames later: it streams, and takes live sources.
 * Of all windows of `min` to `max` frames those are taken that leave the least squared deviation inside, summed over lanes and weighted, plus `cost` times the variance of all that came
 * so far for each window: by dynamic programming over 2·`max` frames at a time. Unseen frames, and those with NaN, only take up time, and a window of them alone costs nothing. Lanes count
 * by their variance: where they differ, `normalizeBy` comes first. Work for each frame: `max` times its values.
 * Sources: Jackson et al. 2005 (optimal partitions), Killick, Fearnhead & Eckley 2012 (a cost for each change).
 *
 * @param options.cost at 0 windows are as short as they may be
 * @throws RangeError or TypeError for sizes that are none, and, when planned, durations where the clock counts tokens.
 * @example
 * apply(frames([1, 1, 1, 1, 5, 5, 9]), contentWindows({ max: 4, cost: 0.1 }), segmentPool('mean')).data // 1, 5, 9
 */
export const contentWindows = /* @__PURE__ */ defineStage(
  'contentWindows',
  {
    /** How much a window holds at most. */
    max: duration(),
    /** How much a window holds at least. */
    min: duration().default(1),
    /** What one window more must save of the squared deviations inside windows, in frames of the sequence's variance: more gives fewer, longer windows. */
    cost: number({ min: 0 }).default(1),
    ...markOptions,
  },
  ({ max: longest, min: shortest, cost: price, marks }, spec) => {
    const sizes = (clock: Clock | undefined) => {
      const max = inFrames('contentWindows', 'max', longest, clock)
      const min = inFrames('contentWindows', 'min', shortest, clock)
      if (min > max && (clock || typeof shortest === typeof longest))
        throw refusal('contentWindows', `max must be at least min, ${shortest}`, longest)
      return { min, max }
    }
    sizes(undefined)
    return (input) => {
      const { min, max } = sizes(input.clock)
      if (max > longestWindow) throw refusal('contentWindows', `max must be at most ${longestWindow} frames`, max)
      const lanes = lanesOf(input)
      const wait = 2 * max
      return planMarked({
        spec,
        input,
        ahead: wait - 1,
        marks,
        start: (): Live => ({
          place: 0,
          sums: new Float64Array(max * lanes),
          squares: new Float64Array(max),
          weights: new Float64Array(max),
          all: new Float64Array(lanes),
          square: 0,
          weight: 0,
          deviations: new Float64Array((wait + 1) * max),
          decided: 0,
        }),
        run: (live) => ({
          step(row, weight) {
            begin(live, max, lanes)
            if (row?.every(Number.isFinite)) include(live, row, weight)
            live.place++
            measure(live, max, lanes)
            // Frame `due` is the one that is told of now.
            const due = live.place - wait
            const begins = due === live.decided
            if (begins) live.decided = next(live, min, max, price)
            return { begins, seen: true }
          },
        }),
      })
    }
  },
)

/** Every two frames that a window may lie between are compared: twice the square of its size is held. */
const longestWindow = 4096

/** Lets a window begin with the next frame, in place of one that is too long now. */
function begin({ place, sums, squares, weights }: Live, max: number, lanes: number): void {
  const slot = place % max
  sums.fill(0, slot * lanes, (slot + 1) * lanes)
  squares[slot] = weights[slot] = 0
}

/** Adds a frame to every window that has begun. */
function include(live: Live, row: Float32Array, weight: number): void {
  const { sums, squares, weights, all } = live
  const lanes = row.length
  // Squares of float32 are exact in float64, so the sums need no number near the data.
  const square = weight * row.reduce((sum, x) => sum + x * x, 0)
  for (let slot = 0; slot < squares.length; slot++) {
    for (let i = 0, at = slot * lanes; i < lanes; i++, at++) sums[at]! += weight * row[i]!
    squares[slot]! += square
    weights[slot]! += weight
  }
  for (let i = 0; i < lanes; i++) all[i]! += weight * row[i]!
  live.square += square
  live.weight += weight
}

/** The squared deviations from the mean of what was summed. */
function deviation(sums: Float64Array, square: number, weight: number): number {
  let length = 0
  for (let i = 0; i < sums.length; i++) length += sums[i]! * sums[i]!
  return Math.max(0, square - length / weight)
}

/** Notes how much there is of it in each window that ends here. */
function measure({ place, sums, squares, weights, deviations }: Live, max: number, lanes: number): void {
  const row = (place % (deviations.length / max)) * max
  for (let length = 1; length <= Math.min(max, place); length++) {
    const slot = (place - length) % max
    const seen = weights[slot]! > 0
    deviations[row + length - 1] = seen ? deviation(sums.subarray(slot * lanes, (slot + 1) * lanes), squares[slot]!, weights[slot]!) : NaN
  }
}

/** Where the window after the decided ones ends, if those up to here are to cost least; of equals the longest. */
function next({ place, decided, deviations, all, square, weight }: Live, min: number, max: number, price: number): number {
  const each = weight > 0 ? (price * deviation(all, square, weight)) / weight : 0
  const ring = deviations.length / max
  // By how far a place is from the decided one: what windows up to it cost, and the length of the last.
  const best = new Float64Array(place - decided + 1).fill(Infinity)
  const lengths = new Int32Array(best.length)
  best[0] = 0
  for (let end = 1; end < best.length; end++) {
    const row = ((decided + end) % ring) * max
    // The window that is not full yet may be of any length.
    const least = end === best.length - 1 ? 1 : min
    for (let length = Math.min(max, end); length >= least; length--) {
      const inside = deviations[row + length - 1]!
      const cost = best[end - length]! + (Number.isNaN(inside) ? 0 : each + inside)
      if (cost < best[end]!) [best[end], lengths[end]] = [cost, length]
    }
  }
  let end = best.length - 1
  while (end > lengths[end]!) end -= lengths[end]!
  return decided + end
}
