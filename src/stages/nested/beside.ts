import { DataError, refusal } from '../../core/check.ts'
import { copyFrom, type Frames, join, type Layout, lanesOf, slice, spanOf, type Values } from '../../core/frames.ts'
import { boolean, list, number } from '../../core/options.ts'
import type { Saved } from '../../core/saved.ts'
import { type Plan, planned, planOf, type Stage, type StageSpec } from '../../core/stage.ts'
import { layoutBeside, shortest } from './layoutBeside.ts'
import { nestStage, stageList } from './nestStage.ts'

const nesting = /* @__PURE__ */ nestStage(
  'beside',
  'parallel',
  {
    /** The branches, which all get the same frames; what goes through several stages is a `chain` of them. */
    stages: stageList(1),
    /** What the values of each branch are multiplied by, a number a branch. */
    weights: list(number({ min: 0 }), { like: '[1, 0.5]' }).optional('1 each'),
    /** Whether all must give as many frames; else what some have beyond the last of the shortest is left out. */
    strict: boolean().default(true),
  },
  ({ stages, weights = stages.map(() => 1), strict }, spec) => {
    if (weights.length !== stages.length)
      throw refusal('beside', `weights must be one for each of the ${stages.length} stages`, weights.length)
    return (input) => planBeside(spec, input, stages, weights, strict)
  },
)

/**
 * Several stages over the same frames, and what they give side by side in one frame: features beside features before they are pooled, or vectors as one vector.
 *
 * Shape: what the branches give, frame by frame, the lanes of one branch after those of the one before: as more planes where bins and channels are called the same in all branches, as more
 * bins where channels and a single plane are, else 1 × lanes × 1 as by `flatten`. Names stay as they are; of branches that share some, each name gets that of the branch's last
 * stage ('mel3.normalize'), or where that is the same, too, which branch it is ('mel3.1of2'). What `weights` multiply is rounded to float32 once more.
 *
 * Frames belong together by their index, so branches must have the same clock, in which frames begin together or have their middles together, and give as many frames, or with `strict: false` end with the
 * shortest (Python's zip). A frame lasts from where it begins in any branch to where it ends in any,
 * weighs what it does in the branch where it weighs least (so it is seen where all branches see it), and is a boundary where it is one in any. An empty sequence gives what the
 * branches give of it. It streams as its branches do, and holds the frames of one until the others have theirs; where one needs the end, all wait for it.
 *
 * @param stages 1 to 256 branches
 * @throws TypeError or RangeError for what are no stages, weights that are not one for each and ≥ 0, and, when planned, branches of different clocks or known numbers of frames;
 * DataError at the end of a sequence of which one branch gave more frames than another
 * @example
 * apply(frames([3, 1, 8]), beside([globalPool('mean'), globalPool('first')], { weights: [1, 0.5] })).data // [4, 1.5]
 */
export const beside = /* @__PURE__ */ Object.assign(
  (stages: readonly Stage[], options?: Parameters<typeof nesting.of>[1]) => nesting.of(stages, options),
  nesting,
)

interface Live {
  parts: Saved[] | undefined
  /** What branches have given and others not yet, block by block. */
  readonly waiting: Frames[][]
  /** Frames that each branch has given so far, and that all have. */
  readonly given: number[]
  done: number
}

function planBeside(spec: StageSpec, input: Layout, stages: readonly Stage[], weights: readonly number[], strict: boolean): Plan {
  const plans = stages.map((stage) => planned(stage, input))
  const layout = layoutBeside(
    plans.map((plan) => plan.layout),
    stages,
    strict,
  )
  const widest = (of: 'size' | 'stride' | 'latency') => Math.max(...plans.map(({ reach }) => reach[of]))
  return planOf({
    spec,
    input,
    layout,
    reach: { size: widest('size'), stride: widest('stride'), latency: widest('latency') },
    ...(plans.some(({ needs }) => needs) && { needs: 'end' as const }),
    wide: true,
    start: (): Live => ({ parts: undefined, waiting: plans.map(() => []), given: plans.map(() => 0), done: 0 }),
    run(live) {
      const { waiting, given } = live
      const machines = plans.map((plan, b) => plan.open(live.parts?.[b]))
      /** Takes what each branch gives now, and gives what all have. */
      const next = (give: (machine: (typeof machines)[number]) => Frames | undefined): Frames | undefined => {
        for (const [b, machine] of machines.entries()) {
          const frames = give(machine)
          if (!frames?.length) continue
          waiting[b]!.push(ownMemory(frames))
          given[b]! += frames.length
        }
        const count = Math.min(...given) - live.done
        live.done += count
        return count > 0 ? together(layout, waiting.map((queue) => take(queue, count)), weights) : undefined // biome-ignore format: one call
      }
      return {
        push: (frames: Frames<Values>) => next((machine) => machine.push(frames)),
        close(early) {
          const out = next((machine) => (early ? machine.peek() : machine.close()))
          if (strict && !early && given.some((count) => count > live.done))
            throw new DataError(`beside: stages must give as many frames each, got ${given.join(', ')}${shortest}`, { frame: live.done })
          return out
        },
        settle() {
          live.parts = machines.map((machine) => machine.save())
        },
      }
    },
  })
}

/** The first `count` frames of what waits. */
function take(queue: Frames[], count: number): Frames {
  const taken: Frames[] = []
  let left = count
  for (const block of queue) {
    if (left === 0) break
    const length = Math.min(left, block.length)
    taken.push(slice(block, 0, length))
    left -= length
  }
  const last = queue[taken.length - 1]!
  const rest = last.length - taken.at(-1)!.length
  queue.splice(0, taken.length, ...(rest > 0 ? [ownMemory(slice(last, last.length - rest, last.length))] : []))
  return join(taken)!
}

/** What waits must not hold on to a long block of which it is a small piece; that it is copied only then keeps the work within twice the frames. */
function ownMemory(block: Frames): Frames {
  return 2 * block.data.byteLength < block.data.buffer.byteLength ? copyFrom(block, 0) : block
}

/** As many frames of each branch in one block. */
function together(layout: Layout, parts: readonly Frames[], factors: readonly number[]): Frames {
  const { start, length } = parts[0]!
  const width = lanesOf(layout)
  const data = new Float32Array(length * width)
  let at = 0
  for (const [b, part] of parts.entries()) {
    const lanes = part.data.length / length
    for (let f = 0, from = 0; f < length; f++) {
      for (let to = f * width + at, end = to + lanes; to < end; to++) data[to] = part.data[from++]! * factors[b]!
    }
    at += lanes
  }
  const each = Array.from({ length }, (_, f) => f)
  const spans = layout.clock.hop === undefined && each.flatMap((f) => {
    const all = parts.map((part) => spanOf(part, part.start + f))
    return [Math.min(...all.map(([from]) => from)), Math.max(...all.map(([, to]) => to))]
  }) // biome-ignore format: one value
  return {
    layout,
    start,
    length,
    data,
    ...(parts.some(({ weights }) => weights) && {
      weights: Float32Array.from(each, (f) => Math.min(...parts.map(({ weights }) => weights?.[f] ?? 1))),
    }),
    ...(parts.some(({ boundaries }) => boundaries) && {
      boundaries: Uint8Array.from(each, (f) => Number(parts.some(({ boundaries }) => boundaries?.[f]))),
    }),
    ...(spans && { spans: Float64Array.from(spans) }),
  }
}
