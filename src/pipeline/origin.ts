import { dirname, relative, resolve, sep } from 'node:path'
import { tried } from '../core/check.ts'
import { isStore, storeAddress } from '../sinks/stores/storeAddress.ts'
import type { Origin } from '../sinks/tableSink.ts'
import type { Pipeline } from './pipeline.ts'
import { sourceOf } from './sources.ts'
import { noLoads, pathFrom, shipped, stageOf } from './stages.ts'

/**
 * What a file of vectors says of the pipeline that they come from. Where that names files by paths, it says from where on, so that the folders may be moved together;
 * where it does not, the file is the same wherever it is written.
 *
 * A pipeline with parts that are no JSON, such as a pooling that a program made, cannot be told, and is not.
 *
 * @param definition a pipeline as plain JSON
 * @param base URL of the pipeline's file, or folder
 * @param path of the file of vectors, or the address of their table; of one on a server paths are whole
 */
export function originOf(definition: unknown, base: string, path: string): Origin {
  const files = tried(definition as Pipeline, namesFiles)
  if (files === undefined) return {}
  if (!files) return { pipeline: definition }
  const start = pathFrom(base, '.')
  const place = placeOf(path)
  const from = place === undefined ? resolve(start) : relative(dirname(resolve(place)), start)
  return { pipeline: definition, base: from === '' ? '.' : from.split(sep).join('/') }
}

/** Where on this machine a collection is, if it is a file or a folder. */
export function placeOf(path: string): string | undefined {
  if (!isStore(path)) return path
  const { kind, place } = storeAddress('path', path)
  return kind === 'postgres' ? undefined : place
}

function namesFiles({ source, stages }: Pipeline): boolean {
  const loads = noLoads()
  sourceOf(source, loads)
  stages.forEach((stage, i) => void stageOf(`stages[${i}]`, stage, loads))
  const { models, modules, configs, fit, tensors } = loads
  return [models, modules, configs, fit, tensors].some((all) => [...all.keys()].some((name) => !shipped.has(name)))
}
