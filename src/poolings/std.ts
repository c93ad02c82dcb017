import { known, number } from '../core/check.ts'
import { definePooling, type Pooling, type Rows, type Shared } from '../core/pooling.ts'
import { weighted } from './mean.ts'

type Moments = 'weight' | 'sum' | 'shift' | 'squares'

/**
 * Σw, Σwx and Σw(x − c)², c a number near the data: about 0 the squares of data far from 0 would leave no digits for their differences.
 */
export const moments: Shared<Moments> & { anchor(state: Rows<Moments>, row: Float32Array): void } = {
  slots: { weight: 0, sum: 0, shift: 0, squares: 0 },
  covers: [weighted.add],
  anchor({ shift }, row) {
    for (let i = 0; i < row.length; i++) shift[i] = Number.isFinite(row[i]!) ? row[i]! : 0
  },
  add({ weight, sum, shift, squares }, row, w) {
    for (let i = 0; i < row.length; i++) {
      const x = row[i]!
      const d = x - shift[i]!
      weight[i]! += w
      sum[i]! += w * x
      squares[i]! += w * d * d
    }
  },
  merge({ weight, sum, shift, squares }, { weight: w, sum: s, shift: c, squares: q }) {
    for (let i = 0; i < sum.length; i++) {
      if (w[i] === 0) continue
      if (weight[i] === 0) shift[i] = c[i]!
      // Σw(x − c)² = Σw(x − b)² + 2(b − c)·Σw(x − b) + (b − c)²·Σw
      const d = c[i]! - shift[i]!
      squares[i]! += d === 0 ? q[i]! : q[i]! + d * (2 * (s[i]! - w[i]! * c[i]!) + d * w[i]!)
      weight[i]! += w[i]!
      sum[i]! += s[i]!
    }
  },
}

/** Σw(x − mean)² from the sums about c; rounding can leave it just below 0. */
export function scatter({ weight, sum, shift, squares }: Rows<Moments>, i: number): number {
  const d = sum[i]! / weight[i]! - shift[i]!
  return Math.max(0, squares[i]! - weight[i]! * d * d)
}

/** The same and Σw², which an unbiased estimate needs. */
const weighedTwice: Shared<Moments | 'weight2'> & Pick<typeof moments, 'anchor'> = {
  slots: { ...moments.slots, weight2: 0 },
  covers: [weighted.add, moments.add],
  anchor: moments.anchor,
  add(state, row, w, index) {
    moments.add(state, row, w, index)
    for (let i = 0; i < row.length; i++) state.weight2[i]! += w * w
  },
  merge(into, from) {
    moments.merge(into, from)
    const [sum, added] = [into.weight2, from.weight2]
    for (let i = 0; i < sum.length; i++) sum[i]! += added[i]!
  },
}

const about = {
  formula: '√(Σw(x − mean)² / Σw)',
  source: 'torch.std(unbiased=False); correction 1: torch.std, for weights Σw − Σw²/Σw as in pyannote',
  use: 'how much a lane moves; with the mean the classic summary of a recording',
  empty: 0,
}

/**
 * The weighted standard deviation of each lane, summed in float64 about a number near the data; 0 if nothing was seen.
 *
 * @param options.correction 0 (the default) divides by Σw; 1 gives the unbiased estimate, NaN for a single frame, as in torch.std.
 */
export function std(options: { correction?: 0 | 1 } = {}): Pooling<Rows<Moments>, 'std'> {
  known('std', options, ['correction'])
  const correction = number('std', 'correction', options.correction ?? 0, { min: 0, max: 1 })
  const common = {
    name: 'std',
    options,
    outputs: ['std'] as const,
    about: { ...about, example: { input: [1, 5], output: [Math.sqrt(8 / (2 - correction))] } },
  }
  if (correction === 0) {
    return definePooling({
      ...moments,
      ...common,
      result(state, out) {
        for (let i = 0; i < state.sum.length; i++) out.std[i] = state.weight[i]! > 0 ? Math.sqrt(scatter(state, i) / state.weight[i]!) : 0
      },
    })
  }
  return definePooling({
    ...weighedTwice,
    ...common,
    result(state, out) {
      for (let i = 0; i < state.sum.length; i++) {
        const w = state.weight[i]!
        const free = w - (correction * state.weight2[i]!) / w
        // Of one frame nothing is left, but for rounding.
        out.std[i] = w > 0 ? (free > 1e-12 * w ? Math.sqrt(scatter(state, i) / free) : Number.NaN) : 0
      }
    },
  })
}
