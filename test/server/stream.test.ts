// WS /stream, over the loopback.
import { connect } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import WebSocket from 'ws'
import { pipelineFrom } from '../../src/pipeline/pipeline.ts'
import type { StreamCount } from '../../src/server/conversation.ts'
import { serve } from '../../src/server/serve.ts'
import { stageFrom } from '../../src/stages/stageFrom.ts'
import { ask, Client, pipelines, raw, running, soon, word, wordVectors } from './running.ts'

/** Without its header. */
const samples = word.subarray(44)
const sound = { rate: 16000, format: 's16le' }

describe('a stream of sound', () => {
  test.each([1, 999, 2 ** 16])('in pieces of %i bytes gives the vectors of the file, in JSON', async (size) => {
    const { url } = await running()
    const client = await new Client(url).open(sound)
    for (let at = 0; at < samples.length; at += size) client.send(samples.subarray(at, at + size))
    client.send({ end: true })
    expect(await client.closed).toEqual({ code: 1000, reason: '' })
    const [{ names }, ...rest] = client.messages as { names: string[] }[]
    const all = await wordVectors()
    expect(names).toEqual(all[0]!.names)
    const frames = samples.length / 2
    expect(rest.pop()).toEqual({ ended: { in: frames, out: frames, dropped: 0, queued: 0, vectors: all.length } })
    const found = rest as unknown as { id: string; start: number; vector: number[] }[]
    expect(found.map(({ vector }) => Float32Array.from(vector))).toEqual(all.map(({ vector }) => vector))
    expect(found.map(({ id }) => id)).toEqual(all.map(() => 'stream'))
    found.forEach(({ start }, i) => {
      expect(start).toBeCloseTo(all[i]!.start, 8)
    })
  })

  test('in binary: start, end, weight and the values', async () => {
    const { url } = await running()
    const client = await new Client(url).open({ ...sound, vectors: 'binary' })
    client.send(samples)
    client.send({ end: true })
    await client.closed
    const found = client.messages.filter((message): message is Buffer => Buffer.isBuffer(message))
    const all = await wordVectors()
    expect(found.length).toBe(all.length)
    found.forEach((bytes, i) => {
      const { start, end, weight, vector } = all[i]!
      expect([0, 8, 16].map((at) => bytes.readDoubleLE(at))).toEqual([start, end, weight])
      expect(new Float32Array(new Uint8Array(bytes.subarray(24)).buffer)).toEqual(vector)
    })
  })

  test('of two channels at another rate is mixed and resampled', async () => {
    const { url } = await running()
    const client = await new Client(url).open({ rate: 48000, channels: 2, format: 'f32le' })
    client.send(new Uint8Array(new Float32Array(2 * 48000).buffer))
    client.send({ stats: true })
    client.send({ end: true })
    expect(await client.told('stats')).toMatchObject({ stats: { in: 48000, dropped: 0 } })
    expect(await client.told('ended')).toMatchObject({ ended: { in: 48000, out: 48000, queued: 0, vectors: 9 } })
  })
})

describe('a stream of events', () => {
  test.each([
    ['rows', [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]], // biome-ignore format: rows
    ['numbers', [[1, 2, 3, 4], [5, 6, 7, 8]]], // biome-ignore format: rows
    ['bytes', [new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8).buffer)]],
  ])('as %s', async (_, messages) => {
    const { url } = await running()
    const client = await new Client(url).open({ format: 'events', values: 2, hop: 0.5 })
    for (const message of messages) client.send(message)
    client.send({ end: true })
    await client.closed
    expect(client.messages).toEqual([
      { names: ['bin0.mean', 'bin1.mean'] },
      { id: 'stream', start: 0, end: 2, weight: 4, vector: [4, 5] },
      { ended: { in: 4, out: 4, dropped: 0, queued: 0, vectors: 1 } },
    ])
  })

  test('what is not finite is not seen', async () => {
    const { url } = await running()
    const client = await new Client(url).open({ format: 'events', values: 1 })
    client.send(new Uint8Array(Float32Array.of(1, Number.NaN, 3, Infinity).buffer))
    client.send({ end: true })
    expect(await client.told('vector')).toMatchObject({ weight: 2, vector: [2] })
  })
})

