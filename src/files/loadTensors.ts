import { readFile } from 'node:fs/promises'
import { refusal } from '../core/check.ts'
import { parseWeights, type Weights } from './safetensors.ts'

/**
 * Reads a safetensors file: a fit, or weights trained elsewhere. Node only.
 *
 * @throws (by rejection) Error where it cannot be read; as {@link parseWeights}
 * @example
 * removeComponents({ fit: await loadWeights('sif.safetensors') })
 */
export async function loadWeights(path: string): Promise<Weights> {
  if (typeof path !== 'string' || path === '') throw refusal('loadWeights', 'path must be the path of a file', path)
  const bytes = await readFile(path).catch((cause: Error) => {
    throw new Error(`loadWeights: expected a file that can be read, got ${cause.message}`, { cause })
  })
  return parseWeights(bytes, path)
}
