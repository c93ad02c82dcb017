import { DataError } from '../core/check.ts'
import { type Frames, type Layout, spanOf, type Values } from '../core/frames.ts'
import { Bank, type Pooling } from '../core/pooling.ts'
import { atEnd, nothing, type Plan, type StageSpec } from '../core/stage.ts'
import { type Bins, fitted } from './bins.ts'
import { irregular, pooledLayout, statesIn } from './sheet.ts'

/** Frames in a leaf of the tree: shorter spans are added frame by frame. */
const leaf = 32

/**
 * One pooled frame for each of many spans, which may overlap and come in any order. All frames are kept, and once they are there a tree of merged leaves is built over them:
 * a span then takes the frames before its first whole leaf, at most two nodes a level of the tree, and the frames after its last whole leaf. Nothing is subtracted.
 */
export function planTree(
  spec: StageSpec,
  input: Layout,
  like: Pooling,
  bins: Bins,
  spans: readonly (readonly [from: number, to: number])[],
): Plan {
  const longest = spans.reduce((most, [from, to]) => Math.max(most, to - from), 0)
  const pooling = fitted(like, bins, longest)
  const layout = pooledLayout(pooling, bins, irregular(input.clock), spans.length)
  return atEnd({ spec, input, layout, wide: true }, (all: Frames<Values> = nothing(input), early) => {
    const late = spans.find(([, to]) => to > all.length)
    if (late && !early)
      throw new DataError(`${spec.stage}: spans must end within the ${all.length} frames of the sequence, got [${late.join(', ')}]`)
    // Looked at early, a span ends where the frames do.
    const there = spans.map(([from, to]) => [Math.min(from, all.length), Math.min(to, all.length)] as const)
    return pooledSpans(all, pooling, bins, layout, there)
  })
}

function pooledSpans(
  all: Frames<Values>,
  pooling: Pooling,
  bins: Bins,
  layout: Layout,
  spans: readonly (readonly [number, number])[],
): Frames | undefined {
  // Poolings that keep their values have no use for a tree: its nodes would hold all of them again at every level.
  const leaves = pooling.keeps ? 0 : Math.floor(all.length / leaf)
  // Node i has the children 2i and 2i + 1; leaf k is node leaves + k. State 0 is the span being put together.
  const { bank, entrance, sheet } = statesIn(Bank.fresh(pooling, bins.width, 2 * leaves + 1), layout, pooling, bins)
  const add = (i: number, from: number, to: number) => entrance.add(i, all, from, to, from)
  for (let k = 0; k < leaves; k++) add(1 + leaves + k, k * leaf, (k + 1) * leaf)
  for (let node = leaves - 1; node > 0; node--) {
    bank.copy(1 + node, 1 + 2 * node)
    bank.merge(1 + node, 1 + 2 * node + 1)
  }
  for (const [from, to] of spans) {
    const [first, end] = [Math.ceil(from / leaf), Math.min(leaves, Math.floor(to / leaf))]
    bank.reset(0)
    if (first < end) {
      add(0, from, first * leaf)
      for (const node of nodes(leaves + first, leaves + end)) bank.merge(0, 1 + node)
      add(0, end * leaf, to)
    } else add(0, from, to)
    const boundary = all.boundaries?.subarray(from, to).includes(1) ?? false
    const { start } = all.layout.clock
    sheet.write(0, from, boundary, to > from ? [spanOf(all, all.start + from)[0], spanOf(all, all.start + to - 1)[1]] : [start, start])
  }
  return sheet.take(0)
}

/** The fewest nodes of the tree that make up its leaves from one (inclusive) to another (exclusive), in order of time. */
function nodes(from: number, to: number): number[] {
  const [left, right]: [number[], number[]] = [[], []]
  for (let [l, r] = [from, to]; l < r; l >>= 1, r >>= 1) {
    if (l % 2 === 1) left.push(l++)
    if (r % 2 === 1) right.push(--r)
  }
  return [...left, ...right.reverse()]
}
