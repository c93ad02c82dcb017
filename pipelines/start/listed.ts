import type { Failure, Vector } from 'poolwise'
import { lastValueFrom, map, type Observable, toArray } from 'rxjs'

/** All vectors of a stream; the first failure ends it. */
export function listed(items$: Observable<Vector | Failure>): Promise<Vector[]> {
  const vectors$ = items$.pipe(
    map((item) => {
      if ('error' in item) throw item.error
      return item
    }),
  )
  return lastValueFrom(vectors$.pipe(toArray()))
}
