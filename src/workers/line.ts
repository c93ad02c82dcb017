import { checkBlock, type Frames, type Layout, type Values } from '../core/frames.ts'
import { callback, type Given, integer, oneOf, type Read } from '../core/options.ts'
import { alike } from '../streams/fromHere.ts'
import { buffersOf, type Port, post, sentOf } from './wire.ts'

/** What became of the frames that were to be sent; `in = out + dropped + queued`, at any time. */
export interface SendStats {
  /** What came. */
  readonly in: number
  /** What was read, and has gone through all that follows there. */
  readonly out: number
  /** What found no room. */
  readonly dropped: number
  /** What waits, here and on the way. */
  readonly queued: number
}

/** Of what sends frames to another thread. */
export const sendOptions = {
  /** Blocks that may wait for a reader that is slower than the source, besides the few that are on the way: memory is bounded however slow it is. */
  queue: integer(1).default(1024),
  /** What is done where the queue is full: what comes is lost, or what has waited longest, each told as time of weight 0; or the stream ends in an error. A source that is read on demand waits instead. */
  overload: oneOf('drop-newest', 'drop-oldest', 'error').optional(
    "'drop-newest' for live frames, 'error' for others, whose loss nobody expects",
  ),
  /** Called with each block that was read: how many frames came, how many were lost. */
  stats: callback<(stats: SendStats) => void>().optional(),
}

export type SendOptions = Given<typeof sendOptions>

/** Messages on the way: as many blocks of a microphone as come while a page is busy for a third of a second, so that the reader has something to do meanwhile. */
const inFlight = 16

/** Frames that found no room. */
interface Lost {
  readonly count: number
  readonly layout: Layout
}

/** The blocks that wait for a reader. No more are on the way than it can have next: a port has no end and no count. */
export class Line {
  readonly #waiting: (Frames<Values> | Lost)[] = []
  /** Frames of each message on the way. */
  readonly #flying: number[] = []
  /** Blocks among what waits. */
  #blocks = 0
  #layout: Layout | undefined
  #ending: (() => void) | undefined
  #free: (() => void) | undefined
  #in = 0
  #out = 0
  #dropped = 0

  constructor(
    readonly who: string,
    readonly port: Port,
    readonly options: Read<typeof sendOptions>,
  ) {}

  /** @throws what `checkBlock` throws, and an Error where the queue is full and nothing is to be lost */
  push(block: Frames<Values>): void {
    const { queue, overload = block.layout?.live ? 'drop-newest' : 'error' } = this.options
    checkBlock(this.who, block)
    this.#in += block.length
    if (this.#blocks < queue) this.#wait(block)
    else if (overload === 'drop-newest') this.#lose(block, this.#waiting.length - (isLost(this.#waiting.at(-1)!) ? 1 : 0))
    else if (overload === 'drop-oldest') {
      this.#wait(block)
      // In front of the oldest there may be what was lost before it.
      const [oldest] = this.#waiting.splice(isLost(this.#waiting[0]!) ? 1 : 0, 1) as [Frames<Values>]
      this.#blocks--
      this.#lose(oldest, 0)
    } else
      throw new Error(
        `${this.who}: expected a reader as fast as its source, got ${queue} blocks that wait for it; a source that is read on demand (pcm, decodeAudio, replay), piped straight into it, waits instead, and overload: 'drop-oldest' loses frames`,
      )
    this.#fly()
  }

  /** A message was read. */
  read(): void {
    this.#out += this.#flying.shift() ?? 0
    const { stats } = this.options
    stats?.({ in: this.#in, out: this.#out, dropped: this.#dropped, queued: this.#in - this.#out - this.#dropped })
    this.#fly()
    this.#free?.()
  }

  /** When there is room on the way again, so that nothing has to wait here. */
  async room(): Promise<void> {
    while (this.#flying.length >= inFlight) {
      await new Promise<void>((resolve) => {
        this.#free = resolve
      })
    }
  }

  /** Once all that waits was sent. */
  end(then: () => void): void {
    this.#ending = then
    this.#fly()
  }

  #wait(block: Frames<Values>): void {
    this.#waiting.push(block)
    this.#blocks++
  }

  /** Adds frames to those that were lost at a place of the queue. */
  #lose({ length, layout }: Frames<Values>, at: number): void {
    this.#dropped += length
    const there = this.#waiting[at]
    const more = there && isLost(there) ? there.count : 0
    this.#waiting.splice(at, more > 0 ? 1 : 0, { count: length + more, layout })
  }

  #fly(): void {
    while (this.#waiting.length > 0 && this.#flying.length < inFlight) {
      const next = this.#waiting.shift()!
      const layout = this.#layout && alike(this.#layout, next.layout) ? undefined : next.layout
      this.#layout = next.layout
      if (isLost(next)) {
        this.#flying.push(0)
        post(this.port, { kind: 'lost', count: next.count, layout })
      } else {
        this.#blocks--
        this.#flying.push(next.length)
        const block = sentOf(next)
        post(this.port, { kind: 'block', block, layout }, buffersOf(block))
      }
    }
    if (this.#waiting.length > 0) return
    const ending = this.#ending
    this.#ending = undefined
    ending?.()
  }
}

function isLost(waiting: Frames<Values> | Lost): waiting is Lost {
  return 'count' in waiting
}
