import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { checkCaller } from './caller.ts'
import { openApi } from './openApi.ts'
import { type PageFile, pageFiles, pagePolicy } from './page.ts'
import { busy, errorText, Refused, refusedFor } from './refused.ts'
import type { Served } from './served.ts'
import type { Limits } from './serverOptions.ts'
import { vectorsRoute } from './vectorsRoute.ts'

/** What a server knows of itself while it runs. */
export interface State {
  readonly version: string
  /** Whether no more than are answered already will be. */
  stopping: boolean
  /** Whether a connection is one too many. */
  tooMany(socket: Socket): boolean
  /** Of each stream, what it counts. */
  streams(): readonly unknown[]
}

interface Env {
  readonly Bindings: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse }
}

const json = { 'content-type': 'application/json' }

/** The routes, and what every request must pass on its way to them. */
export function app(served: Served, limits: Limits, state: State): Hono<Env> {
  const routes = new Hono<Env>()
  const vectors = vectorsRoute(served, limits)
  const description = openApi(served, limits, state.version)

  routes.use(async (context, next) => {
    const { incoming } = context.env
    context.header('x-content-type-options', 'nosniff')
    context.header('cross-origin-resource-policy', 'same-origin')
    context.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
    if (state.tooMany(incoming.socket))
      throw busy(`connections: expected at most ${limits.connections}, got one more; try again`, { connection: 'close' })
    checkCaller(incoming.headers, limits)
    await next()
    if (state.stopping) context.header('connection', 'close')
  })
  if (limits.origins.length > 0) routes.use(cors({ origin: [...limits.origins], allowMethods: ['GET', 'POST'] }))

  routes.get('/health', (context) => {
    const pools = Object.fromEntries((['sound', 'text', 'stream', 'events'] as const).map((kind) => [kind, served[kind] !== undefined]))
    return context.json({ status: state.stopping ? 'stopping' : 'ok', version: state.version, ...pools, streams: state.streams() })
  })
  routes.get('/openapi.json', (context) => context.json(description))
  routes.post('/vectors', async (context) => {
    const { incoming, outgoing } = context.env
    return context.body(await vectors(incoming, outgoing, context.req.query('id') ?? 'sound'), 200, json)
  })
  routes.get('/stream', () => {
    throw new Refused(426, 'GET /stream: expected a WebSocket, got a plain request', { upgrade: 'websocket', connection: 'upgrade' })
  })
  for (const [path, file] of pageFiles()) routes.get(path, (context) => context.body(file.bytes, 200, headersOf(file)))
  for (const path of ['/', '/health', '/openapi.json', '/vectors', '/stream']) {
    const allow = path === '/vectors' ? 'POST' : 'GET, HEAD'
    routes.all(path, ({ req }) => {
      throw new Refused(405, `${req.method} ${path}: expected ${allow}`, { allow, connection: 'close' })
    })
  }
  routes.notFound(({ req }) => {
    throw new Refused(
      404,
      `${req.method}: expected a path of this server, as /openapi.json tells them, got ${JSON.stringify(req.path.slice(0, 60))}`,
      {
        connection: 'close',
      },
    )
  })
  routes.onError((error, context) => {
    const refused = refusedFor(error)
    return context.body(errorText(refused), refused.status as 400, { ...json, ...refused.headers })
  })
  return routes
}

function headersOf({ type }: PageFile): Record<string, string> {
  const policy = type.startsWith('text/html') ? { 'content-security-policy': pagePolicy } : {}
  return { 'content-type': type, 'referrer-policy': 'no-referrer', ...policy }
}
