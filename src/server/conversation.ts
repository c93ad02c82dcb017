import type { RawData, WebSocket } from 'ws'
import { DataError, known, refusal, show, tried } from '../core/check.ts'
import { laneNames } from '../core/frames.ts'
import { chain } from '../core/stage.ts'
import { vectorText } from '../sinks/toJsonl.ts'
import { pullVectors } from '../streams/pullVectors.ts'
import type { Vector } from '../streams/toVectors.ts'
import { type Count, Intake } from './intake.ts'
import { type Opening, openingOf } from './opening.ts'
import { errorText } from './refused.ts'
import type { Served } from './served.ts'
import type { Limits } from './serverOptions.ts'
import { Patience } from './turns.ts'

/** Bytes of a message, and of all that is queued of a stream. */
export const mostBytes: number = 2 ** 20

/** Why a WebSocket is closed, by the codes of RFC 6455 §7.4.1. */
const codes = { done: 1000, leaving: 1001, data: 1007, policy: 1008, fault: 1011 } as const

/** What a stream has counted: frames, and vectors that were sent. */
export interface StreamCount extends Count {
  readonly vectors: number
}

/** One stream over a WebSocket: a first message in JSON, then frames in and vectors out, no faster than each side takes them. */
export class Conversation {
  readonly #socket: WebSocket
  readonly #served: Served
  readonly #idle: number
  readonly #silent: Patience
  #opening: Opening | undefined
  #intake: Intake | undefined
  #vectors = 0
  #leaving = false
  /** Whether counts have been asked for that are not on their way yet. */
  #asked = false

  constructor(socket: WebSocket, served: Served, { idle, timeout }: Limits) {
    this.#socket = socket
    this.#served = served
    this.#idle = idle
    this.#silent = new Patience(Math.min(idle, timeout), () => this.#unheard())
    socket.on('message', (data, isBinary) => this.#hear(data, isBinary))
    // A pong for each of many pings would queue without end where nobody reads.
    socket.on('ping', (data) => void (socket.bufferedAmount < 2 ** 16 ? socket.pong(data) : socket.terminate()))
    // The socket closes itself, with the code that says what was wrong.
    socket.on('error', (error) => this.#intake?.end(error))
    socket.on('close', () => {
      this.#silent.end()
      this.#intake?.end(new Error('stream: expected a client, got none'))
    })
  }

  get count(): StreamCount {
    return { ...(this.#intake?.count ?? { in: 0, out: 0, dropped: 0, queued: 0 }), vectors: this.#vectors }
  }

  /** Ends what comes in; what it still gives is sent. */
  leave(): void {
    this.#leaving = true
    if (this.#intake) this.#intake.end()
    else this.#socket.close(codes.leaving)
  }

  #hear(data: RawData, isBinary: boolean): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#silent.renew()
    try {
      const bytes = data as Buffer
      if (!this.#intake) this.#open(bytes, isBinary)
      else if (isBinary) this.#intake.add(bytes)
      else this.#told(bytes.toString(), this.#intake)
    } catch (error) {
      void this.#fail(error)
    }
  }

  #open(bytes: Buffer, isBinary: boolean): void {
    if (isBinary) throw refusal('stream', 'expected a first message such as {"rate":16000,"format":"s16le"}', bytes)
    const opening = openingOf(bytes.toString(), this.#served)
    // What cannot run without an end is refused here.
    const names = laneNames(chain(...opening.stages).plan(opening.layout).layout)
    const { width, overload } = opening
    const wait = (waits: boolean) => {
      if (waits) this.#socket.pause()
      else this.#socket.resume()
    }
    this.#opening = opening
    this.#intake = new Intake({ width, overload, most: mostBytes, wait })
    void this.#run(opening, this.#intake, names)
  }

  #told(text: string, intake: Intake): void {
    const message = tried(text, JSON.parse) as unknown
    if (Array.isArray(message) && this.#opening!.bytes) {
      intake.add(this.#opening!.bytes(message))
      return
    }
    if (typeof message !== 'object' || message === null || Array.isArray(message))
      throw refusal('stream', 'expected {"end":true}, {"stats":true} or frames', text)
    const { end, stats } = known('stream', message, ['end', 'stats']) as { readonly end?: unknown; readonly stats?: unknown }
    if (stats) void this.#tell()
    if (end) intake.end()
  }

  /** Counts for who asked; asked again before they could be sent, they are sent once. */
  async #tell(): Promise<void> {
    if (this.#asked) return
    this.#asked = true
    while (this.#socket.bufferedAmount > 0 && this.#socket.readyState === this.#socket.OPEN)
      await new Promise((resolve) => setTimeout(resolve, 20))
    this.#asked = false
    await this.#send(JSON.stringify({ stats: this.count })).catch(() => {})
  }

  async #run({ frames, stages, vectors, overload }: Opening, intake: Intake, names: readonly string[]): Promise<void> {
    try {
      await this.#send(JSON.stringify({ names }))
      for await (const vector of pullVectors(frames(intake), ...stages)) {
        // Who cannot read what was heard is spared what was not.
        if (overload !== 'block' && vector.weight === 0) continue
        this.#vectors++
        await this.#send(vectors === 'json' ? vectorText('stream', { ...vector, id: 'stream' }) : packed(vector))
      }
      await this.#send(JSON.stringify({ ended: this.count }))
      this.#socket.close(this.#leaving ? codes.leaving : codes.done)
    } catch (error) {
      await this.#fail(error)
    }
  }

  /** Once it has been handed to the system, which takes no more than fits on the way. */
  #send(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const stuck = new Patience(this.#idle, () => this.#socket.terminate())
      this.#socket.send(data, (error) => {
        stuck.end()
        if (error) reject(error)
        else resolve()
      })
    })
  }

  /** Nothing was heard; of who is not listened to, nothing can be. */
  #unheard(): void {
    if (this.#socket.isPaused) this.#silent.renew()
    else void this.#fail(refusal('stream', `expected a message within ${this.#idle} s`, 'none'))
  }

  async #fail(cause: unknown): Promise<void> {
    const error = cause instanceof Error ? cause : new Error(show(cause))
    this.#intake?.end(error)
    if (this.#socket.readyState !== this.#socket.OPEN) return
    const code =
      error instanceof DataError ? codes.data : error instanceof TypeError || error instanceof RangeError ? codes.policy : codes.fault
    this.#socket.send(errorText(error))
    this.#socket.close(code, shortened(error.message))
    // Paused, it would not hear that the other side closes, too.
    this.#socket.resume()
  }
}

function packed({ start, end, weight, vector }: Vector): Uint8Array {
  const bytes = new Uint8Array(24 + vector.byteLength)
  const view = new DataView(bytes.buffer)
  for (const [i, number] of [start, end, weight].entries()) view.setFloat64(8 * i, number, true)
  bytes.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), 24)
  return bytes
}

/** What a close frame has room for. */
function shortened(text: string): string {
  const bytes = Buffer.from(text)
  // A letter that is cut is left out.
  return bytes.length <= 120 ? text : `${new TextDecoder().decode(bytes.subarray(0, 117), { stream: true })}…`
}
