// `poolwise serve` as a process of its own among a thousand bad clients, and with clients that do not read.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import WebSocket from 'ws'
import type { StreamCount } from '../../src/server/conversation.ts'
import { command, env } from '../cli/outside.ts'
import { ask, Client, post, raw, word } from '../server/running.ts'

const most = 100_000

async function started(...args: readonly string[]): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const [node, main] = command
  const child = spawn(node, [main, 'serve', ...args, '--port', '0'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = (await once(child.stdout!.setEncoding('utf8'), 'data')) as [string]
  return { url: line.split(' ', 1)[0]!, child }
}

/** Resident memory of a process, in MB. */
const megabytes = ({ pid }: ChildProcess): number => {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!
  return Math.round(Number(kilobytes) / 1024)
}

type Bad = (url: string) => Promise<number>

const http = async (answer: Promise<{ readonly status: number }>) => (await answer).status
const bytes = async (answer: Promise<string>) => Number((await answer).slice(9, 12))
const head = (url: string, first: string, ...lines: string[]) => [first, `Host: ${new URL(url).host}`, ...lines, '', ''].join('\r\n')

/** The code of the close of a stream that does this once it is open. */
async function stream(url: string, first: object | undefined, then: (client: Client) => void): Promise<number> {
  const client = new Client(url)
  await new Promise((resolve, reject) => client.socket.on('open', resolve).on('error', reject))
  if (first) {
    client.send(first)
    await client.told('names')
  }
  then(client)
  return (await client.closed).code
}

const sound = { rate: 16000 }
const under = (client: Client, frame: Uint8Array) =>
  (client.socket as unknown as { _socket: { write(bytes: Uint8Array): void } })._socket.write(frame)

/** What each does, and what becomes of it. */
const kinds: readonly (readonly [string, number, Bad])[] = [
  ['promises too much', 413, (url) => http(ask(url, '/vectors', { method: 'POST', headers: { 'content-length': '99999999' }, body: 'a' }))],
  [
    'sends too much',
    413,
    (url) => http(ask(url, '/vectors', { method: 'POST', headers: { 'transfer-encoding': 'chunked' }, body: Buffer.alloc(most + 1) })),
  ],
  ['stops in its body', 408, (url) => bytes(raw(url, head(url, 'POST /vectors HTTP/1.1', 'content-length: 1000'), 'half'))],
  ['stops in its headers', 408, (url) => bytes(raw(url, head(url, 'GET / HTTP/1.1').slice(0, -2)))],
  ['says nothing', 408, (url) => bytes(raw(url))],
  ['sends garbage', 400, (url) => bytes(raw(url, Buffer.alloc(1000, 0xa7)))],
  ['sends no sound', 422, (url) => http(post(url, Buffer.alloc(5000, 0xa7)))],
  ['sends half a sound', 422, (url) => http(post(url, word.subarray(0, 5001)))],
  ['sends a form', 415, (url) => http(post(url, 'a=1', 'application/x-www-form-urlencoded'))],
  ['goes by another name', 403, (url) => http(ask(url, '/health', { headers: { host: 'evil.example' } }))],
  [
    'is a page from elsewhere',
    403,
    (url) => http(ask(url, '/vectors', { method: 'POST', headers: { origin: 'http://evil.example' }, body: 'a' })),
  ],
  ['wants another file', 404, (url) => http(ask(url, '/../../../../etc/passwd'))],
  [
    'streams half a frame',
    1008,
    (url) => stream(url, sound, (client) => under(client, Buffer.from([0x82, 0xfe, 0xff, 0xff, 0, 0, 0, 0, 1]))),
  ],
  ['streams garbage', 1002, (url) => stream(url, sound, (client) => under(client, Buffer.alloc(1000, 0xa7)))],
  ['opens a stream, and no more', 1008, (url) => stream(url, undefined, () => {})],
  ['streams too large a message', 1009, (url) => stream(url, sound, (client) => client.send(Buffer.alloc(2 ** 20 + 1)))],
  [
    'streams from a page elsewhere',
    403,
    (url) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(`${url.replace('http', 'ws')}/stream`, { origin: 'http://evil.example' })
        socket.on('unexpected-response', (_, response) => resolve(response.statusCode!)).on('error', reject)
      }),
  ],
]

