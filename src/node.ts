export { loadTensors } from './files/loadTensors.ts'
export { saveTensors } from './files/saveTensors.ts'

import './poolings/registry.ts'
import './poolings/learned/learnedRegistry.ts'

export { toCounts } from './learning/counts.ts'
export { type Pool, toGated, toMixed } from './learning/proportions.ts'
export { mergeFits, toFit } from './learning/toFit.ts'
export {
  definePipeline,
  type Loaded,
  type Pipeline,
  type PipelineDefinition,
  pipelineFrom,
  type SinkSpec,
  type Source,
  type SourceName,
  type SourceSpec,
} from './pipeline/index.ts'
export { type NpyOptions, type Sink, type Summary, toCsv, toJsonl, toNpy } from './sinks/index.ts'
export { audioFiles } from './sources/audio/audioFiles.ts'
export { manifest } from './sources/audio/manifest.ts'
