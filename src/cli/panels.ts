import { type Frames, lanesOf, spanOf } from '../core/frames.ts'
import { apply, type Stage } from '../core/stage.ts'
import type { Loaded } from '../pipeline/pipeline.ts'
import * as boundaries from '../stages/boundaries/index.ts'
import { channelPool, logMel, lufs, pitch } from '../stages/index.ts'
import { type Hertz, hertzOf, rowHertz } from './hertz.ts'
import { stageText } from './notation.ts'

/** From here to there, in seconds or tokens. */
export type Span = readonly [start: number, end: number]

/** One plane of frames: a row a bin (and channel), a column a cell. */
export interface Block {
  /** What of the pooling it is: 'mean', or nothing where there is but one plane. */
  readonly name: string
  readonly rows: number
  /** Cell after cell. */
  readonly values: Float32Array
  /** The values at the ends of the scale of colors, and their unit if it has a sign. */
  readonly scale: Scale
}

interface Scale {
  readonly ends: Span
  readonly unit: string
}

/** What is drawn of some frames, one below the other. */
export interface Panel {
  readonly title: string
  /** What a row is: 'mel', 'dim'. */
  readonly axis: string
  /** Names of the rows. */
  readonly names: readonly string[]
  /** Their frequencies, where they have some. */
  readonly hertz: readonly number[] | undefined
  /** Where each frame is drawn. */
  readonly cells: readonly Span[]
  /** Where frames were not seen. */
  readonly unseen: readonly Span[]
  /** What each pooled frame was pooled from; none where nothing was pooled. */
  readonly windows: readonly Span[]
  /** Where segments begin, for the pooling that follows. */
  readonly marks: readonly number[]
  readonly blocks: readonly Block[]
  /** What is drawn over it as a line. */
  readonly line: readonly Point[]
}

/** A moment and the frequency then; not finite where the line is broken. */
export type Point = readonly [time: number, hertz: number]

/** The share of values beyond either end of a scale. */
const tail = 0.03
/** What is softer is drawn alike, in decibels below the loudest. */
const range = 70
/** How many units a decibel is. */
const perDecibel = { ln: Math.LN10 / 10, log10: 0.1, whisper: 0.1 / 4, dB: 1 }

/**
 * Panels of one sequence on its way through a pipeline: what is pooled, and before it the spectrum that it was made of; then what each pooling gives.
 * With `voice`, which only sound has, the pitch is a line over that spectrum, and the momentary loudness is below it.
 */
export function panelsOf(source: Frames, { stages }: Loaded, voice = false): Panel[] {
  const [before, ...poolings] = groups(stages)
  const { panels, frames: features, hertz } = featuresOf(source, before!)
  const alone = poolings.length === 0
  if (panels.length === 0 && alone) panels.push(panel(titleOf(before!), features, hertz))
  let frames = features
  for (const group of poolings) {
    const pooled = applied(group, frames)
    const own = panel(titleOf(group), pooled, hertz, spansOf(pooled))
    // Planes are the outputs of a pooling, for each plane of its input: those that keep values are on the scale of these.
    const scales = frames === source ? [] : panels.at(-1)!.blocks.map(({ scale }) => scale)
    const kept = keepsValues(group, frames)
    const blocks = own.blocks.map((block, k) => ({ ...block, scale: (kept[k] && scales[k % scales.length]) || block.scale }))
    panels.push({ ...own, blocks })
    frames = pooled
  }
  // What comes last is not cut any more.
  const all = panels.with(-1, { ...panels.at(-1)!, marks: alone ? panels.at(-1)!.marks : [] })
  return voice ? voiced(source, all) : all
}

/** With the pitch over the spectrum, and the loudness below it. */
function voiced(source: Frames, panels: readonly Panel[]): Panel[] {
  const all = panels.some(({ hertz }) => hertz) ? panels : [orientation(source), ...panels]
  const at = all.findIndex(({ hertz }) => hertz)
  const track = apply(monoOf(source), pitch({ lookahead: 'end' }))
  const line = spansOf(track).map(([start, end], f): Point => [(start + end) / 2, track.data[f] || Number.NaN])
  const loud = panel('momentary loudness', apply(source, lufs()), new Map())
  const [{ scale, ...block }] = loud.blocks as [Block]
  const [softest, loudest] = scale.ends
  const ends: Span = [Math.max(softest, loudest - range), loudest]
  const loudness = { ...loud, blocks: [{ ...block, scale: { ends, unit: 'LUFS' } }] }
  return [...all.slice(0, at), { ...all[at]!, title: `${all[at]!.title}, with its pitch`, line }, loudness, ...all.slice(at + 1)]
}

