import { Observable } from 'rxjs'
import { refusal, show, tried } from '../../core/check.ts'
import type { Frames } from '../../core/frames.ts'
import { callback, checked, type Given, integer, numberOrInfinity, oneOf, read } from '../../core/options.ts'
import { nothing } from '../../core/stage.ts'
import { highestRate } from '../../stages/spectra/resample.ts'
import { wallTime } from '../../streams/wallTime.ts'
import { type Resampler, resampler } from './resampled.ts'
import type { Batch, TapSettings } from './tap.ts'
import { tapModule } from './tapModule.ts'

/** What `audioNode` needs of an AudioNode: a browser's, or web-audio-api's. */
export interface TappedNode {
  readonly context: TapContext
  connect(destination: never): unknown
  disconnect(destination: never): unknown
}

export interface TapContext {
  readonly sampleRate: number
  readonly currentTime: number
  readonly state: string
  readonly destination: unknown
  readonly audioWorklet: { addModule(url: string): Promise<unknown> }
  addEventListener(type: 'statechange', listener: () => void): void
  removeEventListener(type: 'statechange', listener: () => void): void
}

/** What became of the sound of a tap, in samples of each channel at the context's rate; `in = out + dropped + queued`, at any time. */
export interface TapStats {
  /** Samples per second of what is counted. */
  readonly rate: number
  /** What reached the queue. */
  readonly in: number
  /** What was handed on. */
  readonly out: number
  /** What found no room; it is, or will be, handed on as time of weight 0. */
  readonly dropped: number
  /** What waits. */
  readonly queued: number
  /** Seconds from the end of what was handed on to the context's `currentTime`, after everything that follows in this thread has had it. */
  readonly lag: number
}

/** Of what listens to sound as it is played. */
export const tapOptions = {
  /** Samples per second of what comes out. */
  rate: integer(1, highestRate).default(16000).unit('Hz'),
  /** Mixed up or down to this many, by the rules of Web Audio: stereo to mono is the mean. */
  channels: integer(1, 32).default(1),
  /**
   * What frames tell the time of: of the sound, from 0 at the first sample; of the context, `currentTime`; or of the day, Unix time in seconds, as {@link wallTime} has it. The last goes by the
   * context's clock from the first sample on.
   */
  clock: oneOf('sound', 'context', 'wall').default('sound'),
  /** Sound that may wait for a reader that is busy; what does not fit is lost: memory is bounded however long nobody reads. */
  queue: numberOrInfinity({ above: 0 }).unit('s').optional('10, and everything for an OfflineAudioContext, which is not live'),
  /** What is lost where the queue is full: what comes, or what has waited longest, so that a reader that was busy goes on near the present. A device cannot be told to wait. */
  overload: oneOf('drop-newest', 'drop-oldest').default('drop-newest'),
  /** Called with each piece of sound that is handed on, after it was: how much came, how much was lost, how late it is. */
  stats: callback<(stats: TapStats) => void>().optional(),
  /** Address of `poolwise/tap.js`, the script that runs in the audio thread, for pages whose Content-Security-Policy forbids data: URLs. */
  module: checked<string>({ type: 'string' }, (who, name, value) => {
    if (typeof value === 'string') return value
    throw refusal(who, `${name} must be the address of a script`, value)
  }).optional('a data: URL'),
}

const audioNodeOptions = {
  ...tapOptions,
  /** The class AudioWorkletNode; in Node that of web-audio-api. */
  worklet: checked<WorkletConstructor>({}, (who, name, value) => {
    if (typeof value === 'function') return value as WorkletConstructor
    throw refusal(who, `${name} must be the class AudioWorkletNode`, value)
  }).optional('the global one, which browsers have'),
}

export type TapOptions = Given<typeof audioNodeOptions>

export type WorkletConstructor = new (context: never, name: string, options: WorkletOptions) => WorkletNode

