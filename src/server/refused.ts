import { DataError } from '../core/check.ts'

/** A request that is not answered, with the status that says why. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
  }
}

/** There is no room at the moment, and soon may be. */
export function busy(message: string, headers: Readonly<Record<string, string>> = {}): Refused {
  return new Refused(503, message, { 'retry-after': '1', ...headers })
}

/** What an error says to who asked; whatever data or options were wrong is 422. */
export function refusedFor(error: unknown): Refused {
  if (error instanceof Refused) return error
  if (error instanceof DataError || error instanceof TypeError || error instanceof RangeError) return new Refused(422, error.message)
  return new Refused(500, error instanceof Error ? error.message : String(error))
}

/** The body of every refusal. */
export function errorText({ message }: Error): string {
  return JSON.stringify({ error: message })
}
