import { missing } from '../core/missing.ts'
import { withoutPassword } from '../files/withoutPassword.ts'

/** What a command is made of. */
export type Argument = string | number | Buffer

/** ioredis, by the little of it that is used here. */
interface Client {
  on(event: 'error', listener: (error: Error) => void): void
  connect(): Promise<unknown>
  call(command: string, args: readonly Argument[]): Promise<unknown>
  callBuffer(command: string, args: readonly Argument[]): Promise<unknown>
  disconnect(): void
}

interface Library {
  readonly Redis: new (url: string, options: object) => Client
}

/**
 * One connection. Nothing is sent twice: what was not answered may have been done, and only who asks again, and reads what is there, can know.
 */
export class LiveRedis {
  readonly #client: Client

  private constructor(client: Client) {
    this.#client = client
  }

  /** @throws Unanswered where nobody answers; Error where there is no client */
  static async connected(url: string): Promise<LiveRedis> {
    const name: string = 'ioredis'
    const { Redis } = (await import(name).catch(missing('live', name))) as Library
    const client = new Redis(url, {
      lazyConnect: true,
      retryStrategy: () => null,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      protocol: 2,
      // A machine that is gone does not close its connections.
      commandTimeout: 30_000,
    })
    let reason: Error | undefined
    client.on('error', (error) => {
      reason = error
    })
    try {
      await client.connect()
    } catch (cause) {
      client.disconnect()
      throw new Unanswered(`live: expected Redis at ${withoutPassword(url)}, got ${reasonOf(reason ?? cause)}`, { cause: reason ?? cause })
    }
    return new LiveRedis(client)
  }

  call(command: string, ...args: readonly Argument[]): Promise<unknown> {
    return this.#client.call(command, args).catch(told)
  }

  /** As {@link call}, with texts as the bytes that they are. */
  bytes(command: string, ...args: readonly Argument[]): Promise<unknown> {
    return this.#client.callBuffer(command, args).catch(told)
  }

  run(script: string, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    return this.#client.call('EVAL', [[script, keys.length, ...keys], args].flat()).catch(told)
  }

  close(): void {
    this.#client.disconnect()
  }
}

/** What goes away by itself: a connection that ends, a server that starts or has no room; not an answer that a command is wrong. */
export class Unanswered extends Error {}

const passing = /^(LOADING|READONLY|OOM|MISCONF|BUSY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS) /

function told(cause: Error): never {
  throw cause.name !== 'ReplyError' || passing.test(cause.message) ? new Unanswered(reasonOf(cause), { cause }) : cause
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return cause.message || (cause as NodeJS.ErrnoException).code || cause.name
}
