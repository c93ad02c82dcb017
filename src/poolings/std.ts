import type { Moments, Rows } from '../core/accumulators.ts'
import { taking } from '../core/options.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'
import { deviationOptions, type Rule, ruleOf } from './conventions.ts'

/** Σw(x − mean)² from the sums about c; rounding can leave it just below 0. */
export function scatter({ weight, sum, shift, squares }: Rows<Moments>, i: number): number {
  const d = sum[i]! / weight[i]! - shift[i]!
  return Math.max(0, squares[i]! - weight[i]! * d * d)
}

/** What a rule needs to be summed: an unbiased estimate Σw² too. */
export function sumsFor({ unbiased }: Rule): readonly (Moments | 'weight2')[] {
  return unbiased ? ['weight', 'sum', 'shift', 'squares', 'weight2'] : ['weight', 'sum', 'shift', 'squares']
}

/** The deviation of lane `i` by a rule; 0 if nothing was seen. */
export function deviation(rule: Rule, state: Rows<Moments> & { readonly weight2?: Float64Array }, i: number): number {
  const w = state.weight[i]!
  return w > 0 ? rule.std(scatter(state, i), w, state.weight2?.[i] ?? 0, state.sum[i]! / w) : 0
}

/**
 * The weighted standard deviation of each lane, summed in float64 about a number near the data; 0 if nothing was seen.
 *
 * Frames without weights are frames of weight 1. A single frame gives NaN with correction 1, 'wespeaker' and 'speechbrain', 1e-6 with 'ecapa', 1e-5 with 'kaldi',
 * and with 'pyannote' 0, or of a weight w below 1 about 6e-5·|x|/√w.
 */
export const std = /* @__PURE__ */ taking('std', deviationOptions, (read, options): Pooling<Rows<Moments>, 'std'> => {
  const rule = ruleOf('std', read)
  return definePooling<Moments, 'std'>({
    name: 'std',
    accumulators: sumsFor(rule) as readonly Moments[],
    ...(rule.measured && { measures: ['std'] }),
    options,
    outputs: ['std'],
    about: {
      formula: rule.formula,
      source: rule.source,
      use: 'how much a lane moves; with the mean the classic summary of a recording',
      example: { input: [1, 5], output: [rule.std(8, 2, 2, 3)] },
      empty: 0,
    },
    result(state, out) {
      for (let i = 0; i < state.sum.length; i++) out.std[i] = deviation(rule, state, i)
    },
  })
})
