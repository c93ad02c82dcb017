import { type Frames, lanesOf, spanOf } from '../core/frames.ts'
import { apply, type Stage } from '../core/stage.ts'
import type { Loaded } from '../pipeline/pipeline.ts'
import * as boundaries from '../stages/boundaries/index.ts'
import { channelPool, logMel } from '../stages/index.ts'
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
  /** The values at the ends of the scale of colors. */
  readonly scale: Span
}

/** What is drawn of some frames, one below the other. */
export interface Panel {
  readonly title: string
  /** What a row is: 'mel', 'dim'. */
  readonly axis: string
  /** Names of the rows. */
  readonly names: readonly string[]
  readonly unit: string
  /** Where each frame is drawn. */
  readonly cells: readonly Span[]
  /** Where frames were not seen. */
  readonly unseen: readonly Span[]
  /** What each pooled frame was pooled from; none where nothing was pooled. */
  readonly windows: readonly Span[]
  /** Where segments begin, for the pooling that follows. */
  readonly marks: readonly number[]
  readonly blocks: readonly Block[]
}

/** Mel bands of the spectrogram, from 0 Hz to half the rate. */
export const bandsDrawn = 80
/** What is softer is drawn alike, in decibels below the loudest. */
const range = 70
/** The share of values beyond either end of a scale. */
const tail = 0.03

/** Panels of one sequence on its way through a pipeline: the sound's spectrogram, what is pooled, and what each pooling gives. */
export function panelsOf(source: Frames, { stages }: Loaded): Panel[] {
  const sound = source.layout.clock.unit === 'second' && source.layout.bins === 1
  const panels: Panel[] = []
  let frames = source
  const all = groups(stages)
  for (const [i, group] of all.entries()) {
    frames = group.reduce((input, stage) => apply(input, stage), frames)
    const title = group.map(({ spec }) => stageText(spec)).join(' → ')
    const own = sound && i === 0 && isLogMel(group)
    if (sound && i === 0) panels.push(own ? { ...spectrogram(source), title, ...marking(frames) } : spectrogram(source))
    if (!own && (i > 0 || lanesOf(frames.layout) > 1 || (!sound && all.length === 1))) panels.push(panel(title, frames, i > 0))
  }
  // What comes last is not cut any more.
  return panels.with(-1, { ...panels.at(-1)!, marks: all.length > 1 ? [] : panels.at(-1)!.marks })
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

/** Whether what a group gives is the spectrogram, marked at most. */
function isLogMel(group: readonly Stage[]): boolean {
  return group[0]?.spec.stage === 'logMel' && group.slice(1).every(({ spec }) => Object.hasOwn(boundaries, spec.stage))
}

/** In decibels below the loudest value. */
function spectrogram(sound: Frames): Panel {
  const mono = sound.layout.channels > 1 ? apply(sound, channelPool('mean')) : sound
  const mel = apply(mono, logMel({ bands: bandsDrawn }))
  const loudest = mel.data.reduce((most, value) => Math.max(most, value), -Infinity)
  const drawn = panel('logMel', { ...mel, data: mel.data.map((value) => (10 * (value - loudest)) / Math.LN10) }, false)
  return { ...drawn, axis: 'Hz', unit: 'dB', blocks: drawn.blocks.map((block) => ({ ...block, scale: [-range, 0] })) }
}

function panel(title: string, frames: Frames, pooled: boolean): Panel {
  const { planes, bins, channels, names } = frames.layout
  const rows = bins * channels
  const spans = spansOf(frames)
  return {
    title,
    axis: stemOf(names.bins),
    names: names.bins.flatMap((bin) => names.channels.map((channel) => [bin, channel].filter(Boolean).join('.'))),
    unit: '',
    cells: cellsOf(spans),
    windows: pooled ? spans : [],
    ...marking(frames),
    blocks: Array.from({ length: planes }, (_, plane) => {
      const values = new Float32Array(frames.length * rows)
      for (let f = 0; f < frames.length; f++) {
        const at = (f * planes + plane) * rows
        values.set(frames.data.subarray(at, at + rows), f * rows)
      }
      return { name: names.planes[plane]!, rows, values, scale: scaleOf(values) }
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

/** What the names of bins have in common: 'mel' of 'mel0', 'mel1', … */
function stemOf(names: readonly string[]): string {
  const stems = new Set(names.map((name) => name.replace(/\d+$/, '')))
  return stems.size === 1 ? [...stems][0]! : ''
}
