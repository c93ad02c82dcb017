import type { Rows } from '../core/accumulators.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'

/** The weighted sum of each lane divided by the number of seen frames, not by their weights: light words make a short vector; 0 if nothing was seen. */
export const countMean: Pooling<Rows<'count' | 'sum'>, 'countMean'> = /* @__PURE__ */ definePooling({
  name: 'countMean',
  slots: { count: 0, sum: 0 },
  outputs: ['countMean'],
  about: {
    formula: 'Σwx / n, n the frames with w > 0',
    source: 'smooth inverse frequency (Arora, Liang, Ma 2017)',
    use: 'word vectors weighted by frequency, as the paper has them',
    example: { input: [1, 2, 6], output: [3] },
    empty: 0,
  },
  add({ count, sum }, { data, offset, lanes, rows, weights }) {
    let [k, j] = [0, offset]
    // By four rows, which read and write each sum once.
    for (; k + 3 < rows; k += 4, j += 4 * lanes) {
      const a = weights[k]!
      const b = weights[k + 1]!
      const c = weights[k + 2]!
      const d = weights[k + 3]!
      for (let i = 0, l = j; i < lanes; i++, l++)
        sum[i] = sum[i]! + a * data[l]! + b * data[l + lanes]! + c * data[l + 2 * lanes]! + d * data[l + 3 * lanes]!
    }
    for (; k < rows; k++, j += lanes) {
      for (let i = 0; i < lanes; i++) sum[i]! += weights[k]! * data[j + i]!
    }
    for (let i = 0; i < lanes; i++) count[i]! += rows
  },
  merge({ count, sum }, { count: n, sum: s }) {
    for (let i = 0; i < sum.length; i++) {
      count[i]! += n[i]!
      sum[i]! += s[i]!
    }
  },
  result({ count, sum }, out) {
    for (let i = 0; i < sum.length; i++) out.countMean[i] = count[i]! > 0 ? sum[i]! / count[i]! : 0
  },
})
