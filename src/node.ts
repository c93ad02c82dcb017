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
export { type Sink, type Summary, toCsv, toJsonl, toNpy } from './sinks/index.ts'
export { audioFiles } from './sources/files.ts'
export { manifest } from './sources/manifest.ts'
