import { refusal } from '../../core/check.ts'
import { type Clock, type Layout, laneNames } from '../../core/frames.ts'
import type { Stage } from '../../core/stage.ts'
import { isNested } from './nestStage.ts'

/**
 * The layout of what stages give side by side.
 * @throws TypeError for clocks that differ, RangeError for known lengths that do where that is `strict`
 */
export function layoutBeside(layouts: readonly Layout[], stages: readonly Stage[], strict: boolean): Layout {
  const [first, ...more] = layouts as readonly [Layout, ...Layout[]]
  for (const [i, { clock, length = first.length }] of more.entries()) {
    const who = `stages[${i + 1}] must give`
    if (!sameClock(clock, first.clock)) throw new TypeError(`beside: ${who} ${told(first.clock)}, as stages[0] does, got ${told(clock)}`)
    if (strict && length !== (first.length ?? length))
      throw refusal('beside', `${who} ${first.length} frames, as stages[0] does`, length, shortest)
  }
  const { length: _, live: __, ...shape } = joined(layouts, stages)
  return {
    ...shape,
    clock: clockOf(layouts.map(({ clock }) => clock)),
    ...(layouts.every(({ length }) => length !== undefined) && { length: Math.min(...layouts.map(({ length }) => length!)) }),
    ...(layouts.some(({ live }) => live) && { live: true }),
  }
}

/** What can be done about it. */
export const shortest = '; with strict false, what is beyond the shortest is left out'

// Times that come of other sums for the same frames differ by so much of a hop at most.
const near = 1e-9

/** Frames that begin together, or have their middles together. Where every frame has its span, the start of the clock says nothing. */
function sameClock(a: Clock, b: Clock): boolean {
  if (a.hop === undefined || b.hop === undefined) return a.unit === b.unit && a.hop === b.hop
  const hop = a.hop
  const alike = (x: number, y: number) => Math.abs(x - y) <= near * hop
  return a.unit === b.unit && alike(hop, b.hop) && (alike(a.start, b.start) || alike(middle(a), middle(b)))
}

function middle({ start, hop = 0, span = hop }: Clock): number {
  return start + span / 2
}

function told({ unit, hop, start }: Clock): string {
  return hop === undefined ? `frames at any ${unit}s` : `a frame every ${hop} ${unit}s from ${start} on`
}

/** The first one's, its frames as long as from where one begins to where one ends. */
function clockOf(clocks: readonly Clock[]): Clock {
  const [first] = clocks as readonly [Clock]
  if (first.hop === undefined) return first
  const start = Math.min(...clocks.map((clock) => clock.start))
  const last = clocks.map(({ start: own, hop = 0, span = hop }) => own - start + span)
  return { ...first, start, span: Math.max(...last) }
}

function joined(layouts: readonly Layout[], stages: readonly Stage[]): Layout {
  const [first] = layouts as readonly [Layout]
  const { names } = first
  const alike = (axis: keyof Layout['names']) => layouts.every((layout) => same(layout.names[axis], names[axis]))
  if (alike('channels') && alike('bins')) {
    const planes = apart(layouts.map((layout) => layout.names.planes), stages) // biome-ignore format: one call
    return { ...first, planes: planes.length, names: { ...names, planes } }
  }
  if (alike('channels') && first.planes === 1 && alike('planes')) {
    const bins = apart(layouts.map((layout) => layout.names.bins), stages) // biome-ignore format: one call
    return { ...first, bins: bins.length, names: { ...names, bins } }
  }
  const bins = apart(layouts.map(laneNames), stages)
  return { ...first, planes: 1, bins: bins.length, channels: 1, names: { planes: [''], bins, channels: [''] } }
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((name, i) => name === b[i]))
}

/** The names of all branches. Where some share a name, theirs end in what their last stages are called, or in their places; where others have a name that ends so, all end in their places. */
function apart(lists: readonly (readonly string[])[], stages: readonly Stage[]): readonly string[] {
  const shared = clash(lists)
  const placed = lists.map((names, b) => ending(names, `${b + 1}of${lists.length}`))
  const ways = [lists, lists.map((names, b) => (shared[b] ? ending(names, lastOf(stages[b]!)) : names)), lists.map((names, b) => (shared[b] ? placed[b]! : names))] // biome-ignore format: a list
  return (ways.find((names) => !clash(names).includes(true)) ?? placed).flat()
}

/** Which of the lists share a name with another. */
function clash(lists: readonly (readonly string[])[]): readonly boolean[] {
  const holders = new Map<string, number>()
  for (const names of lists) for (const name of new Set(names)) holders.set(name, (holders.get(name) ?? 0) + 1)
  return lists.map((names) => names.some((name) => holders.get(name)! > 1))
}

function ending(names: readonly string[], end: string): readonly string[] {
  return names.map((name) => [name, end].filter(Boolean).join('.'))
}

/** What the last stage of a branch is called; nothing where it has none. */
function lastOf(stage: Stage): string {
  if (!isNested(stage) || stage.flow !== 'series') return stage.spec.stage
  const last = stage.parts.at(-1)
  return last ? lastOf(last) : ''
}
