import { number } from '../core/check.ts'
import type { Clock, Layout } from '../core/frames.ts'
import type { Pooling } from '../core/pooling.ts'
import type { Plan, StageSpec } from '../core/stage.ts'
import { type Bins, fitted } from './bins.ts'
import { ofTime, type TimedClock } from './planOver.ts'
import { partsBeside } from './planWindows.ts'
import { irregular, pooledLayout } from './sheet.ts'
import type { Timed } from './timed.ts'
import { planTimedHeld } from './timedHeld.ts'
import { planTimedPanes } from './timedPanes.ts'
import { resolveTimeWindow, type TimeWindow } from './timeWindow.ts'

/**
 * The clock of frames that come when they come, in seconds, over which durations make windows of time, as in `pool1d('mean', { size: '10s' })`. `toFrames({ time })` and `segmentPool`
 * give it to what they make; it is for frames made by hand, and for a layout that was JSON or came from another thread, where it is data alone.
 *
 * Shape: the clock of a layout whose blocks carry `spans`, in order of their starts.
 *
 * @param start where the clock says that it starts; spans say when frames are
 * @throws RangeError or TypeError where the start is no finite number
 * @example
 * const layout = { ...layoutOf({}), clock: eventClock() }
 * const events = { layout, start: 0, length: 3, data: Float32Array.of(20, 22, 30), spans: Float64Array.of(1, 1, 4, 4, 11, 11) }
 * apply(events, pool1d('mean', { size: '10s' })).data // 21
 */
export function eventClock(start = 0): Clock {
  return timedClock({ unit: 'second', start: number('eventClock', 'start', start, {}) })
}

/** A layout that was data, as JSON or as a message: its clock is to know windows of time again. */
export function remade(layout: Layout): Layout {
  return layout.clock.hop === undefined ? { ...layout, clock: timedClock(layout.clock) } : layout
}

/** A clock in seconds as one of events; another as it is. */
export function timedClock(clock: Clock): TimedClock {
  const own = irregular(clock)
  return own.unit === 'second' ? { ...own, [ofTime]: planned } : own
}

const planned: NonNullable<TimedClock[typeof ofTime]> = (spec, input, pooling, bins, options) => {
  const window = resolveTimeWindow(spec.stage, options)
  return window && planOverTime(spec, input, pooling, bins, window)
}

function planOverTime(spec: StageSpec, input: Layout, like: Pooling, bins: Bins, window: TimeWindow): Plan {
  // What keeps its values is fitted again to what a window turns out to hold.
  const pooling = fitted(like, bins, like.keeps ? 1 : Infinity)
  const layout = pooledLayout(pooling, bins, irregular(input.clock), undefined)
  const timed: Timed = { spec, input, layout, pooling, bins, window }
  const { keeps, parts } = pooling
  if (!keeps) return planTimedPanes(timed)
  if (!parts || parts.every((part) => part.keeps)) return planTimedHeld(timed)
  return partsBeside(spec, input, layout, parts, (part) => planOverTime(spec, input, part, bins, window))
}
