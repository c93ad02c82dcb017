// PostgreSQL with pgvector for a test alone: PGlite, behind a socket that pg talks to.
import { createServer } from 'node:net'
import { installed } from './installed.ts'

interface Pglite {
  close(): Promise<void>
}

/** A server on a port of its own, and its URL. */
export async function startPostgres(): Promise<{ url: string; stop(): Promise<void> }> {
  const { PGlite } = await installed<{ PGlite: { create(options: object): Promise<Pglite> } }>('@electric-sql/pglite')
  const { vector } = await installed<{ vector: object }>('@electric-sql/pglite-pgvector')
  const { PGLiteSocketServer } = await installed<{
    PGLiteSocketServer: new (options: object) => { start(): Promise<void>; stop(): Promise<void> }
  }>('@electric-sql/pglite-socket')
  const db = await PGlite.create({ extensions: { vector } })
  const port = await freePort()
  const server = new PGLiteSocketServer({ db, port, host: '127.0.0.1', maxConnections: 20 })
  await server.start()
  return {
    url: `postgres://postgres:s3cret@127.0.0.1:${port}/postgres`,
    async stop() {
      await server.stop()
      await db.close()
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
