import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { show } from '../core/check.ts'
import { say } from '../core/notes.ts'
import { originOf } from '../pipeline/origin.ts'
import { type Loaded, pipelineFrom } from '../pipeline/pipeline.ts'
import { inStretches } from './inStretches.ts'
import { connect, prefix, type QueuedJob, type QueuedRun, runsKey } from './redisQueue.ts'
import type { Setup } from './taskEngine.ts'
import { threads } from './threads.ts'

export interface Working {
  readonly url: string
  /** Of poolwise: runs of another one are left to others. */
  readonly version: string
  /** How many shards at once, one a processor if not said otherwise. */
  readonly width: number | undefined
  /** Seconds without a sign of life after which a shard is given to another worker. */
  readonly lease: number
  /** After which no shard is taken; those that are being made are made. */
  readonly stopped: AbortSignal
}

/** Milliseconds between two looks at which runs there are. */
const interval = 500
/** How often a shard may be with a worker that dies before the run is told that it cannot be made. */
const deaths = 10

/**
 * Takes shards that `--engine bullmq` has put into Redis, of one run at a time, until it is stopped. They are made in threads, so that the sign of life of a shard does not wait for its vectors; a long recording by all of them.
 *
 * @throws (by rejection) as `connect`
 */
export async function work({ url, version, width, lease, stopped }: Working): Promise<void> {
  const { redis, bullmq } = await connect('worker', url)
  const told = new Set<string>()

  /** Runs that can be worked on here, in Redis's order; why not is said once. */
  async function runs(): Promise<Map<string, QueuedRun>> {
    const found = new Map<string, QueuedRun>()
    for (const [name, text] of Object.entries(await redis.hgetall(runsKey))) {
      const run = JSON.parse(text) as QueuedRun
      const reason = reasonAgainst(run, version)
      if (reason === undefined) found.set(name, run)
      else if (!told.has(text)) say(`worker: a run into ${show(run.folder)} is left to others: ${reason}`)
      told.add(text)
    }
    return found
  }

  /** Whether a queue has shards, taken or not. */
  async function hasShards(name: string): Promise<boolean> {
    const queue = new bullmq.Queue(name, { connection: redis, prefix, skipMetasUpdate: true })
    queue.on('error', () => {})
    const { wait, active } = await queue.getJobCounts('wait', 'active')
    await queue.close()
    return wait! + active! > 0
  }

  async function withShards(names: Iterable<string>): Promise<string | undefined> {
    for (const name of names) if (await hasShards(name)) return name
    return undefined
  }

  async function serve(name: string, { setup, folder, directory }: QueuedRun): Promise<void> {
    process.chdir(directory)
    say(`worker: takes shards of ${folder}`)
    const loaded = await pipelineOf(setup)
    const engine = loaded ? inStretches(threads(setup, width), loaded) : threads(setup, width)
    const origin = originOf(setup.definition, setup.base, join(folder, 'collection.json'))
    const map = async ({ data: { pieces, part } }: QueuedJob) => {
      const mapped = await engine.map({ pieces, part: { ...part, origin } })
      return mapped && { ...mapped, worker: `${hostname()} ${process.pid}, ${mapped.worker}` }
    }
    const milliseconds = lease * 1000
    const options = {
      connection: redis,
      prefix,
      concurrency: engine.width,
      lockDuration: milliseconds,
      stalledInterval: milliseconds,
      maxStalledCount: deaths,
    }
    const taker = new bullmq.Worker(name, map, options)
    // A shard that another has made meanwhile, or a server that is away, which its connection tells.
    taker.on('error', () => {})
    let there = true
    while (!stopped.aborted && there) {
      await pause(interval)
      const all = await runs()
      there = all.has(name)
      if (all.size > 1 && !(await hasShards(name)) && (await withShards(all.keys())) !== undefined) break
    }
    // What is asked for no more is given up.
    await taker.close(!there)
    await engine.close()
    // What looking for stalled shards wrote after the run had removed its own.
    if (!there) await redis.del(...['meta', 'stalled-check'].map((key) => `${prefix}:${name}:${key}`))
  }

  try {
    while (!stopped.aborted) {
      const all = await runs()
      const name = (await withShards(all.keys())) ?? [...all.keys()][0]
      if (name === undefined) await pause(interval)
      else await serve(name, all.get(name)!)
    }
  } finally {
    redis.disconnect()
  }
}

/** A run's pipeline, for long recordings to be cut by; where it cannot be loaded, threads tell so of each shard. None with modules of the user's: each run's threads have them as they are, a process as they were first. */
async function pipelineOf({ definition, base }: Setup): Promise<Loaded | undefined> {
  if (JSON.stringify(definition).includes('"module":')) return undefined
  try {
    return await pipelineFrom(definition, base).load()
  } catch {
    return undefined
  }
}

function reasonAgainst({ version, directory, folder }: QueuedRun, own: string): string | undefined {
  if (version !== own) return `it is of poolwise ${version}, this one is ${own}`
  if (!existsSync(directory)) return `here is no ${show(directory)}, where its paths start`
  if (!existsSync(join(folder, '.run'))) return 'the folder is not seen here'
  return undefined
}
