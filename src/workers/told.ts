import { DataError, tried } from '../core/check.ts'

/** An error as plain data: a structured clone forgets what class of ours it is of, and what it says beside its message. */
export interface Told {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly cause: Told | undefined
  /** What else it says that is text or a number: `code` and `path` of the system's errors, `frame` and `sequence` of a DataError. */
  readonly says: { readonly [name: string]: string | number }
}

const classes = { Error, TypeError, RangeError, SyntaxError, ReferenceError }

/** @param depth of causes: a chain of them may end in itself */
export function toldOf(cause: unknown, depth = 0): Told {
  const error = cause instanceof Error ? cause : new Error(String(cause))
  const { name, message, stack } = error
  const says = Object.entries(error).filter(
    ([key, value]) => !['name', 'message', 'stack', 'cause'].includes(key) && /^(string|number)$/.test(typeof value),
  )
  const deeper = error.cause !== undefined && depth < 8
  return { name, message, stack, cause: deeper ? toldOf(error.cause, depth + 1) : undefined, says: Object.fromEntries(says) }
}

/** The error that was told of: of its class, with its message. */
export function errorOf({ name, message, stack, cause: before, says }: Told): Error {
  const cause = before && errorOf(before)
  const Kind = tried(name as keyof typeof classes, (known) => (Object.hasOwn(classes, known) ? classes[known] : undefined)) ?? Error
  const error: Error = name === 'DataError' ? new DataError(message, { cause }) : new Kind(message, cause && { cause })
  return Object.assign(error, says, error.name !== name && { name }, stack !== undefined && { stack })
}
