import { refusal } from '../../core/check.ts'
import type { Layout } from '../../core/frames.ts'
import { integer, number, oneOf, type Read } from '../../core/options.ts'
import { pointwise } from '../../core/stage.ts'
import { defineStage } from '../defineStage.ts'

export const cepstrumOptions = {
  /** How many, from the zeroth on. */
  coefficients: integer(1, 65536).default(13),
  /** Raises higher coefficients: c[k]·(1 + L/2·sin(πk / L)); 0 for none. */
  lifter: number({ min: 0 }).default(0),
  /** What the lifter counts the zeroth coefficient as: 0 as HTK and Kaldi do, 1 as librosa does, sin(π(k + 1) / L). */
  lifterFrom: oneOf(0, 1).default(0),
}

/**
 * Cepstral coefficients: the orthonormal cosine transform (type II) of each frame's bins, which are logarithms of mel bands.
 *
 * Shape: frames of planes × bins × channels → planes × `coefficients` × channels, names 'mfcc0', …, every plane and channel by itself.
 * c[k] = √(2/N)·Σₙ x[n]·cos(πk(2n + 1) / 2N), c[0] by √(1/N); float32, from low bins to high. Source: torchaudio.functional.create_dct with norm 'ortho'; the lifter is HTK's, or with `lifterFrom: 1` librosa.feature.mfcc's.
 *
 * @throws RangeError where there are more coefficients than bins.
 * @example
 * apply(frames([1, 1, 1, 1], { bins: 4 }), cepstrum({ coefficients: 2 })).data // [2, 0]
 */
export const cepstrum = /* @__PURE__ */ defineStage('cepstrum', cepstrumOptions, (options, spec) => {
  return (input) => {
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
  }
})

export function cepstralNames(count: number): string[] {
  return Array.from({ length: count }, (_, k) => `mfcc${k}`)
}

/** The cosine transform of frames of so many bins. */
export interface Cosines {
  readonly coefficients: number
  /** Reads bin n at `input[at + n·step]`, writes coefficient k to `out[to + k·outStep]`. */
  apply(input: Float32Array, at: number, step: number, out: Float32Array, to: number, outStep: number): void
}

export function cosinesOf(who: string, { coefficients, lifter, lifterFrom }: Read<typeof cepstrumOptions>, bins: number): Cosines {
  if (coefficients > bins) throw refusal(who, `coefficients must be at most the number of bins, ${bins}`, coefficients)
  if (coefficients * bins > 2 ** 24) throw refusal(who, `coefficients times ${bins} bins must be at most 2²⁴`, coefficients * bins)
  const raised = (k: number) => (lifter === 0 ? 1 : 1 + (lifter / 2) * Math.sin((Math.PI * (k + lifterFrom)) / lifter))
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