describe('closed, and told why', () => {
  const events = { format: 'events', values: 2 }
  test.each([
    [1008, 'a first message in bytes', Buffer.from('{}'), [], /expected a first message such as/],
    [1008, 'no JSON', undefined, ['{'], /expected a first message such as/],
    [1008, 'no rate', { format: 's16le' }, [], /stream: rate must be given/],
    [1008, 'an unknown format', { rate: 8000, format: 's16' }, [], /stream: format must be one of/],
    [1008, 'an unknown option', { rate: 8000, chanels: 2 }, [], /unknown option "chanels"; did you mean "channels"\?/],
    [1008, 'a rate that cannot be resampled', { rate: 1 }, [], /resample/],
    [1008, 'rows of sound', sound, ['[[1]]'], /expected \{"end":true\}, \{"stats":true\} or frames/],
    [1008, 'rows of another length', events, ['[[1,2],[1]]'], /expected rows of 2 numbers/],
    [1008, 'rows of no numbers', events, ['[[1,null]]'], /expected rows of 2 numbers/],
    [1008, 'another message', events, ['{"stop":true}'], /unknown option "stop"/],
    [
      1007,
      'half a frame at the end',
      { ...sound, channels: 2 },
      [Buffer.alloc(6), '{"end":true}'],
      /expected whole frames of 4 bytes, got 2 left over/,
    ],
    [1009, 'a message that is too large', sound, [Buffer.alloc(2 ** 20 + 1)], undefined],
    [1007, 'text that is no UTF-8', sound, [], undefined],
  ] as const)('%i: %s', async (code, what, first, messages, error) => {
    const { url } = await running()
    const client = new Client(url)
    await new Promise((resolve) => client.socket.on('open', resolve))
    if (first) client.send(first)
    for (const message of messages) client.socket.send(message)
    // A frame of text, masked, with the bytes 0xff 0xff.
    if (what.includes('UTF-8'))
      (client.socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(
        Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xff]),
      )
    const closed = await client.closed
    expect(closed.code).toBe(code)
    if (error) {
      expect(await client.told('error')).toEqual({ error: expect.stringMatching(error) })
      expect(closed.reason).toMatch(/^stream|^resample/)
    }
    // It goes on.
    const next = await new Client(url).open(sound)
    expect(await next.told('names')).toBeDefined()
  })

  test('1008: a pipeline that needs the end, and events that are not served', async () => {
    const stream = await pipelineFrom({
      source: { source: 'audioFiles' },
      stages: [{ stage: 'logMel' }, { stage: 'normalize' }, { stage: 'globalPool', pooling: 'mean' }],
    }).load()
    const { url } = await running({}, { stream })
    const whole = await new Client(url).open(sound)
    expect([(await whole.closed).code, await whole.told('error')]).toEqual([1008, { error: expect.stringMatching(/normalize/) }])
    const none = await new Client(url).open({ format: 'events', values: 1 })
    expect([(await none.closed).code, await none.told('error')]).toEqual([
      1008,
      { error: expect.stringMatching(/poolwise serve --events/) },
    ])
  })

  test('1008: silence before the first message, after it, and within a message', async () => {
    const { url } = await running({ idle: 0.3 })
    const first = new Client(url)
    const later = await new Client(url).open(sound)
    const half = await new Client(url).open(sound)
    await half.told('names')
    // The header of a frame of 64 KiB, and no more of it.
    ;(half.socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(
      Buffer.from([0x82, 0xfe, 0xff, 0xff, 0, 0, 0, 0, 1]),
    )
    for (const client of [first, later, half]) {
      expect(await client.closed).toEqual({ code: 1008, reason: 'stream: expected a message within 0.3 s, got "none"' })
    }
    expect(JSON.parse((await ask(url, '/health')).text).streams).toEqual([])
  })
})

