import { didYouMean, type Json, known, refusal, show } from '../core/check.ts'
import type { Options } from '../core/options.ts'
import type { Pooling, PoolingSpec } from '../core/pooling.ts'
import { concatenation } from './composed/concatenation.ts'

/** The names in a registry that can stand for a pooling by themselves: those that need no options. */
export type Named<Registry> = {
  [Name in keyof Registry]: Registry[Name] extends Pooling | (() => Pooling) ? Name : never
}[keyof Registry] &
  string

/** Poolings by their names. What nothing registers, no bundle holds. */
const registry = new Map<string, unknown>()

/** Makes poolings known by their names. */
export function register(poolings: { readonly [name: string]: unknown }): void {
  for (const [name, pooling] of Object.entries(poolings)) registry.set(name, pooling)
}

/**
 * A pooling from a name, a spec, a pooling, or a list of these.
 * @throws TypeError for an unknown name, with the nearest known one; whatever the pooling throws for bad options.
 */
export function resolve(who: string, like: unknown): Pooling {
  if (Array.isArray(like)) return concatenation(like.map((part) => resolve(who, part)))
  if (isPooling(like)) return like
  if (typeof like === 'string') return make(who, like, undefined)
  if (typeof like === 'object' && like !== null && typeof (like as { pooling?: unknown }).pooling === 'string') {
    const { pooling, ...options } = like as { pooling: string; parts?: unknown }
    if (pooling !== 'mixed' || !('parts' in options)) return make(who, pooling, options)
    known('mixed', options, ['parts'])
    if (!Array.isArray(options.parts)) throw refusal('mixed', "parts must be a list such as [['max', 0.5], ['mean', 0.5]]", options.parts)
    return make(
      who,
      pooling,
      options.parts.map((part: readonly [PoolingSpec, Json]) => (Array.isArray(part) ? [resolve(who, part[0]), ...part.slice(1)] : part)),
    )
  }
  throw refusal(who, 'a pooling must be a name, a pooling such as power({ p: 3 }), or a list of these', like)
}

function make(who: string, name: string, options: unknown): Pooling {
  const names = [...registry.keys()]
  if (names.length === 0)
    throw refusal(who, "a pooling must be a value, such as max of 'poolwise/poolings', where 'poolwise' is not imported", name)
  if (!registry.has(name))
    throw new TypeError(`${who}: unknown pooling ${show(name)}${didYouMean(name, names) || `; the poolings are ${names.join(', ')}`}`)
  const entry = registry.get(name) as Pooling | (((options?: unknown) => Pooling) & { readonly options?: Options })
  if (typeof entry !== 'function') {
    if (options !== undefined && Object.keys(options as object).length > 0) throw refusal(who, `${name} takes no options`, options)
    return entry
  }
  const must = entry.options ? Object.values(entry.options).some(({ required }) => required) : entry.length > 0
  if (options === undefined && must) throw refusal(who, `${name} needs options, as in ${name}({ … })`, name)
  if (options !== undefined) return entry(options)
  // By its name alone a pooling is always the same.
  const made = usual.get(entry) ?? entry()
  usual.set(entry, made)
  return made
}

const usual = new WeakMap<object, Pooling>()

function isPooling(like: unknown): like is Pooling {
  return typeof like === 'object' && like !== null && typeof (like as Pooling).bind === 'function'
}
