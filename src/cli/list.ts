import colors from 'picocolors'
import { layoutOf, signalShape } from '../core/frames.ts'
import * as poolings from '../poolings/index.ts'
import { exampleOf } from '../poolings/named.ts'
import * as boundaries from '../stages/facade/boundaries.ts'
import * as features from '../stages/facade/features.ts'
import * as fitted from '../stages/facade/fitted.ts'
import * as pools from '../stages/facade/pool.ts'
import { logMel } from '../stages/index.ts'
import { presets } from '../stages/spectra/logMel.ts'
import { poolingText } from './notation.ts'
import { table, wrapped } from './table.ts'

const kinds: { readonly [kind in Kind]: () => string[] } = { poolings: listPoolings, stages: listStages, presets: listPresets }

export type Kind = 'poolings' | 'stages' | 'presets'

export const listKinds: readonly Kind[] = Object.keys(kinds) as Kind[]

/** What there is, of one kind or of all. */
export function listed(kind: Kind | undefined): string {
  const asked = kind ? [kind] : listKinds
  return `${asked.map((one) => (kind ? kinds[one]() : [colors.underline(one), '', ...kinds[one]()]).join('\n')).join('\n\n')}\n`
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

/** The modules that make up the stages of specs, each with what it is for. */
const stages: readonly (readonly [title: string, names: readonly string[]])[] = [
  ['pooling', Object.keys(pools)],
  ['features, as in --features "logMel(bands=40),deltas"', Object.keys(features)],
  ['boundaries, before segmentPool', Object.keys(boundaries)],
  ['fitted to a corpus, by poolwise fit', Object.keys(fitted)],
  ['features of text', ['embed']],
]

function listStages(): string[] {
  return stages.flatMap(([title, names]) => [title, ...wrapped(names.join(' '), '  ')])
}

function listPresets(): string[] {
  const input = layoutOf(signalShape(16000, 1, 'list'))
  return table([
    ['preset', 'bands', 'frame', 'hop', 'needs'].map((name) => colors.dim(name)),
    ...[undefined, ...presets].map((preset) => {
      const { layout, needs } = logMel(preset ? { preset } : {}).plan(input)
      const { span = 0, hop = 0 } = layout.clock
      return [colors.bold(preset ?? '(none)'), String(layout.bins), `${span * 1000} ms`, `${hop * 1000} ms`, needs ?? '']
    }),
  ])
}
