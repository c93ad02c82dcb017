import { Observable, type OperatorFunction, type Subscriber, takeWhile } from 'rxjs'

/** What to do with each item, with an error and at the end; by default errors pass through. */
export interface Relay<In> {
  next(item: In): void
  error?(cause: unknown): void
  complete?(): void
}

/**
 * An operator that gives none, one or several items for each, at little cost a subscription. What it throws goes the way of the source's errors.
 * A source is stopped at once when nobody listens any more, also in the midst of what it gives synchronously.
 */
export function relay<In, Out>(begin: (out: Subscriber<Out>) => Relay<In>): OperatorFunction<In, Out> {
  return (source) =>
    new Observable((out) => {
      const to = begin(out)
      const fail = (cause: unknown) => (to.error ? to.error(cause) : out.error(cause))
      const told = source.pipe(
        takeWhile((item) => {
          to.next(item)
          return !out.closed
        }),
      )
      return told.subscribe({
        error: fail,
        complete() {
          if (out.closed) return
          try {
            to.complete?.()
            out.complete()
          } catch (cause) {
            fail(cause)
          }
        },
      })
    })
}
