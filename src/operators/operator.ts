import { concat, defer, filter, map, type Observable, type OperatorFunction, of } from 'rxjs'
import type { Frames } from '../core/frames.ts'
import { guarded, type Machine, type Stage } from '../core/stage.ts'

/** A stage that is also a function for `.pipe()`. */
export type Operator = Stage & OperatorFunction<Frames, Frames>

/**
 * Turns a stage into an RxJS operator: Frames in, Frames out, planned when the first block tells the layout.
 *
 * Nothing runs before the subscription, and each subscription has a machine of its own. What is left at the end comes when the source completes;
 * a source that completes without any block has no layout, so nothing comes. Errors of the source pass through.
 *
 * @throws (as an error of the stream) what `plan` throws, and DataError for blocks that leave a gap or weights that are none
 */
export function operator(stage: Stage): Operator {
  const run = (source: Observable<Frames>): Observable<Frames> =>
    defer(() => {
      let machine: Machine | undefined
      const push = (frames: Frames) => {
        machine ??= guarded(stage.spec.stage, stage.plan(frames.layout), frames.layout).open()
        return machine.push(frames)
      }
      return concat(
        source.pipe(map(push)),
        defer(() => of(machine?.close())),
      ).pipe(filter((frames): frames is Frames => frames !== undefined))
    })
  return Object.assign(run, { spec: stage.spec, plan: stage.plan })
}

/** A function that makes stages, as one that makes operators. */
export type Callable<Make extends (...args: never[]) => Stage> = (...args: Parameters<Make>) => Operator

export function callable<Args extends unknown[]>(make: (...args: Args) => Stage): (...args: Args) => Operator {
  return (...args) => operator(make(...args))
}
