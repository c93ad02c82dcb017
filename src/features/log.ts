import { known, number, refusal } from '../core/check.ts'
import { pointwise, type Stage } from '../core/stage.ts'
import { ln, perLn10 } from './logarithm.ts'
import { specOf } from './spec.ts'

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
    plan: (input) => pointwise(spec, input, input, ({ data }) => data.map(logarithm)),
  }
}

/** The function of one value that options describe. */
export function logarithmOf(who: string, { floor: least, offset: added, base = 'e' }: LogOptions): (x: number) => number {
  if (least !== undefined && added !== undefined) throw new TypeError(`${who}: expected floor or offset, got both`)
  const floor = Math.fround(number(who, 'floor', least ?? (added === undefined ? 1e-10 : 0), { min: 0 }))
  const offset = Math.fround(number(who, 'offset', added ?? 0, { min: 0 }))
  if (base !== 'e' && base !== 10) throw refusal(who, "base must be 'e' or 10", base)
  if (base === 10) return (x) => Math.fround(ln(Math.fround(Math.max(x, floor) + offset)) * perLn10)
  return (x) => ln(Math.fround(Math.max(x, floor) + offset))
}