interface WorkletOptions {
  readonly numberOfInputs: number
  readonly numberOfOutputs: number
  readonly channelCount: number
  readonly channelCountMode: 'explicit'
  readonly processorOptions: TapSettings
}

interface WorkletNode {
  readonly port: TapPort
  connect(destination: never): unknown
  disconnect(): unknown
}

/** A MessagePort; `onmessage` gets an event with `data`, in each environment one of its own. */
interface TapPort {
  onmessage: unknown
  postMessage(message: unknown): void
  close(): void
}

const name = 'poolwise-tap'
const batchSize = 1024
/** Seconds of sound on the way to the reader: more than a turn of a busy page takes, and so little that what it is told is not old. */
const inFlight = 0.25

/** A context refuses to register a processor twice. */
const loaded = new WeakMap<TapContext, Promise<void>>()

/**
 * What an AudioNode plays, as frames, without being heard; in browsers and in Node with web-audio-api.
 *
 * Shape: the node's output → Frames of 1 bin × `channels` at `rate`. The first block has no frames: it comes when the tap is connected, and an OfflineAudioContext is
 * to be started after it; of a live context whose clock, or that of the day, is asked for, with its first sound. Live, unless the context is offline; completes when the context is closed, or all of it is rendered.
 * Samples that did not fit the queue arrive as frames of weight 0, and so do those of a live context that are NaN or infinite. Unsubscribing disconnects the tap and closes its port.
 *
 * Times are of the audio graph, exact to a sample of its context, resampled or not, whatever is lost. With `clock: 'context'` a vector's `start` and `end` are seconds of
 * `context.currentTime`, and what is played then is scheduled with them; when it is heard tells `context.getOutputTimestamp()`. With `clock: 'wall'` they are seconds of {@link wallTime}, as near as
 * `currentTime` is kept (a few hundredths of a second), and from the first sample on they go by the device's clock, which may be off by some parts in a hundred thousand. What devices
 * add before the graph and after it is not known to it.
 *
 * @throws RangeError or TypeError for bad options, and in the stream where there is no AudioWorkletNode; a DataError for a sample of an OfflineAudioContext that is NaN or infinite; an Error in the stream where the page forbids its script or `module` cannot be loaded.
 * @example
 * audioNode(source, { rate: 16000, clock: 'context' }).pipe(logMel())
 */
export function audioNode(node: TappedNode, options: TapOptions = {}): Observable<Frames> {
  const { rate, channels, clock, queue, overload, stats, module, worklet: given } = read('audioNode', audioNodeOptions, options)
  if (!tried(node, isNode)) throw refusal('audioNode', 'expected an AudioNode', node)
  const { context } = node
  const end = lengthOf(context)
  const live = end === Infinity
  if (clock === 'wall' && !live)
    throw refusal('audioNode', "clock must be 'sound' or 'context' where the context is an OfflineAudioContext, which keeps no time", clock)
  const room = (queue ?? (end < Infinity ? Infinity : 10)) * context.sampleRate
  const flight = live ? inFlight * context.sampleRate : room
  const settings: TapSettings = { channels, size: batchSize, room, flight, oldest: overload === 'drop-oldest', end }
  return new Observable((subscriber) => {
    load(context, module)
      .then(() => {
        if (subscriber.closed) return
        const worklet = tapped(node, given, settings)
        subscriber.add(() => release(node, worklet))
        let machine: Resampler | undefined
        const open = (start: number): Resampler => {
          machine = resampler('audioNode', { from: context.sampleRate, to: rate, channels, live, start })
          subscriber.next(nothing(machine.layout))
          return machine
        }
        const safely = (act: () => void) => {
          try {
            act()
          } catch (error) {
            subscriber.error(error)
          }
        }
        const emit = (blocks: Iterable<Frames>) => {
          for (const block of blocks) subscriber.next(block)
        }
        const finish = () => {
          if (machine) emit(machine.close())
          subscriber.complete()
        }
        let [next, out] = [0, 0]
        const hear = ({ at, first, channels: heard, heard: all, dropped }: Batch) => {
          const to = machine ?? open(first / context.sampleRate + (clock === 'wall' ? wallTime() - context.currentTime : 0))
          for (; next < at; next += batchSize) emit(to.push(silence(channels, Math.min(batchSize, at - next)), 'lost'))
          const count = heard[0]?.length ?? 0
          if (count > 0) emit(to.push(heard))
          next = at + count
          out += count
          const lag = Math.max(0, context.currentTime - (first + next) / context.sampleRate)
          stats?.({ rate: context.sampleRate, in: all, out, dropped, queued: all - out - dropped, lag })
          if (count > 0) worklet.port.postMessage(count)
          else finish()
        }
        worklet.port.onmessage = ({ data }: { readonly data: Batch }) => safely(() => hear(data))
        if (live) {
          const closed = () => context.state === 'closed' && safely(finish)
          context.addEventListener('statechange', closed)
          subscriber.add(() => context.removeEventListener('statechange', closed))
        }
        // A live context goes on until the tap is in its place: the first sample tells when that was.
        if (clock === 'sound') open(0)
        else if (!live) open(context.currentTime)
      })
      .catch((error: unknown) => subscriber.error(error))
  })
}

