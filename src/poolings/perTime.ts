import { refusal } from '../core/check.ts'
import { oneOf } from '../core/options.ts'
import type { Pooling } from '../core/pooling.ts'
import { type Kept, type KeptDefinition, keeping } from './kept.ts'

/** The option of poolings that count time. */
export const perTime = {
  /** What time is counted in: frames, or seconds of a regular clock. */
  per: oneOf('frame', 'second').default('frame'),
}

/** A pooling that keeps all taps of a region in their order and counts time: `value` is told how long a frame is. */
export function timing(
  per: 'frame' | 'second',
  definition: Omit<KeptDefinition, 'value' | 'ordered'>,
  value: (values: Float64Array, weights: Float64Array, frame: number) => number,
): Pooling<Kept> {
  const of = (frame: number) => keeping({ ...definition, ordered: true, value: (values, weights) => value(values, weights, frame) })
  if (per === 'frame') return of(1)
  return {
    ...of(1),
    fit(shape) {
      const { hop, unit } = shape.input.clock
      if (unit !== 'second' || hop === undefined) throw refusal(definition.name, "per: 'second' needs a regular clock of seconds", unit)
      return of(hop).fit!(shape)
    },
  }
}

/** The mean and the deviation (biased) of some numbers; 0 of none. */
export function meanAndDeviation(numbers: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const count = numbers.length || 1
  const mean = numbers.reduce((sum, x) => sum + x, 0) / count
  return { mean, deviation: Math.sqrt(numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count) }
}
