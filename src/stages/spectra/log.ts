import { refusal } from '../../core/check.ts'
import { checked, number, type Read } from '../../core/options.ts'
import { pointwise } from '../../core/stage.ts'
import { ln, perLn10 } from '../../kernels/logarithm.ts'
import { defineStage } from '../defineStage.ts'

export const logOptions = {
  /** Values below it count as it: log(max(x, floor)). */
  floor: number({ min: 0 }).optional('1e-10, or 0 where offset is given'),
  /** Added before the logarithm: log(x + offset). */
  offset: number({ min: 0 }).optional('nothing'),
  /** The base of the logarithm. */
  base: checked<'e' | 10>({ enum: ['e', 10] }, (who, name, value) => {
    if (value !== 'e' && value !== 10) throw refusal(who, `${name} must be 'e' or 10`, value)
    return value
  }).default('e'),
}

/**
 * Logarithm of every value: log(max(x, floor)) or log(x + offset), in float32 with poolwise's own logarithm, whose bits are the same on every engine.
 *
 * Shape: any frames → the same shape and names. NaN stays NaN; 0 with neither floor nor offset gives −∞.
 *
 * @throws RangeError or TypeError for a negative floor or offset, or both at once.
 * @example
 * apply(frames([0, 1], { hop: 0.01 }), log({ offset: 1e-6 })).data // ln 1e-6 and ln 1.000001
 */
export const log = /* @__PURE__ */ defineStage('log', logOptions, (options, spec) => {
  const logarithm = logarithmOf('log', options)
  return (input) => pointwise(spec, input, input, ({ data }) => data.map(logarithm.of))
})

/** ln(max(x, floor) + offset)·scale, every step rounded to float32. */
export interface Logarithm {
  readonly floor: number
  readonly offset: number
  readonly scale: number
  of(x: number): number
}

/** The function of one value that options describe. */
export function logarithmOf(who: string, { floor: least, offset: added, base }: Read<typeof logOptions>): Logarithm {
  if (least !== undefined && added !== undefined) throw new TypeError(`${who}: expected floor or offset, got both`)
  const floor = Math.fround(least ?? (added === undefined ? 1e-10 : 0))
  const offset = Math.fround(added ?? 0)
  const ofE = (x: number) => ln(Math.fround(Math.max(x, floor) + offset))
  if (base === 10) return { floor, offset, scale: perLn10, of: (x) => Math.fround(ofE(x) * perLn10) }
  return { floor, offset, scale: 1, of: ofE }
}
