// POST /vectors and the routes beside it, over the loopback.
import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { pipelineFrom } from '../../src/pipeline/pipeline.ts'
import type { Vector } from '../../src/streams/toVectors.ts'
import { ask, post, raw, running, soon, word, wordVectors } from './running.ts'

describe('vectors', () => {
  test('of a sound are those of the pipeline, to the bit', async () => {
    const { url } = await running()
    const { status, text } = await post(url, word, 'audio/wav', '/vectors?id=bat')
    expect(status).toBe(200)
    const { names, vectors } = JSON.parse(text)
    const wanted = await wordVectors()
    expect(wanted.length).toBeGreaterThan(3)
    expect(names).toEqual(wanted[0]!.names)
    expect(vectors.map(({ vector }: { vector: number[] }) => Float32Array.from(vector))).toEqual(wanted.map(({ vector }) => vector))
    expect(vectors.map(({ id }: { id: string }) => id)).toEqual(wanted.map(() => 'bat'))
    expect(vectors.map(({ weight }: Vector) => weight)).toEqual(wanted.map(({ weight }) => weight))
  })

  test.each(['bat-v1.mp3', 'bat-v1.flac', 'bat-v1.ogg', 'bat-v1.opus'])('of %s, told by what is in it', async (name) => {
    const { url } = await running()
    const { status, text } = await post(url, readFileSync(`samples/audio/formats/${name}`), 'application/octet-stream')
    expect({ status, vectors: JSON.parse(text).vectors.length > 3 }).toEqual({ status: 200, vectors: true })
  })

  test('of texts, with ids, labels and coverage; of none, the names alone', async () => {
    const { url } = await running()
    const of = async (texts: unknown[]) => JSON.parse((await post(url, JSON.stringify({ texts }), 'application/json')).text)
    const { names, vectors } = await of(['The sea rises.', { id: 'rye', text: 'Rye dough is sticky.', label: 'bread' }])
    expect(names.length).toBe(100)
    expect(vectors.map(({ id, label, coverage, vector }: Vector) => [id, label, coverage, vector.length])).toEqual([
      ['0', undefined, 1, 100],
      ['rye', 'bread', 1, 100],
    ])
    expect(await of([])).toEqual({ names, vectors: [] })
  })

  test('a recording shorter than a window gives none, and a note', async () => {
    const { url } = await running()
    const { status, text } = await post(url, wav(100))
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ vectors: [], notes: ['sound: shorter than a window, so it gives no vector'] })
  })
})

/** Silence of so many samples at 16 kHz. */
function wav(samples: number): Buffer {
  const bytes = Buffer.alloc(44 + 2 * samples)
  bytes.write('RIFF').toString()
  bytes.writeUInt32LE(36 + 2 * samples, 4)
  bytes.write('WAVEfmt ', 8)
  for (const [at, value] of [[16, 16], [24, 16000], [28, 32000]] as const) bytes.writeUInt32LE(value, at) // biome-ignore format: a table
  for (const [at, value] of [[20, 1], [22, 1], [32, 2], [34, 16]] as const) bytes.writeUInt16LE(value, at) // biome-ignore format: a table
  bytes.write('data', 36)
  bytes.writeUInt32LE(2 * samples, 40)
  return bytes
}