describe('refused before it is one', () => {
  const status = (url: string, options: WebSocket.ClientOptions = {}, path = '/stream') =>
    new Promise<number>((resolve, reject) => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, options)
      socket.on('unexpected-response', (_, response) => resolve(response.statusCode!))
      socket.on('open', () => {
        socket.close()
        resolve(101)
      })
      socket.on('error', reject)
    })

  test('403, 404, 503, by the same rules as requests', async () => {
    const { url } = await running({ streams: 1 })
    expect(await status(url, { origin: 'http://evil.example' })).toBe(403)
    expect(await status(url, { headers: { host: 'evil.example' } })).toBe(403)
    expect(await status(url, {}, '/elsewhere')).toBe(404)
    expect(await status(url, { origin: url })).toBe(101)
    await expect.poll(async () => JSON.parse((await ask(url, '/health')).text).streams.length, soon).toBe(0)
    const one = await new Client(url).open(sound)
    await one.told('names')
    expect(await status(url)).toBe(503)
    one.socket.close()
    await one.closed
    await expect.poll(() => status(url), soon).toBe(101)
  })

  test('400: another protocol', async () => {
    const { url } = await running()
    const { host } = new URL(url)
    const upgrade = (what: string) => raw(url, `GET /stream HTTP/1.1\r\nHost: ${host}\r\nConnection: upgrade\r\nUpgrade: ${what}\r\n\r\n`)
    expect(await upgrade('h2c')).toMatch(/^HTTP\/1.1 400 [\s\S]*expected websocket, got h2c/)
    expect(await upgrade('websocket')).toMatch(/^HTTP\/1.1 400 /)
  })
})

describe('a client that does not read', () => {
  const values = 4096
  const sent = 3000
  /** Event n is all n. */
  const event = (n: number) => new Uint8Array(new Float32Array(values).fill(n).buffer)

  const served = { events: [stageFrom({ stage: 'pool1d', pooling: 'mean', size: 1 })] }
  const counts = async (url: string): Promise<StreamCount> => JSON.parse((await ask(url, '/health')).text).streams[0]

  async function unread(url: string, overload: string): Promise<Client> {
    const client = await new Client(url).open({ format: 'events', values, vectors: 'binary', overload })
    await client.told('names')
    client.socket.pause()
    for (let n = 0; n < sent; n++) client.send(event(n))
    return client
  }

  async function readToEnd(client: Client): Promise<readonly Buffer[]> {
    client.socket.resume()
    client.send({ end: true })
    expect((await client.closed).code).toBe(1000)
    return client.messages.filter((message) => Buffer.isBuffer(message))
  }

  test.each(['drop-oldest', 'drop-newest'])('%s: what is lost is counted and keeps its time', async (overload) => {
    const { url } = await running({}, served)
    const client = await unread(url, overload)
    await expect.poll(async () => (await counts(url)).in, soon).toBe(sent)
    const { out, dropped, queued } = await counts(url)
    expect(out + dropped + queued).toBe(sent)
    // 1 MiB of 16 kB each.
    expect(queued).toBeLessThanOrEqual(64)
    expect(dropped).toBeGreaterThan(sent / 10)
    const vectors = await readToEnd(client)
    const { ended } = (await client.told('ended')) as { ended: StreamCount }
    expect(ended).toEqual({ in: sent, out: sent - dropped, dropped, queued: 0, vectors: sent - dropped })
    expect(vectors.length).toBe(sent - dropped)
    // Event n is at n, and holds n, whatever was lost before it.
    for (const bytes of vectors) expect([bytes.readDoubleLE(16), bytes.readFloatLE(24)]).toEqual([1, bytes.readDoubleLE(0)])
    // The newest are lost from a moment on, the oldest up to one.
    expect(vectors.some((bytes) => bytes.readDoubleLE(0) === sent - 1)).toBe(overload === 'drop-oldest')
  })

  test('block: the client waits, and nothing is lost', async () => {
    const { url } = await running({}, served)
    const client = await unread(url, 'block')
    let before = await counts(url)
    // Until nothing more comes.
    for (let last = -1; before.in > last || before.in === 0; before = await counts(url)) {
      last = before.in
      await after(100)
    }
    // It waits from 1 MiB, 64 of them, and what of more had been read already, down to half of that.
    expect(before.queued).toBeGreaterThan(32)
    expect(before.queued).toBeLessThan(80)
    expect(before.in).toBeLessThan(sent)
    expect(before).toMatchObject({ in: before.out + before.queued, dropped: 0 })
    const vectors = await readToEnd(client)
    expect(await client.told('ended')).toEqual({ ended: { in: sent, out: sent, dropped: 0, queued: 0, vectors: sent } })
    expect(vectors.map((bytes) => bytes.readFloatLE(24))).toEqual(Array.from({ length: sent }, (_, n) => n))
  })

  test.each(['block', 'drop-newest'])('%s: for too long, it is left', async (overload) => {
    const { url } = await running({ idle: 0.3 }, served)
    const client = await unread(url, overload)
    await expect.poll(async () => JSON.parse((await ask(url, '/health')).text).streams, soon).toEqual([])
    client.socket.resume()
    // Who is listened to may be found silent before it is found not to read.
    expect(overload === 'block' ? [1006] : [1006, 1008]).toContain((await client.closed).code)
  })

  test('and asks for a pong a thousand times is left', async () => {
    const { url } = await running({}, served)
    const client = await new Client(url).open({ format: 'events', values: 1 })
    await client.told('names')
    client.socket.pause()
    const bytes = Buffer.alloc(125)
    for (let n = 0; n < 200_000 && client.socket.readyState === WebSocket.OPEN; n++) client.socket.ping(bytes)
    await expect.poll(async () => JSON.parse((await ask(url, '/health')).text).streams, soon).toEqual([])
  })

  test('a ping is answered', async () => {
    const { url } = await running({}, served)
    const client = await new Client(url).open({ format: 'events', values: 1 })
    const pong = new Promise((resolve) => client.socket.on('pong', (data) => resolve(String(data))))
    client.socket.ping('here?')
    expect(await pong).toBe('here?')
  })
})

