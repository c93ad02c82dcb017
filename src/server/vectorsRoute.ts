import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Observable } from 'rxjs'
import { of } from 'rxjs'
import { known, show } from '../core/check.ts'
import type { Loaded } from '../pipeline/pipeline.ts'
import type { Text } from '../sources/text/eachText.ts'
import type { Sequence } from '../streams/eachSequence.ts'
import { bodyOf, kindOf } from './body.ts'
import { pooledText } from './pooledBody.ts'
import { busy, Refused } from './refused.ts'
import { Line, Room } from './room.ts'
import type { Served } from './served.ts'
import type { Limits } from './serverOptions.ts'
import { inTurns } from './turns.ts'

/** Bodies that have all the bytes they may. */
const bodies = 8
/** Requests that are computed at once; more would take as long together, and more memory. */
const atOnce = 4
/** Bytes that are decoded at a time. */
const piece = 2 ** 14

/** Answers POST /vectors: a body to the JSON of its vectors. */
export function vectorsRoute(
  served: Served,
  limits: Limits,
): (incoming: IncomingMessage, outgoing: ServerResponse, id: string) => Promise<string> {
  const room = new Room(bodies * Math.max(limits.size, limits.texts), 'POST /vectors')
  const line = new Line(atOnce)

  return async (incoming, outgoing, id) => {
    const kind = kindOf(incoming.headers)
    const loaded = served[kind]
    if (!loaded) throw new Refused(415, `POST /vectors: expected what this server pools, got ${kind}`, { connection: 'close' })
    let held = 0
    const stop = new AbortController()
    const gone = () => stop.abort(new Error('POST /vectors: expected somebody to answer to, got nobody'))
    outgoing.once('close', gone)
    let late: NodeJS.Timeout | undefined
    try {
      const body = await bodyOf(incoming, kind === 'text' ? limits.texts : limits.size, room, (bytes) => {
        held += bytes
      })
      const { timeout } = limits
      late = setTimeout(() => stop.abort(busy(`POST /vectors: expected an answer within ${timeout} s, got none`)), timeout * 1000)
      const sequences = sequencesOf(kind, loaded, id, body)
      return await line.run(
        () => pooledText(loaded, sequences, { heard: upTo(kind === 'sound' ? limits.length : Infinity), stopped: stop.signal }),
        stop.signal,
      )
    } finally {
      clearTimeout(late)
      outgoing.off('close', gone)
      room.give(held)
    }
  }
}

function sequencesOf(kind: 'sound' | 'text', { source }: Loaded, id: string, body: Uint8Array): Observable<Sequence> {
  if (kind === 'sound') return of(source.stream!(id, inTurns(pieces(body))))
  const { texts } = known('POST /vectors', parsed(body) as object, ['texts']) as { readonly texts?: unknown }
  if (!Array.isArray(texts)) throw new Refused(422, `POST /vectors: expected a list as texts, got ${show(texts)}`)
  return source.texts!(inTurns(texts as (string | Text)[]))
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    throw new Refused(400, `POST /vectors: expected JSON such as {"texts":["…"]}, got ${(cause as Error).message}`)
  }
}

function* pieces(body: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < body.length; at += piece) yield body.subarray(at, at + piece)
}

/** Counts the time that goes by, up to a bound. */
function upTo(most: number): (time: number) => void {
  let all = 0
  return (time) => {
    all += time
    if (all > most) throw new Refused(413, `POST /vectors: expected at most ${most} s of sound, got more`)
  }
}
