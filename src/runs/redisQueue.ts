// BullMQ and ioredis, by the little of them that is used here, and where in Redis a run stands.
import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { refusal } from '../core/check.ts'
import { missing } from '../core/missing.ts'
import { say } from '../core/notes.ts'
import { withoutPassword } from '../files/withoutPassword.ts'
import type { Mapped, Part, Setup, Task } from './taskEngine.ts'

export interface Redis {
  connect(): Promise<unknown>
  readonly status: string
  hset(key: string, field: string, value: string): Promise<unknown>
  hdel(key: string, field: string): Promise<unknown>
  del(...keys: readonly string[]): Promise<unknown>
  hgetall(key: string): Promise<{ readonly [field: string]: string }>
  on(event: 'error' | 'close' | 'ready', listener: (error: Error) => void): unknown
  disconnect(): void
}

export interface QueuedJob {
  readonly id?: string
  readonly data: QueuedTask
  readonly returnvalue: Mapped | null
  readonly failedReason?: string
  remove(): Promise<unknown>
}

export interface Queue {
  addBulk(jobs: readonly { name: string; data: QueuedTask; opts: { jobId: string } }[]): Promise<unknown>
  getJobs(states: readonly ('completed' | 'failed')[]): Promise<readonly QueuedJob[]>
  getJobCounts(...states: readonly ('wait' | 'active')[]): Promise<{ readonly [state: string]: number }>
  resume(): Promise<unknown>
  drain(): Promise<unknown>
  clean(grace: number, limit: number, state: 'completed' | 'failed'): Promise<unknown>
  obliterate(options: { force: true }): Promise<unknown>
  on(event: 'error', listener: (error: Error) => void): unknown
  close(): Promise<unknown>
}

interface QueueOptions {
  readonly connection: Redis
  readonly prefix: string
  readonly [option: string]: unknown
}

/** One of BullMQ, which takes jobs. */
export interface Taker {
  on(event: 'error', listener: (error: Error) => void): unknown
  close(force?: boolean): Promise<unknown>
}

interface BullMq {
  readonly Queue: new (name: string, options: QueueOptions) => Queue
  readonly Worker: new (name: string, processor: (job: QueuedJob) => Promise<unknown>, options: QueueOptions) => Taker
}

/** A shard as it stands in Redis: what all of a run's have in common is left out. */
export type QueuedTask = Pick<Task, 'pieces'> & { readonly part: Omit<Part, 'origin'> }

/** What all shards of a run have in common, as workers find it. */
export interface QueuedRun {
  /** Of poolwise. */
  readonly version: string
  /** Where its relative paths start. */
  readonly directory: string
  readonly folder: string
  readonly setup: Setup
}

/** What all keys in Redis begin with. */
export const prefix = 'poolwise'
/** Of queues' names, the {@link QueuedRun} of each. */
export const runsKey: string = `${prefix}:runs`

/** A queue's name, that of the folder which is made: the same command comes back to it. */
export function queueOf(folder: string): string {
  return createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 16)
}

/**
 * Connects to Redis. Once it has answered, a server that is away is waited for, however long; that is said.
 * @throws (by rejection) TypeError for what is no address; Error where the packages are not installed, or no server answers
 */
export async function connect(who: string, url: string): Promise<{ redis: Redis; bullmq: BullMq }> {
  if (!/^rediss?:$/.test(URL.canParse(url) ? new URL(url).protocol : ''))
    throw refusal('--redis', 'expected an address such as redis://localhost:6379', url)
  const [bullmq, Client] = await packages(who)
  const redis = new Client(url, {
    lazyConnect: true,
    // What is asked while the server is away is asked when it is back.
    maxRetriesPerRequest: null,
    retryStrategy: (times: number) => Math.min(50 * 2 ** times, 1000),
  })
  let reason = ''
  let state: 'connecting' | 'there' | 'away' = 'connecting'
  redis.on('error', ({ message }) => {
    reason = message
  })
  redis.on('ready', () => {
    if (state === 'away') say(`${who}: Redis answers again`)
    state = 'there'
  })
  redis.on('close', () => {
    if (state === 'there' && redis.status !== 'end') say(`${who}: Redis does not answer at ${withoutPassword(url)}; waiting for it`)
    if (state === 'there') state = 'away'
  })
  try {
    await redis.connect()
  } catch (cause) {
    redis.disconnect()
    throw new Error(`${who}: expected Redis at ${withoutPassword(url)}, got none that answers (${reason || (cause as Error).message})`, {
      cause,
    })
  }
  return { redis, bullmq }
}

type RedisClass = new (url: string, options: object) => Redis

async function packages(who: string): Promise<[BullMq, RedisClass]> {
  // By names that are not followed, since both are optional.
  const names: readonly string[] = ['bullmq', 'ioredis']
  const loaded = await Promise.all(names.map((name) => import(name))).catch(missing(who, ...names))
  const [bullmq, ioredis] = loaded as [BullMq, { readonly Redis: RedisClass }]
  return [bullmq, ioredis.Redis]
}
