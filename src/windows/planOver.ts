import type { Clock, Layout } from '../core/frames.ts'
import type { Pooling } from '../core/pooling.ts'
import type { Plan, StageSpec } from '../core/stage.ts'
import { type ReadWindow, resolveWindow } from '../core/window.ts'
import type { Bins } from './bins.ts'
import { padded } from './includePad.ts'
import { planWindows } from './planWindows.ts'

/** Plans windows over time by the options of a stage. */
export type WindowPlanner = (spec: StageSpec, input: Layout, pooling: Pooling, bins: Bins, options: ReadWindow) => Plan

/** Where a clock of events keeps what plans windows of time, so that only who makes such a clock loads it. No data: `...` keeps it, JSON, structuredClone and postMessage do not. */
export const ofTime: unique symbol = /* @__PURE__ */ Symbol()

export interface TimedClock extends Clock {
  readonly [ofTime]?: WindowPlanner
}

/** Windows over time: of time, where the clock plans them and a size is a duration, else of frames. */
export const planOver: WindowPlanner = (spec, input, pooling, bins, given) => {
  const options = padded(spec.stage, given, pooling)
  const clock: TimedClock = input.clock
  return (typeof options.size === 'number' && typeof (options.stride ?? 1) === 'number') || !clock[ofTime]
    ? planWindows(spec, input, pooling, bins, resolveWindow(spec.stage, options, clock))
    : clock[ofTime](spec, input, pooling, bins, options)
}
