import { integer, known, number, refusal } from '../../core/check.ts'
import type { Layout } from '../../core/frames.ts'
import { pointwise, type Stage } from '../../core/stage.ts'
import { specOf } from '../spec.ts'

export interface CepstrumOptions {
  /** Default 13. */
  coefficients?: number
  /** Raises higher coefficients: c[k]·(1 + L/2·sin(πk / L)). Default 0: none. */
  lifter?: number
}

export function cepstrum(options: CepstrumOptions = {}): Stage {
  known('cepstrum', options, ['coefficients', 'lifter'])
  checkCepstrum('cepstrum', options)
  const spec = specOf('cepstrum', options)
  return {
    spec,
    plan(input) {
      const { planes, bins, channels } = input
      const cosines = cosinesOf('cepstrum', options, bins)
      const count = cosines.coefficients
      const layout: Layout = { ...input, bins: count, names: { ...input.names, bins: cepstralNames(count) } }
      return pointwise(spec, input, layout, ({ data, length }) => {
        const out = new Float32Array(length * planes * count * channels)
        for (let row = 0; row < length * planes; row++) {
          for (let c = 0; c < channels; c++)
            cosines.apply(data, row * bins * channels + c, channels, out, row * count * channels + c, channels)
        }
        return out
      })
    },
  }
}

export function checkCepstrum(who: string, { coefficients = 13, lifter = 0 }: CepstrumOptions): void {
  integer(who, 'coefficients', coefficients, 1, 65536)
  number(who, 'lifter', lifter, { min: 0 })
}

export function cepstralNames(count: number): string[] {
  return Array.from({ length: count }, (_, k) => `mfcc${k}`)
}

/** The cosine transform of frames of so many bins. */
export interface Cosines {
  readonly coefficients: number
  /** Reads bin n at `input[at + n·step]`, writes coefficient k to `out[to + k·outStep]`. */
  apply(input: Float32Array, at: number, step: number, out: Float32Array, to: number, outStep: number): void
}

export function cosinesOf(who: string, { coefficients = 13, lifter = 0 }: CepstrumOptions, bins: number): Cosines {
  if (coefficients > bins) throw refusal(who, `coefficients must be at most the number of bins, ${bins}`, coefficients)
  if (coefficients * bins > 2 ** 24) throw refusal(who, `coefficients times ${bins} bins must be at most 2²⁴`, coefficients * bins)
  const raised = (k: number) => (lifter === 0 ? 1 : 1 + (lifter / 2) * Math.sin((Math.PI * k) / lifter))
  const matrix = Float32Array.from({ length: coefficients * bins }, (_, i) => {
    const [k, n] = [Math.floor(i / bins), i % bins]
    return Math.sqrt((k === 0 ? 1 : 2) / bins) * Math.cos((Math.PI * k * (2 * n + 1)) / (2 * bins)) * raised(k)
  })
  return {
    coefficients,
    apply(input, at, step, out, to, outStep) {
      for (let k = 0; k < coefficients; k++) {
        let sum = 0
        for (let n = 0; n < bins; n++) sum = Math.fround(sum + Math.fround(matrix[k * bins + n]! * input[at + n * step]!))
        out[to + k * outStep] = sum
      }
    },
  }
}
