import { type Json, show } from '../core/check.ts'
import type { PoolingSpec } from '../core/pooling.ts'
import type { StageSpec } from '../core/stage.ts'
import { makerOf, nestingOf } from '../stages/stageFrom.ts'

/** A name with its options, as in `power(p=3)`; an option's name is a call too, since `mixed` names its poolings so. What has no value is a stage that the named one is made of. */
interface Call {
  readonly name: string
  readonly options: readonly (readonly [key: Call, value: Json | undefined])[]
}

/**
 * Reads poolings as they are written on a command line: the path of a sentence-transformers config, which ends in .json, or `mean,std,max`, `power(p=3)`, `mixed(max=0.5,mean=0.5)`, `mixed(max=[0.2,0.8],power(p=3)=[0.8,0.2])`.
 * It knows the form alone; which poolings there are, and with which options, is for whoever makes one of the spec.
 *
 * @throws TypeError, with the place, where the text is not of this form
 */
export function poolingFrom(text: string): PoolingSpec {
  if (text.endsWith('.json')) return text
  const poolings = callsIn('--pool', text, 3, () => false).map(pooling)
  return poolings.length === 1 ? poolings[0]! : poolings
}

/**
 * Reads stages, one after the other: `logMel(bands=40),normalize`. Stages that others are made of stand before their options: `beside(mfcc,chain(rms,log),weights=[1,0.5])`.
 * @throws as {@link poolingFrom}
 */
export function stagesFrom(text: string, option = '--features'): StageSpec[] {
  // Whether there is such a stage is for whoever makes it to say.
  const holds = (name: string) => !makerOf(name) || nestingOf(name) !== undefined
  return callsIn(option, text, 10, holds).map((call) => stageOf(option, call))
}

function stageOf(option: string, { name, options }: Call): StageSpec {
  const stages = options.flatMap(([call, value]) => (value === undefined ? [stageOf(option, call)] : []))
  const others = { name, options: options.filter(([, value]) => value !== undefined) }
  return { stage: name, ...((nestingOf(name) || stages.length > 0) && { stages }), ...optionsOf(option, ['stage', 'stages'], others) }
}

/** A stage in a line: the text that {@link stagesFrom} reads as this spec, if its poolings are names. */
export function stageText({ stage: name, stages = [], ...options }: StageSpec): string {
  const given = Object.entries(options).map(([key, value]) => {
    if (key !== 'pooling') return `${key}=${valueText(value)}`
    const pooling = poolingText(value as PoolingSpec)
    return `pooling=${Array.isArray(value) ? `[${pooling}]` : pooling}`
  })
  const all = [...(stages as StageSpec[]).map(stageText), ...given]
  return all.length > 0 ? `${name}(${all.join(',')})` : name
}

/** The text that {@link poolingFrom} reads as this spec. */
export function poolingText(spec: PoolingSpec): string {
  if (typeof spec === 'string') return spec
  if (!isOne(spec)) return spec.map(poolingText).join(', ')
  const { pooling: name, parts, ...options } = spec
  const given = Array.isArray(parts)
    ? (parts as [PoolingSpec, Json][]).map(([part, share]) => `${poolingText(part)}=${valueText(share)}`)
    : Object.entries(options).map(([key, value]) => `${key}=${valueText(value)}`)
  return given.length > 0 ? `${name}(${given.join(',')})` : name
}

function isOne(spec: Exclude<PoolingSpec, string>): spec is Exclude<PoolingSpec, string | readonly PoolingSpec[]> {
  return !Array.isArray(spec)
}

function valueText(value: Json): string {
  return Array.isArray(value) ? `[${value.map(valueText).join(',')}]` : String(value)
}

function pooling(call: Call): Exclude<PoolingSpec, readonly PoolingSpec[]> {
  if (call.options.length === 0) return call.name
  if (call.name === 'mixed') return { pooling: call.name, parts: call.options.map(([key, share]): Json => [pooling(key) as Json, share!]) }
  return { pooling: call.name, ...optionsOf('--pool', ['pooling'], call) }
}

/** The options beside what stands without a name, which a spec has at `unnamed`. */
function optionsOf(option: string, unnamed: readonly string[], { name, options }: Call): { [key: string]: Json } {
  const given = new Map<string, Json>()
  for (const [key, value] of options) {
    const wrong = key.options.length > 0 ? ' with options of its own' : unnamed.includes(key.name) ? '' : undefined
    if (wrong !== undefined) throw new TypeError(`${option}: expected options of ${show(name)} such as p=3, got ${show(key.name)}${wrong}`)
    if (given.has(key.name)) throw new TypeError(`${option}: expected each option of ${show(name)} once, got ${show(key.name)} twice`)
    given.set(key.name, value!)
  }
  return Object.fromEntries(given)
}

/**
 * @param deepest brackets further in mean nothing; text of a stranger's may be nothing but brackets
 * @param holds whether what is called so may be made of others
 */
function callsIn(option: string, text: string, deepest: number, holds: (name: string) => boolean): Call[] {
  let at = 0

  function fail(expected: string): TypeError {
    const got = at < text.length ? show(text.slice(at)) : 'the end'
    return new TypeError(`${option}: expected ${expected} at character ${at + 1} of ${show(text)}, got ${got}`)
  }

  /** Goes on past the pattern, if it stands here. */
  function take(pattern: RegExp): string | undefined {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found !== undefined) at += found.length
    return found?.trim()
  }

  function expect(mark: string, pattern: RegExp): void {
    if (take(pattern) === undefined) throw fail(`"${mark}"`)
  }

  function list<Item>(item: () => Item): Item[] {
    const items = [item()]
    while (take(/ *, */y) !== undefined) items.push(item())
    return items
  }

  function value(depth: number): Json {
    if (depth > deepest) throw fail('fewer brackets')
    if (take(/\[ */y) !== undefined) {
      const values = list(() => value(depth + 1))
      expect(']', / *\]/y)
      return values
    }
    // An option may be a pooling with options of its own.
    if (take(/(?=[A-Za-z_]\w* *\()/y) !== undefined) return pooling(call(depth + 1)) as Json
    const word = take(/[^\s,()[\]=]+/y)
    if (word === undefined) throw fail('a value')
    if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(word)) return Number(word)
    return words.has(word) ? words.get(word)! : word
  }

  function call(depth: number): Call {
    if (depth > deepest) throw fail('fewer brackets')
    const name = take(/ *[A-Za-z_]\w*/y)
    if (name === undefined) throw fail('a name')
    if (take(/ *\( */y) === undefined) return { name, options: [] }
    const options = list((): [Call, Json | undefined] => {
      const key = call(depth + 1)
      if (take(/ *= */y) !== undefined) return [key, value(depth)]
      if (holds(name)) return [key, undefined]
      throw fail('"="')
    })
    expect(')', / *\)/y)
    return { name, options }
  }

  const calls = list(() => call(1))
  if (take(/ *$/y) === undefined) throw fail('"," or the end')
  return calls
}

const words: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['true', true],
  ['false', false],
  ['null', null],
])
