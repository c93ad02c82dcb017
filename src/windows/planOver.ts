import type { Clock, Layout } from '../core/frames.ts'
import type { Pooling } from '../core/pooling.ts'
import type { Plan, StageSpec } from '../core/stage.ts'
import { type ReadWindow, resolveWindow } from '../core/window.ts'
import type { Bins } from './bins.ts'
import { padded } from './includePad.ts'
import { planWindows } from './planWindows.ts'

/** Plans the windows over time that a stage's options ask for. */
type Planner<Made> = (spec: StageSpec, input: Layout, pooling: Pooling, bins: Bins, options: ReadWindow) => Made

/**
 * Where a clock keeps how windows of time are planned over it, so that only who makes such a clock loads that. It is no data: what copies a clock by `...` keeps it; JSON,
 * structuredClone and postMessage do not.
 */
export const ofTime: unique symbol = /* @__PURE__ */ Symbol('ofTime')

export interface TimedClock extends Clock {
  /** Gives nothing for sizes in frames. */
  readonly [ofTime]?: Planner<Plan | undefined>
}

/** Windows over time: of time, where sizes are durations and the clock knows how, else of frames. */
export const planOver: Planner<Plan> = (spec, input, pooling, bins, options) => {
  const given = padded(spec.stage, options, pooling)
  const clock: TimedClock = input.clock
  return (
    clock[ofTime]?.(spec, input, pooling, bins, given) ?? planWindows(spec, input, pooling, bins, resolveWindow(spec.stage, given, clock))
  )
}
