import type { IncomingMessage } from 'node:http'
import { show } from '../core/check.ts'
import { Refused } from './refused.ts'
import type { Room } from './room.ts'

/** What a body is of, by its type, as a caller's browser or curl says it; nothing said is sound. */
export function kindOf({ 'content-type': given = '', 'content-encoding': coding }: IncomingMessage['headers']): 'sound' | 'text' {
  if (coding !== undefined && coding !== 'identity')
    throw new Refused(415, `POST /vectors: expected a body as it is, got the encoding ${show(coding)}`, { connection: 'close' })
  const type = given.split(';', 1)[0]!.trim().toLowerCase()
  if (type === 'application/json') return 'text'
  if (type === '' || /^(audio|video)\/|^application\/(octet-stream|ogg)$/.test(type)) return 'sound'
  const expected = 'a sound (audio/*, video/*, application/ogg or application/octet-stream) or texts (application/json)'
  throw new Refused(415, `POST /vectors: expected ${expected}, got ${show(type)}`, { connection: 'close' })
}

/**
 * All of a body. What it takes of `room` is told to `taken`, for whoever gives that back.
 * @throws (by rejection) Refused, 413 for one that has or promises more than `most` bytes, 503 where there is no room
 */
export async function bodyOf(incoming: IncomingMessage, most: number, room: Room, taken: (bytes: number) => void): Promise<Uint8Array> {
  const check = (bytes: number) => {
    if (bytes > most) throw new Refused(413, `POST /vectors: expected at most ${most} bytes, got ${bytes} or more`, { connection: 'close' })
  }
  check(Number(incoming.headers['content-length'] ?? 0))
  const chunks: Uint8Array[] = []
  let bytes = 0
  // Left early it must not be destroyed: the answer goes the same way.
  for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    check(bytes)
    room.take(chunk.length)
    taken(chunk.length)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
