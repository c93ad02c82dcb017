import { type Frames, type Layout, lanesOf, spanOf, type Values } from '../core/frames.ts'
import type { Pooling } from '../core/pooling.ts'
import type { Saved } from '../core/saved.ts'
import { type Machine, type Plan, planOf, type StageSpec, untilEnd } from '../core/stage.ts'
import type { Bins } from './bins.ts'
import { planAdaptive } from './regions.ts'
import { irregular, weightOf } from './sheet.ts'

/** One level of a pyramid: so many windows over time, and these bins. */
export interface Level {
  readonly count: number
  readonly bins: Bins
  /** Names of the pooled bins within a cell; one empty name in 1-D. */
  readonly cells: readonly string[]
}

/**
 * Adaptive windows of several levels, all in one pass, joined into one frame: level by level, window by window, each with all outputs.
 * In 1-D the bins stay; in 2-D, where the levels have different numbers of bins, pooled bins become planes.
 */
export function planPyramid(spec: StageSpec, input: Layout, pooling: Pooling, levels: readonly Level[]): Plan {
  if (input.length === undefined) return untilEnd(spec, input, (known) => planPyramid(spec, known, pooling, levels))
  const plans = levels.map(({ count, bins }) => planAdaptive(spec, input, pooling, bins, count, 'torch'))
  const flat = levels.some(({ cells }) => cells.length > 1 || cells[0] !== '')
  const planes = plans.flatMap(({ layout }, l) => {
    const { count, cells } = levels[l]!
    return Array.from({ length: count }, (_, i) =>
      layout.names.planes.flatMap((plane) =>
        (flat ? cells : ['']).map((cell) => [plane, `${i + 1}of${count}`, cell].filter(Boolean).join('.')),
      ),
    ).flat()
  })
  const layout: Layout = {
    ...plans[0]!.layout,
    planes: planes.length,
    bins: flat ? 1 : plans[0]!.layout.bins,
    clock: irregular(input.clock),
    length: 1,
    names: { ...plans[0]!.layout.names, planes, ...(flat && { bins: [''] }) },
  }
  return planOf({
    spec,
    input,
    layout,
    reach: { size: Infinity, stride: Infinity, latency: Infinity },
    wide: true,
    start: () => ({
      machines: undefined as Saved[] | undefined,
      rows: plans.map((): Float32Array[] => []),
      weight: 0,
      boundary: false,
      span: undefined as [number, number] | undefined,
    }),
    run(live) {
      const machines = plans.map((plan, l) => plan.open(live.machines?.[l]))
      const keep = (next: (machine: Machine) => Frames | undefined) => {
        for (const [l, machine] of machines.entries()) {
          const frames = next(machine)
          if (frames) live.rows[l]!.push(frames.data)
        }
      }
      return {
        push(frames: Frames<Values>) {
          for (let f = 0; f < frames.length; f++) {
            live.weight += frames.weights?.[f] ?? 1
            if (frames.boundaries?.[f]) live.boundary = true
          }
          if (frames.length === 0) return undefined
          live.span ??= [spanOf(frames, frames.start)[0], 0]
          live.span[1] = spanOf(frames, frames.start + frames.length - 1)[1]
          keep((machine) => machine.push(frames))
          return undefined
        },
        close(early: boolean) {
          keep((machine) => (early ? machine.peek() : machine.close()))
          const data = new Float32Array(lanesOf(layout))
          let at = 0
          for (const row of live.rows.flat()) {
            data.set(row, at)
            at += row.length
          }
          const { start } = input.clock
          return {
            layout,
            start: 0,
            length: 1,
            data,
            weights: Float32Array.of(weightOf(pooling, live.weight)),
            spans: Float64Array.from(live.span ?? [start, start]),
            ...(live.boundary && { boundaries: Uint8Array.of(1) }),
          }
        },
        settle: () => {
          live.machines = machines.map((machine) => machine.save())
        },
      }
    },
  })
}
