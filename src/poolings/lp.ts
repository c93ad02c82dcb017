import { boolean, known, number } from '../core/check.ts'
import { definePooling, type Pooling, type Rows } from '../core/pooling.ts'

/**
 * The Lp norm of each lane over the region: a norm, not a mean, so it grows with the number of frames; 0 if nothing was seen.
 *
 * @param options.p above 0, default 2
 * @param options.signed whether powers are taken of x, not |x|, as PyTorch does: signs cancel for odd p, and a negative sum gives NaN. Default false.
 */
export function lp(options: { p?: number; signed?: boolean } = {}): Pooling<Rows<'sum'>, string> {
  known('lp', options, ['p', 'signed'])
  const p = number('lp', 'p', options.p ?? 2, { above: 0 })
  const signed = boolean('lp', 'signed', options.signed ?? false)
  const output = `lp${p}`
  return definePooling({
    name: 'lp',
    options,
    slots: { sum: 0 },
    outputs: [output],
    extensive: true,
    about: {
      formula: '(Σw|x|ᵖ)^(1/p)',
      source: 'ONNX LpPool; signed: torch.nn.LPPool1d',
      use: 'energy of a region (p = 2)',
      example: { input: [3, -4], output: [(3 ** p + (signed ? (-4) ** p : 4 ** p)) ** (1 / p)] },
      empty: 0,
    },
    add({ sum }, row, w) {
      for (let i = 0; i < row.length; i++) sum[i]! += w * (signed ? row[i]! : Math.abs(row[i]!)) ** p
    },
    merge({ sum }, { sum: other }) {
      for (let i = 0; i < sum.length; i++) sum[i]! += other[i]!
    },
    result({ sum }, out) {
      for (let i = 0; i < sum.length; i++) out[output]![i] = sum[i]! ** (1 / p)
    },
  })
}
