// What live.ts runs in a page: a microphone pooled in the main thread, in a worker, and heard by Meyda. Bundled for the page, these exports are its global `inPage`.
import { beside, logMel, pool1d, type Stage, toVectors, type Vector } from 'poolwise'
import { microphone, type TapStats } from 'poolwise/audio'
import { inWorker } from 'poolwise/workers'
import type { Observable } from 'rxjs'

export const who = ['main thread', 'worker', 'Meyda'] as const
export type Who = (typeof who)[number]

export interface Run {
  readonly seconds: number
  /** Seconds from the last sample of what was pooled to its emission. */
  readonly late: readonly number[]
  /** Frames of features that were computed, and that the sound that was heard would have given besides. */
  readonly seen: number
  readonly missed: number
}

const bands = 80
const hop = 160
const stride = '100ms'
const windows = ['250ms', '500ms', '1s'] as const
const stages: readonly [ReturnType<typeof logMel>, Stage & ReturnType<typeof beside>] = [
  logMel({ bands, hop }),
  beside(windows.map((size) => pool1d(['mean', 'std', 'max'], { size, stride }))),
]

/** Listens for so many seconds, after one that does not count; of each 400 ms a page that is `busy` does nothing else for 300. */
export async function listen(name: Who, seconds: number, busy: boolean): Promise<Run> {
  const context = new AudioContext()
  await context.resume()
  const work = busy ? setInterval(block, 400) : undefined
  try {
    return await (name === 'Meyda' ? meyda(context, seconds) : ours(context, seconds, name === 'worker'))
  } finally {
    clearInterval(work)
    await context.close()
  }
}

function block(): void {
  for (const end = performance.now() + 300; performance.now() < end; );
}

const after = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, 1000 * seconds))

async function ours(context: AudioContext, seconds: number, there: boolean): Promise<Run> {
  const late: number[] = []
  let told: TapStats | undefined
  const stats = (one: TapStats) => {
    told = one
  }
  const sound = microphone({ context, clock: 'context', stats })
  const [mel, pool] = stages
  const worker = () => new Worker('/worker.js', { type: 'module' })
  const vectors: Observable<Vector> = there ? sound.pipe(inWorker({ stages }, { worker })) : sound.pipe(mel, pool, toVectors())
  let counts = false
  const subscription = vectors.subscribe(({ end }) => {
    if (counts) late.push(context.currentTime - end)
  })
  await after(1)
  counts = true
  const [before, began] = [told!, context.currentTime]
  await after(seconds)
  const { out, dropped } = told!
  const length = context.currentTime - began
  subscription.unsubscribe()
  const frames = (samples: number) => Math.round((samples / context.sampleRate) * (16000 / hop))
  return { seconds: length, late, seen: frames(out - before.out), missed: frames(dropped - before.dropped) }
}

interface Meyda {
  melBands: number
  createMeydaAnalyzer(options: object): { start(): void; stop(): void }
}

/** Frames as near to ours in length as it has them, without overlap, which is what its analyzer does. */
const size = 512

async function meyda(context: AudioContext, seconds: number): Promise<Run> {
  const processed = { echoCancellation: false, noiseSuppression: false, autoGainControl: false }
  const stream = await navigator.mediaDevices.getUserMedia({ audio: processed })
  let seen = 0
  const { Meyda: library } = globalThis as unknown as { readonly Meyda: Meyda }
  library.melBands = bands
  const analyzer = library.createMeydaAnalyzer({
    audioContext: context,
    source: context.createMediaStreamSource(stream),
    bufferSize: size,
    featureExtractors: ['melBands'],
    callback: ({ melBands }: { readonly melBands: ArrayLike<number> }) => {
      if (melBands.length !== bands) throw new Error(`Meyda: expected ${bands} bands, got ${melBands.length}`)
      seen++
    },
  })
  analyzer.start()
  await after(1)
  const [before, began] = [seen, context.currentTime]
  await after(seconds)
  const length = context.currentTime - began
  analyzer.stop()
  for (const track of stream.getTracks()) track.stop()
  const due = Math.round((length * context.sampleRate) / size)
  return { seconds: length, late: [], seen: seen - before, missed: Math.max(0, due - (seen - before)) }
}
