import { TextDecoder } from 'node:util'
import { show } from '../core/check.ts'
import { KeyedWindows, type KeyRules } from './keyedWindows.ts'
import type { Argument, LiveRedis } from './liveRedis.ts'
import { type PartitionKeys, partitionKeys } from './partitionKeys.ts'
import * as scripts from './scripts.ts'

/** An entry of a Redis stream. */
export type Entry = readonly [id: string, fields: readonly string[]]

/** What all partitions of a stream have in common. */
export interface LiveStream {
  readonly name: string
  readonly rules: Omit<KeyRules, 'belongs'>
  readonly belongs: (key: string, partition: number) => boolean
  /** What the states are of, as JSON. */
  readonly of: string
  /** Whether events are removed once the windows have them. */
  readonly trim: boolean
}

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
    const [of, position, time] = (await redis.call('HMGET', keys.progress, 'of', 'position', 'time')) as (string | null)[]
    if (of !== null && of !== stream.of)
      throw new TypeError(`live: expected the stream ${show(stream.name)} to be as it was begun, ${of}, got ${stream.of}`)
    const windows = new KeyedWindows({ ...stream.rules, belongs: (key) => stream.belongs(key, index) }, Number(time ?? -Infinity))
    for await (const [key, state] of statesIn(redis, keys.states)) windows.restore(key, state)
    return new Partition(stream, keys, String(fence), position ?? '0-0', windows)
  }

  get position(): string {
    return this.#position
  }

  /** Pools events and writes what comes of them, all in one step; false where somebody else has the partition by now, and nothing was written. */
  async advance(redis: LiveRedis, entries: readonly Entry[]): Promise<boolean> {
    for (const [id, fields] of entries) this.#windows.take(id, fields)
    this.#position = entries.at(-1)![0]
    const { time, states, ended, windows, failures } = this.#windows.settle()
    const { of, trim } = this.#stream
    const progress = [
      ['position', this.#position],
      ['time', String(time)],
      ['of', of],
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
