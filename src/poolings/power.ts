import { known, number } from '../core/check.ts'
import { definePooling, type Pooling, type Rows } from '../core/pooling.ts'

/** Adds mass w at y ≥ 0 to Σw·(y / high)ᵖ, rescaled when the maximum grows, so that no power overflows and the largest does not underflow. */
export function put({ high, sum }: Rows<'high' | 'sum'>, i: number, p: number, y: number, w: number): void {
  const top = high[i]!
  if (y > top) {
    sum[i] = sum[i]! * (top / y) ** p + w
    high[i] = y
  } else {
    sum[i]! += y === top ? w : w * (y / top) ** p
  }
}

/**
 * The power mean of absolute values: p = 1 their average, 2 the root mean square, ∞ the largest; 0 if nothing was seen.
 *
 * @param options.p above 0, default 2, the root mean square; `Infinity` is max |x| (in JSON 'Infinity')
 */
export function power(options: { p?: number | 'Infinity' } = {}): Pooling<Rows<'high'>, string> {
  known('power', options, ['p'])
  const p = number('power', 'p', options.p ?? 2, { above: 0, infinite: true })
  const output = `power${p}`
  const common = {
    name: 'power',
    options: { p: p === Infinity ? 'Infinity' : p },
    outputs: [output],
    about: {
      formula: '(Σw|x|ᵖ / Σw)^(1/p)',
      source: 'Rücklé et al. 2018, on absolute values',
      use: 'between average (p = 1) and maximum (p = ∞)',
      example: { input: [3, -4], output: [4 * ((0.75 ** p + 1) / 2) ** (1 / p)] },
      empty: 0,
    },
  }
  if (p === Infinity) {
    return definePooling({
      ...common,
      slots: { high: 0 },
      exact: true,
      add({ high }, row) {
        for (let i = 0; i < row.length; i++) high[i] = Math.max(high[i]!, Math.abs(row[i]!))
      },
      merge({ high }, { high: other }) {
        for (let i = 0; i < high.length; i++) high[i] = Math.max(high[i]!, other[i]!)
      },
      result({ high }, out) {
        out[output]!.set(high)
      },
    })
  }
  return definePooling({
    ...common,
    slots: { weight: 0, high: 0, sum: 0 },
    add(state, row, w) {
      for (let i = 0; i < row.length; i++) {
        state.weight[i]! += w
        if (row[i] !== 0) put(state, i, p, Math.abs(row[i]!), w)
      }
    },
    merge(into, from) {
      for (let i = 0; i < into.sum.length; i++) {
        into.weight[i]! += from.weight[i]!
        put(into, i, p, from.high[i]!, from.sum[i]!)
      }
    },
    result({ weight, high, sum }, out) {
      for (let i = 0; i < sum.length; i++) out[output]![i] = weight[i]! > 0 ? high[i]! * (sum[i]! / weight[i]!) ** (1 / p) : 0
    },
  })
}
