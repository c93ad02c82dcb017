/** How loud the noise is in each lane of a stream of logarithms of power, as known so far. */
export interface Noise {
  frames: number
  /** The loudest lane of all frames, fading. */
  loudest: number
  level: Float64Array
  smooth: Float64Array
  /** Least of `smooth` in this period, and in this one and the one before. */
  low: Float64Array
  lower: Float64Array
}

/** Seconds in which the level follows what looks like noise, and over which powers are averaged before their least is taken. */
const [following, smoothing] = [0.035, 0.045]
/** Seconds of a period: the level is at least the least of the last one or two. */
const period = 1
/** Nats above the level where a value is as likely speech as noise; it matters for the level by a logistic of how far it is from there. */
const doubt = 1.5
/** Nats below the loudest, which fades by so much a second: what is softer is silence. */
const [range, fading] = [11, 0.5]
/** No power has a logarithm beyond. */
export const lowest = -100
const highest = 300

export function freshNoise(lanes: number): Noise {
  const rows = () => new Float64Array(lanes)
  return { frames: 0, loudest: lowest, level: rows(), smooth: rows(), low: rows(), lower: rows() }
}

/** The logarithm of what counts as silence, where the loudest was so loud: softer values count as it. */
export function silence(loudest: number): number {
  return loudest - range
}

/** The loudest value of all so far, fading, after one more frame. NaN is left out. */
export function loudestOf(before: number, row: Float32Array, rate: number): number {
  let loudest = Math.max(before - fading / rate, lowest)
  for (let i = 0; i < row.length; i++) if (row[i]! > loudest) loudest = Math.min(row[i]!, highest)
  return loudest
}

/**
 * Takes one frame more. Each level moves towards what is there, the less the more that stands out, and is never below the least level of the last seconds, so that it comes back
 * after noise has grown at once.
 *
 * @source the recursion weighted by speech presence is Cohen & Berdugo's 2002 (MCRA), the minimum over two periods Martin's 2001
 */
export function follow(noise: Noise, row: Float32Array, rate: number): void {
  const { level, smooth, low, lower } = noise
  const [step, share] = [following, smoothing].map((seconds) => 1 - Math.exp(-1 / (rate * seconds))) as [number, number]
  noise.loudest = loudestOf(noise.loudest, row, rate)
  const least = silence(noise.loudest)
  const turn = noise.frames % Math.max(1, Math.round(period * rate)) === 0
  for (let i = 0; i < row.length; i++) {
    if (Number.isNaN(row[i]!)) continue
    const x = Math.min(Math.max(row[i]!, least), highest)
    if (noise.frames === 0) {
      level[i] = smooth[i] = low[i] = lower[i] = x
    } else {
      smooth[i]! += share * (x - smooth[i]!)
      low[i] = Math.min(low[i]!, smooth[i]!)
      lower[i] = Math.min(lower[i]!, smooth[i]!)
      if (turn) {
        lower[i] = low[i]!
        low[i] = smooth[i]!
      }
      const from = Math.max(level[i]!, least)
      const above = x - from
      level[i] = Math.max(from + (step * above) / (1 + Math.exp(2 * (above - doubt))), lower[i]!)
    }
  }
  noise.frames++
}
