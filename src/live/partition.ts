import { TextDecoder } from 'node:util'
import { show } from '../core/check.ts'
import { type Changes, KeyedWindows, type KeyRules } from './keyedWindows.ts'
import type { Argument, LiveRedis } from './liveRedis.ts'
import { type PartitionKeys, partitionKeys } from './partitionKeys.ts'
import * as scripts from './scripts.ts'

/** An entry of a Redis stream. */
export type Entry = readonly [id: string, fields: readonly string[]]

/** What all partitions of a stream have in common. */
export interface LiveStream {
  readonly name: string
  readonly rules: Omit<KeyRules, 'belongs' | 'most'>
  readonly belongs: (key: string, partition: number) => boolean
  /** What the states are of, as JSON. */
  readonly of: string
  /** Whether events are removed once the windows have them. */
  readonly trim: boolean
}

/** About so many windows are written in one step. */
const mostWindows = 4096

/** About so many of the events that no window has are kept. */
const keptFailures = 10_000

/** A partition that is owned: its windows in memory as they are in Redis, and the right to write there until somebody else has it. */
export class Partition {
  readonly keys: PartitionKeys
  readonly #windows: KeyedWindows
  readonly #stream: LiveStream
  readonly #fence: string
  #position: string

  private constructor(stream: LiveStream, keys: PartitionKeys, fence: string, position: string, windows: KeyedWindows) {
    this.#stream = stream
    this.keys = keys
    this.#fence = fence
    this.#position = position
    this.#windows = windows
  }

  /**
   * Takes a partition that nobody owns, and all that is known of it.
   * @throws TypeError where its states are of other stages or options
   */
  static async owned(redis: LiveRedis, stream: LiveStream, index: number, owner: string, lease: number): Promise<Partition | undefined> {
    const keys = partitionKeys(stream.name, index)
    const fence = await redis.run(scripts.lease, [keys.lease, keys.progress], [owner, lease])
    if (fence === null) return undefined
    const [of, position, time, more] = (await redis.call('HMGET', keys.progress, 'of', 'position', 'time', 'more')) as (string | null)[]
    if (of !== null && of !== stream.of)
      throw new TypeError(`live: expected the stream ${show(stream.name)} to be as it was begun, ${of}, got ${stream.of}`)
    const windows = new KeyedWindows(
      { ...stream.rules, most: mostWindows, belongs: (key) => stream.belongs(key, index) },
      Number(time ?? -Infinity),
    )
    for await (const [key, state] of statesIn(redis, keys.states)) windows.restore(key, state)
    const partition = new Partition(stream, keys, String(fence), position ?? '0-0', windows)
    // Who owned it has died between two steps.
    return more !== '1' || (await partition.#told(redis)) ? partition : undefined
  }

  get position(): string {
    return this.#position
  }

  /** Pools events and writes what comes of them, in one step where that is not much; false where somebody else has the partition by now, and nothing more was written. */
  async advance(redis: LiveRedis, entries: readonly Entry[]): Promise<boolean> {
    let mine = true
    for (let i = 0; mine && i < entries.length; mine = await this.#told(redis)) {
      while (i < entries.length && !this.#windows.full) {
        const [id, fields] = entries[i++]!
        this.#windows.take(id, fields)
        this.#position = id
      }
    }
    return mine
  }

  /** Writes what comes of the events that were taken, in as many steps as it takes. */
  async #told(redis: LiveRedis): Promise<boolean> {
    for (let more = true; more; ) {
      const changes = this.#windows.settle()
      if (!(await this.#commit(redis, changes))) return false
      more = changes.more
    }
    return true
  }

  async #commit(redis: LiveRedis, { time, states, ended, windows, failures, more }: Changes): Promise<boolean> {
    const { of, trim } = this.#stream
    const progress = [
      ['position', this.#position],
      ['time', String(time)],
      ['of', of],
      ['more', more ? '1' : '0'],
    ] as const
    const { keys } = this
    const done = await redis.run(
      scripts.commit,
      [keys.progress, keys.states, keys.windows, keys.failures, keys.events],
      [[this.#fence, trim ? 1 : 0, keptFailures], ...[progress, states, ended, windows, failures].map(counted)].flat(),
    )
    return done === 1
  }
}

function counted(list: readonly (Argument | readonly Argument[])[]): readonly Argument[] {
  const all = list.flat() as Argument[]
  return [all.length, ...all]
}

async function* statesIn(redis: LiveRedis, key: string): AsyncGenerator<[key: string, state: Buffer], void, undefined> {
  const text = new TextDecoder()
  let cursor: Buffer | string = '0'
  do {
    // While it is owned nobody else writes, so that no key is missed; some may come twice.
    const [next, found] = (await redis.bytes('HSCAN', key, cursor, 'COUNT', 1000)) as [Buffer, Buffer[]]
    for (let i = 0; i < found.length; i += 2) yield [text.decode(found[i]), found[i + 1]!]
    cursor = next
  } while (cursor.toString() !== '0')
}
