/**
 * The time of day, as Unix time in seconds, which is never set back: that of `clock: 'wall'`. When a vector comes, `wallTime() - vector.end` is how late it is.
 *
 * @example
 * wallTime() > 1.6e9
 */
export function wallTime(): number {
  return (performance.timeOrigin + performance.now()) / 1000
}
