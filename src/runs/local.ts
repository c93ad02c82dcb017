import type { Loaded } from '../pipeline/pipeline.ts'
import { mapTask } from './mapTask.ts'
import type { Engine } from './taskEngine.ts'

/** Tasks one after the other, in this process. */
export function local(loaded: Loaded): Engine {
  return { width: 1, map: (task) => mapTask(loaded, task), close() {} }
}
