import { integer, known, number } from '../../core/check.ts'
import { type Frames, join, lanesOf, slice, spanOf } from '../../core/frames.ts'
import { planOf, type Stage } from '../../core/stage.ts'
import { specOf } from '../spec.ts'

export interface TrimOptions {
  /** How far a frame's level must be on the way from the quietest (0) to the loudest (1). Default 0.15. */
  share?: number
  /** Frames over which levels are averaged, an odd number. Default 7. */
  width?: number
}

export function trim(options: TrimOptions = {}): Stage {
  known('trim', options, ['share', 'width'])
  const share = number('trim', 'share', options.share ?? 0.15, { min: 0, max: 1 })
  const width = integer('trim', 'width', options.width ?? 7, 1)
  if (width % 2 === 0) throw new RangeError(`trim: width must be odd, got ${width}`)
  const spec = specOf('trim', options)
  return {
    spec,
    plan(input) {
      if (input.live) throw new TypeError('trim: expected a sequence that ends, got a live source')
      const { length: _, clock, ...rest } = input
      const layout = { ...rest, clock: { unit: clock.unit, start: clock.start } }
      return planOf({
        spec,
        input,
        layout,
        needs: 'end',
        reach: { size: Infinity, stride: 1, latency: Infinity },
        start: (): { kept: Frames[] } => ({ kept: [] }),
        run: (live) => ({
          push(frames) {
            live.kept.push(frames)
            return undefined
          },
          close() {
            const all = join(live.kept)
            const ends = all && endsOf(smoothed(levels(all), width), share)
            if (!all || !ends) return undefined
            const spans = Float64Array.from({ length: 2 * all.length }, (_, i) => spanOf(all, all.start + (i >> 1))[i % 2]!)
            return { ...slice({ ...all, spans }, ...ends), layout, start: 0 }
          },
        }),
      })
    },
  }
}

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
