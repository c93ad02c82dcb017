import { known, number, oneOf } from '../../core/check.ts'
import type { Frames } from '../../core/frames.ts'
import { pointwise, type Stage } from '../../core/stage.ts'
import { ln } from '../../kernels/logarithm.ts'
import { specOf } from '../spec.ts'
import { loudest, whole } from '../whole.ts'

export interface DecibelsOptions {
  /** What the values are: 'power' (the default; 10·log₁₀) or 'amplitude' (20·log₁₀). */
  of?: 'power' | 'amplitude'
  /** What 0 dB is: a value (default 1), or 'max' for the largest of the sequence, which needs its end. */
  reference?: number | 'max'
  /** Values below it count as it. Default 1e-10. */
  floor?: number
  /** Decibels below the largest value of the sequence at which the result is cut; needs the end of the sequence. Default: no cut. */
  range?: number
}

export function decibels(options: DecibelsOptions = {}): Stage {
  known('decibels', options, ['of', 'reference', 'floor', 'range'])
  const factor = Math.fround((oneOf('decibels', 'of', options.of ?? 'power', ['power', 'amplitude']) === 'power' ? 10 : 20) / Math.LN10)
  const floor = Math.fround(number('decibels', 'floor', options.floor ?? 1e-10, { above: 0 }))
  const range = options.range === undefined ? undefined : number('decibels', 'range', options.range, { min: 0 })
  const reference = options.reference ?? 1
  if (reference !== 'max') number('decibels', 'reference', reference, { above: 0 })
  const level = (x: number) => Math.fround(ln(Math.max(x, floor)) * factor)
  const zero = (all: Frames) => level(Math.fround(reference === 'max' ? loudest(all.data, all) : reference))

  const map = (all: Frames) => {
    const offset = zero(all)
    const out = all.data.map((x) => level(x) - offset)
    if (range === undefined) return out
    const least = Math.fround(loudest(out, all) - range)
    return out.map((x) => Math.max(x, least))
  }
  const spec = specOf('decibels', options)
  return {
    spec,
    plan: (input) => (range === undefined && reference !== 'max' ? pointwise(spec, input, input, map) : whole(spec, input, map)),
  }
}
