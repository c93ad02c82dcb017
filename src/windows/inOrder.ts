import { DataError } from '../core/check.ts'
import type { StageSpec } from '../core/stage.ts'
import { latest } from './timeWindow.ts'

/** Refuses a frame, or a watermark, that begins before what was said to be over, or at no time that can be told to the microsecond. */
export function checkOrder({ stage }: StageSpec, time: number, watermark: number, frame: number): void {
  if (time >= watermark && Math.abs(time) <= latest) return
  const expected =
    Math.abs(time) <= latest
      ? `frames in order of time, from ${watermark} s on, as toFrames({ time, lateness }) gives them`
      : 'times in seconds, within 285 years of 0'
  throw new DataError(`${stage}: expected ${expected}, got ${time} s`, { frame })
}
