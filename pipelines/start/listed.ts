import { eachSequence, type Failure, type Sequence, type Stage, toVectors, type Vector } from 'poolwise'
import { lastValueFrom, map, type Observable, toArray } from 'rxjs'

/** All vectors of a stream. The first failure is thrown. */
export function listed(items$: Observable<Vector | Failure>): Promise<Vector[]> {
  const vectors$ = items$.pipe(
    map((item) => {
      if ('error' in item) throw item.error
      return item
    }),
  )
  return lastValueFrom(vectors$.pipe(toArray()))
}

/** The vectors that stages make of sequences. */
export function pooled(sequences$: Observable<Sequence>, stages: readonly Stage[]): Promise<Vector[]> {
  const items$ = sequences$.pipe(eachSequence(...stages), toVectors())
  return listed(items$)
}
