// What stages that give a number of windows share.
import type { Layout } from '../../core/frames.ts'
import { boolean, integer, list, type Option, oneOf, type Read } from '../../core/options.ts'
import type { Pooling } from '../../core/pooling.ts'
import type { Plan, StageSpec } from '../../core/stage.ts'
import { type AdaptiveRule, adaptiveRules, adaptiveWindows, listsOf, spanTaps } from '../../core/window.ts'
import { type Bins, fitted, pooledBins } from '../../windows/bins.ts'
import { planPanes } from '../../windows/panes.ts'
import { type Level, planPyramid } from '../../windows/pyramid.ts'
import { planAdaptive } from '../../windows/regions.ts'

/** How a sequence is cut into a given number of windows. */
export const adaptiveOptions = {
  /** Where windows begin and end: as in PyTorch, or spatial pyramid pooling's equal sizes. */
  rule: oneOf(...adaptiveRules).default('torch'),
  /** true refuses sequences whose length is not known; else their windows may be off by a 16th. */
  exact: boolean().default(false),
}

/** A number of outputs: more is a mistake, found before memory runs out. */
export function outputs(): Option<number> {
  return integer(1, 2 ** 20)
}

/** The options of a pyramid. */
export const pyramidOptions = {
  /** How many windows each level has. */
  levels: list(integer(1, 4096), { like: '[1, 2, 4]' }).default([1, 2, 4]),
}

/** A plan for `count` windows, however long the sequence. */
export function adaptive(
  spec: StageSpec,
  input: Layout,
  pooling: Pooling,
  bins: Bins,
  count: number,
  { rule, exact }: Read<typeof adaptiveOptions>,
): Plan {
  if (input.length === undefined) {
    if (exact) throw new TypeError(`${spec.stage}: exact windows need a sequence of known length, got one of unknown length`)
    // What keeps all values keeps them anyway, and the other rules have windows of one size.
    if (rule === 'torch' && !pooling.keeps) return planPanes(spec, input, fitted(pooling, bins, Infinity), bins, count)
  }
  return planAdaptive(spec, input, pooling, bins, count, rule)
}

/** Bins pooled into `count`. */
export function adaptiveBins(input: Layout, count: number, rule: AdaptiveRule = 'torch'): Bins {
  const wide = spanTaps(adaptiveWindows(rule, count, input.bins))
  return pooledBins(input, listsOf(wide), wide)
}

/** A stage that joins levels of windows: what `poolStage` takes, given the level of so many windows. */
export function pyramid(levelOf: (input: Layout, count: number) => Level) {
  return ({ levels }: Read<typeof pyramidOptions>) =>
    (input: Layout, pooling: Pooling, spec: StageSpec): Plan =>
      planPyramid(
        spec,
        input,
        pooling,
        levels.map((count) => levelOf(input, count)),
      )
}
