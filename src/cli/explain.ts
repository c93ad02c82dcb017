import colors from 'picocolors'
import { type Layout, laneNames } from '../core/frames.ts'
import { hearNotes, once } from '../core/notes.ts'
import type { PoolingSpec } from '../core/pooling.ts'
import { chain, type Plan, type Reach, type Stage } from '../core/stage.ts'
import type { Loaded } from '../pipeline/pipeline.ts'
import type { SourceSpec } from '../pipeline/sources.ts'
import { type Flow, isNested } from '../stages/nested/nestStage.ts'
import { poolingText } from './notation.ts'
import { table, wrapped } from './table.ts'

/**
 * What each stage of a pipeline gives: its layout, what one of its frames sees, how long it waits. No data are read.
 *
 * "Sees" is the receptive field in the frames before the stage, and in the source's time; "waits" the frames after its first one that must have come before it is emitted.
 * What follows from the data alone, as for segments and events, varies.
 */
export function explained(spec: SourceSpec, { source, stages }: Loaded, task?: string): string {
  const rows = [['stage', 'output', 'each', 'sees', 'sees in all', 'waits', 'needs'].map((name) => colors.dim(name))]
  rows.push([spec.source, shape(source.layout), clockOf(source.layout), '', '', '', ''])
  rows.push(...rowsOf(source.layout, stages, 'series', [], ''))
  const { layout } = chain(...stages).plan(source.layout)
  const names = laneNames(layout)
  const notes = notesOf(stages, source.layout)
  const note = `output: planes × bins × channels; sees and waits: frames of the stage before${source.varies ? '; shown for a stereo file' : ''}`
  return [
    ...table(rows),
    '',
    ...wrapped(note, '').map(colors.dim),
    '',
    ...(task === undefined ? [] : wrapped(`task     ${task}`, '')),
    ...wrapped(`pooling  ${pooled(stages, 'series') || 'none'}`, ''),
    ...wrapped(`vector   ${names.length} values: ${shortened(names)}`, ''),
    ...notes.flatMap((text) => wrapped(`note     ${text}`, '')),
    '',
  ].join('\n')
}

/** A row for each stage, and below one that is made of others a row for each of those. */
function rowsOf(source: Layout, stages: readonly Stage[], flow: Flow, before: readonly Stage[], indent: string): string[][] {
  return stages.flatMap((stage, i) => {
    const earlier = flow === 'series' ? [...before, ...stages.slice(0, i)] : before
    const { layout, reach, needs } = stage.plan(chain(...earlier).plan(source).layout)
    const all = chain(...earlier, stage).plan(source)
    const name = indent + colors.bold(stage.spec.stage)
    const sees = reach.seconds ? seconds(reach.seconds.size) : frames(all, reach.size)
    const own = [name, shape(layout), eachOf(all, reach), sees, time(all, source), frames(all, reach.latency), needs ?? '']
    return [own, ...(isNested(stage) ? rowsOf(source, stage.parts, stage.flow, earlier, `${indent}  `) : [])]
  })
}

/** The poolings, in the order in which frames meet them. */
function pooled(stages: readonly Stage[], flow: Flow): string {
  const all = stages.map((stage) => {
    if (isNested(stage)) return pooled(stage.parts, stage.flow)
    return stage.spec.pooling === undefined ? '' : poolingText(stage.spec.pooling as PoolingSpec)
  })
  return all.filter(Boolean).join(flow === 'series' ? ', then ' : ' beside ')
}

/** What would be said of the stages when they run. */
function notesOf(stages: readonly Stage[], layout: Layout): readonly string[] {
  const notes: string[] = []
  const before = hearNotes(once((text) => notes.push(text)))
  chain(...stages)
    .plan(layout)
    .open()
  hearNotes(before)
  return notes
}

function shape({ planes, bins, channels }: Layout): string {
  return `${planes} × ${bins} × ${channels}`
}

/** Frames; without end they are all there are, or as many as the data say. */
function frames({ layout, reach, needs }: Plan, count: number): string {
  if (count < Infinity) return String(Math.ceil(count))
  return needs || layout.length === 1 || reach.stride === Infinity ? 'all' : 'varies'
}

/** How often a frame comes; one for a whole sequence has no rhythm. */
function eachOf({ layout, reach: { stride } }: Plan, { seconds: ofTime }: Reach): string {
  if (ofTime) return seconds(ofTime.stride)
  const { clock, length = stride === Infinity ? 1 : undefined } = layout
  return clock.hop === undefined && length === 1 ? 'sequence' : clockOf(layout)
}

function clockOf({ clock: { unit, hop } }: Layout): string {
  if (hop === undefined) return 'varies'
  return unit === 'token' ? `${hop} token${hop === 1 ? '' : 's'}` : seconds(hop)
}

function time(plan: Plan, { clock: { unit, hop } }: Layout): string {
  const { size } = plan.reach
  if (size === Infinity) return frames(plan, size)
  if (unit === 'second' && hop !== undefined) return seconds(size * hop)
  return `${size} ${unit === 'token' ? 'token' : 'frame'}${size === 1 ? '' : 's'}`
}

function seconds(value: number): string {
  return value < 1 ? `${Number((value * 1000).toPrecision(4))} ms` : `${Number(value.toPrecision(4))} s`
}

function shortened(names: readonly string[]): string {
  return names.length <= 6 ? names.join(', ') : `${names.slice(0, 3).join(', ')}, … ${names.slice(-2).join(', ')}`
}
