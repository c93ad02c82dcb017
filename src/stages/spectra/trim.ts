import { refusal } from '../../core/check.ts'
import { type Frames, lanesOf, slice, spanOf } from '../../core/frames.ts'
import { integer, number } from '../../core/options.ts'
import { atEnd } from '../../core/stage.ts'
import { irregular } from '../../windows/sheet.ts'
import { defineStage } from '../defineStage.ts'

/**
 * Leaves out what is quiet before the first and after the last frame that is not, so that windows over a whole recording are windows over what was said.
 *
 * Shape: n frames, logarithms of power or magnitude as a rule → those from the first to the last whose level reaches low + `share`·(high − low), where a frame's level is the mean of
 * its lanes, averaged over `width` frames (edges repeated), and low and high are the least and the largest of the sequence. So neither loudness nor steady noise moves the
 * ends much. Unseen frames and values that are not finite have no level. Frames keep their times, which makes the clock irregular. Where nothing was seen, nothing comes.
 * Nothing comes before the end of the sequence, and a live source is refused.
 *
 * @throws RangeError or TypeError for a share that is not between 0 and 1 or a width that is even; TypeError for a live source
 * @example
 * apply(frames([0, 0, 9, 1, 8, 0], { hop: 0.01 }), trim({ width: 1 })).data // [9, 1, 8]
 */
export const trim = /* @__PURE__ */ defineStage(
  'trim',
  {
    /** How far a frame's level must be on the way from the quietest (0) to the loudest (1). */
    share: number({ min: 0, max: 1 }).default(0.15),
    /** How many frames levels are averaged over, an odd number. */
    width: integer(1).default(7).unit('frames'),
  },
  ({ share, width }, spec) => {
    if (width % 2 === 0) throw refusal('trim', 'width must be odd', width)
    return (input) => {
      const { length: _, clock, ...rest } = input
      const layout = { ...rest, clock: irregular(clock) }
      return atEnd({ spec, input, layout, stride: 1 }, (all) => {
        const ends = all && endsOf(smoothed(levels(all), width), share)
        if (!all || !ends) return undefined
        const spans = Float64Array.from({ length: 2 * all.length }, (_, i) => spanOf(all, all.start + (i >> 1))[i % 2]!)
        return { ...slice({ ...all, spans }, ...ends), layout, start: 0 }
      })
    }
  },
)

/** The mean of each frame's finite lanes; NaN where a frame has none or is not seen. */
function levels(all: Frames): Float64Array {
  const lanes = lanesOf(all.layout)
  return Float64Array.from({ length: all.length }, (_, t) => {
    if (all.weights?.[t] === 0) return NaN
    const seen = all.data.subarray(t * lanes, (t + 1) * lanes).filter(Number.isFinite)
    return seen.reduce((sum, x) => sum + x, 0) / seen.length
  })
}

/** Each level's mean over `width` frames around it, those without a level left out; NaN stays NaN. */
function smoothed(levels: Float64Array, width: number): Float64Array {
  const reach = (width - 1) / 2
  return levels.map((own, t) => {
    if (Number.isNaN(own)) return own
    let [sum, count] = [0, 0]
    for (let k = t - reach; k <= t + reach; k++) {
      const level = levels[Math.min(Math.max(k, 0), levels.length - 1)]!
      if (Number.isNaN(level)) continue
      sum += level
      count++
    }
    return sum / count
  })
}

/** The first frame and the one after the last whose level is high enough; undefined where no frame has one. */
function endsOf(levels: Float64Array, share: number): [first: number, end: number] | undefined {
  let [low, high] = [Infinity, -Infinity]
  for (const level of levels) if (!Number.isNaN(level)) [low, high] = [Math.min(low, level), Math.max(high, level)]
  const least = Math.min(low + share * (high - low), high)
  const first = levels.findIndex((level) => level >= least)
  return first < 0 ? undefined : [first, levels.findLastIndex((level) => level >= least) + 1]
}