describe('refused, and told why', () => {
  const json = 'application/json'
  test.each([
    [422, 'no sound', '/vectors', { body: 'no sound at all, though some bytes', type: 'audio/wav' }, /audioFiles: sound: expected/],
    [422, 'a sound cut short', '/vectors', { body: word.subarray(0, 3001), type: 'audio/wav' }, /audioFiles: sound: expected/],
    [422, 'an empty body', '/vectors', { body: '', type: 'audio/wav' }, /audioFiles: sound: expected/],
    [
      422,
      'texts that are none',
      '/vectors',
      { body: '{"texts":[3]}', type: json },
      /texts: item 0 must be a string or \{ id, text \}, got 3/,
    ],
    [422, 'no list', '/vectors', { body: '{"texts":"a"}', type: json }, /expected a list as texts, got "a"/],
    [422, 'another name', '/vectors', { body: '{"text":["a"]}', type: json }, /unknown option "text"; did you mean "texts"\?/],
    [422, 'a list alone', '/vectors', { body: '["a"]', type: json }, /options must be an object/],
    [400, 'no JSON', '/vectors', { body: '{"texts":', type: json }, /expected JSON such as/],
    [400, 'no UTF-8', '/vectors', { body: Buffer.from([0x22, 0xff, 0x22]), type: json }, /expected JSON such as/],
    [415, 'a form', '/vectors', { body: 'a=1', type: 'application/x-www-form-urlencoded' }, /expected a sound/],
    [415, 'plain text', '/vectors', { body: 'a', type: 'text/plain' }, /expected a sound/],
    [
      415,
      'packed bytes',
      '/vectors',
      { body: 'a', type: json, headers: { 'content-encoding': 'gzip' } },
      /expected a body as it is, got the encoding "gzip"/,
    ],
    [
      413,
      'more bytes than promised may be',
      '/vectors',
      { body: 'a', type: 'audio/wav', headers: { 'content-length': '1000001' } },
      /at most 1000000 bytes/,
    ],
    [
      413,
      'more bytes without a promise',
      '/vectors',
      { body: Buffer.alloc(1_000_001), type: 'audio/wav', headers: { 'transfer-encoding': 'chunked' } },
      /at most 1000000 bytes/,
    ],
    [413, 'more text', '/vectors', { body: JSON.stringify({ texts: ['a'.repeat(1000)] }), type: json }, /at most 1000 bytes/],
    [413, 'more seconds', '/vectors', { body: wav(17000), type: 'audio/wav' }, /at most 1 s of sound/],
    [
      403,
      'a page from elsewhere',
      '/vectors',
      { body: word, type: 'audio/wav', headers: { origin: 'http://evil.example' } },
      /Origin: expected .* got "http:\/\/evil.example"/,
    ],
    [403, 'a page of no origin', '/vectors', { body: word, type: 'audio/wav', headers: { origin: 'null' } }, /Origin: expected/],
    [403, 'a name that leads here', '/health', { headers: { host: 'evil.example' } }, /Host: expected .* got "evil.example"/],
    [404, 'a path outside', '/../../../etc/passwd', {}, /expected a path of this server/],
    [404, 'a path outside, written otherwise', '/assets/..%2f..%2f..%2fpackage.json', {}, /expected a path of this server/],
    [400, 'a backslash', '/..\\..\\package.json', {}, /expected a request/],
    [405, 'another method', '/vectors', {}, /GET \/vectors: expected POST/],
    [405, 'a method of none', '/health', { method: 'DELETE' }, /DELETE \/health: expected GET/],
    [426, 'a stream without a WebSocket', '/stream', {}, /expected a WebSocket/],
  ] as const)('%i: %s', async (status, _, path, given, message) => {
    const { url } = await running({ size: 1_000_000, texts: 1000, length: 1 })
    const { body, type, headers, method } = given as {
      body?: Uint8Array | string
      type?: string
      headers?: Record<string, string>
      method?: string
    }
    const answer = await ask(url, path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { ...(type && { 'content-type': type }), ...headers },
      ...(body !== undefined && { body }),
    })
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.text).error).toMatch(message)
    // It goes on.
    expect((await post(url, wav(8000))).status).toBe(200)
  })

  test('what is no request', async () => {
    const { url } = await running({ timeout: 0.3 })
    const host = `Host: ${new URL(url).host}`
    expect(await raw(url, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400 Bad Request\r\n[\s\S]*\{"error":"request: expected HTTP, got /)
    expect(await raw(url, `GET / HTTP/1.1\r\n${host}\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /)
    expect(await raw(url, `GET /health HTTP/1.1\r\n${host}\r\n`)).toMatch(/^HTTP\/1.1 408 [\s\S]*expected all of it in time/)
    expect(await raw(url, `POST /vectors HTTP/1.1\r\n${host}\r\ncontent-length: 9\r\n\r\nhalf`)).toMatch(/^HTTP\/1.1 408 /)
    expect(await raw(url, `GET / HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1.1 400 /)
    expect(await raw(url, `GET http://[ HTTP/1.1\r\n${host}\r\n\r\n`)).toMatch(/^HTTP\/1.1 400 [\s\S]*"error"/)
  })

  test('503: what takes longer than it may', async () => {
    // A spectrum for each sample.
    const stages = [
      { stage: 'logMel', hop: 1 },
      { stage: 'globalPool', pooling: 'mean' },
    ]
    const sound = await pipelineFrom({ source: { source: 'audioFiles' }, stages }).load()
    const { url } = await running({ timeout: 0.5 }, { sound })
    const { status, headers, text } = await post(url, wav(16000 * 60))
    expect([status, headers['retry-after']]).toEqual([503, '1'])
    expect(text).toMatch(/expected an answer within 0.5 s/)
  })

  test('503: one connection too many, until another ends', async () => {
    const { url } = await running({ connections: 2, timeout: 0.5 })
    const idle = [raw(url, 'GET'), raw(url, 'GET')]
    await expect.poll(async () => (await ask(url, '/health')).status, soon).toBe(503)
    const { headers, text } = await ask(url, '/health')
    expect([headers['retry-after'], text]).toEqual(['1', '{"error":"connections: expected at most 2, got one more; try again"}'])
    await Promise.all(idle)
    await expect.poll(async () => (await ask(url, '/health')).status, soon).toBe(200)
  })

  test('503: more bytes than all bodies together may have', async () => {
    const { url } = await running({ size: 100_000, texts: 1, timeout: 1 })
    const { host } = new URL(url)
    const slow = () => raw(url, `POST /vectors HTTP/1.1\r\nHost: ${host}\r\ncontent-length: 100000\r\n\r\n`, Buffer.alloc(99_999))
    const all = Array.from({ length: 8 }, slow)
    await expect.poll(async () => (await post(url, Buffer.alloc(100))).status, soon).toBe(503)
    expect((await Promise.all(all)).map((text) => text.slice(9, 12))).toEqual(all.map(() => '408'))
    expect((await post(url, wav(8000))).status).toBe(200)
  })
})

describe('pages', () => {
  test('the live page is served under a policy, and every file that it names', async () => {
    const { url } = await running()
    const { status, headers, text } = await ask(url, '/')
    expect([status, headers['content-type'], headers['x-content-type-options']]).toEqual([200, 'text/html; charset=utf-8', 'nosniff'])
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/)
    const named = [...text.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, file]) => `/${file}`)
    for (const file of named) expect((await ask(url, file)).status, file).toBe(200)
    expect(text).toMatch(named.length > 0 ? /id="start"/ : /npm run build:page/)
  })

  test('of its own and of allowed origins may ask', async () => {
    const { url } = await running({ origins: ['http://localhost:3000'], names: ['sound.local'] })
    const { port } = new URL(url)
    const from = (origin: string, host = `localhost:${port}`) => ask(url, '/health', { headers: { origin, host } })
    expect((await from(`http://localhost:${port}`)).status).toBe(200)
    expect((await from('http://localhost:3000')).headers['access-control-allow-origin']).toBe('http://localhost:3000')
    expect((await from('http://localhost:3001')).status).toBe(403)
    expect((await from('http://sound.local', 'sound.local')).status).toBe(200)
    expect((await from('http://[::1]:80', '[::1]:80')).status).toBe(200)
    expect((await from('http://localhost.evil.example', 'localhost.evil.example')).status).toBe(403)
  })
})

