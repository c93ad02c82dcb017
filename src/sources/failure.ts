import { throwError } from 'rxjs'
import type { Sequence } from '../streams/eachSequence.ts'

/** A sequence that ends in an error, so that those after it go on. */
export function failed(id: string, error: unknown): Sequence {
  return { id, frames: throwError(() => error) }
}