describe('a server that ends', () => {
  test('answers what it was asked, ends streams with what they still give, and takes no more', async () => {
    const server = await serve(await pipelines(), { port: 0, version: '0' })
    const client = await new Client(server.url).open({ format: 'events', values: 1 })
    client.send([1, 2, 3, 4, 5])
    await client.told('vector')
    const unopened = new Client(server.url)
    await new Promise((resolve) => unopened.socket.on('open', resolve))
    const { hostname, port, host } = new URL(server.url)
    const half = connect(Number(port), hostname)
    let answer = ''
    half.setEncoding('latin1').on('data', (part) => {
      answer += part
    })
    half.write(`POST /vectors HTTP/1.1\r\nHost: ${host}\r\ncontent-length: ${word.length}\r\n\r\n`)
    half.write(word.subarray(0, 1000))
    expect((await ask(server.url, '/health')).status).toBe(200)
    const closed = server.close()
    half.write(word.subarray(1000))
    await new Promise((resolve) => half.on('close', resolve))
    expect(answer).toMatch(/^HTTP\/1.1 200 [\s\S]*connection: close[\s\S]*"vectors":\[/i)
    expect((await client.closed).code).toBe(1001)
    expect(await client.told('ended')).toEqual({ ended: { in: 5, out: 5, dropped: 0, queued: 0, vectors: 1 } })
    expect((await unopened.closed).code).toBe(1001)
    await closed
    await expect(ask(server.url, '/health')).rejects.toThrow(/ECONNREFUSED/)
  })

  test('does not wait for ever', async () => {
    const server = await serve(await pipelines(), { port: 0, version: '0', timeout: 0.3 })
    const slow = raw(server.url, 'GET / HTTP/1.1\r\n')
    await expect.poll(async () => (await ask(server.url, '/health')).status, soon).toBe(200)
    await server.close()
    expect(await slow).not.toMatch(/200 OK/)
  })
})
