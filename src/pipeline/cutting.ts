import { DataError } from '../core/check.ts'
import { type Frames, join, type Layout, slice } from '../core/frames.ts'
import type { Saved } from '../core/saved.ts'
import { chain, type Joining, nothing, type Plan, type Stage } from '../core/stage.ts'
import type { Stretch } from '../sources/piece.ts'

/** Stages that pool a recording in stretches. */
interface Cut {
  /** What gives the frames that are pooled, each by a stride of samples. */
  readonly before: Stage
  readonly plan: Plan
  /** Frames at the start of a stretch that are those of the whole only if they are its first. */
  readonly overlap: number
  readonly pool: Plan & { readonly joining: Joining }
  readonly after: Stage
}

/** Where stages can be cut; undefined where none of them joins, or what is before it goes by more than it sees. */
function cutOf(stages: readonly Stage[], { length: _, ...input }: Layout): Cut | undefined {
  for (let i = 0; i < stages.length; i++) {
    const before = chain(...stages.slice(0, i))
    const plan = before.plan(input)
    const { size, stride, local } = plan.reach
    if (!local || plan.needs || !Number.isInteger(stride) || plan.layout.clock.hop === undefined) return undefined
    const pool = stages[i]!.plan(plan.layout)
    const { joining } = pool
    const overlap = Math.ceil(size / stride)
    if (joining) return { before, plan, overlap, pool: { ...pool, joining }, after: chain(...stages.slice(i + 1)) }
  }
  return undefined
}

function surely(stages: readonly Stage[], input: Layout): Cut {
  const cut = cutOf(stages, input)
  if (!cut) throw new Error('stretch: expected stages that can be cut, got others')
  return cut
}

/**
 * Cuts a recording at nodes of the tree in which its frames are pooled, so that what comes of its stretches joins to the bits of the whole.
 *
 * @param input the layout of its samples, with their number
 * @param most how many stretches there are to be, at most
 * @returns none where the stages cannot be cut, or there would be one
 */
export function stretchesOf(stages: readonly Stage[], input: Layout, most: number): readonly Stretch[] {
  const cut = cutOf(stages, input)
  if (!cut) return []
  const { stride } = cut.plan.reach
  const length = cut.before.plan(input).layout.length ?? 0
  let size = cut.pool.joining.every
  while (Math.ceil(length / size) > most) size *= 2
  const count = Math.ceil(length / size)
  return Array.from({ length: count < 2 ? 0 : count }, (_, i) => ({
    sample: Math.max(0, i * size - cut.overlap) * stride,
    from: i * size,
    ...(i + 1 < count && { to: (i + 1) * size }),
  }))
}

/**
 * What a machine that pools knows once it has seen a stretch. No more samples are read than it takes.
 *
 * @param blocks the recording from the stretch's first sample on, counted from there
 * @throws (by rejection) what the stages throw; DataError for a recording that ends before the stretch does
 */
export async function pooledStretch(
  stages: readonly Stage[],
  { sample, from, to }: Stretch,
  blocks: AsyncIterable<Frames>,
): Promise<Saved> {
  let cut: Cut | undefined
  let machines: { before: ReturnType<Plan['open']>; pool: ReturnType<Plan['open']> } | undefined
  let next = from
  const take = (frames: Frames | undefined): void => {
    if (!frames) return
    // Where it would be in the whole.
    const start = frames.start + sample / cut!.plan.reach.stride
    const [first, end] = [Math.max(0, from - start), Math.min(frames.length, (to ?? Infinity) - start)]
    if (end <= first) return
    machines!.pool.push(slice({ ...frames, start }, first, end))
    next = start + end
  }
  for await (const block of blocks) {
    cut ??= surely(stages, block.layout)
    machines ??= { before: cut.plan.open(), pool: cut.pool.open() }
    take(machines.before.push(block))
    if (next === to) return machines.pool.save()
  }
  take(machines?.before.close())
  const least = to ?? from + 1
  if (!machines || next < least) throw new DataError(`stretch: expected ${least} frames, got ${next}`)
  return machines.pool.save()
}

/** The vectors of a recording, from what is known of each of its stretches, in their order. */
export function joinedStretches(stages: readonly Stage[], input: Layout, states: readonly Saved[]): Frames {
  const { pool, after } = surely(stages, input)
  const rest = after.plan(pool.layout)
  const machine = rest.open()
  const pooled = pool.open(pool.joining.join(states)).close()
  return join([pooled && machine.push(pooled), machine.close()]) ?? nothing(rest.layout)
}
