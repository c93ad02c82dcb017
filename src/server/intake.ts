import { DataError } from '../core/check.ts'
import { joined } from '../files/bytes.ts'

/** What becomes of what comes faster than it is taken: its sender waits, or the first or the last of it is lost. */
export const overloads = ['block', 'drop-oldest', 'drop-newest'] as const

/** Frames so far: in = out + dropped + queued, at any time. */
export interface Count {
  readonly in: number
  readonly out: number
  readonly dropped: number
  readonly queued: number
}

/** Whole frames, after those that were lost before them. */
export interface Piece {
  readonly lost: number
  readonly bytes: Uint8Array
}

interface Options {
  /** Bytes of a frame. */
  readonly width: number
  /** Bytes that are queued, at most. */
  readonly most: number
  readonly overload: (typeof overloads)[number]
  /** Whether the sender is to wait. */
  readonly wait: (waits: boolean) => void
}

/** Bytes of a piece that others may follow in. */
const small = 2 ** 14

/** A bounded queue between who sends frames and who takes them. */
export class Intake {
  readonly #options: Options
  readonly #room: number
  #queue: Piece[] = []
  /** Lost after all that is queued. */
  #lost = 0
  /** Of a frame that is not whole yet. */
  #rest: Uint8Array = new Uint8Array(0)
  #count = { in: 0, out: 0, dropped: 0, queued: 0 }
  #waiting = false
  #end: { readonly error?: Error } | undefined
  #wake = (): void => {}

  constructor(options: Options) {
    this.#options = options
    this.#room = Math.max(1, Math.floor(options.most / options.width))
  }

  get count(): Count {
    return { ...this.#count }
  }

  /** Bytes, cut anywhere. */
  add(bytes: Uint8Array): void {
    if (this.#end) return
    const { width, overload } = this.#options
    const all = this.#rest.length > 0 ? joined(this.#rest, bytes) : bytes
    const frames = Math.floor(all.length / width)
    // A copy: what is left of a large message would hold all of it.
    this.#rest = all.slice(frames * width)
    this.#count.in += frames
    const kept = overload === 'drop-newest' ? Math.min(frames, this.#room - this.#count.queued) : frames
    if (kept > 0) this.#push(all.subarray(0, kept * width))
    this.#count.queued += kept
    this.#lost += frames - kept
    this.#count.dropped += frames - kept
    if (overload === 'drop-oldest') this.#dropOldest(this.#count.queued - this.#room)
    this.#flow()
    this.#wake()
  }

  /** Nothing more comes; with an error, nothing more is taken either. */
  end(error?: Error): void {
    if (this.#end && !error) return
    this.#end = error ? { error } : {}
    this.#wake()
  }

  /** @throws the error that it was ended with; DataError where it ends within a frame */
  async *pieces(): AsyncGenerator<Piece, void, undefined> {
    const { width } = this.#options
    for (;;) {
      if (this.#end?.error) throw this.#end.error
      const piece = this.#queue.shift()
      if (piece) {
        const frames = piece.bytes.length / width
        this.#count.out += frames
        this.#count.queued -= frames
        this.#flow()
        yield piece
      } else if (this.#end) {
        if (this.#lost > 0) yield { lost: this.#lost, bytes: new Uint8Array(0) }
        const left = this.#rest.length
        if (left > 0) throw new DataError(`stream: expected whole frames of ${width} bytes, got ${left} left over at the end`)
        return
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
  }

  /** Joins what is small: a piece of two bytes takes a hundred times as many. */
  #push(bytes: Uint8Array): void {
    const last = this.#queue.at(-1)
    if (last && this.#lost === 0 && last.bytes.length < small) {
      this.#queue[this.#queue.length - 1] = { lost: last.lost, bytes: joined(last.bytes, bytes) }
    } else {
      this.#queue.push({ lost: this.#lost, bytes: bytes.length < small ? bytes.slice() : bytes })
    }
    this.#lost = 0
  }

  #dropOldest(over: number): void {
    const { width } = this.#options
    for (let left = over; left > 0; ) {
      const { lost, bytes } = this.#queue.shift()!
      const frames = bytes.length / width
      const gone = Math.min(left, frames)
      left -= gone
      this.#count.dropped += gone
      this.#count.queued -= gone
      if (gone < frames) this.#queue.unshift({ lost: lost + gone, bytes: bytes.subarray(gone * width) })
      else if (this.#queue.length > 0) this.#queue[0] = { ...this.#queue[0]!, lost: this.#queue[0]!.lost + lost + gone }
      else this.#lost += lost + gone
    }
  }

  /** Full, the sender waits until half of it has been taken. */
  #flow(): void {
    if (this.#options.overload !== 'block') return
    const { queued } = this.#count
    const waits = this.#waiting ? queued > this.#room / 2 : queued >= this.#room
    if (waits !== this.#waiting) this.#options.wait(waits)
    this.#waiting = waits
  }
}
