import { accumulate, mergeAccumulators, type Rows, type Run } from '../core/accumulators.ts'
import { refusal } from '../core/check.ts'
import { boolean, numberOrInfinity, taking } from '../core/options.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'
import { rootOf } from '../core/roots.ts'

/** Adds mass w at y ≥ 0 to Σw·(y / high)ᵖ, rescaled when the maximum grows, so that no power overflows and the largest does not underflow. */
export function put({ high, sum }: Rows<'high' | 'sum'>, i: number, p: number, y: number, w: number): void {
  const top = high[i]!
  if (y > top) {
    sum[i] = sum[i]! * raised(top / y, p) + w
    high[i] = y
  } else {
    sum[i]! += y === top ? w : w * raised(y / top, p)
  }
}

type PlainPower = 1 | 2 | 3 | 4 | 5 | 6

/** Whether powers need no scale: those of float32s neither overflow nor underflow then; of float64s they do, beyond 1e±51. */
export function isPlain(p: number): p is PlainPower {
  return Number.isInteger(p) && p <= 6
}

/** Adds a run to Σw|x|ᵖ; what is below 0 weighs `minus` times as much. */
export function addPowers(powers: Float64Array, { data, offset, lanes, rows, weights }: Run, p: number, minus: number): void {
  for (let i = 0; i < lanes; i++) {
    let sum = powers[i]!
    for (let k = 0, j = offset + i; k < rows; k++, j += lanes) {
      const x = data[j]!
      const y = Math.abs(x)
      let power = p === 3 ? y * y * y : y
      if (p !== 3) for (let n = 1; n < p; n++) power *= y
      sum += x < 0 ? weights[k]! * minus * power : weights[k]! * power
    }
    powers[i] = sum
  }
}

/** xᵖ; products are many times faster than `**`. */
function raised(x: number, p: number): number {
  return p === 3 ? x * x * x : p === 1 ? x : x ** p
}

/** Adds a run to Σw·(y / high)ᵖ, y = |x|, or max(x, least) if there is one; what is below 0 weighs `minus` times as much. */
export function putRun({ high, sum }: Rows<'high' | 'sum'>, run: Run, p: number, minus: number, least?: number): void {
  const { data, offset, lanes, rows, weights } = run
  for (let i = 0; i < lanes; i++) {
    let top = high[i]!
    let total = sum[i]!
    let scale = 1 / top
    for (let k = 0, j = offset + i; k < rows; k++, j += lanes) {
      const x = data[j]!
      const y = least === undefined ? Math.abs(x) : Math.max(x, least)
      if (y === 0) continue
      // The largest counts 1, but ∞ counts ∞: infinities of both signs make NaN, whatever their number.
      const one = y < Infinity ? weights[k]! : weights[k]! * y
      const w = x < 0 ? one * minus : one
      if (y > top) {
        total = total * raised(top / y, p) + w
        top = y
        scale = 1 / y
      } else {
        // 1 / top overflows where float64s are all but 0.
        total += y === top ? w : w * raised(scale < Infinity ? y * scale : y / top, p)
      }
    }
    high[i] = top
    sum[i] = total
  }
}

/**
 * The power mean of absolute values: p = 1 their average, 2 the root mean square, ∞ the largest; 0 if nothing was seen.
 */
export const power = /* @__PURE__ */ taking(
  'power',
  {
    /** The exponent: 1 the mean, 2 the root mean square, Infinity max |x|. */
    p: numberOrInfinity({ above: 0 }).default(2),
    /** Whether powers are taken of x, not |x|, and the root keeps the sign of their mean: odd p leave signs, even ones do not, and fractions of negative numbers give NaN. */
    signed: boolean().default(false),
  },
  ({ p, signed }): Pooling<Rows, string> => {
    if (signed && p === Infinity) throw refusal('power', 'p must be finite where it is signed', p)
    const output = `power${p}`
    // (−1)ᵖ: 1 for even p, −1 for odd ones, NaN for fractions.
    const minus = signed ? (-1) ** p : 1
    const root = (mean: number) => Math.sign(mean) * rootOf(Math.abs(mean), p)
    const common = {
      name: 'power',
      options: { p: p === Infinity ? 'Infinity' : p, ...(signed && { signed }) },
      outputs: [output],
      about: {
        formula: signed ? 'sign(m)|m|^(1/p), m = Σwxᵖ / Σw' : '(Σw|x|ᵖ / Σw)^(1/p)',
        source: signed ? 'Rücklé et al. 2018, real' : 'Rücklé et al. 2018, on absolute values',
        use: 'between average (p = 1) and maximum (p = ∞)',
        example: { input: [3, -4], output: [4 * root((0.75 ** p + minus) / 2)] },
        empty: 0,
      },
    }
    if (p === Infinity) {
      return definePooling({
        ...common,
        accumulators: ['magnitude'],
        measures: ['peak'],
        exact: true,
        result({ magnitude }, out) {
          out[output]!.set(magnitude)
        },
      })
    }
    if (p === 2) {
      return definePooling({
        ...common,
        // Squares of float32s neither overflow nor underflow; those of float64s do beyond 1e154 and below 1e-154.
        accumulators: ['weight', 'energy'],
        measures: ['power2'],
        result({ weight, energy }, out) {
          for (let i = 0; i < energy.length; i++) out[output]![i] = weight[i]! > 0 ? Math.sqrt(energy[i]! / weight[i]!) : 0
        },
      })
    }
    if (isPlain(p)) {
      return definePooling<'weight' | 'sum', string>({
        ...common,
        slots: { weight: 0, sum: 0 },
        ...(minus === 1 && { measures: [`power${p as PlainPower}`] }),
        add(state, run) {
          accumulate({ weight: state.weight }, run)
          addPowers(state.sum, run, p, minus)
        },
        merge: mergeAccumulators,
        result({ weight, sum }, out) {
          for (let i = 0; i < sum.length; i++) out[output]![i] = weight[i]! > 0 ? root(sum[i]! / weight[i]!) : 0
        },
      })
    }
    return definePooling({
      ...common,
      slots: { weight: 0, high: 0, sum: 0 },
      add(state, run) {
        accumulate({ weight: state.weight }, run)
        putRun(state, run, p, minus)
      },
      merge(into, from) {
        for (let i = 0; i < into.sum.length; i++) {
          into.weight[i]! += from.weight[i]!
          put(into, i, p, from.high[i]!, from.sum[i]!)
        }
      },
      result({ weight, high, sum }, out) {
        for (let i = 0; i < sum.length; i++) out[output]![i] = weight[i]! > 0 ? high[i]! * root(sum[i]! / weight[i]!) : 0
      },
    })
  },
)
