import { sigmoid } from '../poolings/learned/gated.ts'
import type { Labelled } from './labelled.ts'

/** Steps up the gradient, at most; fewer where none leads up any more. */
const steps = 100
/** In units of the logistic function's argument; what is shorter changes nothing. */
const [firstStep, shortest] = [0.5, 1e-4]

/** A gate's numbers, as `gated` takes them. */
export interface Gate {
  readonly weights: readonly number[]
  readonly bias: number
}

/** Shares of the maximum, whatever is there: the climb begins at the best of them. */
const starts = [0.02, 0.25, 0.5, 0.75, 0.98]

/**
 * The gate of the largest sum over bins of −ln Λ = ln(1 + between / within), the scatter between labels and that within, found by climbing.
 * Parts are the maximum, the mean and the values of the taps.
 */
export function bestGate(all: readonly Labelled[]): Gate {
  const taps = all[0]!.parts.slice(2).map((_, k) => momentsOf(all.map(({ parts }) => parts[k + 2]!)))
  // The last number is the bias; taps are taken with mean 0 and deviation 1, so that one step suits all.
  const places = starts.map((share) =>
    placeOf(
      all,
      taps,
      Float64Array.from({ length: taps.length + 1 }, (_, k) => (k < taps.length ? 0 : -Math.log(1 / share - 1))),
    ),
  )
  let { gate, height, slope } = places.reduce((best, place) => (place.height > best.height ? place : best))
  for (let step = firstStep, i = 0; step > shortest && i < steps; i++) {
    const norm = Math.hypot(...slope)
    if (norm === 0) break
    const there = placeOf(
      all,
      taps,
      gate.map((x, k) => x + (step * slope[k]!) / norm),
    )
    if (there.height > height) {
      ;({ gate, height, slope } = there)
      step *= 1.5
    } else {
      step /= 2
    }
  }
  const weights = taps.map(({ deviation }, k) => gate[k]! / deviation)
  return { weights, bias: gate[taps.length]! - weights.reduce((sum, weight, k) => sum + weight * taps[k]!.mean, 0) }
}

export interface Moments {
  readonly mean: number
  readonly deviation: number
}

function momentsOf(all: readonly Float32Array[]): Moments {
  const count = all.reduce((sum, { length }) => sum + length, 0)
  const over = (of: (x: number) => number) => all.reduce((sum, values) => values.reduce((inner, x) => inner + of(x), sum), 0) / count
  const mean = over((x) => x)
  const deviation = Math.sqrt(over((x) => (x - mean) ** 2))
  return { mean, deviation: deviation > 0 ? deviation : 1 }
}

/** A gate, how good it is, and which way is up. */
export interface Place {
  readonly gate: Float64Array
  readonly height: number
  readonly slope: Float64Array
}

/** With r = between / within, ∂/∂y of ln(1 + r) is 2·(label's mean − mean − r·(y − label's mean)) / (within·(1 + r)). */
export function placeOf(all: readonly Labelled[], taps: readonly Moments[], gate: Float64Array): Place {
  const { lanes, bins } = all[0]!
  const shares = all.map((one) => sharesOf(one, taps, gate))
  const values = all.map(({ parts: [high, mean] }, s) => shares[s]!.map((share, i) => mean![i]! + share * (high![i]! - mean![i]!)))
  const labels = new Map<string, { count: number; sums: Float64Array }>()
  const whole = { count: 0, sums: new Float64Array(lanes) }
  for (const [s, { label, count }] of all.entries()) {
    const of = labels.get(label) ?? { count: 0, sums: new Float64Array(lanes) }
    labels.set(label, of)
    for (const sum of [of, whole]) {
      sum.count += count
      for (const [i, y] of values[s]!.entries()) sum.sums[i % lanes]! += y
    }
  }
  const middle = whole.sums.map((sum) => sum / whole.count)
  const means = new Map([...labels].map(([label, { count, sums }]) => [label, sums.map((sum) => sum / count)]))
  const [between, within] = [new Float64Array(bins), new Float64Array(bins)]
  for (const [s, { label }] of all.entries()) {
    const own = means.get(label)!
    for (const [i, y] of values[s]!.entries()) {
      const lane = i % lanes
      between[lane % bins]! += (own[lane]! - middle[lane]!) ** 2
      within[lane % bins]! += (y - own[lane]!) ** 2
    }
  }
  const padded = within.map((x, bin) => x + 2 ** -30 * (x + between[bin]!) + Number.MIN_VALUE)
  const ratios = between.map((x, bin) => x / padded[bin]!)
  const slope = new Float64Array(gate.length)
  for (const [s, { label, parts }] of all.entries()) {
    const own = means.get(label)!
    const [high, low] = parts as readonly [Float32Array, Float32Array]
    for (const [i, y] of values[s]!.entries()) {
      const lane = i % lanes
      const bin = lane % bins
      const share = shares[s]![i]!
      const upward = (2 * (own[lane]! - middle[lane]! - ratios[bin]! * (y - own[lane]!))) / (padded[bin]! * (1 + ratios[bin]!))
      const argument = upward * share * (1 - share) * (high[i]! - low[i]!)
      for (const [k, { mean, deviation }] of taps.entries()) slope[k]! += (argument * (parts[k + 2]![i]! - mean)) / deviation
      slope[taps.length]! += argument
    }
  }
  return { gate, height: ratios.reduce((sum, ratio) => sum + Math.log1p(ratio), 0), slope }
}

/** How much of the maximum each value takes. */
function sharesOf({ parts }: Labelled, taps: readonly Moments[], gate: Float64Array): Float64Array {
  return Float64Array.from(parts[0]!, (_, i) =>
    sigmoid(taps.reduce((sum, { mean, deviation }, k) => sum + (gate[k]! * (parts[k + 2]![i]! - mean)) / deviation, gate[taps.length]!)),
  )
}
