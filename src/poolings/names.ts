import { didYouMean, known, refusal, show } from '../core/check.ts'
import { poolingNames } from '../core/fieldNames.ts'
import type { Options } from '../core/options.ts'
import type { Pooling } from '../core/pooling.ts'
import { provideNames } from './resolve.ts'

/** A pooling, or a function of options (of parts, in a mixture) that makes one. */
type Entry = Pooling | (((given: never) => Pooling) & { readonly options: Options })

const registered = new Map<string, Entry>()

/** Those that models bring, which whoever has no model need not load. */
const learned = ['attentive', 'gated', 'netVlad', 'tree']

// By its name alone a pooling is always the same.
const usual = new WeakMap<Entry, Pooling>()

/** Makes poolings known by name. */
export function register(poolings: { readonly [name: string]: Entry }): void {
  for (const [name, entry] of Object.entries(poolings)) registered.set(name, entry)
  provideNames(lookUp)
}

function lookUp(who: string, name: string, options: { readonly [option: string]: unknown } | undefined): Pooling {
  const entry = registered.get(name) ?? unknown(who, name)
  if (typeof entry !== 'function') {
    if (options !== undefined && Object.keys(options).length > 0) throw refusal(who, `${name} takes no options`, options)
    return entry
  }
  if (options === undefined) {
    if (Object.values(entry.options).some(({ required }) => required))
      throw refusal(who, `${name} needs options, as in ${name}({ … })`, name)
    const made = usual.get(entry) ?? entry(undefined as never)
    usual.set(entry, made)
    return made
  }
  if (name !== 'mixed') return entry(options as never)
  known(name, options, ['parts'])
  return entry(options.parts as never)
}

function unknown(who: string, name: string): never {
  if (learned.includes(name))
    throw refusal(who, `a learned pooling must be a value, ${name}({ … }), unless 'poolwise/node' is imported, which has their names`, name)
  const names = [...registered.keys()]
  const hint = didYouMean(name, [...names, ...learned], poolingNames) || `; the poolings are ${names.join(', ')}`
  throw new TypeError(`${who}: unknown pooling ${show(name)}${hint}`)
}
