// One thread of --concurrency: makes the pipeline of its JSON, then pools the sequences it is told to, by their number.
import { parentPort, workerData } from 'node:worker_threads'
import { lastValueFrom, of, toArray } from 'rxjs'
import { hearNotes } from '../core/notes.ts'
import { pipelineFrom } from '../pipeline/pipeline.ts'
import { type Listener, vectorsFrom } from '../pipeline/vectorsFrom.ts'
import type { Vector } from '../streams/toVectors.ts'

export interface Task {
  readonly definition: unknown
  readonly base: string
  readonly inputs: readonly string[]
}

/** A vector without its names, which are the same for all of a sequence; or why there are no more. */
export type Item = Omit<Vector, 'names'> | { readonly id: string; readonly error: string }

export interface Share {
  readonly index: number
  readonly names: readonly string[]
  readonly items: readonly Item[]
  readonly notes: readonly string[]
  readonly heard: number
}

const { definition, base, inputs } = workerData as Task
const loaded = pipelineFrom(definition, base)
  .load()
  .then(async ({ source, stages }) => ({ stages, sequences: await lastValueFrom(source.open(inputs).pipe(toArray())) }))

// Heard from the start: Deno drops what comes before.
parentPort!.on('message', async (index: number) => {
  const { stages, sequences } = await loaded
  const notes: string[] = []
  let heard = 0
  let names: readonly string[] = []
  const listener: Listener = {
    heard(time) {
      heard += time
    },
    note: (text) => notes.push(text),
    done() {},
  }
  hearNotes(listener.note)
  const all = await lastValueFrom(of(sequences[index]!).pipe(vectorsFrom(stages, listener), toArray()))
  const items = all.map((item): Item => {
    if ('error' in item) return { id: item.id, error: item.error.message }
    const { names: own, ...vector } = item
    names = own
    return vector
  })
  parentPort!.postMessage({ index, names, items, notes, heard } satisfies Share)
})
