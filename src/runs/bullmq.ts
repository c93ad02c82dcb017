import { resolve as absolute } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { say } from '../core/notes.ts'
import { withoutPassword } from '../files/withoutPassword.ts'
import { connect, prefix, type Queue, type QueuedJob, type QueuedRun, type QueuedTask, queueOf, runsKey } from './redisQueue.ts'
import { adopt, stage, stagedPart } from './runFolder.ts'
import type { Engine, Mapped, Part, Setup, Task } from './taskEngine.ts'

export interface QueueRun {
  readonly url: string
  readonly setup: Setup
  /** Of the collection, which workers see, too. */
  readonly folder: string
  /** Of poolwise. */
  readonly version: string
  readonly stopped: AbortSignal
}

/** Shards in Redis at once: enough for hundreds of workers to go on while nobody fills in, few enough for a small server. */
const most = 4096
/** Milliseconds between two looks at what workers have done. */
const interval = 100
/** Milliseconds without any worker after which that is said. */
const patience = 5000

interface Waiting {
  readonly job: { readonly name: string; readonly data: QueuedTask; readonly opts: { readonly jobId: string } }
  readonly part: Part
  resolve(mapped: Mapped | undefined): void
  reject(error: Error): void
}

/**
 * Tasks in a queue of BullMQ, from which any number of `poolwise worker` take them.
 *
 * A job's id is what its shard is made of, and workers write into a folder of that name, from which only this process moves what is whole into the collection. So it may be ended and begun again at any instant:
 * a shard that somebody works on is waited for, one that is done is found done, and no worker that has slept can write over anything. What Redis holds may be lost, too: it is put there again.
 *
 * @throws as `connect`
 */
export async function bullmq({ url, setup, folder, version, stopped }: QueueRun): Promise<Engine> {
  const { redis, bullmq } = await connect('bullmq', url)
  const waiting = new Map<string, Waiting>()
  /** Of them, those that are not in Redis yet. */
  const fresh = new Set<Waiting>()
  let queue: Queue | undefined
  let name = ''
  let closed = false
  let seen = performance.now()
  let losses = 0
  redis.on('close', () => {
    losses++
  })
  // It may have lost what was not on its disk.
  redis.on('ready', () => {
    for (const one of waiting.values()) fresh.add(one)
  })

  async function follow(): Promise<void> {
    name = queueOf(folder)
    queue = new bullmq.Queue(name, { connection: redis, prefix })
    // Its connection's, which are told, or the next command's.
    queue.on('error', () => {})
    let cleared = false
    for (; !closed; await pause(interval)) {
      const before = losses
      try {
        if (!cleared) await clear(queue)
        cleared = true
        await look(queue)
      } catch (cause) {
        // Of several commands in one, some may be done when the server goes away; all of them are asked again.
        if (losses === before && redis.status === 'ready') throw cause
      }
    }
  }

  /** What another run has left, but for what is worked on; one that was killed while it removed its queue has left it paused. */
  async function clear(queue: Queue): Promise<void> {
    await queue.resume()
    await queue.drain()
    for (const state of ['completed', 'failed'] as const) await queue.clean(0, 0, state)
  }

  async function look(queue: Queue): Promise<void> {
    if (fresh.size > 0) {
      const some = [...fresh]
      fresh.clear()
      // Those that are there already stay as they are.
      await queue.addBulk(some.map(({ job }) => job))
      await redis.hset(
        runsKey,
        name,
        JSON.stringify({ version, directory: process.cwd(), folder: absolute(folder), setup } satisfies QueuedRun),
      )
    }
    if (stopped.aborted) await queue.drain()
    // Counted first: what was not worked on then has ended before the look at what has.
    const { active } = await queue.getJobCounts('active')
    const ended = await queue.getJobs(['completed', 'failed'])
    for (const job of ended) settle(job)
    await Promise.all(ended.map((job) => job.remove()))
    if (stopped.aborted && active === 0) for (const { resolve } of waiting.values()) resolve(undefined)
    if (active! > 0 || ended.length > 0 || waiting.size === 0) seen = performance.now()
    else if (performance.now() - seen > patience) {
      say(`no worker takes shards: start one by poolwise worker --redis ${withoutPassword(url)}, where this folder and the inputs are seen`)
      seen = Infinity
    }
  }

  function settle({ id, returnvalue, failedReason }: QueuedJob): void {
    const one = waiting.get(id!)
    if (!one) return
    waiting.delete(id!)
    fresh.delete(one)
    try {
      if (failedReason !== undefined || !returnvalue) one.reject(new Error(`worker: ${failedReason}`))
      else if (adopt(one.part)) one.resolve(returnvalue)
      else
        one.reject(new Error(`bullmq: expected ${id} in ${folder}, where a worker has written it, got none; it must see the same folder`))
    } catch (cause) {
      one.reject(cause as Error)
    }
  }

  return {
    width: most,
    async map({ pieces, part }: Task) {
      if (!part) throw new TypeError('bullmq: expected a collection, got a task without a part')
      const done = adopt(part)
      if (done) return { vectors: done.vectors, failures: done.failures, items: [], names: [], notes: [], heard: 0 }
      const jobId = stage(part)
      const { origin, ...data } = stagedPart(part)
      return new Promise((resolve, reject) => {
        const one = { job: { name: 'shard', data: { pieces, part: data }, opts: { jobId } }, part, resolve, reject }
        waiting.set(jobId, one)
        fresh.add(one)
        if (!queue)
          follow().catch((cause: Error) => {
            for (const { reject } of waiting.values()) reject(new Error(`bullmq: ${cause.message}`, { cause }))
          })
      })
    },
    async close() {
      closed = true
      // A server that is away keeps nobody.
      redis.on('close', () => redis.disconnect())
      if (queue && redis.status === 'ready')
        await Promise.all([redis.hdel(runsKey, name), queue.obliterate({ force: true })]).catch(() => {})
      redis.disconnect()
    },
  }
}
