/** The JSON Schemas of what is answered. */

const numbers = { type: 'array', items: { type: 'number' } } as const
const strings = { type: 'array', items: { type: 'string' } } as const
const count = { type: 'integer', minimum: 0 } as const

export const errorSchema = {
  type: 'object',
  required: ['error'],
  additionalProperties: false,
  properties: { error: { type: 'string' } },
} as const

export const healthSchema = {
  type: 'object',
  required: ['status', 'version', 'sound', 'text', 'stream', 'events', 'streams'],
  additionalProperties: false,
  properties: {
    status: { enum: ['ok', 'stopping'] },
    version: { type: 'string' },
    sound: { type: 'boolean' },
    text: { type: 'boolean' },
    stream: { type: 'boolean' },
    events: { type: 'boolean' },
    streams: {
      type: 'array',
      items: {
        type: 'object',
        required: ['in', 'out', 'dropped', 'queued', 'vectors'],
        additionalProperties: false,
        properties: { in: count, out: count, dropped: count, queued: count, vectors: count },
      },
    },
  },
} as const

export const vectorsSchema = {
  type: 'object',
  required: ['names', 'vectors'],
  additionalProperties: false,
  properties: {
    names: { ...strings, description: 'of the values of each vector' },
    vectors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'start', 'end', 'weight', 'vector'],
        properties: {
          id: { type: 'string' },
          label: { type: 'string' },
          start: { type: 'number', description: 'in seconds of sound, tokens of text' },
          end: { type: 'number' },
          weight: { type: 'number', minimum: 0, description: 'of the frames it saw; 0 where it saw none' },
          coverage: { type: 'number', minimum: 0, maximum: 1, description: 'the share of its words that have vectors' },
          vector: numbers,
        },
      },
    },
    notes: { ...strings, description: 'what there is to say, as of a recording that is shorter than a window' },
  },
} as const
