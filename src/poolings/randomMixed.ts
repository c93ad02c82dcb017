import type { Rows } from '../core/accumulators.ts'
import { draw } from '../core/draw.ts'
import { integer, number, taking } from '../core/options.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'

/**
 * The maximum or the mean, drawn anew for each region and lane. Without a seed the expectation, p·max + (1 − p)·mean; Yu et al. take at test time whichever was drawn more often
 * in training, which is `max` or `mean` itself. 0 if nothing was seen.
 *
 * What is drawn follows from the seed, the region's first frame and the lane, so blocks and workers agree.
 */
export const randomMixed = /* @__PURE__ */ taking(
  'randomMixed',
  {
    /** What draws follow from. */
    seed: integer(0).optional('no draw: the expectation'),
    /** The probability of the maximum. */
    p: number({ min: 0, max: 1 }).default(0.5),
  },
  ({ seed, p }, options): Pooling<Rows<'weight' | 'sum' | 'high'>, 'randomMixed'> => {
    return definePooling({
      name: 'randomMixed',
      options,
      accumulators: ['weight', 'sum', 'high'],
      ...(seed !== undefined && { positional: 'sequence' as const }),
      outputs: ['randomMixed'],
      about: {
        formula: seed === undefined ? 'p·max x + (1 − p)·Σwx / Σw' : 'λ·max x + (1 − λ)·Σwx / Σw, λ = 1 with probability p, else 0',
        source: 'Yu, Wang, Chen, Wei 2014',
        use: 'regularization between max and average pooling',
        example: seed === undefined ? { input: [1, 5], output: [3 + 2 * p] } : { input: [5, 5], output: [5] },
        empty: 0,
      },
      result({ weight, sum, high }, out, origin) {
        for (let i = 0; i < sum.length; i++) {
          const share = seed === undefined ? p : Number(draw(seed, origin, i) < p)
          const mean = weight[i]! > 0 ? sum[i]! / weight[i]! : 0
          // A share of 0 leaves its part out, infinite or not.
          out.randomMixed[i] = weight[i] === 0 || share === 0 ? mean : share === 1 ? high[i]! + 0 : share * high[i]! + (1 - share) * mean
        }
      },
    })
  },
)
