// Live events by key through owners that are processes of their own, disturbed while they work, beside what each key's windows are without any of it.
import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { pool1d, toFrames, toVectors } from 'poolwise'
import { eventsKey } from 'poolwise/node'
import { from } from 'rxjs'
import { draw } from '../../src/core/draw.ts'
import { partitionKeys } from '../../src/live/partitionKeys.ts'
import { vectorText } from '../../src/sinks/toJsonl.ts'
import { env } from '../cli/outside.ts'
import type { Redis } from '../redis.ts'

/** ioredis, by the little of it that is used here; it is not everywhere that this file is read. */
interface Client {
  on(event: 'error', listener: () => void): void
  connect(): Promise<unknown>
  call(command: string, ...args: (string | number)[]): Promise<unknown>
  pipeline(): { call(command: string, ...args: string[]): void; exec(): Promise<[Error | null, unknown][] | null> }
  disconnect(): void
}

export async function connected({ url }: Redis): Promise<Client> {
  const { Redis: Made } = (await import(new URL('node_modules/ioredis/built/index.js', import.meta.url).href)) as {
    Redis: new (url: string, options: object) => Client
  }
  const client = new Made(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0, protocol: 2 })
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (cause) {
    client.disconnect()
    throw cause
  }
}

export interface Event {
  readonly key: string
  readonly time: number
  readonly value: number
}

/** Sliding windows of 10 s over readings about a second apart, of which some come out of order and a few too late. */
const windows = { pooling: ['mean', 'std', 'last'], size: '10s', stride: '5s' } as const
const stages = `pool1d(pooling=[${windows.pooling}],size=${windows.size},stride=${windows.stride})`
const lateness = '2s'
export const partitions = 4
export const lease = 1

export function eventAt(seed: number, i: number, keys = 40): Event {
  const key = `sensor ${Math.floor(draw(seed, i, 0) * keys)} é`
  const late = draw(seed, i, 1) < 0.01 ? 20 : draw(seed, i, 1) < 0.2 ? 2 * draw(seed, i, 2) : 0
  return { key, time: i / keys - late, value: Math.round(1e4 * draw(seed, i, 3)) / 1e3 }
}

/** The windows of each key, by RxJS alone. */
export function undisturbed(events: readonly Event[]): Map<string, string[]> {
  const byKey = new Map<string, Event[]>()
  for (const event of events) byKey.set(event.key, [...(byKey.get(event.key) ?? []), event])
  const expected = new Map<string, string[]>()
  const read = toFrames<Event & { weight?: number }>({
    time: ({ time }) => time,
    value: ({ value }) => value,
    weight: ({ weight = 1 }) => weight,
    lateness,
    late: () => {},
  })
  for (const [key, own] of byKey) {
    const texts: string[] = []
    // One that counts nothing, so that all windows end.
    from([...own, { key, time: 1e6, value: 0, weight: 0 }])
      .pipe(read, pool1d([...windows.pooling], { size: windows.size, stride: windows.stride }), toVectors())
      .subscribe((vector) => texts.push(vectorText('', { ...vector, id: key })))
    expected.set(key, texts)
  }
  return expected
}

/** What adds events, each once, whatever becomes of the server meanwhile. */
export class Producer {
  readonly events: Event[] = []
  readonly #lengths: number[] = Array.from({ length: partitions }, () => 0)
  readonly #keys = Array.from({ length: partitions }, (_, p) => partitionKeys('readings', p).events)
  #stopped = false
  #running: Promise<void> | undefined

  constructor(
    readonly redis: Redis,
    readonly seed: number,
  ) {}

  /** Adds events, so many every so many milliseconds, until it is told to stop. */
  run(count: number, every: number): Promise<void> {
    this.#running = this.#run(count, every)
    return this.#running
  }

