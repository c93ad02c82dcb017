import type { Frames, Layout, Values } from '../core/frames.ts'
import type { Told } from './told.ts'

/** What is needed of a MessagePort: a browser's, or Node's. */
export interface Port {
  onmessage: unknown
  postMessage(message: never, transfer?: never): void
  close(): void
}

/** A block without its layout, in memory of its own. */
export type Sent = Omit<Frames<Values>, 'layout'>

/** To who reads frames. A layout travels once, with the first of the frames that have it. */
export type Message =
  | { readonly kind: 'block'; readonly block: Sent; readonly layout: Layout | undefined }
  /** So many frames found no room. */
  | { readonly kind: 'lost'; readonly count: number; readonly layout: Layout | undefined }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly error: Told }

/** To who sends frames. */
export type Answer<Items = never> =
  /** One message of frames has gone through all that follows. */
  | { readonly kind: 'read' }
  /** What came of it, before that. */
  | { readonly kind: 'items'; readonly items: Items }
  /** All was read, or nobody reads any more. */
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly error: Told }

export function post(port: Port, message: Message | Answer<unknown>, transfer: readonly (ArrayBufferLike | object)[] = []): void {
  port.postMessage(message as never, transfer as never)
}

/**
 * A block as it is sent: copied once, since others may hold it as well, and the copy is transferred. A part of a large array would be cloned with all of that array.
 */
export function sentOf({ start, length, data, weights, boundaries, spans, watermark }: Frames<Values>): Sent {
  return {
    start,
    length,
    data: data.slice(),
    ...(weights && { weights: weights.slice() }),
    ...(boundaries && { boundaries: boundaries.slice() }),
    ...(spans && { spans: spans.slice() }),
    ...(watermark !== undefined && { watermark }),
  }
}

export function buffersOf({ data, weights, boundaries, spans }: Sent): ArrayBufferLike[] {
  return [data, weights, boundaries, spans].flatMap((part) => (part ? [part.buffer] : []))
}
