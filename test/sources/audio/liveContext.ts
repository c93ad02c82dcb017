import { vi } from 'vitest'

/** A live context as a browser has it, whose worklets are rendered by hand: the processor runs as it is, from its URL. */
export class LiveContext extends EventTarget {
  static last: LiveContext
  readonly sampleRate = 16000
  readonly destination = {}
  state = 'running'
  frame = 0
  worklets: LiveWorklet[] = []
  processor: (new (options: object) => { process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean }) | undefined
  port: MessagePort | undefined
  readonly source = { context: this as LiveContext, connect: vi.fn(), disconnect: vi.fn() }
  readonly audioWorklet = {
    addModule: vi.fn(async (url: string) => {
      const self = this
      const scope = {
        get currentFrame() {
          return self.frame
        },
        registerProcessor: (_: string, made: LiveContext['processor']) => {
          this.processor = made
        },
        AudioWorkletProcessor: class {
          readonly port = self.port
        },
      }
      new Function('scope', `with (scope) { ${decodeURIComponent(url.slice(url.indexOf(',') + 1))} }`)(scope)
    }),
  }

  constructor() {
    super()
    LiveContext.last = this
  }

  get currentTime(): number {
    return this.frame / this.sampleRate
  }

  createMediaStreamSource() {
    return this.source
  }

  async resume() {}

  async close() {
    this.state = 'closed'
    this.dispatchEvent(new Event('statechange'))
  }

  /** Renders quanta of 128 samples, each sample its own index. */
  render(quanta: number): boolean[] {
    return Array.from({ length: quanta }, () => {
      const input = Float32Array.from({ length: 128 }, (_, i) => this.frame + i)
      const alive = this.worklets.map((worklet) => worklet.processor.process([[input]], [[new Float32Array(128)]]))
      this.frame += 128
      return alive.every(Boolean)
    })
  }
}

export class LiveWorklet {
  readonly port: MessagePort
  readonly inner: MessagePort
  readonly processor: { process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean }
  readonly connect = vi.fn()
  readonly disconnect = vi.fn()
  constructor(context: LiveContext, _: string, options: object) {
    const { port1, port2 } = new MessageChannel()
    this.port = port1
    this.inner = port2
    context.port = port2
    this.processor = new context.processor!(options)
    context.worklets.push(this)
  }
}

export const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))
