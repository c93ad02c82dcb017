import { didYouMean, type Json, known, refusal, show } from '../core/check.ts'
import type { Options } from '../core/options.ts'
import type { Pooling, PoolingSpec } from '../core/pooling.ts'
import { concatenation } from './composed/concatenation.ts'

/** The names in a registry that can stand for a pooling by themselves: those that need no options. */
export type Named<Registry> = {
  [Name in keyof Registry]: Registry[Name] extends Pooling | (() => Pooling) ? Name : never
}[keyof Registry] &
  string

type Registry = { readonly [name: string]: unknown }

/**
 * A pooling from a name, a spec, a pooling, or a list of these.
 * @throws TypeError for an unknown name, with the nearest known one; whatever the pooling throws for bad options.
 */
export function resolveIn(registry: Registry, who: string, like: unknown): Pooling {
  if (Array.isArray(like)) return concatenation(like.map((part) => resolveIn(registry, who, part)))
  if (isPooling(like)) return like
  if (typeof like === 'string') return make(registry, who, like, undefined)
  if (typeof like === 'object' && like !== null && typeof (like as { pooling?: unknown }).pooling === 'string') {
    const { pooling, ...options } = like as { pooling: string; parts?: unknown }
    if (pooling !== 'mixed' || !('parts' in options)) return make(registry, who, pooling, options)
    known('mixed', options, ['parts'])
    if (!Array.isArray(options.parts)) throw refusal('mixed', "parts must be a list such as [['max', 0.5], ['mean', 0.5]]", options.parts)
    return make(
      registry,
      who,
      pooling,
      options.parts.map((part: readonly [PoolingSpec, Json]) =>
        Array.isArray(part) ? [resolveIn(registry, who, part[0]), ...part.slice(1)] : part,
      ),
    )
  }
  throw refusal(who, 'a pooling must be a name, a pooling such as power({ p: 3 }), or a list of these', like)
}

function make(registry: Registry, who: string, name: string, options: unknown): Pooling {
  const names = Object.keys(registry)
  // Not `in`: a registry must not answer to names such as 'constructor'.
  if (!names.includes(name))
    throw new TypeError(`${who}: unknown pooling ${show(name)}${didYouMean(name, names) || `; the poolings are ${names.join(', ')}`}`)
  const entry = registry[name] as Pooling | (((options?: unknown) => Pooling) & { readonly options?: Options })
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
