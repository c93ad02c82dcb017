import { known, number, refusal } from '../../core/check.ts'
import { pointwise, type Stage } from '../../core/stage.ts'
import { ln, perLn10 } from '../../kernels/logarithm.ts'
import { specOf } from '../spec.ts'

export interface LogOptions {
  /** Values below it count as it: log(max(x, floor)). Default 1e-10, or 0 where `offset` is given. */
  floor?: number
  /** Added before the logarithm: log(x + offset). */
  offset?: number
  /** 'e' (the default) or 10. */
  base?: 'e' | 10
}

export const logOptions: readonly string[] = ['floor', 'offset', 'base'] satisfies (keyof LogOptions)[]

export function log(options: LogOptions = {}): Stage {
  known('log', options, logOptions)
  const logarithm = logarithmOf('log', options)
  const spec = specOf('log', options)
  return {
    spec,
    plan: (input) => pointwise(spec, input, input, ({ data }) => data.map(logarithm.of)),
  }
}

/** ln(max(x, floor) + offset)·scale, every step rounded to float32. */
export interface Logarithm {
  readonly floor: number
  readonly offset: number
  readonly scale: number
  of(x: number): number
}

/** The function of one value that options describe. */
export function logarithmOf(who: string, { floor: least, offset: added, base = 'e' }: LogOptions): Logarithm {
  if (least !== undefined && added !== undefined) throw new TypeError(`${who}: expected floor or offset, got both`)
  const floor = Math.fround(number(who, 'floor', least ?? (added === undefined ? 1e-10 : 0), { min: 0 }))
  const offset = Math.fround(number(who, 'offset', added ?? 0, { min: 0 }))
  if (base !== 'e' && base !== 10) throw refusal(who, "base must be 'e' or 10", base)
  const ofE = (x: number) => ln(Math.fround(Math.max(x, floor) + offset))
  if (base === 10) return { floor, offset, scale: perLn10, of: (x) => Math.fround(ofE(x) * perLn10) }
  return { floor, offset, scale: 1, of: ofE }
}
