import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DataError } from '../../core/check.ts'
import { unreadable } from '../../files/unreadable.ts'
import { type ModelModules, modelModules, type ReadFile } from './modelModules.ts'
import { type Address, type ModelFiles, modelFrom, staticModel as ofFiles, type StaticModel } from './staticModel.ts'

import { transformerModel } from './transformerModel.ts'
import type { TransformerModel } from './wholeTexts.ts'

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
export async function staticModel(source: string | ModelFiles | Address): Promise<StaticModel> {
  if (typeof source !== 'string') return ofFiles(source)
  await folderAt(source)
  return modelFrom(source, filesIn(source))
}

function filesIn(folder: string): ReadFile {
  return async (path) => {
    try {
      return await readFile(join(folder, path))
    } catch (cause) {
      if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined
      throw new DataError(unreadable(who, join(folder, path), cause as Error), { cause })
    }
  }
}

/** How a model says that its tokens become a vector: by their mean, or as a file of its says, by its path; and whether that has length 1. */
export type ModelTold = Pick<ModelModules, 'pooling' | 'normalize'>

export async function toldBy(folder: string): Promise<ModelTold> {
  const { pooling, normalize } = await modulesIn(folder)
  return { normalize, ...(pooling !== undefined && { pooling: join(folder, pooling) }) }
}

const onnxFiles = [
  ['onnx/model.onnx', 'fp32'],
  ['onnx/model_quantized.onnx', 'q8'],
] as const

/** Of the files of a transformer the one that is run, and what it is called there. */
async function onnxIn(folder: string): Promise<(typeof onnxFiles)[number] | undefined> {
  for (const one of onnxFiles) if (await stat(join(folder, one[0])).catch(() => undefined)) return one
  return undefined
}

async function modulesIn(folder: string): Promise<ModelModules> {
  await folderAt(folder)
  return modelModules(who, folder, filesIn(folder), (await onnxIn(folder)) !== undefined)
}

/** The model in a folder, whichever it is by its files: a static one, or a transformer in ONNX form. */
export async function modelIn(folder: string): Promise<StaticModel | TransformerModel> {
  const { kind } = await modulesIn(folder)
  if (kind === 'static') return staticModel(folder)
  const onnx = await onnxIn(folder)
  if (onnx) return transformerModel(folder, onnx[1])
  throw new Error(`${who}: expected a transformer in ONNX form, such as ${onnxFiles[0][0]}, got none in ${resolve(folder)}`)
}

/** The files that a model is loaded from. */
export async function filesOfModel(folder: string): Promise<readonly string[]> {
  const { kind, folder: own, pooling } = await modulesIn(folder)
  const table = kind === 'static' ? `${own}model.safetensors` : (await onnxIn(folder))![0]
  return [`${kind === 'static' ? own : ''}tokenizer.json`, table, ...(pooling === undefined ? [] : [pooling])].map((path) =>
    join(folder, path),
  )
}

async function folderAt(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) return
  const hint = /^[\w.-]+\/[\w.-]+$/.test(path)
    ? `; hf download ${path} --local-dir ${path.split('/')[1]} fetches a model of the Hugging Face Hub`
    : ''
  throw new Error(`${who}: expected the folder of a model, got ${found ? 'a file' : 'none'} at ${resolve(path)}${hint}`)
}