test('a thousand bad clients are refused, each as it should be, while 200 requests a second are answered beside them', async () => {
  const limits = ['--timeout', '5', '--idle', '2', '--connections', '1024', '--streams', '128', '--max-body', String(most)]
  const { url, child } = await started('audio', '--features', 'rms', '--pool', 'mean,max', '--window', '0.2s', ...limits)
  const [count, atOnce, perSecond, waiting] = [1000, 100, 200, 20]

  const found: string[] = []
  let [next, done] = [0, 0]
  const bad = Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < count) {
        const [what, status, attempt] = kinds[next++ % kinds.length]!
        const came = await attempt(url).catch((error: Error) => error.message)
        done++
        if (came !== status) found.push(`${what}: expected ${status}, got ${came}`)
      }
    }),
  )

  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const times: number[] = []
  const statuses = new Map<number, number>()
  const good = () =>
    new Promise<void>((resolve, reject) => {
      const began = performance.now()
      const headers = { 'content-type': 'audio/wav', 'content-length': word.length }
      const asked = request(`${url}/vectors`, { method: 'POST', headers, agent }, (response) => {
        response.resume().on('end', () => {
          times.push(performance.now() - began)
          statuses.set(response.statusCode!, (statuses.get(response.statusCode!) ?? 0) + 1)
          resolve()
        })
      })
      asked.on('error', reject).end(word)
    })
  const answered: Promise<void>[] = []
  const curve: number[] = []
  const began = performance.now()
  while (done < count) {
    // As many as are due, a timer that comes late owing the others; but no more than a machine that is busy with other things can answer.
    const due = ((performance.now() - began) / 1000) * perSecond
    while (answered.length < due && answered.length - times.length < waiting) answered.push(good())
    if (curve.length < (performance.now() - began) / 2000) curve.push(megabytes(child))
    await after(5)
  }
  const seconds = (performance.now() - began) / 1000
  await Promise.all([bad, ...answered])
  agent.destroy()
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor(share * (times.length - 1))]!.toFixed(1)
  console.log(
    `${count} bad clients in ${seconds.toFixed(1)} s; beside them ${times.length} good requests, ${(times.length / seconds).toFixed(0)} a second, ms: p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, max ${at(1)}; resident, MB: ${curve.join(' ')}`,
  )
  expect(found).toEqual([])
  expect([...statuses]).toEqual([[200, answered.length]])
  expect(answered.length).toBeGreaterThan(count)
  expect(JSON.parse((await ask(url, '/health')).text)).toMatchObject({ status: 'ok', streams: [] })
  child.kill('SIGTERM')
  expect(await once(child, 'close')).toEqual([0, null])
})

test('clients that read ten times too slowly, or not at all: memory flat, every event counted, each at its time', async () => {
  // Much beside what the collector of garbage leaves for a while.
  const [values, perSecond, seconds] = [4096, 1500, 20]
  const sent = perSecond * seconds
  const { url, child } = await started('audio', '--events', 'pool1d(pooling=mean,size=1)', '--idle', '600')
  const event = (n: number) => new Uint8Array(new Float32Array(values).fill(n).buffer)
  /** Reads a tenth of what is sent, or nothing. */
  const readers = [
    { overload: 'drop-oldest', reads: 0.1 },
    { overload: 'drop-newest', reads: 0.1 },
    { overload: 'drop-oldest', reads: 0 },
    { overload: 'drop-newest', reads: 0 },
  ] as const
  const clients = await Promise.all(
    readers.map(async ({ overload }) => {
      const client = await new Client(url).open({ format: 'events', values, vectors: 'binary', overload })
      await client.told('names')
      client.socket.pause()
      return client
    }),
  )
  const health = async () => JSON.parse((await ask(url, '/health')).text).streams as StreamCount[]
  const holds = (all: readonly StreamCount[]) => all.every(({ in: came, out, dropped, queued }) => came === out + dropped + queued)
  const curve: number[] = []
  let [n, wrong] = [0, 0]
  const began = performance.now()
  while (n < sent) {
    const due = Math.min(sent, Math.floor(((performance.now() - began) / 1000) * perSecond))
    for (; n < due; n++) for (const client of clients) client.send(event(n))
    clients.forEach(({ socket, messages }, i) => {
      // Names came first.
      if (messages.length - 1 < readers[i]!.reads * n) socket.resume()
      else socket.pause()
    })
    if (curve.length < (12 * n) / sent) {
      curve.push(megabytes(child))
      if (!holds(await health())) wrong++
    }
    await after(10)
  }
  await expect.poll(async () => (await health()).every(({ in: came }) => came === sent), { timeout: 60_000 }).toBe(true)
  const before = await health()
  for (const { socket } of clients) {
    socket.resume()
    socket.send('{"end":true}')
  }
  const ends = await Promise.all(
    clients.map(async (client) => {
      const { code } = await client.closed
      const { ended } = (await client.told('ended')) as { ended: StreamCount }
      const vectors = client.messages.filter((message) => Buffer.isBuffer(message))
      const misplaced = vectors.filter((one) => one.readDoubleLE(0) !== one.readFloatLE(24) || one.readDoubleLE(16) !== 1).length
      return { code, ended, vectors: vectors.length, misplaced }
    }),
  )
  console.log(
    `${(sent * values * 4) / 2 ** 20} MB to each of ${clients.length}; resident, MB: ${curve.join(' ')}; ${ends.map(({ ended }, i) => `${readers[i]!.overload}, reads ${readers[i]!.reads}: ${JSON.stringify(ended)}`).join('; ')}`,
  )
  expect(wrong).toBe(0)
  expect(holds(before)).toBe(true)
  for (const { code, ended, vectors, misplaced } of ends) {
    expect({ code, misplaced }).toEqual({ code: 1000, misplaced: 0 })
    expect(ended).toMatchObject({ in: sent, queued: 0, out: sent - ended.dropped, vectors: ended.out })
    expect(vectors).toBe(ended.out)
    expect(ended.dropped).toBeGreaterThan(sent / 3)
  }
  const half = curve.length >> 1
  // A tenth of what would be queued in that half.
  expect(Math.max(...curve.slice(half)) - Math.max(...curve.slice(0, half))).toBeLessThan(
    (clients.length * sent * values * 4) / 2 ** 20 / 2 / 10,
  )
})
