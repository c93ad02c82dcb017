import { known, number, oneOf } from '../../core/check.ts'
import type { Frames } from '../../core/frames.ts'
import type { Stage } from '../../core/stage.ts'
import { specOf } from '../spec.ts'
import { forSeen, whole } from '../whole.ts'

export interface GainOptions {
  /** What is brought to the level: the root mean square ('rms', the default) or the largest magnitude ('peak'). */
  of?: 'rms' | 'peak'
  /** Decibels relative to 1. Default −20 for 'rms', 0 for 'peak'. */
  level?: number
}

export function gain(options: GainOptions = {}): Stage {
  known('gain', options, ['of', 'level'])
  const of = oneOf('gain', 'of', options.of ?? 'rms', ['rms', 'peak'])
  const level = 10 ** (number('gain', 'level', options.level ?? (of === 'rms' ? -20 : 0)) / 20)
  const spec = specOf('gain', options)
  return {
    spec,
    plan(input) {
      const { channels } = input
      return whole(spec, input, (all) => {
        const measured = of === 'peak' ? peaks(all, channels) : rootMeanSquares(all, channels)
        const factors = measured.map((value) => (value > 0 ? level / value : 1))
        return all.data.map((x, i) => x * factors[i % channels]!)
      })
    },
  }
}

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
