import { refusal } from '../core/check.ts'
import { inSeconds } from '../core/duration.ts'
import { greatestDivisor } from '../core/greatestDivisor.ts'
import type { ReadWindow } from '../core/window.ts'

/** A window over an irregular clock: of time, not of frames. Time is cut into panes, the longest that windows begin and end with. */
export interface TimeWindow {
  /** Microseconds in a pane: window edges are then whole numbers, the same in seconds as a decimal of the program. */
  readonly pane: number
  /** Panes in a window. */
  readonly panes: number
  /** Panes from one window to the next. */
  readonly step: number
  readonly partial: 'drop' | 'keep'
}

const microseconds = 1e6
/** 285 years, in seconds: more have no whole microseconds. */
export const latest = 2 ** 53 / microseconds

/**
 * A window's sizes in time; nothing where they are in frames.
 * @throws RangeError or TypeError for sizes in frames, and for options that windows of time do not have
 */
export function resolveTimeWindow(
  who: string,
  { size, stride = size, dilation, padding, includePad, dialect, partial }: ReadWindow,
): TimeWindow | undefined {
  if (typeof size === 'number' && typeof stride === 'number') return undefined
  for (const [name, value, usual] of [
    ['dilation', dilation, 1],
    ['padding', padding, 'valid'],
    ['includePad', includePad, undefined],
    ['dialect', dialect, undefined],
  ])
    if (value !== usual && value !== false) throw refusal(who, `${name} must not be given where windows are of time, not of frames`, value)
  const [length, every] = [inMicroseconds(who, 'size', size), inMicroseconds(who, 'stride', stride)]
  const pane = greatestDivisor(length, every)
  return { pane, panes: length / pane, step: every / pane, partial }
}

function inMicroseconds(who: string, name: string, value: unknown): number {
  const whole = Math.round(inSeconds(who, name, value) * microseconds)
  if (whole >= 1 && whole <= 2 ** 53) return whole
  throw refusal(who, `${name} must be from a microsecond to 285 years`, value)
}

/** The pane that a time lies in: what begins at an edge begins with the pane after it. */
export function paneAt({ pane }: TimeWindow, seconds: number): number {
  const near = Math.floor((seconds * microseconds) / pane)
  if ((near * pane) / microseconds > seconds) return near - 1
  return ((near + 1) * pane) / microseconds <= seconds ? near + 1 : near
}

/** When a pane begins, in seconds. */
export function edgeOf({ pane }: TimeWindow, index: number): number {
  return (index * pane) / microseconds
}
