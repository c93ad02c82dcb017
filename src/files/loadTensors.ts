import { readFile } from 'node:fs/promises'
import { refusal } from '../core/check.ts'
import { parseTensors, type TensorFile } from './safetensors.ts'
import { unreadable } from './unreadable.ts'

/**
 * Reads a safetensors file: a fit, or weights trained elsewhere. Node only.
 *
 * @throws (by rejection) Error where it cannot be read; as {@link parseTensors}
 * @example
 * removeComponents({ fit: await loadTensors('sif.safetensors') })
 */
export async function loadTensors(path: string): Promise<TensorFile> {
  if (typeof path !== 'string' || path === '') throw refusal('loadTensors', 'path must be the path of a file', path)
  const bytes = await readFile(path).catch((cause: Error) => {
    throw new Error(unreadable('loadTensors', path, cause), { cause })
  })
  return parseTensors(bytes, path)
}
