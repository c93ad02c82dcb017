import { Argument, type Command } from 'commander'
import colors from 'picocolors'
import { didYouMean, show } from '../core/check.ts'
import { layoutOf, signalShape } from '../core/frames.ts'
import type { Options } from '../core/options.ts'
import type { Pooling } from '../core/pooling.ts'
import { standardOutput } from '../files/output.ts'
import { sinks } from '../pipeline/sinks.ts'
import { sources } from '../pipeline/sources.ts'
import * as poolings from '../poolings/index.ts'
import * as boundaries from '../stages/boundaries/index.ts'
import * as nested from '../stages/nested/index.ts'
import * as pools from '../stages/pooling/index.ts'
import * as spectra from '../stages/spectra/index.ts'
import { presets } from '../stages/spectra/logMel.ts'
import * as vectors from '../stages/vectors/index.ts'
import { described, typeOf } from './describe.ts'
import { descriptions } from './descriptions.ts'
import { poolingText } from './notation.ts'
import { table, wrapped } from './table.ts'
import { valued } from './valued.ts'

type Kind = keyof typeof descriptions

/** Things by their names, those that take any with their options. */
type Declared = { readonly [name: string]: { readonly options?: Options } }

/** The modules that make up the stages of specs, each with what it is for. */
const stages: readonly (readonly [title: string, module: Declared])[] = [
  ['pooling', pools],
  ['spectra, as in --features "logMel(bands=40),deltas"', spectra],
  ['vectors, and any frames', vectors],
  ['boundaries, before segmentPool', boundaries],
  ['of other stages, as in --features "beside(mfcc,chain(rms,log))"', nested],
]

/** Each kind of what has a name: what one of it is called, and all of them, in groups that may have titles. */
const kinds: { readonly [kind in Kind]: { readonly one: string; readonly groups: readonly (readonly [title: string, all: Declared])[] } } =
  {
    poolings: { one: 'a pooling', groups: [['', poolings as Declared]] },
    stages: { one: 'a stage', groups: stages },
    sources: { one: 'a source of pipelines', groups: [['', sources]] },
    sinks: { one: 'a sink of pipelines', groups: [['', sinks]] },
  }

/** What `poolwise list` takes: kinds, and all that has a name. */
export const listedNames: readonly string[] = [...Object.keys(kinds), 'presets', ...new Set(entries().map(({ name }) => name))]

const examples = `
Examples:
  poolwise list poolings
  poolwise list logMel
  poolwise list stages --json

--json is an array of what is listed, whole even where the text is a line each:
kind, name, use (in a line), text, options (name, type, default, required, unit,
text) and an example; of poolings also formula, source, outputs and form (as
--pool takes it). Presets have no names of their own, and are no part of it.
`

/** `poolwise list`. */
export function listCommand(program: Command): void {
  program
    .command('list')
    .description('what there is, a line each; with a name, all about it and its options')
    .addArgument(valued(new Argument('[what]', 'poolings, stages, sources, sinks, presets, or a name such as logMel'), listedNames))
    .option('--json', 'all about them as JSON')
    .addHelpText('after', examples)
    .action((what: string | undefined, { json }: { readonly json?: true }) =>
      standardOutput.write(json ? `${JSON.stringify(entriesOf(what), null, 2)}\n` : listed(what)),
    )
}

interface Entry {
  readonly kind: Kind
  readonly name: string
  readonly declared: Declared[string]
}

function entries(): Entry[] {
  return (Object.keys(kinds) as Kind[]).flatMap((kind) =>
    kinds[kind].groups.flatMap(([, all]) => Object.entries(all).map(([name, declared]) => ({ kind, name, declared }))),
  )
}

/** Of all, of one kind, or of one name, which things of several kinds may have. */
function meant(what: string | undefined): Entry[] {
  const found = entries().filter(({ kind, name }) => what === undefined || what === kind || what === name)
  if (found.length > 0) return found
  throw new TypeError(
    `list: expected ${[...Object.keys(kinds), 'presets'].join(', ')}, or the name of one of them, got ${show(what)}${didYouMean(what!, listedNames)}`,
  )
}

/**
 * What there is, in lines of at most 80 characters: of one kind or of all a line each, or all about what has this name.
 * @throws TypeError for what is none of these
 */
export function listed(what?: string): string {
  if (what === undefined)
    return text(...Object.keys(kinds).map((kind) => [colors.underline(kind), '', ...linesOf(kind as Kind)]), presetLines())
  if (what === 'presets') return text(listPresets())
  if (Object.hasOwn(kinds, what)) return text(linesOf(what as Kind))
  return text(
    ...meant(what).map(({ kind, name, declared }) => [
      `${colors.bold(name)}, ${kinds[kind].one}`,
      ...described(kind, name, declared),
      ...(kind === 'poolings' ? formOf(name as keyof typeof poolings) : []),
    ]),
  )
}

function presetLines(): string[] {
  return [colors.underline('presets'), '', ...listPresets()]
}

/** A line each, shortened, in their groups. */
function linesOf(kind: Kind): string[] {
  return kinds[kind].groups.flatMap(([title, all], i) => {
    const names = Object.keys(all)
    const room = Math.max(...names.map((name) => name.length)) + 2
    const lines = names.map((name) => colors.bold(name.padEnd(room)) + begun(useOf(kind, name), 80 - room))
    return title === '' ? lines : [...(i > 0 ? [''] : []), colors.dim(title), ...lines]
  })
}

/** What it is for, in a line: of a pooling as its table has it, of others the first sentence about them. */
function useOf(kind: Kind, name: string): string {
  if (kind === 'poolings') return exampleOf(name as keyof typeof poolings).about.use
  return descriptions[kind][name]!.text.split('. ', 1)[0]!.replace(/\.$/, '')
}

/** The beginning of a text as far as there is room, to the end of a word. */
function begun(text: string, most: number): string {
  const letters = [...text]
  if (letters.length <= most) return text
  return `${letters
    .slice(0, most - 1)
    .join('')
    .replace(/[\s,;:]+\S*$/, '')}…`
}

/** All about each as plain data. */
function entriesOf(what: string | undefined): object[] {
  return meant(what).map(({ kind, name, declared: { options = {} } }) => {
    const { text, example, options: texts } = descriptions[kind][name]!
    return {
      kind,
      name,
      use: useOf(kind, name),
      text,
      options: Object.entries(options).map(([option, { description, required }]) => {
        const { default: value, unit } = description
        return { name: option, type: typeOf(description), default: value, required, unit, text: texts[option] }
      }),
      example,
      ...(kind === 'poolings' && pooled(name as keyof typeof poolings)),
    }
  })
}

function pooled(name: keyof typeof poolings): object {
  const { about, outputs, spec } = exampleOf(name)
  return { formula: about.formula, source: about.source, outputs, form: poolingText(spec) }
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
  const { about, outputs, spec } = exampleOf(name)
  return [
    '',
    ...wrapped(`Formula  ${about.formula}`, ''),
    ...wrapped(`Good for  ${about.use}`, ''),
    ...wrapped(`Source  ${about.source}`, ''),
    ...(outputs.length > 1 ? wrapped(`Gives  ${outputs.join(', ')}`, '') : []),
    ...wrapped(`As  poolwise audio talk.wav --pool "${poolingText(spec)}"`, ''),
  ]
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
