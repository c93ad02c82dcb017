// The JSON Schema of pipelines, of the options that stages, poolings, sources and sinks declare: `npm run docs` writes it into src/pipeline.
import type { Description, Options } from '../../src/core/options.ts'
import { sinks } from '../../src/pipeline/sinks.ts'
import { sources } from '../../src/pipeline/sources.ts'
import * as poolings from '../../src/poolings/index.ts'
import * as stages from '../../src/stages/index.ts'
import * as pools from '../../src/stages/pooling/index.ts'
import { type Descriptions, descriptions } from './descriptions.ts'

type Schema = { readonly [key: string]: unknown }

/** Everything of a kind, as objects that name it: `{ "stage": "mel", "bands": 40 }`. */
function named(
  kind: string,
  entries: { readonly [name: string]: { readonly options?: Options } },
  texts: Descriptions[keyof Descriptions],
  more: (name: string) => Schema = () => ({}),
): Schema[] {
  const sorted = Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([name, { options = {} }]) => ({
    type: 'object',
    description: texts[name]!.text,
    properties: {
      [kind]: { const: name },
      ...more(name),
      ...Object.fromEntries(
        Object.entries(options).map(([option, { description }]) => [
          option,
          { ...asSchema(description), description: texts[name]!.options[option] },
        ]),
      ),
    },
    required: [
      kind,
      ...(Object.hasOwn(more(name), 'pooling') ? ['pooling'] : []),
      ...Object.entries(options).flatMap(([option, { required }]) => (required ? [option] : [])),
    ],
    additionalProperties: false,
  }))
}

/** Without what JSON Schema does not know. */
function asSchema({ otherwise: _, unit: __, anyOf, items, ...rest }: Description): Schema {
  return { ...rest, ...(anyOf && { anyOf: anyOf.map(asSchema) }), ...(items && { items: asSchema(items) }) }
}

/** Those that can be named alone: nothing of them must be given. */
function alone(entries: { readonly [name: string]: { readonly options?: Options } }): Schema {
  const optional = Object.entries(entries).filter(
    ([name, entry]) =>
      !Object.hasOwn(pools, name) && !('flow' in entry) && !Object.values(entry.options ?? {}).some(({ required }) => required),
  )
  return { enum: optional.map(([name]) => name).sort() }
}

const ref = (name: string) => ({ $ref: `#/definitions/${name}` })

/** The schema as the text of its file. */
export function schemaText(): string {
  const texts = descriptions()
  const { mixed: _, gated: __, ...plain } = poolings
  const share = { anyOf: [{ type: 'number' }, { type: 'array', items: { type: 'number' } }] }
  const learned = { fit: { type: 'string', description: 'The file that poolwise fit writes.' } }
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A pipeline of poolwise',
    type: 'object',
    properties: { $schema: { type: 'string' }, source: ref('source'), stages: { type: 'array', items: ref('stage') }, sink: ref('sink') },
    required: ['source', 'stages'],
    additionalProperties: false,
    definitions: {
      source: {
        anyOf: [
          alone(sources),
          ...named('source', sources, texts.sources, () => ({
            inputs: {
              type: 'array',
              items: { type: 'string' },
              minItems: 1,
              description: 'Paths and glob patterns, or "-" alone for standard input.',
            },
          })),
        ],
      },
      sink: {
        anyOf: named('sink', sinks, texts.sinks, () => ({
          path: { type: 'string', description: 'The file, or "-" for standard output.' },
        })),
      },
      stage: {
        anyOf: [
          alone(stages),
          ...named('stage', stages, texts.stages, (name) => (Object.hasOwn(pools, name) ? { pooling: ref('pooling') } : {})),
        ],
      },
      pooling: {
        anyOf: [
          { enum: Object.keys(poolings).sort() },
          {
            type: 'string',
            pattern: '\\.json$',
            description: "A pooling that was learned, or a sentence-transformers model's 1_Pooling/config.json.",
          },
          { type: 'array', items: ref('pooling'), minItems: 1 },
          ...named('pooling', plain as { readonly [name: string]: { readonly options?: Options } }, texts.poolings),
          ...named('pooling', { gated: poolings.gated }, texts.poolings),
          {
            type: 'object',
            description: texts.poolings.mixed!.text,
            properties: {
              pooling: { const: 'mixed' },
              parts: {
                type: 'array',
                items: { anyOf: [{ type: 'array', items: [ref('pooling'), share], minItems: 2, maxItems: 2 }, ref('pooling')] },
              },
              ...learned,
            },
            required: ['pooling', 'parts'],
            additionalProperties: false,
          },
          {
            type: 'object',
            description: 'A gated pooling whose gate is learned.',
            properties: { pooling: { const: 'gated' }, taps: { type: 'integer', minimum: 1 }, ...learned },
            required: ['pooling', 'taps', 'fit'],
            additionalProperties: false,
          },
          {
            type: 'object',
            description: "A pooling of one's own: an export of a module.",
            properties: { pooling: { type: 'string' }, module: { type: 'string' } },
            required: ['pooling', 'module'],
          },
        ],
      },
    },
  }
  return `${JSON.stringify(schema, null, 1)}\n`
}
