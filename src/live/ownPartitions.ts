import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { refusal } from '../core/check.ts'
import { time } from '../core/duration.ts'
import { layoutOf } from '../core/frames.ts'
import { say } from '../core/notes.ts'
import { boolean, callback, checked, type Given, integer, list, read, text } from '../core/options.ts'
import { chain, checkStage, planned, type Stage } from '../core/stage.ts'
import { eventClock } from '../windows/eventClock.ts'
import { LiveRedis, Unanswered } from './liveRedis.ts'
import { type Entry, type LiveStream, Partition } from './partition.ts'
import { ownersKey, partitionOf } from './partitionKeys.ts'
import * as scripts from './scripts.ts'

const who = 'ownPartitions'

/** Of an AbortSignal, which not every language's library has. */
interface Aborted {
  readonly aborted: boolean
}

export const liveOptions = {
  /** Where Redis is. */
  redis: text('a URL such as redis://localhost:6379').default('redis://localhost:6379'),
  /** The name of the stream. */
  stream: text('a name'),
  /** How many partitions it has, the same for all who add and own. */
  partitions: integer(1, 65536).default(8),
  /** The fields that are an event's numbers. */
  values: list(text('a name'), { like: '["temperature"]' }).optional('each event is 1'),
  /** How far events of a key may fall back behind its latest. */
  lateness: time().optional('not at all'),
  /** After how long without an event a key ends: its windows are given, and its state is removed. At least as long as a window; counted in the partition's time, it takes twice that. */
  idle: time().optional('never'),
  /** How far an event may be ahead of the partition's time, so that one of a far future does not end all keys and make all others late; what is further is a failure. One without a key may: it tells the time after a long silence. */
  ahead: time().optional('however far'),
  /** How long a partition stays with an owner that is not heard of. */
  lease: time().default(10),
  /** Most events of a partition between two checkpoints. */
  batch: integer(1, 10_000).default(1000),
  /** Whether events are removed from Redis once their windows' states are there. */
  trim: boolean().default(false),
  /** Told of the partitions that are owned, whenever these are others. */
  owned: callback<(partitions: readonly number[]) => void>().optional(),
  /** Ends it, an AbortSignal. */
  signal: checked<Aborted>({}, (who, name, value) => {
    if (value instanceof AbortSignal) return value
    throw refusal(who, `${name} must be an AbortSignal`, value)
  }).optional(),
}

export type LiveOptions = Given<typeof liveOptions>

/**
 * Pools live events by key, from Redis and to Redis, with any number of others who do the same: each owns some of the stream's partitions, and when one dies, others go on where
 * it was. Every window comes out exactly once.
 *
 * Shape: events are entries of the Redis stream {@link eventsKey}, added by any client: `XADD … * key kitchen time 12.5 temperature 21.4`, the time in seconds, `weight` if wanted, and a
 * field for each of `values`. One without a key only tells the time. Windows are entries of `poolwise:{STREAM:PARTITION}:windows` with one field, `window`: `{"id","start","end","weight","vector"}`
 * as {@link toJsonl} writes it, the id being the key; of one key they are in order. An event that is none, comes too late, or is too far ahead, is an entry of `…:failures`, with its `event` and the `reason`.
 *
 * What a batch of events changes (states of windows, position in the stream, windows that ended) is written in one step, or in several where more than some 4096 windows end at once, and only by who owns the partition at that time. No more is
 * read before it is written, so memory holds the states of the keys and a batch a partition. Redis keeps what it has acknowledged with `appendfsync always`; else, when it is killed, events, states and
 * windows of the last second are gone together.
 *
 * @param stages what each key's events go through, such as `pool1d('mean', { size: '10s' })`; states are of these stages and options, and others are refused
 * @returns when `signal` is aborted, and the partitions are given back
 * @throws (by rejection) TypeError or RangeError for options that are none, stages that do not fit, or a stream that was begun with others; Error where ioredis is missing, or Redis is not
 * reached; later it waits for it
 * @example
 * ownPartitions([pool1d('mean', { size: '10s' })], { redis: 'redis://localhost', stream: 'readings', values: ['temperature'], lateness: '2s', idle: '1s' }).catch((error) => error.message)
 * // ownPartitions: idle must be at least as long as a window, 10 s, got 1
 */
