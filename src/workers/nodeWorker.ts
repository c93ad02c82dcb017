// What a thread of Node runs, `poolwise/worker.js` there: whole pipelines, with all that they load.
import '../poolings/registry.ts'
import '../poolings/learned/learnedRegistry.ts'
import { parentPort } from 'node:worker_threads'
import { defer } from 'rxjs'
import { workingDirectory } from '../pipeline/module.ts'
import { pipelineFrom } from '../pipeline/pipeline.ts'
import { loadAll, noLoads, stageOf } from '../pipeline/stages.ts'
import { serveFrames, serveSource, type Task } from './answering.ts'

parentPort!.once('message', ({ port, definition, base = workingDirectory(), inputs, taken }: Task) => {
  if (taken)
    return serveSource(
      port,
      taken,
      defer(() => pipelineFrom(definition, base).run(inputs)),
    )
  serveFrames(port, async () => {
    const loads = noLoads()
    const make = () => definition.stages.map((spec, i) => stageOf(`stages[${i}]`, spec, loads))
    make()
    await loadAll(loads, base)
    return make().map((stage) => stage!)
  })
})
