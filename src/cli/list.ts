import colors from 'picocolors'
import { didYouMean, show } from '../core/check.ts'
import { layoutOf, signalShape } from '../core/frames.ts'
import type { Options } from '../core/options.ts'
import type { Pooling } from '../core/pooling.ts'
import { sinks } from '../pipeline/sinks.ts'
import { sources } from '../pipeline/sources.ts'
import * as poolings from '../poolings/index.ts'
import * as boundaries from '../stages/boundaries/index.ts'
import * as nested from '../stages/nested/index.ts'
import * as pools from '../stages/pooling/index.ts'
import * as spectra from '../stages/spectra/index.ts'
import { presets } from '../stages/spectra/logMel.ts'
import * as vectors from '../stages/vectors/index.ts'
import { described } from './describe.ts'
import { poolingText } from './notation.ts'
import { table, wrapped } from './table.ts'

/** Things by their names, those that take any with their options. */
type Declared = { readonly [name: string]: { readonly options?: Options } }

const kinds: { readonly [kind: string]: () => string[] } = {
  poolings: listPoolings,
  stages: listStages,
  sources: () => wrapped(Object.keys(sources).join(' '), ''),
  sinks: () => wrapped(Object.keys(sinks).join(' '), ''),
  presets: listPresets,
}

/** The modules that make up the stages of specs, each with what it is for. */
const stages: readonly (readonly [title: string, module: Declared])[] = [
  ['pooling', pools],
  ['spectra, as in --features "logMel(bands=40),deltas"', spectra],
  ['vectors, and any frames', vectors],
  ['boundaries, before segmentPool', boundaries],
  ['of other stages, as in --features "beside(mfcc,chain(rms,log))"', nested],
]

/** All that has a name and options, each kind with what one of it is called. */
const named: readonly (readonly [kind: Parameters<typeof described>[0], title: string, all: Declared])[] = [
  ['sources', 'a source of pipelines', sources],
  ['sinks', 'a sink of pipelines', sinks],
  ['stages', 'a stage', Object.assign({}, ...stages.map(([, module]) => module))],
  ['poolings', 'a pooling', poolings as Declared],
]

/**
 * What there is: of one kind, of all, or one of them by its name.
 * @throws TypeError for what is none of these
 */
export function listed(what: string | undefined): string {
  if (what === undefined) return text(...Object.entries(kinds).map(([kind, list]) => [colors.underline(kind), '', ...list()]))
  if (Object.hasOwn(kinds, what)) return text(kinds[what]!())
  const found = named.flatMap(([kind, title, all]) =>
    Object.hasOwn(all, what)
      ? [
          [
            `${colors.bold(what)}, ${title}`,
            ...described(kind, what, all[what]!),
            ...(kind === 'poolings' ? formOf(what as keyof typeof poolings) : []),
          ],
        ]
      : [],
  )
  if (found.length > 0) return text(...found)
  const names = [...Object.keys(kinds), ...named.flatMap(([, , all]) => Object.keys(all))]
  throw new TypeError(
    `list: expected ${Object.keys(kinds).join(', ')}, or the name of one of them, got ${show(what)}${didYouMean(what, names)}`,
  )
}

function text(...parts: readonly (readonly string[])[]): string {
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

/** A pooling that stands for all of its name: those that need options bring an example. */
export function exampleOf(name: keyof typeof poolings): Pooling {
  const entry = (poolings as unknown as { readonly [name: string]: Pooling | ((() => Pooling) & { readonly example?: Pooling }) })[name]!
  return typeof entry === 'function' ? (entry.example ?? entry()) : entry
}

/** What a pooling computes, and how it is written on the command line. */
function formOf(name: keyof typeof poolings): string[] {
  const { about, spec } = exampleOf(name)
  return [
    '',
    ...wrapped(`Formula  ${about.formula}`, ''),
    ...wrapped(`Good for  ${about.use}`, ''),
    ...wrapped(`As  --pool "${poolingText(spec)}"`, ''),
  ]
}

function listPoolings(): string[] {
  const indent = ' '.repeat(Math.max(...Object.keys(poolings).map((name) => name.length)) + 2)
  return (Object.keys(poolings) as (keyof typeof poolings)[]).flatMap((name) => {
    const { about, outputs, spec } = exampleOf(name)
    const form = poolingText(spec)
    const more = [form === name ? '' : `as ${form}`, outputs.length > 1 ? `gives ${outputs.join(', ')}` : ''].filter(Boolean)
    return [
      ...wrapped(about.formula, indent).map((line, i) =>
        i === 0 ? colors.bold(name.padEnd(indent.length)) + line.slice(indent.length) : line,
      ),
      ...wrapped([about.use, ...more].join('; '), indent).map(colors.dim),
    ]
  })
}

function listStages(): string[] {
  return stages.flatMap(([title, module]) => [title, ...wrapped(Object.keys(module).join(' '), '  ')])
}

function listPresets(): string[] {
  const input = layoutOf(signalShape(16000, 1, 'list'))
  return table([
    ['preset', 'bands', 'frame', 'hop', 'needs'].map((name) => colors.dim(name)),
    ...[undefined, ...presets].map((preset) => {
      const { layout, needs } = spectra.logMel(preset ? { preset } : {}).plan(input)
      const { span = 0, hop = 0 } = layout.clock
      return [colors.bold(preset ?? '(none)'), String(layout.bins), `${span * 1000} ms`, `${hop * 1000} ms`, needs ?? '']
    }),
  ])
}
