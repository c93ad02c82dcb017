export { toCounts } from './operators/counts.ts'
export { mergeFits, toFit } from './operators/fit.ts'
export { type Pool, toGated, toMixed } from './operators/proportions.ts'
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
export { saveWeights } from './sinks/weights.ts'
export { audioFiles } from './sources/files.ts'
export { manifest } from './sources/manifest.ts'
export { loadWeights } from './sources/weights.ts'
