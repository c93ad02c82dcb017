import { Worker } from 'node:worker_threads'
import { Observable } from 'rxjs'
import type { Listener } from '../pipeline/vectorsFrom.ts'
import type { Failure } from '../streams/eachSequence.ts'
import type { Vector } from '../streams/toVectors.ts'
import { threadArguments } from '../workers/thread.ts'
import type { Share, Task } from './worker.ts'

/** Sequences that may be done before their turn, for each thread: enough to keep it busy, few enough to keep. */
const ahead = 4

/**
 * Pools the `count` sequences of a task in threads, each taking the next sequence when it has done one. They come out in the order of the inputs.
 * An error of a thread ends the stream; unsubscribing ends the threads. Once it is stopped, none takes another one.
 */
export function byWorkers(
  task: Task,
  count: number,
  threads: number,
  { heard, note, done: through, stopped }: Listener,
): Observable<Vector | Failure> {
  return new Observable((subscriber) => {
    const workers = Array.from(
      { length: Math.min(threads, count) },
      () => new Worker(workerFile, { workerData: task, execArgv: [...threadArguments()] }),
    )
    const idle: Worker[] = [...workers]
    const done = new Map<number, Share>()
    let given = 0
    let emitted = 0

    function give(): void {
      while (!stopped?.aborted && idle.length > 0 && given < count && given < emitted + ahead * workers.length)
        idle.pop()!.postMessage(given++)
    }

    function completeIfDone(): void {
      if (emitted === (stopped?.aborted ? given : count)) subscriber.complete()
    }

    function emit({ names, items, notes, heard: time }: Share): void {
      heard(time)
      for (const item of items) {
        if ('error' in item) subscriber.next({ id: item.id, error: new Error(item.error) })
        else subscriber.next({ ...item, names })
      }
      notes.forEach(note)
      through()
    }

    for (const worker of workers) {
      worker.on('message', (share: Share) => {
        idle.push(worker)
        done.set(share.index, share)
        for (let next = done.get(emitted); next; next = done.get(emitted)) {
          done.delete(emitted++)
          emit(next)
        }
        give()
        completeIfDone()
      })
      worker.on('error', (error) => subscriber.error(error))
      worker.on('exit', (code) => subscriber.error(new Error(`--concurrency: a thread ended early, with code ${code}`)))
    }
    give()
    completeIfDone()
    stopped?.addEventListener('abort', completeIfDone)
    return () => {
      stopped?.removeEventListener('abort', completeIfDone)
      for (const worker of workers) void worker.terminate()
    }
  })
}

// Built, this file and the thread's stand beside each other as .js; from source as .ts.
const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
const workerFile = new URL(`./worker${ending}`, import.meta.url)