describe('the description', () => {
  test('is OpenAPI 3.1', async () => {
    const { url } = await running()
    const found = await new Validator().validate(JSON.parse((await ask(url, '/openapi.json')).text))
    expect(found).toEqual({ valid: true })
  })

  test('says what is answered: every schema holds, every status is named', async () => {
    const { url } = await running({ size: 100_000 })
    const { paths, components } = JSON.parse((await ask(url, '/openapi.json')).text)
    const ajv = new Ajv2020({ strict: false })
    const check = async (path: string, method: string, status: number, { text, status: came }: { text: string; status: number }) => {
      expect(came).toBe(status)
      const { $ref } = paths[path][method].responses[status].content['application/json'].schema
      const holds = ajv.compile(components.schemas[$ref.split('/').at(-1)])
      expect(holds(JSON.parse(text)), `${path} ${status} ${JSON.stringify(holds.errors)}`).toBe(true)
    }
    await check('/health', 'get', 200, await ask(url, '/health'))
    await check('/health', 'get', 403, await ask(url, '/health', { headers: { host: 'a.b' } }))
    await check('/vectors', 'post', 200, await post(url, word))
    await check('/vectors', 'post', 200, await post(url, '{"texts":["The sea rises."]}', 'application/json'))
    await check('/vectors', 'post', 413, await post(url, Buffer.alloc(100_001)))
    await check('/vectors', 'post', 415, await post(url, 'a', 'text/plain'))
    await check('/vectors', 'post', 422, await post(url, 'a'))
    await check('/stream', 'get', 426, await ask(url, '/stream'))
  })
})
