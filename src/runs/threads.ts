import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { programBeside, threadArguments } from '../workers/thread.ts'
import type { Answer } from './mapThread.ts'
import type { Engine, Mapped, Setup, Task } from './taskEngine.ts'

/** Tasks in threads that are kept from one to the next; as many as there are processors, if not said otherwise. */
export function threads(setup: Setup, width: number = availableParallelism()): Engine {
  const idle: Worker[] = []
  const all: Worker[] = []
  const nameOf = (worker: Worker) => `thread ${all.indexOf(worker) + 1}`

  function started(): Worker {
    const worker = new Worker(new URL(programBeside(import.meta.url, 'mapThread')), { workerData: setup, execArgv: [...threadArguments()] })
    all.push(worker)
    return worker
  }

  return {
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
}
