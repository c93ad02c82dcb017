// What a Web Worker runs, `poolwise/worker.js` in browsers: pipelines of stages by their names, which load no files.
import '../poolings/registry.ts'
import { part } from '../pipeline/part.ts'
import { type StageLike, stageFrom } from '../stages/stageFrom.ts'
import { serveFrames, type Task } from './answering.ts'

addEventListener('message', ({ data: { port, definition } }: MessageEvent<Task>) =>
  serveFrames(port, async () => {
    if (definition.source !== undefined)
      throw new TypeError('inWorker: expected a pipeline without a source, since those of pipelines read files, got one in a Web Worker')
    return definition.stages.map((spec, i) => part(`stages[${i}]`, () => stageFrom(spec as StageLike)))
  }),
)
