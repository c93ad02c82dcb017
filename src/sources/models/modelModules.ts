import { DataError, show } from '../../core/check.ts'
import { isPlain } from './tokenizerFile.ts'

/** Gives a file of a model by its path in it; nothing where it is not there. */
export type ReadFile = (path: string) => Promise<Uint8Array | undefined>

/** What a model is made of, in words of its files. */
export interface ModelModules {
  readonly kind: 'static' | 'transformer'
  /** The folder of the tokenizer and the table, '' or such as '0_StaticEmbedding/'. */
  readonly folder: string
  /** The path of how its tokens are pooled; nothing where it is by their mean. */
  readonly pooling?: string
  readonly normalize: boolean
}

/**
 * The modules of a model: those of `modules.json`, which sentence-transformers and Model2Vec write; else a table alone, normalized where `config.json` says so, or a transformer, where it
 * is one in ONNX form.
 *
 * @throws DataError for modules that are neither's, each by its name
 */
export async function modelModules(who: string, name: string, read: ReadFile, onnx = false): Promise<ModelModules> {
  const config = await json(who, name, read, 'config.json')
  const told = isPlain(config) && config.normalize === true
  const listed = await json(who, name, read, 'modules.json')
  if (listed === undefined) {
    const usual = 'StaticEmbedding'
    if (onnx && !(isPlain(config) && config.model_type === 'model2vec')) return alone(read)
    const nested = (await read('tokenizer.json')) === undefined && (await read(`0_${usual}/tokenizer.json`)) !== undefined
    return { kind: 'static', folder: nested ? `0_${usual}/` : '', normalize: told }
  }
  const bad = (expected: string, got: unknown) => new DataError(`${who}: expected ${expected} in ${name}/modules.json, got ${show(got)}`)
  if (!Array.isArray(listed) || !listed.every(isPlain)) throw bad('a list of modules', listed)
  const kinds = listed.map(({ type }) => (typeof type === 'string' ? type.split('.').at(-1)! : show(type)))
  const kind = kinds[0] === 'StaticEmbedding' ? 'static' : kinds[0] === 'Transformer' ? 'transformer' : undefined
  if (kind === undefined) throw bad('a StaticEmbedding as the first module, or a Transformer', kinds[0] ?? 'none')
  const strange = kinds.slice(1).find((one) => one !== 'Pooling' && one !== 'Normalize')
  if (strange !== undefined) throw bad(`modules of ${kinds[0]}, Pooling and Normalize`, strange)
  const folders = listed.map(({ path }) => folderOf(path))
  const wrong = folders.indexOf(undefined)
  if (wrong >= 0) throw bad('paths within the model', listed[wrong]!.path)
  const pooling = kinds.indexOf('Pooling')
  return {
    kind,
    folder: folders[0]!,
    ...(pooling >= 0 && { pooling: `${folders[pooling]}config.json` }),
    normalize: told || kinds.includes('Normalize'),
  }
}

/** A transformer by itself: its pooling may be there all the same. */
async function alone(read: ReadFile): Promise<ModelModules> {
  const pooling = '1_Pooling/config.json'
  return { kind: 'transformer', folder: '', normalize: false, ...((await read(pooling)) !== undefined && { pooling }) }
}

function folderOf(path: unknown): string | undefined {
  if (path === '' || path === '.') return ''
  return typeof path === 'string' && /^[\w-]+(\/[\w-]+)*$/.test(path) ? `${path}/` : undefined
}

/** A file of JSON, or nothing where there is none. */
export async function json(who: string, name: string, read: ReadFile, path: string): Promise<unknown> {
  const bytes = await read(path)
  if (bytes === undefined) return undefined
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new DataError(`${who}: expected JSON in ${name}/${path}, got ${show((cause as Error).message)}`, { cause })
  }
}
