import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Loaded } from '../pipeline/pipeline.ts'
import { programBeside, threadArguments } from '../workers/thread.ts'
import { inStretches } from './inStretches.ts'
import type { Answer } from './mapThread.ts'
import type { Engine, Mapped, Setup, Task } from './taskEngine.ts'

/**
 * Tasks in threads that are kept from one to the next; as many as there are processors, if not said otherwise.
 * @param loaded the pipeline, where this thread has it: long recordings are then pooled by all of them
 */
export function threads(setup: Setup, width: number = availableParallelism(), loaded?: Loaded): Engine {
  const idle: Worker[] = []
  const all: Worker[] = []
  const nameOf = (worker: Worker) => `thread ${all.indexOf(worker) + 1}`

  function started(): Worker {
    const worker = new Worker(new URL(programBeside(import.meta.url, 'mapThread')), { workerData: setup, execArgv: [...threadArguments()] })
    all.push(worker)
    return worker
  }

  const engine: Engine = {
    width,
    map(task: Task) {
      const worker = idle.pop() ?? started()
      return new Promise<Mapped>((resolve, reject) => {
        const ended = (code: number) => reject(new Error(`threads: a thread ended early, with code ${code}`))
        worker.once('error', reject).once('exit', ended)
        worker.once('message', (answer: Answer) => {
          worker.off('error', reject).off('exit', ended)
          idle.push(worker)
          if ('fault' in answer) reject(new Error(answer.fault))
          else resolve({ ...answer, worker: nameOf(worker) })
        })
        worker.postMessage(task)
      })
    },
    close() {
      for (const worker of all) void worker.terminate()
    },
  }
  return loaded ? inStretches(engine, loaded) : engine
}
