import type { Rows } from '../core/accumulators.ts'
import { number, taking } from '../core/options.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'

/** Adds mass `w` and moment `wx` at y to sums scaled by e^−high, rescaled when the maximum grows. */
function put({ high, sum, moment }: Rows<'high' | 'sum' | 'moment'>, i: number, y: number, w: number, wx: number): void {
  const top = high[i]!
  if (y > top) {
    const scale = Math.exp(top - y)
    sum[i] = sum[i]! * scale + w
    // −∞ seen before has no share beside anything larger; −∞ · 0 would be NaN.
    moment[i] = scale === 0 ? wx : moment[i]! * scale + wx
    high[i] = y
  } else {
    const scale = y === top ? 1 : Math.exp(y - top)
    sum[i]! += w * scale
    if (scale !== 0) moment[i]! += wx * scale
  }
}

/**
 * The mean of each lane under softmax weights: large values count more, none is lost; 0 if nothing was seen.
 */
export const softPool = /* @__PURE__ */ taking(
  'softPool',
  {
    /** Sharpness: towards 0 the mean, towards ∞ the maximum. */
    r: number({ above: 0 }).default(1),
  },
  ({ r }, options): Pooling<Rows<'high' | 'sum' | 'moment'>, 'softPool'> => {
    return definePooling({
      name: 'softPool',
      options,
      slots: { high: -Infinity, sum: 0, moment: 0 },
      outputs: ['softPool'],
      about: {
        formula: 'Σw·e^(rx)·x / Σw·e^(rx)',
        source: 'Stergiou, Poppe, Kalliatakis 2021, per channel (r = 1)',
        use: 'between average and maximum, and every frame has a share',
        example: { input: [0, 1], output: [Math.exp(r) / (1 + Math.exp(r))] },
        empty: 0,
      },
      add(state, { data, offset, lanes, rows, weights }) {
        for (let k = 0, j = offset; k < rows; k++)
          for (let i = 0; i < lanes; i++, j++) put(state, i, r * data[j]!, weights[k]!, weights[k]! * data[j]!)
      },
      merge(into, from) {
        for (let i = 0; i < into.sum.length; i++) {
          if (from.sum[i] !== 0) put(into, i, from.high[i]!, from.sum[i]!, from.moment[i]!)
        }
      },
      result({ sum, moment }, out) {
        for (let i = 0; i < sum.length; i++) out.softPool[i] = sum[i] === 0 ? 0 : moment[i]! / sum[i]!
      },
    })
  },
)
