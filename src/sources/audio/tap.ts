// What runs in the audio thread, as a script of its own: it imports nothing, so that any page can serve it as it is. `npm run docs` writes it as text into tapModule.ts.
declare class AudioWorkletProcessor {
  readonly port: MessagePort
}
declare function registerProcessor(name: string, processor: new (options: { processorOptions: TapSettings }) => object): void
/** Frames that the context has rendered. */
declare const currentFrame: number

export interface TapSettings {
  readonly channels: number
  /** Samples of a batch. */
  readonly size: number
  /** Samples that may wait, here and on the way. */
  readonly room: number
  /** Samples that may be on the way. */
  readonly flight: number
  /** Whether what has waited longest is dropped, and not what comes. */
  readonly oldest: boolean
  /** Frames that the context will render. */
  readonly end: number
}

/**
 * Samples from index `at` on, one array for each channel; sample 0 is the context's frame `first`. The last message of a context with an end has none.
 * `heard` and `dropped` are of when it was sent.
 */
export interface Batch {
  readonly at: number
  readonly first: number
  readonly channels: readonly Float32Array[]
  readonly heard: number
  readonly dropped: number
}

interface Waiting {
  readonly at: number
  readonly channels: readonly Float32Array<ArrayBuffer>[]
}

// Inputs are used again for the next quantum: they are copied. A quantum without input is silence.
// Batches wait in `line`, here and not in the port, where nobody could count or drop them: no more are `flying` than were asked for, and each that is read lets others follow.
// `waiting` counts the samples of both. What was dropped shows in the next batch's `at`.
registerProcessor(
  'poolwise-tap',
  class extends AudioWorkletProcessor {
    settings: TapSettings
    batch: Float32Array[]
    line: Waiting[] = []
    at = 0
    first = -1
    filled = 0
    waiting = 0
    flying = 0
    dropped = 0
    open = true

    constructor({ processorOptions }: { processorOptions: TapSettings }) {
      super()
      const { channels, size, flight } = processorOptions
      this.settings = processorOptions
      this.batch = Array.from({ length: channels }, () => new Float32Array(size))
      this.port.onmessage = ({ data }: { data: number | 'stop' }) => {
        if (data === 'stop') this.open = false
        else {
          this.waiting -= data
          this.flying -= data
          this.fly(flight)
        }
      }
    }

    process([input]: [Float32Array[]], [[output]]: [[Float32Array]]): boolean {
      const { size, end } = this.settings
      if (this.first < 0) this.first = currentFrame
      const count = Math.min(output.length, end - currentFrame)
      if (this.filled + count > size) this.send()
      this.batch.forEach((channel, i) => {
        if (input[i]) channel.set(input[i].subarray(0, count), this.filled)
        else channel.fill(0, this.filled, this.filled + count)
      })
      this.filled += count
      const last = currentFrame + output.length >= end
      if (last || this.filled === size) this.send()
      if (last) {
        this.fly(Infinity)
        this.post({ at: this.at, channels: [] })
      }
      return this.open && !last
    }

    send(): void {
      const { at, filled, line } = this
      const { oldest, room, flight } = this.settings
      this.at += filled
      this.filled = 0
      let spare: Waiting['channels'] | undefined
      while (oldest && this.waiting + filled > room && line.length > 0) {
        spare = line.shift()!.channels
        this.waiting -= spare[0]!.length
        this.dropped += spare[0]!.length
      }
      if (this.waiting + filled > room) this.dropped += filled
      else {
        // Memory of what is dropped is used again: an overloaded audio thread leaves nothing to collect.
        const own = spare?.[0]?.length === filled ? spare : this.batch.map(() => new Float32Array(filled))
        own.forEach((channel, i) => {
          channel.set(this.batch[i]!.subarray(0, filled))
        })
        line.push({ at, channels: own })
        this.waiting += filled
      }
      this.fly(flight)
    }

    fly(most: number): void {
      while (this.line.length > 0 && (this.flying === 0 || this.flying + this.line[0]!.channels[0]!.length <= most)) {
        const next = this.line.shift()!
        this.flying += next.channels[0]!.length
        this.post(next)
      }
    }

    post({ at, channels }: Waiting): void {
      const { first, at: heard, dropped } = this
      const batch: Batch = { at, first, channels, heard, dropped }
      if (this.open)
        this.port.postMessage(
          batch,
          channels.map(({ buffer }) => buffer),
        )
    }
  },
)
