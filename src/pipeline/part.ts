import { listIn, refusal, tried } from '../core/check.ts'

/** Does a part of a definition, and where that fails says which part it was: `stages[1]: …`. */
export function part<Result>(name: string, make: () => Result): Result {
  try {
    return make()
  } catch (cause) {
    throw named(name, cause)
  }
}

/** The error with the part's name before its message; what was wrong with an option stays a RangeError or TypeError. */
export function named(name: string, cause: unknown): Error {
  const message = `${name}: ${cause instanceof Error ? cause.message : String(cause)}`
  if (cause instanceof RangeError) return new RangeError(message, { cause })
  return cause instanceof TypeError ? new TypeError(message, { cause }) : new Error(message, { cause })
}

export type Plain = { readonly [key: string]: unknown }

export function plain(who: string, what: string, value: unknown): Plain {
  const own = tried(value, (given) => typeof given === 'object' && given !== null && !Array.isArray(given) && { ...given })
  if (own) return own as Plain
  throw refusal(who, `expected ${what}`, value)
}

export function listOf(who: string, what: string, value: unknown): readonly unknown[] {
  const all = listIn(value)
  if (all) return all
  throw refusal(who, `expected ${what}`, value)
}
