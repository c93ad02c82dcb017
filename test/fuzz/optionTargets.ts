import { checkBlock } from '../../src/core/frames.ts'
import { apply, type Frames, open, stageFrom } from '../../src/index.ts'
import { must } from './judge.ts'
import { nonsense } from './nonsense.ts'
import { inputFor, poolingSpec, type Spec, stageSpec } from './specs.ts'
import type { Target } from './target.ts'

/** Whether what came out is frames whose parts fit together. */
export function wellFormed(block: Frames | undefined): void {
  if (!block) return
  try {
    checkBlock('output', block)
  } catch (error) {
    must(false, () => (error as Error).message)
  }
}

const shown = (spec: unknown) => {
  try {
    return JSON.stringify(spec, (_, value) =>
      typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function' ? String(value) : value,
    ).slice(0, 300)
  } catch (error) {
    return String(error)
  }
}

/** Options of stages: as they are described, with some that are something else. What is taken is run. */
export const stageOptions: Target = {
  name: 'stage-options',
  open: () => (draws, note) => {
    const spec = stageSpec(draws, nonsense)
    note(shown(spec))
    const stage = stageFrom(spec as never)
    const input = inputFor(draws)
    const machine = open(stage, { ...input.layout, length: input.length })
    wellFormed(machine.push(input))
    wellFormed(machine.peek())
    wellFormed(machine.close())
  },
}

/** Poolings and their options, over windows and the whole. */
export const poolingOptions: Target = {
  name: 'pooling-options',
  open: () => (draws, note) => {
    const pooling = poolingSpec(draws, nonsense)
    const window = draws.pick<Spec>([
      { stage: 'globalPool' },
      { stage: 'pool1d', size: 3 },
      { stage: 'pool2d', size: 2 },
      { stage: 'adaptivePool1d', count: 3 },
    ])
    note(shown({ ...window, pooling }))
    wellFormed(apply(inputFor(draws), stageFrom({ ...window, pooling } as never)))
  },
}
