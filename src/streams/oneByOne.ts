import { Observable, type OperatorFunction, takeWhile } from 'rxjs'

/** As `concatMap`, but in a loop: RxJS begins the next within the end of the one before, so that of those that wait some hundreds that end at once fill the stack, and the stream never ends. */
export function oneByOne<In, Out>(project: (item: In) => Observable<Out>): OperatorFunction<In, Out> {
  return (source) =>
    new Observable((out) => {
      const waiting: In[] = []
      let [running, looping, ended] = [false, false, false]

      function begin(item: In): void {
        running = true
        const inner = project(item).pipe(
          takeWhile((value) => {
            out.next(value)
            return !out.closed
          }),
        )
        out.add(
          inner.subscribe({
            error: (cause) => out.error(cause),
            complete() {
              running = false
              go()
            },
          }),
        )
      }

      function go(): void {
        if (looping) return
        looping = true
        try {
          while (!running && waiting.length > 0 && !out.closed) begin(waiting.shift()!)
        } catch (cause) {
          out.error(cause)
        }
        looping = false
        if (ended && !running && waiting.length === 0) out.complete()
      }

      const items = source.pipe(
        takeWhile((item) => {
          waiting.push(item)
          go()
          return !out.closed
        }),
      )
      out.add(
        items.subscribe({
          error: (cause) => out.error(cause),
          complete() {
            ended = true
            go()
          },
        }),
      )
    })
}
