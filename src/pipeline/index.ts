export { definePipeline, type Loaded, type Pipeline, type PipelineDefinition, pipelineFrom } from './pipeline.ts'
export type { SinkSpec } from './sinks.ts'
export type { Source, SourceName, SourceSpec } from './sources.ts'
