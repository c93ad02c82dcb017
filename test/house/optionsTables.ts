// What stages, sources, sinks and poolings take, as tables of the guide.
import { typeOf, usual } from '../../src/cli/describe.ts'
import type { Options } from '../../src/core/options.ts'
import { sinks } from '../../src/pipeline/sinks.ts'
import { sources } from '../../src/pipeline/sources.ts'
import * as poolings from '../../src/poolings/index.ts'
import * as boundaries from '../../src/stages/boundaries/index.ts'
import * as nested from '../../src/stages/nested/index.ts'
import * as pools from '../../src/stages/pooling/index.ts'
import * as spectra from '../../src/stages/spectra/index.ts'
import * as vectors from '../../src/stages/vectors/index.ts'
import { type Descriptions, descriptions } from './descriptions.ts'
import { table } from './tables.ts'

type Declared = { readonly [name: string]: { readonly options?: Options } }

const kinds: readonly (readonly [title: string, kind: keyof Descriptions, declared: Declared])[] = [
  ['Spectra and measures of sound', 'stages', spectra],
  ['Boundaries', 'stages', boundaries],
  ['Pooling', 'stages', pools],
  ['Vectors, and any frames', 'stages', vectors],
  ['Stages of stages', 'stages', nested],
  ['Sources', 'sources', sources],
  ['Sinks', 'sinks', sinks],
  ['Poolings with options', 'poolings', poolings as Declared],
]

/** In a cell, where a bar would end it and a bracket may be taken for HTML. */
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

export function optionsTables(): string {
  const texts = descriptions()
  const one = (kind: keyof Descriptions, name: string, options: Options) => [
    `### ${name}`,
    '',
    cell(texts[kind][name]!.text),
    '',
    ...(Object.keys(options).length === 0
      ? ['It takes no options.', '']
      : [
          table(
            ['option', 'takes', 'else', 'for'],
            Object.entries(options).map(([option, { description, required }]) => [
              `\`${option}\``,
              cell(typeOf(description)),
              cell(usual(description, required).replace(/^default:? /, '')),
              cell(texts[kind][name]!.options[option] ?? ''),
            ]),
          ),
          '',
        ]),
  ]
  return kinds
    .flatMap(([title, kind, declared]) => [
      `## ${title}`,
      '',
      ...Object.entries(declared)
        .filter(([, { options }]) => kind !== 'poolings' || options)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([name, { options = {} }]) => one(kind, name, options)),
    ])
    .join('\n')
    .trim()
}
