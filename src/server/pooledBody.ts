import type { Observable } from 'rxjs'
import { tap } from 'rxjs'
import { laneNames } from '../core/frames.ts'
import { chain } from '../core/stage.ts'
import type { Loaded } from '../pipeline/pipeline.ts'
import { vectorsFrom } from '../pipeline/vectorsFrom.ts'
import { vectorText } from '../sinks/toJsonl.ts'
import type { Failure, Sequence } from '../streams/eachSequence.ts'
import type { Vector } from '../streams/toVectors.ts'

interface Watch {
  /** Told of the seconds or tokens that go by; what it throws ends the run. */
  readonly heard: (time: number) => void
  readonly stopped: AbortSignal
}

/**
 * The vectors of sequences, as `{"names":[…],"vectors":[{"id","start","end","weight","vector"}]}`; with `"notes"` where there is something to say, as of a recording that is shorter than a window.
 * @throws (by rejection) the first failure of a sequence; DataError for a vector that JSON cannot hold; why it was stopped
 */
export function pooledText({ source, stages }: Loaded, sequences: Observable<Sequence>, { heard, stopped }: Watch): Promise<string> {
  const texts: string[] = []
  const notes: string[] = []
  let names: readonly string[] | undefined
  const take = (item: Vector | Failure) => {
    if ('error' in item) throw item.error
    names ??= item.names
    texts.push(vectorText('vectors', item))
  }
  const items = sequences.pipe(vectorsFrom(stages, { heard, note: (text) => notes.push(text), done() {} }), tap(take))
  return new Promise((resolve, reject) => {
    stopped.throwIfAborted()
    const running = items.subscribe({
      error: reject,
      complete() {
        const ofNone = () => laneNames(chain(...stages).plan(source.layout).layout)
        const more = notes.length > 0 ? `,"notes":${JSON.stringify(notes)}` : ''
        resolve(`{"names":${JSON.stringify(names ?? ofNone())},"vectors":[${texts.join(',')}]${more}}`)
      },
    })
    stopped.addEventListener('abort', () => {
      running.unsubscribe()
      reject(stopped.reason)
    })
  })
}
