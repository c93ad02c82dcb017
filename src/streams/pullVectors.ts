import { of } from 'rxjs'
import { refusal, tried } from '../core/check.ts'
import type { Frames } from '../core/frames.ts'
import { chain, type Machine, open, type Stage } from '../core/stage.ts'
import { toVectors, type Vector } from './toVectors.ts'

/**
 * Vectors for who asks: the source is read no faster than vectors are taken, so nothing queues, however slow the taker is. For `for await` with something asynchronous in it, where an Observable would go on.
 *
 * Shape: blocks of frames, as `pcm`, `decodeAudio` and `replay` give them to who iterates over them → vectors with times and names. What the last stage gives of a block waits until it is taken.
 * No blocks give no vectors. Leaving the loop closes the source.
 *
 * @throws TypeError where the source is no async iterable, and for what is no stage; from the loop what the source and its stages throw
 * @example
 * pullVectors((async function* () { yield frames([1, 5, 2, 4]) })(), pool1d('max', { size: 2 }))
 */
export function pullVectors(source: AsyncIterable<Frames>, ...stages: readonly Stage[]): AsyncGenerator<Vector, void, undefined> {
  if (!tried(source, (given) => typeof given[Symbol.asyncIterator] === 'function'))
    throw refusal('pullVectors', 'source must be an async iterable of frames', source)
  return pulling(source, chain(...stages))
}

async function* pulling(source: AsyncIterable<Frames>, stage: Stage): AsyncGenerator<Vector, void, undefined> {
  const named = toVectors<Frames>()
  const vectorsIn = (block: Frames | undefined): readonly Vector[] => {
    const found: Vector[] = []
    if (block)
      of(block)
        .pipe(named)
        .subscribe((vector) => found.push(vector))
    return found
  }
  let machine: Machine | undefined
  for await (const block of source) {
    machine ??= open(stage, block.layout)
    yield* vectorsIn(machine.push(block))
  }
  yield* vectorsIn(machine?.close())
}
