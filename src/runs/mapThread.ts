// A thread of the engine `threads`: makes the pipeline of its JSON, says that it has, then maps the tasks that come.
import { parentPort, workerData } from 'node:worker_threads'
import { pipelineFrom } from '../pipeline/pipeline.ts'
import { mapTask } from './mapTask.ts'
import type { Mapped, Setup, Task } from './taskEngine.ts'

/** What a thread answers: what came of its task, or why nothing did. */
export type Answer = Mapped | { readonly fault: string }

const { definition, base } = workerData as Setup
const loaded = pipelineFrom(definition, base).load()

// Heard from the start: Deno drops what comes before.
parentPort!.on('message', async (task: Task) => {
  const answer: Answer = await loaded.then((pipeline) => mapTask(pipeline, task)).catch((cause: Error) => ({ fault: cause.message }))
  parentPort!.postMessage(answer)
})

// Why it could not be made, each task is told.
await loaded.catch(() => {})
parentPort!.postMessage('loaded')