  async #run(count: number, every: number): Promise<void> {
    while (!this.#stopped) {
      await this.add(Array.from({ length: count }, (_, k) => eventAt(this.seed, this.events.length + k)))
      await pause(every)
    }
  }

  async add(events: readonly Event[]): Promise<void> {
    this.events.push(...events)
    await this.#entries(
      events.map(({ key, time, value }) => {
        const stream = eventsKey('readings', key, partitions)
        return [stream, ['key', key, 'time', String(time), 'celsius', String(value)]] as const
      }),
    )
  }

  /** Each partition's last entry. */
  get positions(): readonly string[] {
    return this.#lengths.map((length) => `${length}-0`)
  }

  /** Says that it is late enough for all windows to have ended; gives each partition's last entry. */
  async end(): Promise<readonly string[]> {
    this.#stopped = true
    // Whose entries come after later ones would be refused.
    await this.#running
    await this.#entries(this.#keys.map((stream) => [stream, ['time', '1000000']] as const))
    return this.positions
  }

  async #entries(entries: readonly (readonly [stream: string, fields: string[]])[]): Promise<void> {
    // With ids of ours, an entry that was added and not acknowledged is not added again.
    const named = entries.map(([stream, fields]) => [stream, `${++this.#lengths[this.#keys.indexOf(stream)]!}-0`, ...fields])
    while (true) {
      let client: Client | undefined
      try {
        client = await connected(this.redis)
        const pipeline = client.pipeline()
        for (const args of named) pipeline.call('XADD', ...args)
        const answers = (await pipeline.exec())!
        const bad = answers.find(([error]) => error && !/equal or smaller/.test(error.message))
        if (!bad) return
      } catch {
        await pause(20)
      } finally {
        client?.disconnect()
      }
    }
  }
}

/** An owner, and what it said. */
export class OwnerProcess {
  readonly child: ChildProcess
  said = ''

  constructor(main: string, redis: Redis, ...more: string[]) {
    const flags = ['--stream', 'readings', '--redis', redis.url, '--partitions', String(partitions), '--values', 'celsius']
    const times = ['--lateness', lateness, '--idle', '1000s', '--lease', `${lease}s`]
    this.child = spawn(process.execPath, [main, 'live', stages, ...flags, ...times, ...more], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    this.child.stderr!.setEncoding('utf8').on('data', (text) => {
      this.said += text
    })
  }

  get owned(): readonly string[] {
    const last = this.said.match(/^owns .*$/gm)?.at(-1)
    return last === undefined || last === 'owns none' ? [] : last.split(' ').slice(1)
  }

  async owns(count: number): Promise<void> {
    while (this.owned.length !== count) {
      if (this.child.exitCode !== null) throw new Error(`the owner ended: ${this.said}`)
      await pause(5)
    }
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode
    const ended = new Promise<number | null>((resolve) => this.child.once('close', resolve))
    this.child.kill(signal)
    return ended
  }
}

/** Waits until all partitions have got so far, and have given all windows that have ended. */
export async function drained(client: Client, positions: readonly string[]): Promise<void> {
  for (const [p, id] of positions.entries())
    while (String(await client.call('HMGET', partitionKeys('readings', p).progress, 'position', 'more')) !== `${id},0`) await pause(20)
}

/** What Redis was sent so far, and how many scripts ran. */
export async function received(client: Client): Promise<{ bytes: number; scripts: number }> {
  const [stats, commands] = [await client.call('INFO', 'stats'), await client.call('INFO', 'commandstats')].map(String)
  return {
    bytes: Number(/total_net_input_bytes:(\d+)/.exec(stats!)![1]),
    scripts: Number(/cmdstat_eval:calls=(\d+)/.exec(commands!)![1]),
  }
}

/** Bytes of a key's state, on average. */
export async function stateBytes(client: Client): Promise<number> {
  let [bytes, count] = [0, 0]
  for (let p = 0; p < partitions; p++) {
    const { states } = partitionKeys('readings', p)
    for (const key of ((await client.call('HKEYS', states)) as string[]).slice(0, 100)) {
      bytes += Number(await client.call('HSTRLEN', states, key))
      count++
    }
  }
  return Math.round(bytes / count)
}

/** What a user must not see: keys whose windows are others, are missing, come twice, or in another order, and states that are left of keys that have ended. */
export async function wrongKeys(redis: Redis, producer: Producer): Promise<{ wrong: number; windows: number; late: number }> {
  const last = await producer.end()
  const client = await connected(redis)
  try {
    await drained(client, last)
    const found = new Map<string, string[]>()
    let [late, all, left] = [0, 0, 0]
    for (let p = 0; p < partitions; p++) {
      const { windows, failures, states } = partitionKeys('readings', p)
      for (const [, [, text]] of (await client.call('XRANGE', windows, '-', '+')) as [string, string[]][]) {
        const { id } = JSON.parse(text!) as { id: string }
        found.set(id, [...(found.get(id) ?? []), text!])
        all++
      }
      late += Number(await client.call('XLEN', failures))
      left += Number(await client.call('HLEN', states))
    }
    const expected = undisturbed(producer.events)
    const keys = new Set([...expected.keys(), ...found.keys()])
    const wrong = [...keys].filter((key) => (expected.get(key) ?? []).join('\n') !== (found.get(key) ?? []).join('\n')).length
    return { wrong: wrong + left, windows: all, late }
  } finally {
    client.disconnect()
  }
}
