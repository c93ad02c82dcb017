import { refusal } from '../core/check.ts'
import { writeWhole } from './output.ts'
import { formatWeights, type Weights } from './safetensors.ts'

/**
 * Writes a safetensors file, whole or not at all: what stood there stays until the new one is on disk. Node only.
 *
 * @throws Error where the path cannot be written, or '-' is no standard output
 * @example
 * saveWeights('sif.safetensors', weights)
 */
export function saveWeights(path: string, weights: Weights): void {
  if (typeof path !== 'string' || path === '') throw refusal('saveWeights', 'path must be the path of a file', path)
  writeWhole('saveWeights', path, formatWeights(weights))
}
