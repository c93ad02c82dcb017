import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { programBeside, threadArguments } from '../workers/thread.ts'
import type { Answer } from './mapThread.ts'
import type { Engine, Mapped, Setup, Task } from './taskEngine.ts'

/** What runs tasks, one after the other. */
interface Runner {
  run(task: Task): Promise<Mapped>
  /** Why it runs no more. */
  readonly ended?: Error | undefined
}

/**
 * Tasks in threads that are kept from one to the next; as many as there are processors, if not said otherwise.
 *
 * A thread takes longer to load its pipeline than many short inputs take to be pooled, so it is given nothing before it has, and what waits goes to whoever is free first.
 *
 * @param here runs tasks in this thread, where it is one of them
 */
export function threads(setup: Setup, width: number = availableParallelism(), here?: Runner['run']): Engine {
  const all: Runner[] = here ? [{ run: here }] : []
  const free = [...all]
  const waiting: ((runner: Runner) => void)[] = []
  const started: Thread[] = []
  let running = all.length

  function start(): void {
    running++
    const thread = new Thread(setup)
    started.push(thread)
    all.push(thread)
    void thread.loaded.then(() => put(thread))
  }

  function put(runner: Runner): void {
    const next = waiting.shift()
    if (next) next(runner)
    else free.push(runner)
  }

  return {
    width,
    async map(task: Task) {
      let runner = free.pop()
      if (!runner) {
        if (running < width) start()
        runner = await new Promise<Runner>((go) => waiting.push(go))
      }
      try {
        return { ...(await runner.run(task)), worker: `thread ${all.indexOf(runner) + 1}` }
      } finally {
        if (!runner.ended) put(runner)
        else {
          running--
          if (waiting.length > 0) start()
        }
      }
    },
    close() {
      for (const thread of started) thread.end()
    },
  }
}

/** A thread with a pipeline of its own. */
class Thread implements Runner {
  readonly #worker: Worker
  /** When it can run tasks, or runs no more. */
  readonly loaded: Promise<unknown>
  ended: Error | undefined
  #failed: ((cause: Error) => void) | undefined

  constructor(setup: Setup) {
    this.#worker = new Worker(new URL(programBeside(import.meta.url, 'mapThread')), { workerData: setup, execArgv: [...threadArguments()] })
    const end = (cause: Error) => {
      this.ended ??= cause
      this.#failed?.(cause)
    }
    this.#worker.on('error', end).on('exit', (code) => end(new Error(`threads: a thread ended early, with code ${code}`)))
    this.loaded = this.#said().catch(() => {})
  }

  async run(task: Task): Promise<Mapped> {
    this.#worker.postMessage(task)
    const answer = (await this.#said()) as Answer
    if ('fault' in answer) throw new Error(answer.fault)
    return answer
  }

  end(): void {
    void this.#worker.terminate()
  }

  /** The next that it says. */
  #said(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.ended) reject(this.ended)
      this.#failed = reject
      this.#worker.once('message', resolve)
    })
  }
}