function isNode({ context, connect, disconnect }: TappedNode): boolean {
  return context.sampleRate > 0 && [connect, disconnect, context.addEventListener].every((method) => typeof method === 'function')
}

/** Frames that an OfflineAudioContext will render; Infinity for a live context. */
function lengthOf(context: TapContext): number {
  return 'length' in context && typeof context.length === 'number' ? context.length : Infinity
}

function load(context: TapContext, module: string | undefined): Promise<void> {
  const ready = loaded.get(context) ?? register(context, module)
  loaded.set(context, ready)
  return ready
}

async function register(context: TapContext, module: string | undefined): Promise<void> {
  const worklets: TapContext['audioWorklet'] | undefined = context.audioWorklet
  if (worklets === undefined)
    throw new TypeError('audioNode: expected context.audioWorklet, which browsers have on pages from https or localhost, got undefined')
  try {
    await worklets.addModule(module ?? `data:text/javascript,${encodeURIComponent(tapModule)}`)
  } catch (cause) {
    // So that it can be tried again, from another address.
    loaded.delete(context)
    const { name: got } = cause as Error
    throw new Error(
      module === undefined
        ? `audioNode: expected a page that may load a worklet from a data: URL, got ${got}; where its Content-Security-Policy forbids that, serve the file poolwise/tap.js and name its address: { module: '/tap.js' }`
        : `audioNode: module must be the address of the file poolwise/tap.js, got ${show(module)}, which gave ${got}`,
      { cause },
    )
  }
}

/** The tap writes nothing to its output, so it is silent; it is connected because a worklet runs only on the way to the destination. */
function tapped(node: TappedNode, given: WorkletConstructor | undefined, settings: TapSettings): WorkletNode {
  const Worklet = given ?? (globalThis as { AudioWorkletNode?: WorkletConstructor }).AudioWorkletNode
  if (Worklet === undefined)
    throw new TypeError(
      'audioNode: worklet must be the class AudioWorkletNode of web-audio-api where there is no global one, got undefined',
    )
  const { context } = node
  const worklet = new Worklet(context as never, name, {
    numberOfInputs: 1,
    numberOfOutputs: 1,
    channelCount: settings.channels,
    channelCountMode: 'explicit',
    processorOptions: settings,
  })
  node.connect(worklet as never)
  worklet.connect(context.destination as never)
  return worklet
}

function release(node: TappedNode, worklet: WorkletNode): void {
  try {
    node.disconnect(worklet as never)
  } catch {
    // Its user, or its end, has disconnected it before.
  }
  worklet.disconnect()
  worklet.port.postMessage('stop')
  // An open port would keep Node alive.
  worklet.port.close()
}

function silence(channels: number, length: number): Float32Array[] {
  return Array.from({ length: channels }, () => new Float32Array(length))
}
