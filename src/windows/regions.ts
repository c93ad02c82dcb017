import { type Frames, type Layout, spanOf, type Values } from '../core/frames.ts'
import { Bank, type Pooling } from '../core/pooling.ts'
import { type Plan, planOf, type Reach, type StageSpec, untilEnd } from '../core/stage.ts'
import { type AdaptiveRule, adaptiveWindows } from '../core/window.ts'
import { type Bins, fitted } from './bins.ts'
import { marked, note, unkept } from './progress.ts'
import { irregular, pooledLayout, statesIn } from './sheet.ts'

type Span = readonly [from: number, to: number]

/** Regions given by their first and last + 1 frame, neither of which ever goes back. */
export interface Regions {
  at(i: number): Span
  /** The most that are open at once. */
  readonly open: number
  /** How many there are in so many frames. */
  count(frames: number): number
  readonly reach: Reach
}

/** `count` windows over the whole sequence, whatever its length. With the length known it streams; else the frames are kept until the end. An empty sequence gives frames of weight 0. */
export function planAdaptive(spec: StageSpec, input: Layout, like: Pooling, bins: Bins, count: number, rule: AdaptiveRule): Plan {
  if (input.length === undefined) return untilEnd(spec, input, (known) => planAdaptive(spec, known, like, bins, count, rule))
  return planSpans(spec, input, input.length, like, bins, adaptiveWindows(rule, count, input.length))
}

/** Regions over a sequence of known length. */
export function planSpans(spec: StageSpec, input: Layout, length: number, like: Pooling, bins: Bins, spans: readonly Span[]): Plan {
  const size = spans.reduce((most, [from, to]) => Math.max(most, to - from), 0)
  const pooling = fitted(like, bins, size)
  const layout = pooledLayout(pooling, bins, irregular(input.clock), spans.length)
  const plan = planRegions(spec, { ...input, length }, layout, pooling, bins, {
    at: (i) => spans[i] ?? [length, Infinity],
    open: overlap(spans),
    count: () => spans.length,
    reach: { size, stride: Math.max(1, Math.floor(length / spans.length)), latency: size },
  })
  return plan
}

/** A state for each open region: frames enter all of them, in their order. */
export function planRegions(
  spec: StageSpec,
  input: Layout,
  layout: Layout,
  pooling: Pooling,
  bins: Bins,
  { at, open, count, reach }: Regions,
): Plan {
  return planOf({
    spec,
    input,
    layout,
    reach,
    wide: true,
    start: () => ({
      states: Bank.fresh(pooling, bins.width, open),
      seen: 0,
      begun: 0,
      emitted: 0,
      marks: [] as number[],
      /** When each open region begins, and when the last frame ended. */
      starts: new Float64Array(open),
      end: input.clock.start,
    }),
    run(live) {
      const { bank, entrance, sheet } = statesIn(live.states, layout, pooling, bins)
      const emit = () => {
        const i = live.emitted++
        const [from, to] = at(i)
        const { start } = input.clock
        const state = i % open
        const span = i < live.begun && to > from ? ([live.starts[state]!, live.end] as const) : ([start, start] as const)
        sheet.write(state, from, marked(live.marks, 1, () => to) !== undefined, span)
        bank.reset(state)
        live.begun = Math.max(live.begun, live.emitted)
      }
      return {
        push(block: Frames<Values>) {
          const first = live.emitted
          let seen = live.seen
          note(live, spec, input, block)
          for (let f = 0; f < block.length; ) {
            for (; at(live.begun)[0] <= seen; live.begun++) live.starts[live.begun % open] = spanOf(block, block.start + f)[0]
            // Up to where the next region begins or the first of those that have begun ends.
            const next = Math.min(at(live.begun)[0], live.begun > live.emitted ? at(live.emitted)[1] : Infinity)
            const to = Math.min(block.length, f + next - seen)
            for (let i = live.emitted; i < live.begun; i++) entrance.add(i % open, block, f, to, seen)
            live.end = spanOf(block, block.start + to - 1)[1]
            seen += to - f
            f = to
            while (live.emitted < live.begun && at(live.emitted)[1] <= seen) emit()
          }
          return sheet.take(first)
        },
        close(early) {
          if (input.length !== undefined && live.seen < input.length && !early) throw unkept(spec.stage, input.length, live.seen, live.seen)
          const first = live.emitted
          while (live.emitted < count(live.seen)) emit()
          return sheet.take(first)
        },
      }
    },
  })
}

/** The most regions that are open at once. */
function overlap(spans: readonly Span[]): number {
  let most = 1
  let oldest = 0
  for (const [i, [from]] of spans.entries()) {
    while (oldest < i && spans[oldest]![1] <= from) oldest++
    most = Math.max(most, i - oldest + 1)
  }
  return most
}
