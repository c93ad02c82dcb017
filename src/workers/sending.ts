import { from, Observable, type ObservableInput, takeWhile } from 'rxjs'
import { tried } from '../core/check.ts'
import type { Frames, Values } from '../core/frames.ts'
import type { Read } from '../core/options.ts'
import { Line, type sendOptions } from './line.ts'
import { errorOf, toldOf } from './told.ts'
import { type Answer, type Port, post } from './wire.ts'

/**
 * Sends frames over a port, and gives what comes back of them. A source that is an async iterable is read no faster than the reader reads; any other waits in a {@link Line}.
 * Completes when all was read. An error of the source comes after what was read before it. Unsubscribing tells the reader; the port is closed in any case.
 */
export function sending<Items>(
  who: string,
  source: ObservableInput<Frames<Values>>,
  port: Port,
  options: Read<typeof sendOptions>,
): Observable<Items> {
  return new Observable((out) => {
    const line = new Line(who, port, options)
    let broken: { readonly cause: unknown } | undefined
    port.onmessage = ({ data: answer }: { readonly data: Answer<Items> }) => {
      if (out.closed) return
      try {
        if (answer.kind === 'read') line.read()
        else if (answer.kind === 'items') out.next(answer.items)
        else if (answer.kind === 'error') out.error(errorOf(answer.error))
        else if (broken) out.error(broken.cause)
        else out.complete()
      } catch (error) {
        out.error(error)
      }
    }
    const failed = (cause: unknown) => {
      broken = { cause }
      // What was sent before is read before.
      line.end(() => post(port, { kind: 'error', error: toldOf(cause) }))
    }
    const complete = () => line.end(() => post(port, { kind: 'end' }))
    out.add(() => {
      port.onmessage = null
      // Of what has ended already nobody hears any more.
      post(port, { kind: 'error', error: toldOf(new Error(`${who}: unsubscribed before the end`)) })
      port.close()
    })
    const open = tried(source as AsyncIterable<Frames<Values>>, (given) => given[Symbol.asyncIterator])
    if (open) {
      const blocks = open.call(source)
      out.add(() => void blocks.return?.())
      pull(blocks, line).then(complete, failed)
    } else {
      const taken = from(source).pipe(
        takeWhile((block) => {
          line.push(block)
          return !out.closed
        }),
      )
      out.add(taken.subscribe({ error: failed, complete }))
    }
  })
}

async function pull(blocks: AsyncIterator<Frames<Values>>, line: Line): Promise<void> {
  for (let one = await blocks.next(); !one.done; one = await blocks.next()) {
    line.push(one.value)
    await line.room()
  }
}
