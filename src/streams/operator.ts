import type { OperatorFunction } from 'rxjs'
import { checkBlock, type Frames, type Layout, type Values } from '../core/frames.ts'
import { checkStage, guarded, type Machine, type Plan, planned, type Stage } from '../core/stage.ts'
import { relay } from './relay.ts'

/** A stage that is also a function for `.pipe()`. */
export type Operator = Stage & OperatorFunction<Frames<Values>, Frames>

/**
 * Turns a stage into an RxJS operator: Frames in, Frames out, planned when the first block tells the layout.
 *
 * Nothing runs before the subscription, and each subscription has a machine of its own. What is left at the end comes when the source completes;
 * a source that completes without any block has no layout, so nothing comes. Errors of the source pass through.
 *
 * @throws (as an error of the stream) what `plan` throws, and DataError for blocks that leave a gap or weights that are none
 */
export function operator(stage: Stage): Operator {
  checkStage('operator', stage)
  const { spec } = stage
  const plan = (input: Layout) => planned(stage, input)
  const planFor = plans(stage)
  const run = relay<Frames<Values>, Frames>((out) => {
    let machine: Machine | undefined
    const give = (frames: Frames | undefined) => {
      if (frames) out.next(frames)
    }
    return {
      next(frames) {
        machine ??= planFor(frames).open()
        give(machine.push(frames))
      },
      complete: () => give(machine?.close()),
    }
  })
  return Object.assign(run, { spec, plan })
}

/** Plans for streams one after the other, or beside each other, made once for all of one layout: of ten thousand keys each has a machine, not a plan. */
export function plans(stage: Stage): (first: Frames<Values>) => Plan {
  const all = new WeakMap<Layout, Plan>()
  return (first) => {
    // Before anything is planned for a layout that its data belie.
    checkBlock(stage.spec.stage, first)
    const { layout } = first
    if (!all.has(layout)) all.set(layout, guarded(stage.spec.stage, planned(stage, layout), layout))
    return all.get(layout)!
  }
}
