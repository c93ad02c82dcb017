import { refusal } from '../core/check.ts'
import { writeWhole } from './output.ts'
import { formatTensors, type TensorFile } from './safetensors.ts'

/**
 * Writes a safetensors file, whole or not at all: what stood there stays until the new one is on disk. Node only.
 *
 * @throws Error where the path cannot be written, or '-' is no standard output
 * @example
 * saveTensors('sif.safetensors', weights)
 */
export function saveTensors(path: string, weights: TensorFile): void {
  if (typeof path !== 'string' || path === '') throw refusal('saveTensors', 'path must be the path of a file', path)
  writeWhole('saveTensors', path, formatTensors(weights))
}
