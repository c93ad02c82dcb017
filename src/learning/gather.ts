import { concat, defer, filter, map, type Observable, type OperatorFunction, of } from 'rxjs'
import { tried } from '../core/check.ts'
import type { Frames, Layout, Values } from '../core/frames.ts'
import { chain, planOf, type Stage } from '../core/stage.ts'
import type { TensorFile } from '../files/safetensors.ts'
import { eachSequence, type Failure, type Sequence } from '../streams/eachSequence.ts'

/** What is gathered over a corpus, sequence by sequence. */
export interface Gathering<Part extends object> {
  /** A sequence before any frame, as plain data. */
  start(input: Layout): Part
  add(part: Part, frames: Frames<Values>): void
  /** Takes in a sequence that has come to its end; one that fails never comes here. */
  end(part: Part): void
  result(): TensorFile | Promise<TensorFile>
}

/** Gathers what the stages give of each sequence; failures come out as they happen, the result at the end. */
export function gather<Part extends object>(
  stages: readonly Stage[],
  begin: () => Gathering<Part>,
): OperatorFunction<Sequence | Frames<Values>, TensorFile | Failure> {
  // What are no stages is refused before any data flow.
  const all = chain(...stages)
  return (source) =>
    defer(() => {
      const gathering = begin()
      const failures = source.pipe(
        map((item, i) => (tried(item, isBlock) ? { id: String(i), frames: of(item as Frames) as Observable<Frames> } : (item as Sequence))),
        eachSequence(all, stageOf(gathering)),
        filter((item): item is Failure => 'error' in item),
      )
      return concat(
        failures,
        defer(async () => gathering.result()),
      )
    })
}

function isBlock(item: object): boolean {
  return 'data' in item
}

/** A stage that gives nothing. */
function stageOf<Part extends object>(gathering: Gathering<Part>): Stage {
  const spec = { stage: 'gather' }
  return {
    spec,
    plan: (input) =>
      planOf({
        spec,
        input,
        layout: input,
        reach: { size: Infinity, stride: Infinity, latency: Infinity },
        wide: true,
        start: () => gathering.start(input),
        run: (part) => ({
          push(frames: Frames<Values>) {
            gathering.add(part, frames)
            return undefined
          },
          close() {
            gathering.end(part)
            return undefined
          },
        }),
      }),
  }
}
