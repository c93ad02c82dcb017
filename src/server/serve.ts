import { createServer, type IncomingMessage, STATUS_CODES } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { WebSocketServer } from 'ws'
import { read } from '../core/options.ts'
import { app } from './app.ts'
import { checkCaller } from './caller.ts'
import { Conversation, mostBytes } from './conversation.ts'
import { busy, errorText, Refused, refusedFor } from './refused.ts'
import type { Served } from './served.ts'
import { type Limits, type ServerOptions, serverOptions } from './serverOptions.ts'

export interface Server {
  /** Where it is reached. */
  readonly url: string
  /** Takes no more, and is done when what it was asked before has been answered, or after its timeout. */
  close(): Promise<void>
}

/**
 * Serves pipelines over HTTP and WebSocket: `GET /` the live page, `POST /vectors`, `WS /stream`, `GET /openapi.json`, `GET /health`.
 *
 * @throws TypeError or RangeError for bad options; (by rejection) Error where the port cannot be listened on
 */
export async function serve(served: Served, options: ServerOptions & { readonly version: string }): Promise<Server> {
  const { version, ...given } = options
  const limits = read('serve', serverOptions, given)
  const open = new Set<Socket>()
  const conversations = new Set<Conversation>()
  const state = {
    version,
    stopping: false,
    tooMany: (socket: Socket) => !open.has(socket),
    streams: () => [...conversations].map(({ count }) => count),
  }
  const { timeout, connections } = limits
  const server = createServer(
    {
      requestTimeout: timeout * 1000,
      headersTimeout: timeout * 1000,
      connectionsCheckingInterval: Math.min(1000, timeout * 250),
      maxHeaderSize: 2 ** 14,
    },
    getRequestListener(app(served, limits, state).fetch, {
      overrideGlobalObjects: false,
      errorHandler: () =>
        new Response(errorText(new Error('expected a request, got a path or a host that is none')), {
          status: 400,
          headers: { 'content-type': 'application/json', connection: 'close' },
        }),
    }),
  )
  // Those that are one too many are told so; of many more there would be no end.
  server.maxConnections = 4 * connections
  server.on('connection', (socket) => {
    if (open.size < connections) open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuse(socket, malformed(error)))

  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: mostBytes,
    ...{ closeTimeout: 2000 },
  })
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {})
    try {
      checkUpgrade(request, limits)
      if (state.stopping || state.tooMany(request.socket) || conversations.size >= limits.streams)
        throw busy(`stream: expected at most ${limits.streams} streams, got one more; try again`)
      sockets.handleUpgrade(request, socket, head, (web) => {
        const conversation = new Conversation(web, served, limits)
        conversations.add(conversation)
        web.once('close', () => conversations.delete(conversation))
      })
    } catch (error) {
      refuse(socket, refusedFor(error))
    }
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ message }) => reject(new Error(`serve: expected a port to listen on, got ${message}`)))
    server.listen(limits.port, limits.host, () => resolve())
  })
  const { address, port, family } = server.address() as AddressInfo
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    async close() {
      state.stopping = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const conversation of conversations) conversation.leave()
      // An upgraded connection is the server's no more, but open still.
      const late = setTimeout(() => {
        for (const socket of open) socket.destroy()
        server.closeAllConnections()
      }, timeout * 1000)
      const sweep = setInterval(() => server.closeIdleConnections(), 50)
      await closed
      clearTimeout(late)
      clearInterval(sweep)
    },
  }
}

function checkUpgrade({ headers, url = '' }: IncomingMessage, limits: Limits): void {
  checkCaller(headers, limits)
  if (headers.upgrade?.toLowerCase() !== 'websocket') throw new Refused(400, `upgrade: expected websocket, got ${headers.upgrade}`)
  const path = url.split('?', 1)[0]!
  if (path !== '/stream') throw new Refused(404, `WebSocket: expected /stream, got ${JSON.stringify(path.slice(0, 60))}`)
}

function malformed({ code, message }: NodeJS.ErrnoException): Refused {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Refused(408, 'request: expected all of it in time, got a part')
  if (code === 'HPE_HEADER_OVERFLOW') return new Refused(431, 'request: expected fewer headers')
  return new Refused(400, `request: expected HTTP, got ${message}`)
}

/** An answer where there is no response to write it with. */
function refuse(socket: Duplex, refused: Refused): void {
  if (!socket.writable) return void socket.destroy()
  const body = errorText(refused)
  const headers = {
    ...refused.headers,
    connection: 'close',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${refused.status} ${STATUS_CODES[refused.status]}\r\n${lines.join('')}\r\n${body}`)
  // Bytes that nobody reads would take the answer with them.
  socket.resume()
  setTimeout(() => socket.destroy(), 500).unref()
}
