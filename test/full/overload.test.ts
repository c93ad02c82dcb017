// Sound from an audio thread of its own to a thread that is ten times too slow for it, for a minute.
import { setTimeout as after } from 'node:timers/promises'
import { MessageChannel, type MessagePort, type TransferListItem, Worker } from 'node:worker_threads'
import { spanOf } from 'poolwise'
import { audioNode, type TapStats } from 'poolwise/audio'
import { expect, test } from 'vitest'
import { tapModule } from '../../src/sources/audio/tapModule.ts'

const rate = 16000
const batch = 1024
const seconds = 60
/** So many that what is not bounded shows in memory: 2 MB a second. */
const channels = 32

/** Runs the tap's processor as an audio thread does, in real time; sample i is i. 'end' stops it, and gives how much it rendered. */
const audioThread = `
const { parentPort, workerData: { module, rate, channels } } = require('node:worker_threads')
let [frame, processor] = [0, undefined]
const scope = {
  get currentFrame() { return frame },
  registerProcessor: (_, made) => { scope.Processor = made },
}
parentPort.on('message', ({ port, options, end }) => {
  if (end) {
    clearInterval(timer)
    parentPort.postMessage({ frame, line: processor.line.length })
    return
  }
  scope.AudioWorkletProcessor = class { port = port }
  new Function('scope', 'with (scope) { ' + module + ' }')(scope)
  processor = new scope.Processor(options)
})
let began
const timer = setInterval(() => {
  if (!processor) return
  began ??= performance.now()
  while (frame / rate < (performance.now() - began) / 1000) {
    const input = Float32Array.from({ length: 128 }, (_, i) => frame + i)
    processor.process([new Array(channels).fill(input)], [[new Float32Array(128)]])
    frame += 128
  }
}, 4)
`

/** A live context whose worklet runs in that thread. */
function threaded() {
  const thread = new Worker(audioThread, { eval: true, workerData: { module: tapModule, rate, channels } })
  const began = performance.now()
  const context = Object.assign(new EventTarget(), {
    sampleRate: rate,
    state: 'running',
    destination: {},
    audioWorklet: { addModule: async () => {} },
    get currentTime() {
      return (performance.now() - began) / 1000
    },
  })
  class Worklet {
    readonly port: MessagePort
    constructor(_: unknown, __: string, options: object) {
      const { port1, port2 } = new MessageChannel()
      this.port = port1
      thread.postMessage({ port: port2, options }, [port2] as TransferListItem[])
    }
    connect() {}
    disconnect() {}
  }
  const stop = (): Promise<{ frame: number; line: number }> => {
    const answer = new Promise<{ frame: number; line: number }>((resolve) => thread.once('message', resolve))
    thread.postMessage({ end: true })
    return answer
  }
  const node = { context, connect() {}, disconnect() {} }
  return { node: node as never, Worklet: Worklet as never, stop, end: () => thread.terminate() }
}

const megabytes = () => Math.round(process.memoryUsage.rss() / 2 ** 20)

test.each(['drop-newest', 'drop-oldest'] as const)(
  `%s: a consumer ten times too slow for ${seconds} s: memory flat, every sample counted, the clock right`,
  async (overload) => {
    const { node, Worklet, stop, end } = threaded()
    const lock = new Int32Array(new SharedArrayBuffer(4))
    const queue = 2
    let [slow, seen, unseen, wrong, most] = [true, 0, 0, 0, 0]
    let last: TapStats | undefined
    const told = (stats: TapStats) => {
      last = stats
      most = Math.max(most, stats.queued)
      if (stats.in !== stats.out + stats.dropped + stats.queued || stats.out !== seen) wrong++
    }
    const curve: number[] = []
    const began = performance.now()
    const subscription = audioNode(node, { rate, channels, clock: 'context', queue, overload, stats: told, worklet: Worklet }).subscribe(
      (block) => {
        const { data, weights, length, start } = block
        for (let i = 0; i < length; i++) {
          if (weights && weights[i] === 0) unseen++
          else {
            seen++
            // Sample n is n, so its time is n / rate, whatever was lost before it.
            if (Math.abs(spanOf(block, start + i)[0] * rate - data[i * channels]!) > 1e-3) wrong++
          }
        }
        // The thread itself is blocked, as by work: ten times as long as what was seen lasts. Node reads a port on and on while something comes, so that no timer would end this.
        if (slow && !weights) Atomics.wait(lock, 0, 0, (10_000 * length) / rate)
        const passed = performance.now() - began
        if (slow && curve.length * 5000 <= passed) curve.push(megabytes())
        slow &&= passed < seconds * 1000
      },
    )
    while (slow) await after(10)
    const { frame } = await stop()
    while (last!.queued > 0) await after(10)
    subscription.unsubscribe()
    await end()
    console.log(`${overload}: resident, MB: ${curve.join(' ')}; ${JSON.stringify(last)}; at most ${most} queued`)
    expect(wrong).toBe(0)
    expect(last!.in).toBe(last!.out + last!.dropped)
    expect(last!.out).toBe(seen)
    // What was lost after the last that was heard is not told of, as nothing follows it; and samples of a batch that was not full.
    expect(unseen).toBeLessThanOrEqual(last!.dropped)
    expect(frame - last!.in).toBeGreaterThanOrEqual(0)
    expect(frame - last!.in).toBeLessThan(batch)
    // The queue was full, less what was read since that was told: a quarter of a second, and one batch.
    expect(most).toBeGreaterThan((queue - 0.25) * rate - batch)
    expect(most).toBeLessThanOrEqual(queue * rate)
    expect(last!.dropped).toBeGreaterThan(0.5 * last!.in)
    // Of what is read and lost 2 MB a second; what is allowed is a tenth of what a minute of it would take.
    const half = curve.length >> 1
    expect(Math.max(...curve.slice(half)) - Math.max(...curve.slice(0, half))).toBeLessThan((seconds * rate * channels * 4) / 2 ** 20 / 10)
  },
)
