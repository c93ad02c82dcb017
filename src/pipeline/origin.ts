import { dirname, relative, resolve, sep } from 'node:path'
import type { Origin } from '../sinks/toParquet.ts'
import type { Pipeline } from './pipeline.ts'
import { sourceOf } from './sources.ts'
import { noLoads, pathFrom, shipped, stageOf } from './stages.ts'

/**
 * What a file of vectors says of the pipeline that they come from. Where that names files by paths, it says from where on, so that the folders may be moved together;
 * where it does not, the file is the same wherever it is written.
 *
 * @param base URL of the pipeline's file, or folder
 * @param path of the file of vectors
 */
export function originOf(pipeline: Pipeline, base: string, path: string): Origin {
  if (!namesFiles(pipeline)) return { pipeline }
  const from = relative(dirname(resolve(path)), pathFrom(base, '.'))
  return { pipeline, base: from === '' ? '.' : from.split(sep).join('/') }
}

function namesFiles({ source, stages }: Pipeline): boolean {
  const loads = noLoads()
  sourceOf(source, loads)
  stages.forEach((stage, i) => void stageOf(`stages[${i}]`, stage, loads))
  const { models, modules, configs, fit, tensors } = loads
  return [models, modules, configs, fit, tensors].some((all) => [...all.keys()].some((name) => !shipped.has(name)))
}
