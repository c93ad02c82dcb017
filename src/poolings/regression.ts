import type { Rows } from '../core/accumulators.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'

type Sums = 'weight' | 'shift' | 'first' | 'second' | 'base' | 'times' | 'times2' | 'products'

/**
 * The straight line through each lane's values over their positions, by weighted least squares: its slope per frame, its value at the region's first frame, and the mean
 * squared distance of the values from it. Of a single position the slope is 0. Zeros if nothing was seen.
 *
 * Positions are frames from the region's first (in 2-D row by row, frames × bins), summed about that of the first seen value, so that nothing is lost late in a stream.
 */
export const regression: Pooling<Rows<Sums>, 'slope' | 'intercept' | 'error'> = /* @__PURE__ */ definePooling({
  name: 'regression',
  // With d = t − base and y = x − shift: Σw, Σwy, Σwy², Σwd, Σwd², Σwdy.
  slots: { weight: 0, shift: 0, first: 0, second: 0, base: 0, times: 0, times2: 0, products: 0 },
  outputs: ['slope', 'intercept', 'error'],
  positional: 'region',
  about: {
    formula: 'the a, b of least Σw(x − at − b)², and Σw(x − at − b)² / Σw',
    source: 'openSMILE linregc1, linregc2, linregerrQ',
    use: 'whether a lane rises or falls: intonation, fading',
    example: { input: [1, 3, 2, 4], output: [0.8, 1.3, 0.45] },
    empty: 0,
  },
  add(state, { data, offset, lanes, rows, weights, index, step, places }) {
    const { weight, shift, first, second, base, times, times2, products } = state
    for (let i = 0; i < lanes; i++) {
      const start = index + (places?.[i] ?? 0)
      if (weight[i] === 0) {
        shift[i] = Number.isFinite(data[offset + i]!) ? data[offset + i]! : 0
        base[i] = start
      }
      let d = start - base[i]!
      const c = shift[i]!
      let n = weight[i]!
      let y1 = first[i]!
      let y2 = second[i]!
      let d1 = times[i]!
      let d2 = times2[i]!
      let dy = products[i]!
      for (let k = 0, j = offset + i; k < rows; k++, j += lanes, d += step) {
        const w = weights[k]!
        const y = data[j]! - c
        const wd = w * d
        const wy = w * y
        n += w
        y1 += wy
        y2 += wy * y
        d1 += wd
        d2 += wd * d
        dy += wd * y
      }
      weight[i] = n
      first[i] = y1
      second[i] = y2
      times[i] = d1
      times2[i] = d2
      products[i] = dy
    }
  },
  merge(into, from) {
    const { weight, shift, first, second, base, times, times2, products } = into
    for (let i = 0; i < weight.length; i++) {
      const w = from.weight[i]!
      if (w === 0) continue
      if (weight[i] === 0) {
        shift[i] = from.shift[i]!
        base[i] = from.base[i]!
      }
      // Σw(d + e)(y + c) = Σwdy + cΣwd + eΣwy + ecΣw, and so on.
      const [c, e] = [from.shift[i]! - shift[i]!, from.base[i]! - base[i]!]
      const [y, d] = [from.first[i]!, from.times[i]!]
      weight[i]! += w
      first[i]! += y + c * w
      second[i]! += c === 0 ? from.second[i]! : from.second[i]! + c * (2 * y + c * w)
      times[i]! += d + e * w
      times2[i]! += from.times2[i]! + e * (2 * d + e * w)
      products[i]! += from.products[i]! + c * d + (e === 0 ? 0 : e * (y + c * w))
    }
  },
  result({ weight, shift, first, second, base, times, times2, products }, out, origin) {
    for (let i = 0; i < weight.length; i++) {
      const w = weight[i]! || 1
      const [y, d] = [first[i]! / w, times[i]! / w]
      const spread = times2[i]! / w - d * d
      const common = products[i]! / w - d * y
      const slope = spread > 0 ? common / spread : common * 0
      out.slope[i] = slope
      out.intercept[i] = shift[i]! + y - slope * (base[i]! - origin + d)
      out.error[i] = Math.max(0, second[i]! / w - y * y - slope * common)
    }
  },
})
