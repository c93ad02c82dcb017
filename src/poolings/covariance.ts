import { laneNames } from '../core/frames.ts'
import { number, taking } from '../core/options.ts'
import type { Pooling } from '../core/pooling.ts'

/** Σw, Σw², Σwx, the numbers c near the data, then row k of Σw(x_k − c_k)(x_j − c_j), j ≥ k; a value a lane each. */
export type Second = readonly Float64Array[]

const [weight, weight2, sum, shift, products] = [0, 1, 2, 3, 4]

/**
 * The weighted covariances of all pairs of lanes, each pair once: the upper triangle row by row, the variances on its diagonal. Zeros if nothing was seen.
 *
 * Shape: n lanes → n(n + 1) / 2 planes of one value. Lanes interact, so there is no 2-D. Memory: about n² float64s a state.
 */
export const covariance = /* @__PURE__ */ taking(
  'covariance',
  {
    /** 0 divides by Σw; 1 gives the unbiased estimate, NaN for a single frame. */
    correction: number({ min: 0, max: 1 }).default(0),
  },
  ({ correction }, options): Pooling<Second> => {
    const over = (lanes: readonly string[]): Pooling<Second> => {
      const n = lanes.length
      // Rows about c, lane after lane, and those of one lane times their weights.
      let [apart, weighed] = [new Float64Array(0), new Float64Array(0)]
      const outputs = lanes.flatMap((a, k) => lanes.slice(k).map((b) => `${a}~${b}`))
      return {
        spec: Object.keys(options).length > 0 ? { pooling: 'covariance', ...options } : 'covariance',
        identity: new Array<number>(products + n).fill(0),
        outputs,
        across: 'one',
        fit: ({ input }) => over(laneNames(input)),
        about: {
          formula: 'Σw(xᵢ − meanᵢ)(xⱼ − meanⱼ) / Σw',
          source: 'numpy.cov(aweights=w, ddof=0); second-order pooling (Carreira et al. 2012)',
          use: 'which lanes move together; principal components',
          example: { input: [1, 5], output: [8 / (2 - correction)] },
          empty: 0,
        },
        bind: (buffer, offset, stride, count) =>
          Array.from({ length: products + n }, (_, slot) => buffer.subarray(offset + slot * stride, offset + slot * stride + count)),
        add(state, { data, offset, rows, weights }) {
          if (state[weight]![0] === 0)
            for (let k = 0; k < n; k++) state[shift]![k] = Number.isFinite(data[offset + k]!) ? data[offset + k]! : 0
          if (apart.length < n * rows) [apart, weighed] = [new Float64Array(n * rows), new Float64Array(rows)]
          for (let k = 0; k < n; k++) {
            const c = state[shift]![k]!
            let w1 = state[weight]![k]!
            let w2 = state[weight2]![k]!
            let s = state[sum]![k]!
            for (let r = 0, at = offset + k; r < rows; r++, at += n) {
              const w = weights[r]!
              w1 += w
              w2 += w * w
              s += w * data[at]!
              apart[k * rows + r] = data[at]! - c
            }
            state[weight]![k] = w1
            state[weight2]![k] = w2
            state[sum]![k] = s
          }
          for (let k = 0; k < n; k++) {
            for (let r = 0; r < rows; r++) weighed[r] = weights[r]! * apart[k * rows + r]!
            addProducts(state[products + k]!, k, weighed, apart, rows)
          }
        },
        merge(into, from) {
          const w = from[weight]![0]!
          if (w === 0) return
          if (into[weight]![0] === 0) into[shift]!.set(from[shift]!)
          // About b instead of c: Σw(x − b)(y − b') = Σw(x − c)(y − c') + (c − b)Σw(y − c') + (c' − b')Σw(x − c) + (c − b)(c' − b')Σw
          const d = from[shift]!.map((c, k) => c - into[shift]![k]!)
          const rest = from[sum]!.map((s, k) => s - w * from[shift]![k]!)
          for (let k = 0; k < n; k++) {
            const [product, added] = [into[products + k]!, from[products + k]!]
            for (let j = k; j < n; j++) product[j]! += added[j]! + d[k]! * rest[j]! + d[j]! * (rest[k]! + d[k]! * w)
          }
          for (const slot of [weight, weight2, sum] as const) for (let k = 0; k < n; k++) into[slot]![k]! += from[slot]![k]!
        },
        result(state, out) {
          const w = state[weight]![0]!
          const free = w - (correction * state[weight2]![0]!) / w
          // Of one frame nothing is left, but for rounding.
          const divisor = correction === 0 ? w : free > 1e-12 * w ? free : Number.NaN
          let o = 0
          for (let k = 0; k < n; k++) for (let j = k; j < n; j++) out[outputs[o++]!]![0] = w > 0 ? scatter(state, k, j) / divisor : 0
        },
      }
    }
    return over([''])
  },
)

/** Adds to row k of the products, from its diagonal on, those of one lane with each lane's rows; four at a time, so that what is read serves four. */
function addProducts(into: Float64Array, k: number, one: Float64Array, apart: Float64Array, rows: number): void {
  let j = k
  for (; j + 3 < into.length; j += 4) {
    const at = j * rows
    let a = into[j]!
    let b = into[j + 1]!
    let c = into[j + 2]!
    let d = into[j + 3]!
    for (let r = 0; r < rows; r++) {
      const x = one[r]!
      a += x * apart[at + r]!
      b += x * apart[at + rows + r]!
      c += x * apart[at + 2 * rows + r]!
      d += x * apart[at + 3 * rows + r]!
    }
    into[j] = a
    into[j + 1] = b
    into[j + 2] = c
    into[j + 3] = d
  }
  for (; j < into.length; j++) {
    let a = into[j]!
    for (let r = 0; r < rows; r++) a += one[r]! * apart[j * rows + r]!
    into[j] = a
  }
}

/** Σw(x_k − mean_k)(x_j − mean_j) from the sums about c, j ≥ k. */
function scatter(state: Second, k: number, j: number): number {
  const w = state[weight]![0]!
  const d = (lane: number) => state[sum]![lane]! / w - state[shift]![lane]!
  return state[products + k]![j]! - w * d(k) * d(j)
}

/** What a state says in float64: Σw, the means, and the covariances with correction 0, both triangles. */
export function momentsOf(state: Second): { weight: number; mean: Float64Array; covariance: Float64Array } {
  const w = state[weight]![0]!
  const n = state[sum]!.length
  const covariance = new Float64Array(n * n)
  for (let k = 0; k < n; k++) for (let j = k; j < n; j++) covariance[k * n + j] = covariance[j * n + k] = scatter(state, k, j) / w
  return { weight: w, mean: state[sum]!.map((s) => s / w), covariance }
}
