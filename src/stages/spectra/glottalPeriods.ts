import { vertex } from './periodicity.ts'

/** How far from the pitch the next period is looked for. */
const around = 0.2
/** Of each period before and after a mark, what its amplitude is taken of. */
const reach = 0.2
/** A period that many times another is none of the same voice. */
const longer = 1.3
/** An amplitude that many times another is none of the same voice. */
const louder = 1.6

/** Marks a period apart. */
export interface Periods {
  /** In samples, between them too. */
  readonly marks: readonly number[]
  /** From one mark to the next. */
  readonly lengths: readonly number[]
}

/**
 * The periods of a voiced frame, whose pitch has a period of so many samples: from the greatest sample of the middle period on, to either side, each mark is where the wave around the last one comes again, by
 * cross-correlation. Source: Praat, Sound & Pitch: To PointProcess (cc)
 */
export function periodsOf(samples: Float32Array, period: number): Periods {
  const half = Math.round(period / 2)
  /** Σ x² of the first samples. */
  const energy = new Float64Array(samples.length + 1)
  for (const [t, x] of samples.entries()) energy[t + 1] = energy[t]! + x * x
  const middle = samples.length >> 1
  let start = middle
  for (let t = middle - half; t <= middle + half; t++) if (Math.abs(samples[t] ?? 0) > Math.abs(samples[start]!)) start = t
  const before = steps(samples, energy, start, period, half, -1)
  const after = steps(samples, energy, start, period, half, 1)
  const lengths = [...before.reverse(), ...after]
  const marks = [before.reduce((mark, length) => mark - length, start)]
  for (const length of lengths) marks.push(marks.at(-1)! + length)
  return { lengths, marks }
}

/** Lengths of the periods from a mark on, to one side, as many as there are whole. */
function steps(samples: Float32Array, energy: Float64Array, start: number, period: number, half: number, side: 1 | -1): number[] {
  const [least, most] = [Math.floor(period * (1 - around)), Math.ceil(period * (1 + around))]
  const lengths: number[] = []
  for (let mark = start; ; ) {
    const from = Math.round(mark)
    const end = from + side * (most + 1 + half)
    if (end < 0 || end >= samples.length || from - half < 0 || from + half >= samples.length) return lengths
    const unlike = Float64Array.from(
      { length: most - least + 3 },
      (_, k) => -correlation(samples, energy, from, from + side * (least - 1 + k), half),
    )
    let best = 1
    for (let k = 1; k < unlike.length - 1; k++) if (unlike[k]! < unlike[best]!) best = k
    const length = least - 1 + best + vertex(unlike, best)
    lengths.push(length)
    mark += side * length
  }
}

/** Of what stands around two samples, up to `half` away. */
function correlation(samples: Float32Array, energy: Float64Array, a: number, b: number, half: number): number {
  let product = 0
  for (let k = -half; k <= half; k++) product += samples[a + k]! * samples[b + k]!
  const power = (at: number) => energy[at + half + 1]! - energy[at - half]!
  const most = Math.sqrt(power(a) * power(b))
  return most > 0 ? product / most : 0
}

/** By how much periods differ from the next, the mean of it as a share of the mean period; nothing where no two of them follow one another. */
export function jitterOf({ lengths }: Periods): number | undefined {
  return variability(lengths, longer)
}

/**
 * By how much the amplitudes of periods differ from the next, each the effective value around its mark, under a Hann window: as a share of their mean, or the mean difference of levels in decibels;
 * nothing where no two of them follow one another.
 */
export function shimmerOf({ marks, lengths }: Periods, samples: Float32Array, unit: 'share' | 'decibels'): number | undefined {
  const amplitudes = lengths.slice(1).map((after, i) => amplitude(samples, marks[i + 1]!, reach * lengths[i]!, reach * after))
  if (unit === 'share') return variability(amplitudes, louder)
  const changes = neighbors(amplitudes, louder).map(([a, b]) => Math.abs(20 * Math.log10(b / a)))
  return mean(changes)
}

function amplitude(samples: Float32Array, mark: number, before: number, after: number): number {
  let [squares, total] = [0, 0]
  for (let t = Math.ceil(mark - before); t <= mark + after; t++) {
    const weight = 0.5 + 0.5 * Math.cos((Math.PI * (t - mark)) / (t < mark ? before : after))
    squares += weight * samples[t]! * samples[t]!
    total += weight
  }
  return total > 0 ? Math.sqrt(squares / total) : 0
}

/** Values and the next ones, but where one is more than so many times the other. */
function neighbors(values: readonly number[], most: number): (readonly [number, number])[] {
  return values
    .slice(1)
    .map((b, i) => [values[i]!, b] as const)
    .filter(([a, b]) => a > 0 && b > 0 && Math.max(a, b) <= most * Math.min(a, b))
}

/** The mean difference of neighbors by the mean of all. */
function variability(values: readonly number[], most: number): number | undefined {
  const change = mean(neighbors(values, most).map(([a, b]) => Math.abs(a - b)))
  return change && change / mean(values)!
}

function mean(values: readonly number[]): number | undefined {
  return values.length > 0 ? values.reduce((sum, x) => sum + x, 0) / values.length : undefined
}
