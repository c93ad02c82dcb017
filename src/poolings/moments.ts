import { accumulate, type Rows } from '../core/accumulators.ts'
import { boolean, taking } from '../core/options.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'

type Powers = 'weight' | 'shift' | 'sum' | 'second' | 'third' | 'fourth'

/**
 * Mean, variance, skewness and kurtosis of each lane, weighted and biased. Where nothing varies, skewness and kurtosis are 0; all are 0 if nothing was seen.
 *
 * Powers are summed about the region's first value, in float64, and merging moves them to another without loss.
 */
export const moments = /* @__PURE__ */ taking(
  'moments',
  {
    /** Whether the kurtosis is that above a normal distribution's, m₄/m₂² − 3; false leaves out the 3, as openSMILE does. */
    excess: boolean().default(true),
  },
  ({ excess }, options): Pooling<Rows<Powers>, 'mean' | 'variance' | 'skewness' | 'kurtosis'> => {
    const normal = excess ? 3 : 0
    return definePooling({
      name: 'moments',
      options,
      slots: { weight: 0, shift: 0, sum: 0, second: 0, third: 0, fourth: 0 },
      measures: ['mean', 'variance', 'skewness', excess ? 'excess' : 'kurtosis'],
      outputs: ['mean', 'variance', 'skewness', 'kurtosis'],
      about: {
        formula: 'Σwx / Σw, m₂, m₃ / m₂^1.5, m₄ / m₂² − 3, where mₖ = Σw(x − mean)ᵏ / Σw',
        source: 'scipy.stats.skew and kurtosis (biased); excess false: openSMILE moments',
        use: 'the shape of a distribution: whether it leans, whether it has outliers',
        example: { input: [0, 0, 0, 4], output: [1, 3, 2 / Math.sqrt(3), 7 / 3 - normal] },
        empty: 0,
      },
      add({ weight, shift, sum, second, third, fourth }, run) {
        const { data, offset, lanes, rows, weights } = run
        for (let i = 0; i < lanes; i++) {
          if (weight[i] === 0) shift[i] = Number.isFinite(data[offset + i]!) ? data[offset + i]! : 0
          const c = shift[i]!
          let s1 = sum[i]!
          let s2 = second[i]!
          let s3 = third[i]!
          let s4 = fourth[i]!
          for (let k = 0, j = offset + i; k < rows; k++, j += lanes) {
            const w = weights[k]!
            const d = data[j]! - c
            const wd = w * d
            const wd2 = wd * d
            const wd3 = wd2 * d
            s1 += w * data[j]!
            s2 += wd2
            s3 += wd3
            s4 += wd3 * d
          }
          sum[i] = s1
          second[i] = s2
          third[i] = s3
          fourth[i] = s4
        }
        accumulate({ weight }, run)
      },
      merge({ weight, shift, sum, second, third, fourth }, { weight: w, shift: c, sum: s1, second: s2, third: s3, fourth: s4 }) {
        for (let i = 0; i < weight.length; i++) {
          if (w[i] === 0) continue
          if (weight[i] === 0) shift[i] = c[i]!
          // The binomial formula for Σw(y + d)ᵏ, y about its own shift. Infinities would give NaN times 0.
          const d = c[i]! - shift[i]!
          const n = w[i]!
          const a1 = s1[i]! - n * c[i]!
          const a2 = s2[i]!
          const a3 = s3[i]!
          weight[i]! += n
          sum[i]! += s1[i]!
          second[i]! += d === 0 ? a2 : a2 + d * (2 * a1 + d * n)
          third[i]! += d === 0 ? a3 : a3 + d * (3 * a2 + d * (3 * a1 + d * n))
          fourth[i]! += d === 0 ? s4[i]! : s4[i]! + d * (4 * a3 + d * (6 * a2 + d * (4 * a1 + d * n)))
        }
      },
      result({ weight, shift, sum, second, third, fourth }, out) {
        for (let i = 0; i < weight.length; i++) {
          const all = weight[i]! || 1
          const share = 1 / all
          const mean = sum[i]! / all
          const m = mean - shift[i]!
          const square = m * m
          const p2 = second[i]! * share
          const p3 = third[i]! * share
          const p4 = fourth[i]! * share
          const m2 = Math.max(0, p2 - square)
          const m3 = p3 - m * (3 * p2 - 2 * square)
          const m4 = p4 - m * (4 * p3 - m * (6 * p2 - 3 * square))
          out.mean[i] = mean
          out.variance[i] = m2
          out.skewness[i] = m2 === 0 ? 0 : m3 / (m2 * Math.sqrt(m2))
          out.kurtosis[i] = m2 === 0 ? 0 : m4 / (m2 * m2) - normal
        }
      },
    })
  },
)
