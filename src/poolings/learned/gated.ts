import { refusal } from '../../core/check.ts'
import { type Given, list, number, type Read, taking } from '../../core/options.ts'
import type { Pooling, Shape } from '../../core/pooling.ts'
import { type Kept, keeping } from '../kept.ts'

/** ωᵀx over the taps that are there. */
export function dot(weights: readonly number[], values: Float64Array): number {
  const taps = Math.min(weights.length, values.length)
  let sum = 0
  for (let k = 0; k < taps; k++) sum += weights[k]! * values[k]!
  return sum
}

/** The logistic function, from 0 to 1. */
export function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z))
}

/** Refuses regions of another size; 0 is the region of a sequence without frames. */
export function oneTapEach(who: string, weights: number): (shape: Shape) => void {
  return ({ taps: most }) => {
    if (most !== weights && most !== 0) throw refusal(who, `regions must have ${weights} taps, one for each number`, most)
  }
}

const gateOptions = {
  /** ω: one number for each tap of the region, in order (in 2-D row by row, frames × bins). */
  gate: list(number(), { like: '[0.5, -0.5]' }),
  /** b, added to the weighted sum. */
  bias: number().default(0),
}

function make({ gate, bias }: Read<typeof gateOptions>, given: Given<typeof gateOptions>): Pooling<Kept> {
  const value = (values: Float64Array, seen: Float64Array) => {
    let [high, sum, total] = [-Infinity, 0, 0]
    for (let k = 0; k < values.length; k++) {
      if (seen[k] === 0) continue
      high = Math.max(high, values[k]!)
      sum += seen[k]! * values[k]!
      total += seen[k]!
    }
    const share = sigmoid(dot(gate, values) + bias)
    return total > 0 ? share * high + (1 - share) * (sum / total) : 0
  }
  const input = gate.map((_, k) => k)
  return keeping({
    name: 'gated',
    options: given,
    output: 'gated',
    ordered: true,
    fits: oneTapEach('gated', gate.length),
    about: {
      formula: 'σ(ωᵀx + b)·max x + (1 − σ(ωᵀx + b))·Σwx / Σw',
      source: 'Lee, Gallagher, Tu 2016',
      use: 'how much peak and how much average, learned, and chosen by what is there',
      example: { input, output: [value(Float64Array.from(input), new Float64Array(input.length).fill(1))] },
      empty: 0,
    },
    value,
  })
}

/** The value of tap k of a region, 0 where it was not seen: what a gate's weight k meets. */
export function tap(k: number, taps: number): Pooling<Kept> {
  return keeping({
    name: 'tap',
    output: 'tap',
    options: { k, taps },
    ordered: true,
    fits: oneTapEach('gated', taps),
    about: {
      formula: `x at tap ${k}`,
      source: 'as gated',
      use: 'to learn the gate of gated',
      example: { input: [], output: [0] },
      empty: 0,
    },
    value: (values) => values[k] ?? 0,
  })
}

/**
 * Maximum and mean of each lane, mixed by a gate that looks at the region: σ(ωᵀx)·max + (1 − σ(ωᵀx))·mean. 0 if nothing was seen, NaN if one was.
 *
 * Taps that were not seen count 0 in ωᵀx and are unseen for maximum and mean, so are those that a shorter region lacks (adaptive windows differ by one). Weights of frames weigh in the
 * mean alone.
 *
 * @throws RangeError when planned where regions do not have as many taps as the gate has numbers
 */
export const gated = /* @__PURE__ */ Object.assign(taking('gated', gateOptions, make), {
  example: make({ gate: [1, -1, 0.5], bias: 0 }, { gate: [1, -1, 0.5] }),
})
