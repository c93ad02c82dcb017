import { refusal } from '../core/check.ts'
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
export function resolve(who: string, like: unknown): Pooling {
  if (Array.isArray(like)) return concatenation(like.map((part) => resolve(who, part)))
  if (typeof like === 'string') return byName(who, like, undefined)
  if (typeof like === 'object' && like !== null) {
    if (typeof (like as Pooling).bind === 'function') return like as Pooling
    const { pooling, ...options } = like as { pooling?: unknown }
    if (typeof pooling === 'string') return byName(who, pooling, options)
  }
  throw refusal(who, 'a pooling must be a name, a pooling such as power({ p: 3 }), or a list of these', like)
}
