import { integer, number, refusal } from './check.ts'
import type { Clock } from './frames.ts'
import { type Description, Option } from './options.ts'

/** A duration: '1s', '100ms', '0.5s'. */
export type Duration = `${number}s` | `${number}ms`
/** A number of frames, or a duration; rounded to frames, at least one. */
export type Size = number | Duration

// Windows longer than this are a mistake: their states would not fit any machine.
const longest = 2 ** 31
const form = /^(\d+(\.\d+)?|\.\d+)m?s$/

/** A number of frames or a duration in frames; without a clock a duration counts as one frame, for checking alone. */
export function inFrames(who: string, name: string, value: Size, clock: Clock | undefined): number {
  if (typeof value !== 'string') return integer(who, name, value, 1, longest)
  if (!form.test(value)) throw refusal(who, `${name} must be a number of frames or a duration such as '1s' or '100ms'`, value)
  const seconds = secondsOf(who, name, value)
  if (clock === undefined) return 1
  if (clock.unit !== 'second' || clock.hop === undefined) {
    throw refusal(
      who,
      `${name} must be a number of frames where the input has ${clock.unit === 'token' ? 'tokens' : 'no regular hop'}`,
      value,
    )
  }
  return integer(who, `${name} in frames`, Math.max(1, Math.round(seconds / clock.hop)), 1, longest)
}

/** A duration in seconds. */
export function inSeconds(who: string, name: string, value: unknown): number {
  if (typeof value === 'string' && form.test(value)) return secondsOf(who, name, value)
  throw refusal(who, `${name} must be a duration such as '1s' or '100ms'`, value)
}

function secondsOf(who: string, name: string, duration: string): number {
  return number(who, name, Number.parseFloat(duration), { above: 0 }) / (duration.endsWith('ms') ? 1000 : 1)
}

const description: Description = {
  anyOf: [
    { type: 'integer', minimum: 1 },
    { type: 'string', pattern: form.source },
  ],
  unit: 'frames or time',
}

/** An option that is a number of frames (or samples), or a duration such as '100ms', which {@link inFrames} turns into one. */
export function duration(): Option<Size> {
  return new Option((who, name, value) => {
    inFrames(who, name, value as Size, undefined)
    return value as Size
  }, description)
}

/** As {@link duration}, or none at all. */
export function durationOrZero(): Option<Size | 0> {
  const { read } = duration()
  return new Option((who, name, value) => (value === 0 ? 0 : read(who, name, value)), {
    ...description,
    anyOf: [{ type: 'integer', minimum: 0 }, description.anyOf![1]!],
  })
}

/** An option that is a duration such as '30s', in seconds, whatever the clock. */
export function time(): Option<Duration, number> {
  return new Option((who, name, value) => inSeconds(who, name, value), { ...description.anyOf![1]!, unit: 'time' })
}
