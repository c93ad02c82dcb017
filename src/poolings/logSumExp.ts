import { accumulate, type Rows } from '../core/accumulators.ts'
import { number, taking } from '../core/options.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'

/**
 * A smooth maximum, the logarithm of the mean exponential: near the mean for small r, near the maximum for large r; −∞ if nothing was seen.
 */
export const logSumExp = /* @__PURE__ */ taking(
  'logSumExp',
  {
    /** Sharpness: small near the mean, large near the maximum. */
    r: number({ above: 0 }).default(1),
  },
  ({ r }, options): Pooling<Rows<'weight' | 'high' | 'sum'>, 'logSumExp'> => {
    /** Adds mass w at y to Σw·e^(y − high), rescaled when the maximum grows, so that no exponential overflows. */
    const put = ({ high, sum }: Rows<'high' | 'sum'>, i: number, y: number, w: number) => {
      const top = high[i]!
      if (y > top) {
        sum[i] = sum[i]! * Math.exp(top - y) + w
        high[i] = y
      } else {
        sum[i]! += y === top ? w : w * Math.exp(y - top)
      }
    }
    return definePooling({
      name: 'logSumExp',
      options,
      slots: { weight: 0, high: -Infinity, sum: 0 },
      outputs: ['logSumExp'],
      about: {
        formula: '(1/r)·ln(Σw·e^(rx) / Σw)',
        source: 'Pinheiro, Collobert 2015',
        use: 'a maximum that listens to all frames',
        example: { input: [0, 1], output: [Math.log((1 + Math.exp(r)) / 2) / r] },
        empty: -Infinity,
      },
      add(state, run) {
        const { data, offset, lanes, rows, weights } = run
        accumulate({ weight: state.weight }, run)
        for (let k = 0, j = offset; k < rows; k++) for (let i = 0; i < lanes; i++, j++) put(state, i, r * data[j]!, weights[k]!)
      },
      merge(into, from) {
        for (let i = 0; i < into.sum.length; i++) {
          if (from.weight[i] === 0) continue
          into.weight[i]! += from.weight[i]!
          put(into, i, from.high[i]!, from.sum[i]!)
        }
      },
      result({ weight, high, sum }, out) {
        for (let i = 0; i < sum.length; i++) out.logSumExp[i] = weight[i]! > 0 ? (high[i]! + Math.log(sum[i]! / weight[i]!)) / r : -Infinity
      },
    })
  },
)
