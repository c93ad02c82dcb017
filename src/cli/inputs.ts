import { checkApart } from '../files/apart.ts'
import type { Loaded, Pipeline } from '../pipeline/pipeline.ts'
import { endedBySignal } from './signals.ts'

/** The inputs of a pipeline: those of the command line, else its own. */
export function inputsOf({ source }: Pipeline, files: readonly string[]): readonly string[] {
  const inputs = files.length > 0 ? files : (source.inputs ?? [])
  if (inputs.length === 0) throw new TypeError('inputs: expected files, on the command line or as the inputs of the source, got none')
  return inputs
}

/** A pipeline ready to run, once it is sure that no file it reads is written to. */
export async function loadedApart(
  pipeline: Pipeline,
  inputs: readonly string[],
  outputs: readonly string[],
  own: readonly string[],
): Promise<Loaded> {
  endedBySignal(inputs)
  const loaded = await pipeline.load()
  checkApart([...own, ...loaded.files, ...inputs, ...(await loaded.source.files(inputs))], outputs)
  return loaded
}
