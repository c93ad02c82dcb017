import type { Json } from '../core/check.ts'
import { errorSchema, healthSchema, vectorsSchema } from './schemas.ts'
import type { Served } from './served.ts'
import type { Limits } from './serverOptions.ts'

type Part = { readonly [key: string]: Json }

const jsonOf = (schema: string): Part => ({ 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } })

const said: { readonly [status: string]: string } = {
  400: 'no HTTP, or no JSON',
  403: 'a Host or an Origin that is not allowed',
  404: 'a path that is none',
  405: 'a method that the path has not',
  408: 'a request that came too slowly',
  413: 'a body that is too large, or a recording that is too long',
  415: 'a type of body that is not pooled here',
  422: 'sound or texts that cannot be pooled; the error says what was expected, and what came',
  426: 'a plain request where a WebSocket was expected',
  431: 'too many headers',
  500: 'a fault of the server',
  503: 'no room or no time at the moment; Retry-After says when to try again',
}

/** What any request may be answered, and these. */
function refusals(...own: readonly number[]): Part {
  const statuses = [...own, 400, 403, 405, 408, 431, 500, 503].sort()
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: said[status]!,
        content: jsonOf('Error'),
        ...(status === 503 && { headers: { 'Retry-After': { description: 'in seconds', schema: { type: 'integer' } } } }),
      },
    ]),
  )
}

/** What is served, as OpenAPI 3.1. */
export function openApi(served: Served, { size, texts, length, timeout, idle }: Limits, version: string): Part {
  const binary = { schema: { type: 'string', format: 'binary' } }
  const content = {
    ...(served.sound && { 'audio/*': binary, 'video/*': binary, 'application/ogg': binary, 'application/octet-stream': binary }),
    ...(served.text && jsonOf('Texts')),
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'poolwise',
      version,
      description: 'Pools sound and text into vectors of fixed length, on this machine.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths: {
      '/': {
        get: {
          operationId: 'page',
          summary: 'The live page, which sends nothing anywhere',
          responses: { 200: { description: 'the page', content: { 'text/html': { schema: { type: 'string' } } } }, ...refusals() },
        },
      },
      '/health': {
        get: {
          operationId: 'health',
          summary: 'That it runs, what it pools, and what the streams that are open have counted',
          responses: { 200: { description: 'it runs', content: jsonOf('Health') }, ...refusals() },
        },
      },
      '/vectors': {
        post: {
          operationId: 'vectors',
          summary: 'The vectors of a recording, or of texts',
          description: `A body of sound of at most ${size} bytes and ${length} s, or of texts of at most ${texts} bytes. It must come within ${timeout} s, and is answered within as many.`,
          parameters: [
            { name: 'id', in: 'query', description: 'the id of the vectors of sound', schema: { type: 'string', default: 'sound' } },
          ],
          requestBody: { required: true, content },
          responses: { 200: { description: 'the vectors', content: jsonOf('Vectors') }, ...refusals(413, 415, 422) },
        },
      },
      '/stream': {
        get: {
          operationId: 'stream',
          summary: 'A WebSocket: frames in, vectors out',
          description: `${streamed} A stream that is without a message for ${idle} s is closed, and so is a client that reads none for as long.`,
          responses: { 101: { description: 'the WebSocket' }, ...refusals(404, 426) },
        },
      },
      '/openapi.json': {
        get: {
          operationId: 'openapi',
          summary: 'This description',
          responses: {
            200: { description: 'OpenAPI 3.1', content: { 'application/json': { schema: { type: 'object' } } } },
            ...refusals(),
          },
        },
      },
    },
    components: { schemas: { Error: errorSchema, Health: healthSchema, Texts: textsSchema, Vectors: vectorsSchema } },
  }
}

const streamed = `The first message is JSON: {"rate":16000,"channels":1,"format":"s16le"} for sound, {"format":"events","values":3,"hop":0.1} for rows of numbers; \
with "vectors": "json" or "binary" and "overload": "block", "drop-oldest" or "drop-newest". It is answered by {"names":[…]}. Then come binary messages, cut anywhere: samples, or rows as float32, low byte first; \
rows may be JSON as well, [[1,2,3]]. Vectors are JSON, {"id","start","end","weight","vector"}, or binary, low byte first: float64 start, end and weight, and float32 values. \
{"stats":true} is answered by {"stats":{"in","out","dropped","queued","vectors"}}, in frames: in = out + dropped + queued; what was dropped has its time, and a window of nothing else gives no vector. {"end":true} ends the stream: what it still gives is sent, and then {"ended":{…}}, the last counts. \
What is wrong is told by {"error"} and the code of the close: 1007 for data, 1008 for messages, 1009 for one of more than 1 MiB, 1001 where the server ends, 1011 for its faults.`

const textsSchema: Part = {
  type: 'object',
  required: ['texts'],
  additionalProperties: false,
  properties: {
    texts: {
      type: 'array',
      items: {
        oneOf: [
          { type: 'string' },
          {
            type: 'object',
            required: ['id', 'text'],
            properties: { id: { type: 'string' }, text: { type: 'string' }, label: { type: 'string' } },
          },
        ],
      },
    },
  },
}
