import { listIn, refusal, tried } from '../core/check.ts'
import type { Pooling } from '../core/pooling.ts'
import { concatenation } from './composed/concatenation.ts'

/** The names in a list of poolings that can stand for one by themselves: those that need no options. */
export type Named<Poolings> = {
  [Name in keyof Poolings]: Poolings[Name] extends Pooling | (() => Pooling) ? Name : never
}[keyof Poolings] &
  string

/** A pooling by its name, with options where some were given. */
export type ByName = (who: string, name: string, options: { readonly [option: string]: unknown } | undefined) => Pooling

// What is given as a value must not bring the others into a browser, so whoever has names provides them.
let byName: ByName = (who, name) => {
  throw refusal(who, "a pooling must be a value, or 'poolwise' imported", name)
}

/** Has names looked up from now on. */
export function provideNames(lookUp: ByName): void {
  byName = lookUp
}

/**
 * A pooling from a name, a spec, a pooling, or a list of these.
 * @throws TypeError for an unknown name, with the nearest known one; whatever the pooling throws for bad options.
 */
export function resolve(who: string, like: unknown, depth = 0): Pooling {
  if (typeof like === 'string') return byName(who, like, undefined)
  if (tried(like as Pooling, isPooling)) return like as Pooling
  const list = listIn(like, most)
  if (list && depth < most) return concatenation(list.map((part) => resolve(who, part, depth + 1)))
  const spec = tried(like as { pooling?: unknown }, (given) => ({ ...given }))
  if (typeof spec?.pooling !== 'string')
    throw refusal(who, 'a pooling must be a name, a pooling such as power({ p: 3 }), or a list of these', like)
  const { pooling, ...options } = spec
  return byName(who, pooling as string, options)
}

// Poolings in a list, and lists in one another: more is a mistake.
const most = 256

function isPooling({ spec, identity, outputs, bind, add, merge, result }: Pooling): boolean {
  return !!spec && identity.length * outputs.length > 0 && [bind, add, merge, result].every((part) => typeof part === 'function')
}
