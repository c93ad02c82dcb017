import { number } from '../core/check.ts'
import type { Clock } from '../core/frames.ts'
import { fitted } from './bins.ts'
import { ofTime, type TimedClock, type WindowPlanner } from './planOver.ts'
import { partsBeside } from './planWindows.ts'
import { irregular, pooledLayout } from './sheet.ts'
import type { Timed } from './timed.ts'
import { planTimedHeld } from './timedHeld.ts'
import { planTimedPanes } from './timedPanes.ts'
import { resolveTimeWindow } from './timeWindow.ts'

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

/** A clock in seconds as one of events; another as it is. */
export function timedClock(clock: Clock): Clock {
  const given: TimedClock = { ...irregular(clock), ...(clock.unit === 'second' && { [ofTime]: plan }) }
  return given
}

const plan: WindowPlanner = (spec, input, like, bins, options) => {
  const window = resolveTimeWindow(spec.stage, options)
  // What keeps its values is fitted again to what a window turns out to hold.
  const pooling = fitted(like, bins, like.keeps ? 1 : Infinity)
  const layout = pooledLayout(pooling, bins, irregular(input.clock), undefined)
  const timed: Timed = { spec, input, layout, pooling, bins, window }
  const { keeps, parts } = pooling
  if (!keeps) return planTimedPanes(timed)
  if (!parts || parts.every((part) => part.keeps)) return planTimedHeld(timed)
  return partsBeside(spec, input, layout, parts, (part) => plan(spec, input, part, bins, options))
}
