import type { Rows } from '../core/accumulators.ts'
import { draw } from '../core/draw.ts'
import { integer, taking } from '../core/options.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'

const source = 'Zeiler, Fergus 2013'

/**
 * One of each lane's values, drawn with a probability in proportion to it; values below 0 are never drawn. Without a seed the expectation, as the paper has it at test time.
 * NaN if one was seen; 0 if no value was above 0.
 *
 * What is drawn follows from the seed, the position in the sequence and the value, so blocks, overlapping windows and workers agree.
 */
export const stochastic = /* @__PURE__ */ taking(
  'stochastic',
  {
    /** What draws follow from. */
    seed: integer(0).optional('no draw: the expectation'),
  },
  ({ seed }, options): Pooling<Rows, 'stochastic'> => {
    const common = { name: 'stochastic', options, outputs: ['stochastic'] as const }
    if (seed === undefined) {
      return definePooling({
        ...common,
        slots: { sum: 0, squares: 0 },
        about: {
          formula: 'Σwx² / Σwx over x > 0',
          source: `${source}, at test time`,
          use: 'a mean that large values pull towards them, for features ≥ 0',
          example: { input: [1, -7, 3], output: [2.5] },
          empty: 0,
        },
        add({ sum, squares }, { data, offset, lanes, rows, weights }) {
          for (let k = 0, j = offset; k < rows; k++) {
            const w = weights[k]!
            for (let i = 0; i < lanes; i++, j++) {
              const x = data[j]!
              if (x <= 0) continue
              sum[i]! += w * x
              squares[i]! += w * x * x
            }
          }
        },
        merge({ sum, squares }, { sum: s, squares: q }) {
          for (let i = 0; i < sum.length; i++) {
            sum[i]! += s[i]!
            squares[i]! += q[i]!
          }
        },
        result({ sum, squares }, out) {
          for (let i = 0; i < sum.length; i++) {
            const s = sum[i]!
            // Beside infinity no finite value has a chance.
            out.stochastic[i] = s === 0 ? 0 : s === Infinity ? s : squares[i]! / s
          }
        },
      })
    }
    return definePooling({
      ...common,
      slots: { key: Infinity, value: 0 },
      exact: true,
      positional: 'sequence',
      about: {
        formula: 'x drawn with probability wx / Σwx over x > 0',
        source: `${source}, in training`,
        use: 'regularization: another pooled value with every seed',
        example: { input: [-7, 3], output: [3] },
        empty: 0,
      },
      // A race: every value waits for a time that is exponential with rate wx, and the first to come is drawn. Merged, the first of the firsts is.
      add({ key, value }, { data, offset, lanes, rows, weights, index, step, places }) {
        for (let k = 0, j = offset; k < rows; k++) {
          const position = index + k * step
          for (let i = 0; i < lanes; i++, j++) {
            const x = data[j]!
            if (x <= 0) continue
            const time = Number.isNaN(x) ? -Infinity : -Math.log(draw(seed, position + (places?.[i] ?? 0), x)) / (weights[k]! * x)
            if (time < key[i]!) [key[i], value[i]] = [time, x]
          }
        }
      },
      merge({ key, value }, { key: other, value: x }) {
        for (let i = 0; i < key.length; i++) if (other[i]! < key[i]!) [key[i], value[i]] = [other[i]!, x[i]!]
      },
      result({ value }, out) {
        out.stochastic.set(value)
      },
    })
  },
)
