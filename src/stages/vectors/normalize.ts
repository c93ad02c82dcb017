import { boolean, known } from '../../core/check.ts'
import { type Frames, lanesOf } from '../../core/frames.ts'
import { pointwise, type Stage } from '../../core/stage.ts'
import { specOf } from '../spec.ts'
import { forSeen, whole } from '../whole.ts'

export interface NormalizeOptions {
  /** Takes each lane's mean off. Default true. */
  mean?: boolean
  /** Divides by each lane's standard deviation. Default true. */
  variance?: boolean
}

export function normalize(options: NormalizeOptions = {}): Stage {
  known('normalize', options, ['mean', 'variance'])
  const takesMean = boolean('normalize', 'mean', options.mean ?? true)
  const takesVariance = boolean('normalize', 'variance', options.variance ?? true)
  const spec = specOf('normalize', options)
  return {
    spec,
    plan(input) {
      const lanes = lanesOf(input)
      return whole(spec, input, (all) => {
        const mean = averages(all, lanes, (x) => x)
        const variance = averages(all, lanes, (x, lane) => (x - mean[lane]!) ** 2)
        return all.data.map((x, i) => {
          const lane = i % lanes
          const centered = x - (takesMean ? mean[lane]! : 0)
          return takesVariance ? centered / Math.max(Math.sqrt(variance[lane]!), 1e-10) : centered
        })
      })
    },
  }
}

/** The weighted mean of a function of every lane's finite, seen values; 0 where there are none. */
function averages(all: Frames, lanes: number, of: (x: number, lane: number) => number): Float64Array {
  const sums = new Float64Array(lanes)
  const weights = new Float64Array(lanes)
  forSeen(all, (from, to, weight) => {
    for (let i = from; i < to; i++) {
      if (!Number.isFinite(all.data[i])) continue
      sums[i - from]! += weight * of(all.data[i]!, i - from)
      weights[i - from]! += weight
    }
  })
  return sums.map((sum, lane) => (weights[lane] === 0 ? 0 : sum / weights[lane]!))
}

export function l2Normalize(options: Record<string, never> = {}): Stage {
  known('l2Normalize', options, [])
  const spec = { stage: 'l2Normalize' }
  return {
    spec,
    plan(input) {
      const lanes = lanesOf(input)
      return pointwise(spec, input, input, ({ data, length }) => {
        const out = new Float32Array(data.length)
        for (let t = 0; t < length; t++) {
          let squares = 0
          for (let i = t * lanes; i < (t + 1) * lanes; i++) squares += data[i]! * data[i]!
          const norm = Math.max(Math.sqrt(squares), 1e-12)
          for (let i = t * lanes; i < (t + 1) * lanes; i++) out[i] = data[i]! / norm
        }
        return out
      })
    },
  }
}
