import type { ObservableInput, OperatorFunction } from 'rxjs'
import { refusal, tried } from '../core/check.ts'
import type { Frames, Values } from '../core/frames.ts'
import { read } from '../core/options.ts'
import { type SendOptions, sendOptions } from './line.ts'
import { sending } from './sending.ts'
import type { Port } from './wire.ts'

/**
 * Sends frames over a MessagePort, to who reads them by {@link messagePort} there: in another thread, frame or window.
 *
 * Shape: frames of any layout → nothing; completes when all were read, or nobody reads there any more. Blocks are copied once, and the copies transferred. At most sixteen messages are on the way, each being acknowledged once it
 * has gone through all that follows there; `queue` says how many blocks wait for that, and `overload` what is done then. A source that is an async iterable (`pcm`, `decodeAudio`, `replay`, piped straight into
 * it) is read no faster than that, and loses nothing. An error of the source is one there, too. The port is of this stream alone, and is closed with it.
 *
 * @throws RangeError or TypeError for bad options, and for what is no port; in the stream DataError for what is no block of frames, and an Error where the queue is full and nothing is to be lost
 * @example
 * decodeAudio(file).pipe(toMessagePort(port)).subscribe()
 */
export function toMessagePort(port: Port, options: SendOptions = {}): OperatorFunction<Frames<Values>, never> {
  const settings = read('toMessagePort', sendOptions, options)
  checkPort('toMessagePort', port)
  return (source: ObservableInput<Frames<Values>>) => sending<never>('toMessagePort', source, port, settings)
}

/** Refuses what is no MessagePort. */
export function checkPort(who: string, port: Port): void {
  if (!tried(port, ({ postMessage, close }) => typeof postMessage === 'function' && typeof close === 'function'))
    throw refusal(who, 'expected a MessagePort', port)
}
