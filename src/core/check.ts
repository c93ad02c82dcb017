/**
 * Option checks. Every message has one form: `operation: what was expected, got what came`.
 */

import type { FieldNames, Meant } from './fieldNames.ts'

/** A value that JSON can carry; specs are made of these. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/**
 * An error in the data, as opposed to one in the options: it names the sequence and the frame where it was met.
 */
export class DataError extends Error {
  override readonly name = 'DataError'
  /** Index of the frame, counted from the start of its sequence, where known. */
  readonly frame: number | undefined
  /** Id of the sequence, where known. */
  sequence: string | undefined

  constructor(message: string, where: { frame?: number; sequence?: string; cause?: unknown } = {}) {
    super(message, where)
    this.frame = where.frame
    this.sequence = where.sequence
  }
}

/** Writes a value as it should stand in a message: short, unambiguous, never throwing, and soon done whatever it is. */
export function show(value: unknown): string {
  try {
    if (typeof value === 'string') return value.length > 60 ? `${JSON.stringify(value.slice(0, 57))}…` : JSON.stringify(value)
    if (typeof value === 'function') return `a function ${value.name}`.trim()
    if (typeof value === 'bigint') return `${value}n`
    if (typeof value !== 'object' || value === null) return String(value)
    const numbers = (part: unknown) => ArrayBuffer.isView(part) && `a ${kindOf(part)} of ${part.byteLength} bytes`
    let left = 4000
    const text =
      numbers(value) ||
      JSON.stringify(value, (_, part) => {
        if (--left < 0) throw part
        return numbers(part) || (Array.isArray(part) ? part.slice(0, 60) : part)
      })
    return text.length > 60 ? `${text.slice(0, 57)}…` : text
  } catch {
    return `[object ${tried(value, kindOf) ?? 'of no kind'}]`
  }
}

/** 'Object', 'Array', 'Date', 'Float32Array', …, of any realm. */
function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}

export function integer(who: string, name: string, value: unknown, min: number, max: number = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) return value as number
  // A bound that no sensible value comes near is told only to those who pass it.
  const range = max < 2 ** 16 ? `from ${min} to ${max}` : typeof value === 'number' && value > max ? `≤ ${max}` : `≥ ${min}`
  throw refusal(who, `${name} must be an integer ${range}`, value)
}

/** A finite number within closed bounds; `'Infinity'` (as specs spell it) and Infinity only where `max` is Infinity and `infinite` is set. */
export function number(
  who: string,
  name: string,
  value: unknown,
  {
    min = -Infinity,
    max = Infinity,
    above = -Infinity,
    infinite = false,
  }: { min?: number; max?: number; above?: number; infinite?: boolean } = {},
): number {
  const x = value === 'Infinity' && infinite ? Infinity : value
  if (typeof x === 'number' && x >= min && x <= max && x > above && (Number.isFinite(x) || (infinite && x === Infinity))) return x
  const bounds = [above > -Infinity ? `> ${above}` : '', min > -Infinity ? `≥ ${min}` : '', max < Infinity ? `≤ ${max}` : '']
  throw refusal(who, `${name} must be a ${infinite ? '' : 'finite '}number ${bounds.filter(Boolean).join(' and ')}`.trimEnd(), value)
}

export function boolean(who: string, name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw refusal(who, `${name} must be true or false`, value)
}

export function oneOf<const Choice extends string | number | null>(
  who: string,
  name: string,
  value: unknown,
  choices: readonly Choice[],
): Choice {
  if (choices.includes(value as Choice)) return value as Choice
  const names = choices.map(String)
  // '2' for 2 has the name already: a hint would only repeat it.
  const hint = typeof value === 'string' && !names.includes(value) ? didYouMean(value, names) : ''
  throw refusal(who, `${name} must be one of ${names.join(', ')}`, value, hint)
}

/**
 * The options that were given, read once: they may be made by functions, which throw, or say something else the next time.
 * @throws TypeError for names that the operation does not know, so that a misspelt option is never ignored, and for what is no object of options
 */
export function known<Given extends object>(who: string, options: Given, names: readonly string[]): Given {
  const own = tried(options, (given) => kindOf(given) === 'Object' && { ...given })
  if (!own) throw refusal(who, 'options must be an object', options)
  for (const name of Object.keys(own)) {
    if (!names.includes(name))
      throw new TypeError(`${who}: unknown option ${show(name)}${didYouMean(name, names) || `; the options are ${names.join(', ')}`}`)
  }
  return own
}

/** Whether it is a list, of whatever. */
export function isList(value: unknown): value is readonly unknown[] {
  return tried(value, Array.isArray) === true
}

/** What a list holds, holes as undefined; nothing where it is none, or one of more than anybody writes. */
export function listIn(value: unknown, most: number = 2 ** 24): unknown[] | undefined {
  return tried(value as unknown[], (all) => (Array.isArray(all) && all.length <= most ? Array.from(all) : undefined))
}

/** Whether it is of a class; a proxy may have none to ask for. */
export function isOf<Kind>(value: unknown, kind: abstract new (...args: never) => Kind): value is Kind {
  return tried(value, (given) => given instanceof kind) === true
}

/** What `read` makes of something that may be anything; nothing where it throws, as it does of what it is not for. */
export function tried<Value, Result>(value: Value, read: (value: Value) => Result): Result | undefined {
  try {
    return read(value)
  } catch {
    return undefined
  }
}

/** The one message format. A wrong number is a RangeError, anything else a TypeError. */
export function refusal(who: string, expected: string, got: unknown, hint = ''): RangeError | TypeError {
  const message = `${who}: ${expected}, got ${show(got)}${hint}`
  return typeof got === 'number' ? new RangeError(message) : new TypeError(message)
}

// What the field calls our names is told by who has room for it: the entries that know poolings by name.
let meant: Meant | undefined

/** Gives messages the names that others have for ours. */
export function provideFieldNames(fieldName: Meant): void {
  meant = fieldName
}

/** `; did you mean "max"?` where one of the names means what was typed, or is close enough to it, else nothing. */
export function didYouMean(typed: string, names: readonly string[], theirs?: FieldNames): string {
  let best = meant?.(typed, names, theirs) ?? ''
  let least = best ? 0 : Math.max(1, Math.floor(typed.length / 3)) + 1
  for (const name of names) {
    const distance = editDistance(typed.toLowerCase(), name.toLowerCase(), least)
    if (distance < least) [best, least] = [name, distance]
  }
  return best ? `; did you mean ${show(best)}?` : ''
}

/** Edits from one word to the other, a swap of neighbors being one; gives up with `limit` where the lengths alone exceed it, since typed names may be of any length. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2]! + 1 : limit
      row[j] = Math.min(row[j - 1]! + 1, last[j]! + 1, change, swapped)
    }
    before = last
    last = row
  }
  return last.at(-1)!
}
