import { resolve } from 'node:path'
import type { OperatorFunction } from 'rxjs'
import { type Json, refusal, show } from '../core/check.ts'
import type { Pooling, PoolingSpec } from '../core/pooling.ts'
import type { Stage, StageSpec } from '../core/stage.ts'
import { toGated, toMixed } from '../learning/proportions.ts'
import type { PoolingLike } from '../poolings/named.ts'
import type { Flow } from '../stages/nested/nestStage.ts'
import { nestingOf, stageFrom } from '../stages/stageFrom.ts'
import type { Failure, Sequence } from '../streams/eachSequence.ts'
import { part } from './part.ts'
import type { Pipeline, PipelineDefinition } from './pipeline.ts'
import { isProportional, type Proportional } from './proportional.ts'
import type { SourceSpec } from './sources.ts'
import { pathFrom } from './stages.ts'

/** A file that a pipeline names and that is made by a pass over a corpus. */
export interface Fitted {
  /** As the pipeline has it. */
  readonly path: string
  /** Statistics of frames, counts of words, or the proportions of a pooling. */
  readonly of: 'frames' | 'words' | 'proportions'
  /** What the pipeline does before it needs the file. */
  readonly before: PipelineDefinition
  /** The stage whose pooling is learned, and where it stands. */
  readonly stage?: StageSpec
  readonly at?: string
}

/**
 * The file that is meant by `out`: the one of that path, or the only one.
 *
 * @param base URL of the file that the pipeline is from
 * @throws TypeError where the pipeline names no file, or several others
 */
export function fittedBy({ source, stages }: Pick<Pipeline, 'source' | 'stages'>, base: string, out: string): Fitted {
  const placed = places('stages', stages, 'series', [])
  const all: Fitted[] = placed.flatMap(({ at, stage, after }): Fitted[] => {
    const before = { source, stages: after }
    const { fit, pooling } = stage
    if (typeof fit === 'string') return [{ path: fit, of: 'frames', before }]
    return isProportional(pooling) ? [{ path: pooling.fit, of: 'proportions', before, stage, at }] : []
  })
  if ('weights' in source && typeof source.weights === 'object') {
    const { weights, ...unweighted } = source
    all.unshift({ path: weights.sif, of: 'words', before: { source: unweighted as SourceSpec, stages: [] } })
  }
  if (all.length === 0)
    throw new TypeError(
      `fit: expected a pipeline with a fitted stage, such as { "stage": "removeComponents", "fit": ${show(out)} }, got ${show(placed.map(({ stage }) => stage.stage))}`,
    )
  const meant = all.length === 1 ? all[0] : all.find(({ path }) => pathFrom(base, path) === resolve(out))
  if (!meant) throw refusal('fit', `--out must be one of the files that the pipeline names, ${all.map(({ path }) => path).join(', ')}`, out)
  return meant
}

/**
 * What learns the pooling of a stage.
 * @throws TypeError or RangeError for parts and taps that are none
 */
export function learner({ at = '', stage }: Fitted, stages: readonly Stage[]): OperatorFunction<Sequence, PoolingSpec | Failure> {
  const { pooling, ...rest } = stage!
  const pool = (learned: Pooling) => stageFrom({ ...rest, pooling: learned as unknown as Json } as StageSpec)
  const wanted = pooling as unknown as Proportional
  return part(at, () =>
    wanted.pooling === 'mixed' ? toMixed(wanted.parts as readonly PoolingLike[], pool, ...stages) : toGated(wanted.taps, pool, ...stages),
  )
}

interface Place {
  readonly at: string
  readonly stage: StageSpec
  /** What its frames have been through. */
  readonly after: readonly StageSpec[]
}

/** Every stage that is not made of others, however far inside. */
function places(at: string, stages: readonly StageSpec[], flow: Flow, after: readonly StageSpec[]): Place[] {
  return stages.flatMap((stage, i) => {
    const own = { at: `${at}[${i}]`, stage, after: flow === 'series' ? [...after, ...stages.slice(0, i)] : after }
    const inner = nestingOf(stage.stage)
    return inner ? places(`${own.at}.stages`, stage.stages as unknown as StageSpec[], inner.flow, own.after) : [own]
  })
}
