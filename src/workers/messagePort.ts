import { Observable } from 'rxjs'
import type { Frames } from '../core/frames.ts'
import { reading } from './reading.ts'
import { checkPort } from './toMessagePort.ts'
import { type Port, post } from './wire.ts'

/**
 * Frames that come over a MessagePort, from {@link toMessagePort} at its other end; in browsers and in Node.
 *
 * Shape: what is sent there → the same frames. Each block is acknowledged once it has gone through all that follows here, and no more than sixteen are on the way, so nothing queues where it cannot be counted. What
 * found no room at the sender comes as frames of weight 0; of an irregular clock, which has no such frames, what follows is numbered on. Completes with the source there, and fails with it: errors keep their class and message.
 * Unsubscribing tells the sender. One subscription a port, which is closed with it.
 *
 * @throws TypeError for what is no port; in the stream what the source there throws, and a DataError for messages of others
 * @example
 * messagePort(port).pipe(logMel(), pool1d('mean', { size: '1s' }))
 */
export function messagePort(port: Port): Observable<Frames> {
  checkPort('messagePort', port)
  return new Observable((out) => {
    out.add(() => {
      port.onmessage = null
      post(port, { kind: 'end' })
      port.close()
    })
    reading('messagePort', port, out)
  })
}
