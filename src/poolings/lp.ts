import { mergeAccumulators, type Rows } from '../core/accumulators.ts'
import { boolean, number, taking } from '../core/options.ts'
import { definePooling, type Pooling } from '../core/pooling.ts'
import { rootOf } from '../core/roots.ts'
import { addPowers, isPlain, put, putRun } from './power.ts'

/**
 * The Lp norm of each lane over the region: a norm, not a mean, so it grows with the number of frames; 0 if nothing was seen.
 */
export const lp = /* @__PURE__ */ taking(
  'lp',
  {
    /** The exponent. */
    p: number({ above: 0 }).default(2),
    /** Whether powers are taken of x, not |x|, as PyTorch does: signs cancel for odd p, and a negative sum gives NaN. */
    signed: boolean().default(false),
  },
  ({ p, signed }, options): Pooling<Rows, string> => {
    const output = `lp${p}`
    // (−1)ᵖ: 1 for even p, −1 for odd ones, NaN for fractions.
    const minus = signed ? (-1) ** p : 1
    const common = {
      name: 'lp',
      options,
      outputs: [output],
      extensive: true as const,
      about: {
        formula: '(Σw|x|ᵖ)^(1/p)',
        source: 'ONNX LpPool; signed: torch.nn.LPPool1d',
        use: 'energy of a region (p = 2)',
        example: { input: [3, -4], output: [4 * (0.75 ** p + minus) ** (1 / p)] },
        empty: 0,
      },
    }
    if (p === 2) {
      return definePooling({
        ...common,
        accumulators: ['energy'],
        measures: ['norm2'],
        result({ energy }, out) {
          for (let i = 0; i < energy.length; i++) out[output]![i] = Math.sqrt(energy[i]!)
        },
      })
    }
    if (isPlain(p)) {
      return definePooling<'sum', string>({
        ...common,
        slots: { sum: 0 },
        ...(minus === 1 && { measures: [`norm${p}`] }),
        add: ({ sum }, run) => addPowers(sum, run, p, minus),
        merge: mergeAccumulators,
        result({ sum }, out) {
          for (let i = 0; i < sum.length; i++) out[output]![i] = rootOf(sum[i]!, p)
        },
      })
    }
    return definePooling({
      ...common,
      slots: { high: 0, sum: 0 },
      add: (state, run) => putRun(state, run, p, minus),
      merge(into, from) {
        for (let i = 0; i < into.sum.length; i++) put(into, i, p, from.high[i]!, from.sum[i]!)
      },
      result({ high, sum }, out) {
        for (let i = 0; i < sum.length; i++) out[output]![i] = high[i]! * rootOf(sum[i]!, p)
      },
    })
  },
)
