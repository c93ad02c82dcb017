import { resolve } from 'node:path'
import type { OperatorFunction } from 'rxjs'
import { type Json, refusal, show } from '../core/check.ts'
import type { Pooling, PoolingSpec } from '../core/pooling.ts'
import type { Stage, StageSpec } from '../core/stage.ts'
import { toGated, toMixed } from '../learning/proportions.ts'
import type { PoolingLike } from '../poolings/named.ts'
import { stageFrom } from '../stages/stageFrom.ts'
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
  /** The stage whose pooling is learned. */
  readonly stage?: StageSpec
}

/**
 * The file that is meant by `out`: the one of that path, or the only one.
 *
 * @param base URL of the file that the pipeline is from
 * @throws TypeError where the pipeline names no file, or several others
 */
export function fittedBy({ source, stages }: Pick<Pipeline, 'source' | 'stages'>, base: string, out: string): Fitted {
  const flat = withoutChains(stages)
  const all: Fitted[] = flat.flatMap((stage, i): Fitted[] => {
    const before = { source, stages: flat.slice(0, i) }
    const { fit, pooling } = stage
    if (typeof fit === 'string') return [{ path: fit, of: 'frames', before }]
    return isProportional(pooling) ? [{ path: pooling.fit, of: 'proportions', before, stage }] : []
  })
  if ('weights' in source && typeof source.weights === 'object') {
    const { weights, ...unweighted } = source
    all.unshift({ path: weights.sif, of: 'words', before: { source: unweighted as SourceSpec, stages: [] } })
  }
  if (all.length === 0)
    throw new TypeError(
      `fit: expected a pipeline with a fitted stage, such as { "stage": "removeComponents", "fit": ${show(out)} }, got ${show(flat.map(({ stage }) => stage))}`,
    )
  const meant = all.length === 1 ? all[0] : all.find(({ path }) => pathFrom(base, path) === resolve(out))
  if (!meant) throw refusal('fit', `--out must be one of the files that the pipeline names, ${all.map(({ path }) => path).join(', ')}`, out)
  return meant
}

/**
 * What learns the pooling of a stage.
 * @throws TypeError or RangeError for parts and taps that are none
 */
export function learner({ before, stage }: Fitted, stages: readonly Stage[]): OperatorFunction<Sequence, PoolingSpec | Failure> {
  const { pooling, ...rest } = stage!
  const pool = (learned: Pooling) => stageFrom({ ...rest, pooling: learned as unknown as Json } as StageSpec)
  const wanted = pooling as unknown as Proportional
  return part(`stages[${before.stages.length}]`, () =>
    wanted.pooling === 'mixed' ? toMixed(wanted.parts as readonly PoolingLike[], pool, ...stages) : toGated(wanted.taps, pool, ...stages),
  )
}

function withoutChains(stages: readonly StageSpec[]): StageSpec[] {
  return stages.flatMap((spec) => (spec.stage === 'chain' ? withoutChains(spec.stages as unknown as StageSpec[]) : [spec]))
}
