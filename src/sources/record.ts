import type { MonoTypeOperatorFunction, Observable } from 'rxjs'
import { type Json, refusal, tried } from '../core/check.ts'
import { checkBlock, type Frames, type Layout } from '../core/frames.ts'
import { checked, type Given, read } from '../core/options.ts'
import { alike } from '../streams/fromHere.ts'
import { relay } from '../streams/relay.ts'

const recordOptions = {
  /** What happens beside the sound, each as JSON: it is written between the blocks where it comes. */
  events: checked<Observable<Json>>({}, (who, name, value) => {
    if (tried(value as Observable<Json>, ({ subscribe }) => typeof subscribe === 'function')) return value as Observable<Json>
    throw refusal(who, `${name} must be an Observable`, value)
  }).optional(),
}

export type RecordOptions = Given<typeof recordOptions>

/** A block as a line of the format: what follows the line, in this order, low byte first. */
export interface BlockLine {
  readonly start: number
  readonly length: number
  /** float32, one a lane of each frame; 'float64' where input was. */
  readonly data: 'float32' | 'float64'
  /** float32, one a frame. */
  readonly weights?: true
  /** A byte a frame. */
  readonly boundaries?: true
  /** Two float64 a frame. */
  readonly spans?: true
  /** Of an irregular clock: no frame that follows begins before it. */
  readonly watermark?: number
}

/** The first line of a recording. */
export const head = { poolwise: 'frames', version: 1 } as const

/**
 * Records frames as they pass, for `replay`: samples, what was lost and where, clock and blocks, so that what is replayed gives the same vectors, bit for bit.
 *
 * Shape: frames of any layouts → the same. `write` gets bytes in order, before the block is passed on; they are its to keep. Put it right after the source.
 *
 * The format: lines of JSON that end in a line feed, UTF-8. First `{"poolwise":"frames","version":1}`. `{"layout":…}` is the layout of the blocks from there on. A block is
 * `{"start":…,"length":…,"data":"float32"}` and after its line feed the values, low byte first: data (float32, or float64 where it says so), then, each where the line has it as `true`,
 * `weights` (float32, one a frame; 0 is time that was lost), `boundaries` (a byte a frame) and `spans` (two float64 a frame); `watermark` is a number in the line. `{"event":…}` is an event, `{"end":true}` the last line, which is
 * written when the stream ends, fails or is unsubscribed: a recording without it was cut short.
 *
 * @throws TypeError for bad options, and where `write` is no function; a DataError in the stream for what is no block of frames; what `write` throws is an error of the stream
 * @example
 * frames$.pipe(record((bytes) => bytes.length), pool1d('mean', { size: 8 }), toVectors())
 */
export function record(write: (bytes: Uint8Array<ArrayBuffer>) => void, options: RecordOptions = {}): MonoTypeOperatorFunction<Frames> {
  const { events } = read('record', recordOptions, options)
  if (typeof write !== 'function') throw refusal('record', 'expected a function that takes bytes', write)
  const line = (value: object) => write(new TextEncoder().encode(`${JSON.stringify(value)}\n`))
  return relay((out) => {
    let layout: Layout | undefined
    line(head)
    out.add(() => line({ end: true }))
    out.add(events?.subscribe({ next: (event) => line({ event }), error: (cause) => out.error(cause) }))
    return {
      next(block) {
        checkBlock('record', block)
        const { start, length, data, weights, boundaries, spans, watermark } = block
        if (!layout || !alike(layout, block.layout)) {
          layout = block.layout
          line({ layout })
        }
        const parts = {
          ...(weights && { weights: true }),
          ...(boundaries && { boundaries: true }),
          ...(spans && { spans: true }),
          ...(watermark !== undefined && { watermark }),
        }
        line({ start, length, data: (data as unknown) instanceof Float64Array ? 'float64' : 'float32', ...parts })
        for (const { buffer, byteOffset, byteLength } of [data, weights, boundaries, spans].filter((part) => part !== undefined))
          if (byteLength > 0) write(new Uint8Array(buffer, byteOffset, byteLength).slice())
        out.next(block)
      },
    }
  })
}