/** Samples, not words. */
export function isSound({ layout: { clock, bins } }: Pick<Frames, 'layout'>): boolean {
  return clock.unit === 'second' && bins === 1
}

function monoOf(sound: Frames): Frames {
  return sound.layout.channels > 1 ? apply(sound, channelPool('mean')) : sound
}

interface Features {
  readonly panels: Panel[]
  readonly frames: Frames
  readonly hertz: Hertz
}

/** The last frames whose rows are frequencies, and those that are pooled, where they are others. Sound of whose frequencies nothing is told gets a picture of them all the same. */
function featuresOf(source: Frames, stages: readonly Stage[]): Features {
  const panels: Panel[] = []
  let hertz: Hertz = new Map()
  let frames = source
  let drawn = 0
  for (const [i, stage] of stages.entries()) {
    const next = apply(frames, stage)
    hertz = hertzOf(stage.spec, frames.layout, next.layout, hertz)
    frames = next
    if (!rowHertz(frames.layout.names.bins, hertz)) continue
    const own = panel(titleOf(stages.slice(0, i + 1)), frames, hertz)
    panels.splice(0, 1, { ...own, blocks: own.blocks.map((block) => ({ ...block, scale: audible(stages.slice(0, i + 1), block) })) })
    drawn = i + 1
  }
  if (isSound(source) && panels.length === 0) panels.push(orientation(source))
  if (drawn < stages.length && lanesOf(frames.layout) > 1)
    panels.push(panel(`${drawn > 0 ? '→ ' : ''}${titleOf(stages.slice(drawn))}`, frames, hertz))
  else if (drawn === 0 && lanesOf(frames.layout) > 1) panels.push(panel('', frames, hertz))
  return { panels, frames, hertz }
}

/** Each pooling over time begins a group; what comes before the first one is a group too, if an empty one. */
function groups(stages: readonly Stage[]): Stage[][] {
  const all: Stage[][] = [[]]
  for (const stage of stages) {
    if (stage.spec.pooling !== undefined && stage.spec.stage !== 'channelPool') all.push([stage])
    else all.at(-1)!.push(stage)
  }
  return all
}

function applied(group: readonly Stage[], frames: Frames): Frames {
  return group.reduce((input, stage) => apply(input, stage), frames)
}

function titleOf(group: readonly Stage[]): string {
  return group.map(({ spec }) => stageText(spec)).join(' → ')
}

/** Which planes of the output give values back as they are, as a mean or a maximum does: those where every value is the input's, if all of that are one. */
function keepsValues(group: readonly Stage[], frames: Frames): boolean[] {
  const value = 0.8125
  const { data, length, layout } = applied(group, { ...frames, data: frames.data.map(() => value) })
  const rows = layout.bins * layout.channels
  return Array.from({ length: layout.planes }, (_, plane) => {
    const own = Array.from({ length }, (_, f) => data.subarray((f * layout.planes + plane) * rows, (f * layout.planes + plane + 1) * rows))
    return own.every((values) => values.every((x) => !Number.isFinite(x) || Math.abs(x - value) < 1e-5))
  })
}

/** The scale of a spectrum on a logarithm, from 70 decibels below its loudest on: silence would take most of the colors. */
function audible(stages: readonly Stage[], { values, scale }: Block): Scale {
  const { stage, preset, base } = (stages.findLast(({ spec }) => !Object.hasOwn(boundaries, spec.stage) && spec.stage !== 'trim')?.spec ??
    {}) as { readonly stage?: string; readonly preset?: string; readonly base?: number }
  const unit = unitOf(stage, preset, base)
  if (!unit) return scale
  const high = values.reduce((most, value) => Math.max(most, value), scale.ends[1])
  return { ends: [Math.max(scale.ends[0], high - range * perDecibel[unit]), high], unit: unit === 'dB' ? unit : '' }
}

function unitOf(stage?: string, preset?: string, base?: number): keyof typeof perDecibel | undefined {
  if (stage === 'decibels' || preset === 'librosa') return 'dB'
  if (preset === 'whisper') return 'whisper'
  if (stage !== 'logMel' && stage !== 'log' && stage !== 'kaldiFbank') return undefined
  return base === 10 ? 'log10' : 'ln'
}

