import type { Moments, Rows } from '../core/accumulators.ts'
import { taking } from '../core/options.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'
import { deviationOptions, ruleOf } from './conventions.ts'
import { deviation, sumsFor } from './std.ts'

/**
 * Mean and standard deviation of each lane: statistics pooling; zeros if nothing was seen.
 *
 * Attention is a weight: for logits in hand, `stats({ convention: 'ecapa' })` over frames of the weights `exp(logit − the largest logit)` is attentive statistics pooling.
 */
export const stats = /* @__PURE__ */ taking('stats', deviationOptions, (read, options): Pooling<Rows<Moments>, 'mean' | 'std'> => {
  const rule = ruleOf('stats', read)
  const mean = rule.mean ?? ((sum, weight) => sum / weight)
  return definePooling<Moments, 'mean' | 'std'>({
    name: 'stats',
    accumulators: sumsFor(rule) as readonly Moments[],
    ...(rule.measured && { measures: ['mean', 'std'] }),
    options,
    outputs: ['mean', 'std'],
    about: {
      formula: `Σwx / Σw, ${rule.formula}`,
      source: `statistics pooling of x-vectors (Snyder 2018), ${rule.source}`,
      use: 'one vector for a recording of any length: speakers, languages, sounds',
      example: { input: [1, 5], output: [mean(6, 2), rule.std(8, 2, 2, 3)] },
      empty: 0,
    },
    result(state, out) {
      for (let i = 0; i < state.sum.length; i++) {
        out.mean[i] = state.weight[i]! > 0 ? mean(state.sum[i]!, state.weight[i]!) : 0
        out.std[i] = deviation(rule, state, i)
      }
    },
  })
})