export async function ownPartitions(stages: readonly Stage[], options: LiveOptions): Promise<void> {
  const { redis: url, stream: name, partitions, values, trim, ...rest } = read(who, liveOptions, options)
  const { lateness = 0, idle = Infinity, ahead = Infinity, lease, batch, owned, signal } = rest
  for (const stage of stages) checkStage(who, stage)
  const bins = values?.length ?? 1
  const layout = { ...layoutOf({ bins, live: true, ...(values && { names: { bins: values } }) }, who), clock: eventClock() }
  const window = stages.reduce(
    ({ layout, seconds }, stage) => {
      const plan = planned(stage, layout)
      return { layout: plan.layout, seconds: seconds + (plan.reach.seconds?.size ?? 0) }
    },
    { layout, seconds: 0 },
  ).seconds
  if (idle < window) throw refusal(who, `idle must be at least as long as a window, ${window} s`, idle)
  const plan = planned(stages.length === 1 ? stages[0]! : chain(...stages), layout)
  const stream: LiveStream = {
    name,
    rules: { plan, layout, values, lateness, idle, ahead },
    belongs: (key, partition) => partitionOf(key, partitions) === partition,
    of: JSON.stringify({
      stages: stages.map(({ spec }) => spec),
      partitions,
      values,
      lateness,
      idle: Number.isFinite(idle) ? idle : undefined,
      ahead: Number.isFinite(ahead) ? ahead : undefined,
    }),
    trim,
  }
  const owner = new Owner(stream, { partitions, lease: 1000 * lease, batch, owned: owned ?? (() => {}) }, signal)
  for (let begun = false; !signal?.aborted; ) {
    let redis: LiveRedis | undefined
    try {
      redis = await LiveRedis.connected(url)
      begun = true
      await owner.run(redis)
    } catch (cause) {
      if (!begun || !(cause instanceof Unanswered)) throw cause
      say(`${who}: Redis is not there, and waited for: ${cause.message}`)
      await pause(500)
    } finally {
      redis?.close()
    }
  }
}

interface OwnerRules {
  readonly partitions: number
  /** In milliseconds. */
  readonly lease: number
  readonly batch: number
  readonly owned: (partitions: readonly number[]) => void
}

/** One of those who share a stream's partitions. */
class Owner {
  readonly #id: string = randomUUID()
  #told = ''

  constructor(
    readonly stream: LiveStream,
    readonly rules: OwnerRules,
    readonly signal: Aborted | undefined,
  ) {}

  /** Owns and advances partitions over one connection. What is in memory is as Redis has it only as long as that answers. */
  async run(redis: LiveRedis): Promise<void> {
    const { lease, batch } = this.rules
    const wait = Math.ceil(Math.min(lease / 10, 200))
    const own = new Map<number, Partition>()
    try {
      for (let due = 0; !this.signal?.aborted; ) {
        if (performance.now() >= due) {
          while (await this.#share(redis, own)) if (this.signal?.aborted) break
          due = performance.now() + lease / 4
        }
        this.#tell(own)
        if (own.size > 0) await this.#advance(redis, own, batch, wait)
        else await pause(wait)
      }
      for (const { keys } of own.values()) await redis.run(scripts.release, [keys.lease], [this.#id])
      await redis.call('ZREM', ownersKey(this.stream.name), this.#id)
    } finally {
      own.clear()
      this.#tell(own)
    }
  }

  /** Keeps what is owned, gives back what is more than a fair share, and takes one of what is missing; says whether it took one. */
  async #share(redis: LiveRedis, own: Map<number, Partition>): Promise<boolean> {
    const { partitions, lease } = this.rules
    const owners = (await redis.run(scripts.meet, [ownersKey(this.stream.name)], [this.#id, lease])) as string[]
    const rank = owners.indexOf(this.#id)
    const share = Math.floor(partitions / owners.length) + (rank < partitions % owners.length ? 1 : 0)
    for (const [index, { keys }] of own) {
      const script = own.size > share ? scripts.release : scripts.renew
      const done = await redis.run(script, [keys.lease], script === scripts.renew ? [this.#id, lease] : [this.#id])
      if (script === scripts.release || done !== 1) own.delete(index)
    }
    if (own.size >= share) return false
    // Not all begin with the same.
    const first = Math.floor((rank * partitions) / owners.length)
    for (let k = 0; k < partitions; k++) {
      const index = (first + k) % partitions
      const partition = own.has(index) ? undefined : await Partition.owned(redis, this.stream, index, this.#id, lease)
      if (!partition) continue
      own.set(index, partition)
      return true
    }
    return false
  }

  async #advance(redis: LiveRedis, own: Map<number, Partition>, batch: number, wait: number): Promise<void> {
    const of = new Map([...own].map(([index, partition]) => [partition.keys.events, { index, partition }]))
    const positions = [...own.values()].map(({ position }) => position)
    const found = await redis.call('XREAD', 'COUNT', batch, 'BLOCK', wait, 'STREAMS', ...of.keys(), ...positions)
    await Promise.all(
      ((found ?? []) as [string, Entry[]][]).map(async ([key, entries]) => {
        const { index, partition } = of.get(key)!
        if (!(await partition.advance(redis, entries))) own.delete(index)
      }),
    )
  }

  #tell(own: ReadonlyMap<number, Partition>): void {
    const all = [...own.keys()].sort((a, b) => a - b)
    if (all.join() === this.#told) return
    this.#told = all.join()
    this.rules.owned(all)
  }
}