/** In decibels below the loudest value. */
function orientation(sound: Frames): Panel {
  const mono = monoOf(sound)
  const stage = logMel()
  const mel = apply(mono, stage)
  const loudest = mel.data.reduce((most, value) => Math.max(most, value), -Infinity)
  const drawn = panel(
    'for orientation, not in the pipeline: logMel',
    { ...mel, data: mel.data.map((value) => (10 * (value - loudest)) / Math.LN10) },
    hertzOf(stage.spec, mono.layout, mel.layout, new Map()),
  )
  return { ...drawn, blocks: drawn.blocks.map((block) => ({ ...block, scale: { ends: [-range, 0], unit: 'dB' } })) }
}

function panel(title: string, frames: Frames, hertz: Hertz, windows: readonly Span[] = []): Panel {
  const { planes, bins, channels, names } = frames.layout
  const rows = bins * channels
  return {
    title,
    axis: stemOf(names.bins),
    names: names.bins.flatMap((bin) => names.channels.map((channel) => [bin, channel].filter(Boolean).join('.'))),
    hertz: rowHertz(names.bins, hertz)?.flatMap((one) => names.channels.map(() => one)),
    cells: cellsOf(spansOf(frames)),
    windows,
    line: [],
    ...marking(frames),
    blocks: Array.from({ length: planes }, (_, plane) => {
      const values = new Float32Array(frames.length * rows)
      for (let f = 0; f < frames.length; f++) {
        const at = (f * planes + plane) * rows
        values.set(frames.data.subarray(at, at + rows), f * rows)
      }
      return { name: names.planes[plane]!, rows, values, scale: { ends: scaleOf(values), unit: '' } }
    }),
  }
}

function marking(frames: Frames): Pick<Panel, 'marks' | 'unseen'> {
  const { weights, boundaries: marks } = frames
  const spans = spansOf(frames)
  const cells = cellsOf(spans)
  return {
    marks: marks ? spans.flatMap(([start], f) => (marks[f] ? [start] : [])) : [],
    unseen: weights ? cells.filter((_, f) => weights[f] === 0) : [],
  }
}

function spansOf(frames: Frames): Span[] {
  return Array.from({ length: frames.length }, (_, i) => spanOf(frames, frames.start + i))
}

/** Spans that overlap by half are drawn around their middles; those that overlap less (as segments of frames do) up to the next. */
export function cellsOf(spans: readonly Span[]): Span[] {
  const order = spans.map((_, i) => i).sort((a, b) => spans[a]![0] + spans[a]![1] - spans[b]![0] - spans[b]![1])
  const sorted = order.map((i) => spans[i]!)
  const next = (i: number) => sorted[i + 1] ?? ([Infinity, Infinity] as const)
  const length = ([start, end]: Span) => end - start
  const halves = sorted.some((span, i) => i + 1 < sorted.length && span[1] - next(i)[0] > 0.49 * Math.min(length(span), length(next(i))))
  const middles = sorted.map(([start, end]) => (start + end) / 2)
  const edges = middles.slice(1).map((middle, i) => (middle + middles[i]!) / 2)
  const cells: Span[] = []
  for (const [k, i] of order.entries()) {
    const [start, end] = sorted[k]!
    if (!halves || sorted.length === 1) cells[i] = [start, Math.min(end, next(k)[0])]
    else cells[i] = [edges[k - 1] ?? 2 * middles[k]! - edges[k]!, edges[k] ?? 2 * middles[k]! - edges[k - 1]!]
  }
  return cells
}

/** From the lowest to the highest but for a few at either end, so that one row does not take all colors. */
function scaleOf(values: Float32Array): Span {
  const sorted = values.filter(Number.isFinite).sort()
  if (sorted.length === 0) return [0, 1]
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!
  const [low, high] = [at(tail), at(1 - tail)]
  return low < high ? [low, high] : [low - 0.5, low + 0.5]
}

/** What the names of bins have in common: 'mel' of 'mel0', 'mel1', …, and of 'mel0-mel3', 'mel4-mel7', … */
function stemOf(names: readonly string[]): string {
  const stems = new Set(names.flatMap((name) => name.split('-')).map((name) => name.replace(/\d+$/, '')))
  return stems.size === 1 ? [...stems][0]! : ''
}
