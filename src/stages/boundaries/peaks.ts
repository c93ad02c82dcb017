/** Peaks of a curve, one value a frame, that stand out from what the curve was like so far. */
export interface Peaks {
  frame: number
  /** The last values, in a ring. */
  recent: Float64Array
  /** Count, sum and sum of squares of the values so far, fading. */
  count: number
  mean: number
  spread: number
}

/** For peaks that are the largest of `reach` values before and after them. */
export function freshPeaks(reach: number): Peaks {
  return { frame: 0, recent: new Float64Array(2 * reach + 1).fill(-Infinity), count: 0, mean: 0, spread: 0 }
}

/**
 * Takes the curve's next value, NaN where it has none, and tells whether the value `reach` before it is a peak: the largest around, the first of equals, above
 * `least`, and more than `threshold` standard deviations above the mean. Mean and deviation are of all values so far; what is `memory` values old weighs 1/e.
 */
export function isPeak(peaks: Peaks, value: number, least: number, threshold: number, memory: number): boolean {
  const { recent } = peaks
  const [size, reach] = [recent.length, (recent.length - 1) / 2]
  recent[peaks.frame % size] = Number.isNaN(value) ? -Infinity : value
  if (!Number.isNaN(value)) {
    const kept = Math.exp(-1 / memory)
    peaks.count = kept * peaks.count + 1
    const off = value - peaks.mean
    peaks.mean += off / peaks.count
    // The variance, by the weighted form of Welford's update.
    peaks.spread = (1 - 1 / peaks.count) * (peaks.spread + (off * off) / peaks.count)
  }
  const middle = peaks.frame++ - reach
  const top = recent[(middle + size) % size]!
  if (middle < 0 || !(top > least && top > peaks.mean + threshold * Math.sqrt(peaks.spread))) return false
  for (let k = 1; k <= reach; k++) {
    if (recent[(middle + k) % size]! > top || recent[(middle - k + size) % size]! >= top) return false
  }
  return true
}
