// The JSON Schema of pipelines, from the declared options: `npm run docs` writes it beside src/pipeline.
import type { Description, Options } from '../../src/core/options.ts'
import * as poolings from '../../src/poolings/index.ts'
import * as stages from '../../src/stages/index.ts'
import { descriptions } from './descriptions.ts'

type Schema = { readonly [key: string]: unknown }
type Declared = { readonly options?: Options }

/** An object of a name and options: `{ stage: 'mel', bands: 40 }`. */
function named(kind: string, name: string, { options = {} }: Declared, texts: { readonly [option: string]: string }, more: Schema = {}): Schema {
  const required = Object.entries(options).filter(([, option]) => option.required)
  return {
    type: 'object',
    properties: {
      [kind]: { const: name },
      ...more,
      ...Object.fromEntries(
        Object.entries(options).map(([option, { description }]) => [option, { ...plain(description), description: texts[option] ?? '' }]),
      ),
    },
    required: [kind, ...Object.keys(more), ...required.map(([option]) => option)],
    additionalProperties: false,
  }
}

/** Without what JSON Schema does not know. */
function plain({ otherwise: _, unit: __, anyOf, items, ...rest }: Description): Schema {
  return { ...rest, ...(anyOf && { anyOf: anyOf.map(plain) }), ...(items && { items: plain(items) }) }
}
