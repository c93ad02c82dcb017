import { isList, refusal } from '../core/check.ts'
import { either, list, number, taking } from '../core/options.ts'
import type { Pooling } from '../core/pooling.ts'
import { type Kept, keeping } from './kept.ts'

/**
 * A low-pass filter: the sum of each lane's taps under a Gaussian whose peak, 1, is in the middle of the region; taps that were not seen add nothing; 0 if nothing was seen.
 *
 * The values of a region are kept, so it must be finite. LEAF's pooling is `pool1d(gaussian({ sigma }), { size: 401, stride: 160, padding: 'same', includePad: true })` over
 * energies, sigma learned for each band and kept from 2 / size to 0.5.
 * @throws RangeError, when planned, where a list does not divide the lanes
 */
export const gaussian = /* @__PURE__ */ taking(
  'gaussian',
  {
    /** The Gaussian's standard deviation in half regions, or a list of them, repeated over the lanes. */
    sigma: either(list(number({ above: 0 }), { like: '[0.4, 0.3]' }), number({ above: 0 }), isList).default(0.4),
  },
  ({ sigma }, options): Pooling<Kept> => {
    const sigmas = [sigma].flat()
    // Windows are of one size, as a rule.
    let filters: Float64Array[] = []
    const filterOf = (lane: number, size: number) => {
      if (filters[0]?.length !== size) filters = sigmas.map((s) => filter(s, size))
      return filters[lane % filters.length]!
    }
    return keeping({
      name: 'gaussian',
      options: options.sigma === undefined ? {} : { sigma },
      output: 'gaussian',
      ordered: true,
      extensive: true,
      about: {
        formula: 'Σw·x·exp(−½((t − (n − 1)/2) / (σ(n − 1)/2))²), t = 0 … n − 1',
        source: "LEAF's Gaussian low-pass (Zeghidour et al. 2021)",
        use: 'smoothing before frames are thinned out',
        example: { input: [1, 2, 3], output: [2 + 4 * Math.exp(-0.5 / sigmas[0]! ** 2)] },
        empty: 0,
      },
      fits({ lanes }) {
        if (lanes % sigmas.length !== 0) throw refusal('gaussian', `a list of sigma must divide the ${lanes} lanes`, sigmas.length)
      },
      value(values, weights, lane) {
        const taps = filterOf(lane, values.length)
        let sum = 0
        for (let t = 0; t < values.length; t++) sum += taps[t]! * weights[t]! * values[t]!
        return sum
      },
    })
  },
)

function filter(sigma: number, size: number): Float64Array {
  const middle = (size - 1) / 2
  // One tap is the peak.
  return Float64Array.from({ length: size }, (_, t) => (size === 1 ? 1 : Math.exp(-0.5 * ((t - middle) / (sigma * middle)) ** 2)))
}
