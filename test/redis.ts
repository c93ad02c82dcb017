// A Redis of a test's own: Debian's redis-server on a free port and in a folder of its own, so that nobody else is met.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const program = '/usr/bin/redis-server'

/** Why tests of Redis cannot run here; undefined where they can. An error where everything must be there. */
export function redisMissing(): string | undefined {
  const client = existsSync(new URL('stores/node_modules/bullmq', import.meta.url))
  const reason = existsSync(program) ? (client ? undefined : 'npm run stores was not run') : `there is no ${program}`
  if (reason !== undefined && process.env.POOLWISE_REQUIRE_ALL === '1') throw new Error(`redis: ${reason}`)
  return reason
}

export interface Redis {
  readonly url: string
  /** Ends the server as a loss of power would; what was written stays. */
  kill(): Promise<void>
  /** Starts it again on the same port, with what was written. */
  start(): Promise<void>
  /** Ends it, and removes what it wrote. */
  close(): Promise<void>
}

/** Starts a server on a free port of this machine; every write is on the disk before it is answered. */
export async function startRedis(): Promise<Redis> {
  const folder = mkdtempSync(join(tmpdir(), 'poolwise-redis-'))
  const port = await freePort()
  let server: ChildProcess | undefined

  async function start(): Promise<void> {
    const options = {
      port,
      bind: '127.0.0.1',
      dir: folder,
      save: '',
      appendonly: 'yes',
      appendfsync: 'always',
      'maxmemory-policy': 'noeviction',
    }
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
    server = spawn(program, args, { stdio: 'ignore' })
    while (!(await answers(port))) {
      if (server.exitCode !== null) throw new Error(`redis: ended with ${server.exitCode} while it started`)
      await pause(20)
    }
  }

  async function kill(): Promise<void> {
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const ended = new Promise((resolve) => server!.once('close', resolve))
    server.kill('SIGKILL')
    await ended
  }

  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    start,
    async close() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Whether it has read what was written before, and takes commands. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.once('data', (data) => {
      socket.destroy()
      resolve(data.toString().startsWith('+PONG'))
    })
    socket.once('error', () => resolve(false))
  })
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
