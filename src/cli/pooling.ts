import { type Json, show } from '../core/check.ts'
import type { PoolingSpec } from '../core/pooling.ts'

/** 'mixed(power(p=3)=1)' is the deepest that means anything. */
const deepest = 3

/**
 * Reads poolings as they are written on a command line: `mean,std,max`, `power(p=3)`, `mixed(max=0.5,mean=0.5)`, `mixed(max=[0.2,0.8],mean=[0.8,0.2])`.
 * It knows the form alone; which poolings there are, and with which options, is for whoever makes one of the spec.
 *
 * @throws TypeError, with the place, where the text is not of this form
 */
export function poolingFrom(text: string): PoolingSpec {
  let at = 0

  function fail(expected: string): TypeError {
    const got = at < text.length ? show(text.slice(at)) : 'the end'
    return new TypeError(`--pool: expected ${expected} at character ${at + 1} of ${show(text)}, got ${got}`)
  }

  function take(pattern: RegExp): string | undefined {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found !== undefined) at += found.length
    return found?.trim()
  }

  function list<Item>(item: () => Item): Item[] {
    const items = [item()]
    while (take(/ *, */y) !== undefined) items.push(item())
    return items
  }

  function expect(mark: '=' | ')' | ']'): void {
    if (take(mark === '=' ? / *= */y : mark === ')' ? / *\)/y : / *\]/y) === undefined) throw fail(`"${mark}"`)
  }

  function value(depth: number): Json {
    if (depth > deepest) throw fail('fewer brackets')
    if (take(/\[ */y) !== undefined) {
      const values = list(() => value(depth + 1))
      expect(']')
      return values
    }
    const number = take(/[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?/iy)
    if (number !== undefined) return Number(number)
    const word = take(/[A-Za-z_][\w-]*/y)
    if (word === undefined) throw fail('a value')
    return word === 'true' ? true : word === 'false' ? false : word
  }

  function pooling(depth: number): Exclude<PoolingSpec, readonly PoolingSpec[]> {
    if (depth > deepest) throw fail('fewer brackets')
    const name = take(/ *[A-Za-z_][\w-]*/y)
    if (name === undefined) throw fail('the name of a pooling')
    if (take(/ *\( */y) === undefined) return name
    const given = list((): [Exclude<PoolingSpec, readonly PoolingSpec[]>, Json] => {
      const key = pooling(depth + 1)
      expect('=')
      return [key, value(depth)]
    })
    expect(')')
    if (name === 'mixed') return { pooling: name, parts: given as Json }
    for (const [key] of given) {
      if (typeof key !== 'string') throw new TypeError(`--pool: expected options of ${name} such as p=3, got ${show(key)}`)
    }
    return { pooling: name, ...Object.fromEntries(given as [string, Json][]) }
  }

  const poolings = list(() => pooling(1))
  if (take(/ *$/y) === undefined) throw fail('"," or the end')
  return poolings.length === 1 ? poolings[0]! : poolings
}
