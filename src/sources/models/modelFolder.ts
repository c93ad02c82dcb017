import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DataError } from '../../core/check.ts'
import { unreadable } from '../../files/unreadable.ts'
import { type ModelFiles, modelFrom, staticModel as ofFiles, type StaticModel } from './staticModel.ts'

const who = 'staticModel'

/**
 * The static sentence model in a folder, or from what `staticModel` of `poolwise` takes: files at hand, or the address of their folder.
 *
 * Shape: a text → one frame a token, 1 plane × dimensions ('dim0', …) × 1 channel. The sources of text take it as their `model`.
 *
 * @param source the path of a folder; files, or a URL
 * @throws as `staticModel` of `poolwise`; by rejection Error where there is no such folder
 * @example
 * const model = await staticModel('./potion-base-8M')
 * texts(['The sea rises.'], { model }).pipe(eachSequence(globalPool(model.pooling), l2Normalize()), toVectors())
 */
export async function staticModel(source: string | ModelFiles | URL): Promise<StaticModel> {
  if (typeof source !== 'string') return ofFiles(source)
  await folderAt(source)
  return modelFrom(source, async (path) => {
    try {
      return await readFile(join(source, path))
    } catch (cause) {
      if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined
      throw new DataError(unreadable(who, join(source, path), cause as Error), { cause })
    }
  })
}

async function folderAt(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) return
  const hint = /^[\w.-]+\/[\w.-]+$/.test(path)
    ? `; hf download ${path} --local-dir ${path.split('/')[1]} fetches a model of the Hugging Face Hub`
    : ''
  throw new Error(`${who}: expected the folder of a model, got ${found ? 'a file' : 'none'} at ${resolve(path)}${hint}`)
}
