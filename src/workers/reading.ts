import type { Subscriber } from 'rxjs'
import { DataError, show, tried } from '../core/check.ts'
import { checkLayout, type Frames, type Layout } from '../core/frames.ts'
import { unseen } from '../streams/fromHere.ts'
import { remade } from '../windows/eventClock.ts'
import { errorOf } from './told.ts'
import { type Message, type Port, post } from './wire.ts'

/** Gives the frames that come over a port, and says of each message that it has gone through all that follows; `then` is called before that. */
export function reading(who: string, port: Port, out: Subscriber<Frames>, then?: () => void): void {
  let layout: Layout | undefined
  // Frames of an irregular clock have no places that could stay empty.
  let [next, shift] = [0, 0]
  const give = (message: Message) => {
    if (message.kind === 'end') return out.complete()
    if (message.kind === 'error') return out.error(errorOf(message.error))
    if (message.layout) layout = remade(message.layout)
    const known = layout!
    if (message.kind === 'block') {
      const { start, length } = message.block
      out.next({ layout: known, ...message.block, start: start - shift } as Frames)
      next = start - shift + length
    } else if (known.clock.hop === undefined) shift += message.count
    else {
      for (const block of unseen(known, next, message.count, Float32Array)) out.next(block)
      next += message.count
    }
    then?.()
    post(port, { kind: 'read' })
  }
  port.onmessage = ({ data: message }: { readonly data: Message }) => {
    if (out.closed) return
    if (tried(message, (given) => isMessage(given, layout))) give(message)
    else out.error(new DataError(`${who}: expected what toMessagePort sends, got ${show(message)}`))
  }
}

/** Whether it can be read; whether frames fit together is for what follows to say. */
function isMessage(message: Message, known: Layout | undefined): boolean {
  if (message.kind === 'end') return true
  if (message.kind === 'error') return typeof message.error.message === 'string'
  const { layout = known } = message
  checkLayout('messagePort', layout!)
  return message.kind === 'lost' ? Number.isSafeInteger(message.count) : message.kind === 'block' && message.block.length >= 0
}
