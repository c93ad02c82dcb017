export type { Accumulator, Rows, Run } from './core/accumulators.ts'
export { DataError, type Json } from './core/check.ts'
export type { Size } from './core/duration.ts'
export {
  blocks,
  type Clock,
  type Frames,
  type FramesOptions,
  frames,
  type Layout,
  type LayoutOptions,
  laneNames,
  layoutOf,
  type Names,
  signal,
  type Values,
} from './core/frames.ts'
export { slice, spanOf } from './core/framesAtHand.ts'
export type { OptionsOf } from './core/options.ts'
export type {
  About,
  AccumulatedDefinition,
  Measure,
  Outputs,
  Pooling,
  PoolingDefinition,
  PoolingSpec,
} from './core/pooling.ts'
export { definePooling } from './core/poolingOfOnesOwn.ts'
export type { Saved } from './core/saved.ts'
export { apply, type Machine, open, type Plan, type Reach, type Stage, type StageSpec } from './core/stage.ts'
export type { WindowOptions } from './core/window.ts'
export { type FileTensor, formatTensors, parseTensors, type TensorFile } from './files/safetensors.ts'
export { ready as kernelsReady } from './kernels/arena.ts'
export type { PoolingLike, PoolingName } from './poolings/named.ts'
export * from './stages/index.ts'
export { type Vectors, vectorsOf } from './stages/vectors/embed.ts'
export { eachSequence, type Failure, type Origin, type Pooled, type Sequence } from './streams/eachSequence.ts'
export { type FromHereOptions, fromHere } from './streams/fromHere.ts'
export { type Latencies, type LatencyOptions, latency } from './streams/latency.ts'
export { type Operator, operator } from './streams/operator.ts'
export { pullVectors } from './streams/pullVectors.ts'
export { restart } from './streams/restart.ts'
export { toFrames } from './streams/toFrames.ts'
export { toVectors, type Vector } from './streams/toVectors.ts'
export { wallTime } from './streams/wallTime.ts'
export { eventClock } from './windows/eventClock.ts'
