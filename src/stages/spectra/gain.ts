import type { Frames } from '../../core/frames.ts'
import { number, oneOf } from '../../core/options.ts'
import { defineStage } from '../defineStage.ts'
import { forSeen, whole } from '../whole.ts'

/**
 * Gain normalization: scales each channel of a whole sequence to one level, so that what follows does not depend on how loud the recording is.
 *
 * Shape: any frames, samples as a rule → the same shape and names. Measured in float64 over seen frames, weighted, values that are not finite left out. Silence stays as it is.
 * Nothing comes before the end of the sequence, and a live source is refused.
 *
 * @throws RangeError or TypeError for a level that is not finite; TypeError for a live source.
 * @example
 * apply(signal([0.1, -0.2], { rate: 8000 }), gain({ of: 'peak' })).data // [0.5, -1]
 */
export const gain = /* @__PURE__ */ defineStage(
  'gain',
  {
    /** What is brought to the level: the root mean square, or the largest magnitude. */
    of: oneOf('rms', 'peak').default('rms'),
    /** The level, relative to 1. */
    level: number().optional("−20 for 'rms', 0 for 'peak'").unit('dB'),
  },
  ({ of, level: decibels }, spec) => {
    const level = 10 ** ((decibels ?? (of === 'rms' ? -20 : 0)) / 20)
    return (input) => {
      const { channels } = input
      return whole(spec, input, (all) => {
        const measured = of === 'peak' ? peaks(all, channels) : rootMeanSquares(all, channels)
        const factors = measured.map((value) => (value > 0 ? level / value : 1))
        return all.data.map((x, i) => x * factors[i % channels]!)
      })
    }
  },
)

function peaks(all: Frames, channels: number): Float64Array {
  const most = new Float64Array(channels)
  forSeen(all, (from, to) => {
    for (let i = from; i < to; i++) {
      const size = Math.abs(all.data[i]!)
      if (size > most[i % channels]! && size < Infinity) most[i % channels] = size
    }
  })
  return most
}

function rootMeanSquares(all: Frames, channels: number): Float64Array {
  const squares = new Float64Array(channels)
  const weights = new Float64Array(channels)
  forSeen(all, (from, to, weight) => {
    for (let i = from; i < to; i++) {
      const x = all.data[i]!
      if (!Number.isFinite(x)) continue
      squares[i % channels]! += weight * x * x
      weights[i % channels]! += weight
    }
  })
  return squares.map((sum, c) => (weights[c] === 0 ? 0 : Math.sqrt(sum / weights[c]!)))
}
